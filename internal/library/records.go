package library

import (
	"context"
	"fmt"
	"time"

	"volcimage/internal/task"
)

// kept is what lies in records of one kind: how a record is read, and written.
type kept[T any] struct {
	kind string
	of   func(task.Record) (T, error)
	as   func(v *T, now time.Time) (task.Record, error)
}

// get reads one of an owner's.
func (k kept[T]) get(ctx context.Context, s *Service, o task.Owner, id string) (v T, err error) {
	r, err := s.Store.Record(ctx, o, k.kind, id)
	if err != nil {
		return v, fmt.Errorf("read %s %s: %w", k.kind, id, err)
	}
	return k.of(r)
}

// list reads up to limit of an owner's.
func (k kept[T]) list(ctx context.Context, s *Service, o task.Owner, limit int) ([]T, error) {
	all, err := s.Store.Records(ctx, o, k.kind, "", limit)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", k.kind, err)
	}
	out := make([]T, len(all))
	for i, r := range all {
		if out[i], err = k.of(r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// add saves a new one, unless there are as many as there may be. A few too many may
// come of several at once. It answers what was saved, with its version.
func (k kept[T]) add(ctx context.Context, s *Service, v *T, most int) (T, error) {
	r, err := k.as(v, s.Now())
	if err != nil {
		return *v, err
	}
	all, err := s.Store.Records(ctx, r.Owner, r.Kind, "", most)
	switch {
	case err != nil:
		return *v, fmt.Errorf("count %s: %w", r.Kind, err)
	case len(all) >= most:
		return *v, &task.Error{Kind: task.Conflict, Code: task.CodeTooMany}
	}
	if err := s.Store.SaveRecord(ctx, &r); err != nil {
		return *v, err
	}
	return k.of(r)
}

// edit changes one and saves it, anew where somebody came between. Where version is
// not 0 it must be of that version, otherwise edit answers [task.ErrStale].
func (k kept[T]) edit(ctx context.Context, s *Service, o task.Owner, id string, version int64, change func(*T) error) (v T, err error) {
	for range changeTries {
		r, err := s.Store.Record(ctx, o, k.kind, id)
		if err != nil {
			return v, fmt.Errorf("read %s %s: %w", k.kind, id, err)
		}
		if version != 0 && version != r.Version {
			return v, task.ErrStale
		}
		if v, err = k.of(r); err != nil {
			return v, err
		}
		if err := change(&v); err != nil {
			return v, err
		}
		if r, err = k.as(&v, s.Now()); err == nil {
			err = s.Store.SaveRecord(ctx, &r)
		}
		if task.KindOf(err) == task.Conflict {
			continue
		}
		if err != nil {
			return v, err
		}
		return k.of(r)
	}
	return v, fmt.Errorf("save %s %s: %w", k.kind, id, task.ErrConflict)
}

// removeRecord removes a record as it is now.
func (s *Service) removeRecord(ctx context.Context, o task.Owner, kind, id string) error {
	for range changeTries {
		r, err := s.Store.Record(ctx, o, kind, id)
		if err != nil {
			return fmt.Errorf("read %s %s: %w", kind, id, err)
		}
		err = s.Store.DeleteRecord(ctx, r)
		if task.KindOf(err) == task.Conflict {
			continue
		}
		return err
	}
	return fmt.Errorf("delete %s %s: %w", kind, id, task.ErrConflict)
}
