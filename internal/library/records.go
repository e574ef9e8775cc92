package library

import (
	"context"
	"fmt"

	"volcimage/internal/task"
)

// record reads one of an owner's records as what it stands for.
func record[T any](ctx context.Context, s *Service, o task.Owner, kind, id string, of func(task.Record) (T, error)) (v T, err error) {
	r, err := s.Store.Record(ctx, o, kind, id)
	if err != nil {
		return v, fmt.Errorf("read %s %s: %w", kind, id, err)
	}
	return of(r)
}

// records reads up to limit of an owner's records.
func records[T any](ctx context.Context, s *Service, o task.Owner, kind string, limit int, of func(task.Record) (T, error)) ([]T, error) {
	all, err := s.Store.Records(ctx, o, kind, "", limit)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", kind, err)
	}
	out := make([]T, len(all))
	for i, r := range all {
		if out[i], err = of(r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// add saves a new record, unless there are as many of its kind as there may be. A
// few too many may come of several at once.
func (s *Service) add(ctx context.Context, r *task.Record, most int) error {
	all, err := s.Store.Records(ctx, r.Owner, r.Kind, "", most)
	if err != nil {
		return fmt.Errorf("count %s: %w", r.Kind, err)
	}
	if len(all) >= most {
		return &task.Error{Kind: task.Conflict, Code: task.CodeTooMany}
	}
	return s.Store.SaveRecord(ctx, r)
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
