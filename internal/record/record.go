// Package record keeps documents in the table's records. Those of one kind are read,
// listed, added, changed and removed alike; what takes more than one request is a record
// too, which steps take further, one at a time.
package record

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"volcimage/internal/task"
)

// Store is what records need of the table.
type Store interface {
	Record(ctx context.Context, o task.Owner, kind, id string) (task.Record, error)
	Records(ctx context.Context, o task.Owner, kind, after string, limit int) ([]task.Record, error)
	SaveRecord(ctx context.Context, r *task.Record) error
	DeleteRecord(ctx context.Context, r task.Record) error
}

// Of is a record with its document as what it means.
type Of[T any] struct {
	task.Record
	Doc T
}

// Each is what each of the records is.
func Each[T, V any](all []Of[T], is func(Of[T]) V) []V {
	out := make([]V, len(all))
	for i, r := range all {
		out[i] = is(r)
	}
	return out
}

// Kind are the records of one kind. Their documents are T as JSON.
type Kind[T any] struct {
	Name  string
	Step  int // the [task.Ref.N] of their steps, 0 where there are none
	Store Store
	Now   func() time.Time
}

// New is a record that is not saved yet.
func (k Kind[T]) New(o task.Owner, id string, doc T) Of[T] {
	return Of[T]{task.Record{Owner: o, Kind: k.Name, ID: id, Step: k.Step}, doc}
}

// Get reads one of an owner's, or answers [task.ErrNotFound].
func (k Kind[T]) Get(ctx context.Context, o task.Owner, id string) (Of[T], error) {
	r, err := k.Store.Record(ctx, o, k.Name, id)
	if err != nil {
		return Of[T]{}, fmt.Errorf("read %s %s: %w", k.Name, id, err)
	}
	return k.read(r)
}

// GetOrNew reads one of an owner's; where it is not there it is new, of version 0.
func (k Kind[T]) GetOrNew(ctx context.Context, o task.Owner, id string) (Of[T], error) {
	r, err := k.Get(ctx, o, id)
	if task.KindOf(err) == task.NotFound {
		return k.New(o, id, r.Doc), nil
	}
	return r, err
}

func (k Kind[T]) read(r task.Record) (Of[T], error) {
	full := Of[T]{Record: r}
	if err := json.Unmarshal(r.Doc, &full.Doc); err != nil {
		return full, fmt.Errorf("read %s %s: %w", k.Name, r.ID, err)
	}
	return full, nil
}

// List reads an owner's in order of id, limit at most.
func (k Kind[T]) List(ctx context.Context, o task.Owner, limit int) ([]Of[T], error) {
	rows, err := k.Store.Records(ctx, o, k.Name, "", limit)
	if err != nil {
		return nil, fmt.Errorf("list records of kind %s: %w", k.Name, err)
	}
	all := make([]Of[T], len(rows))
	for i, r := range rows {
		if all[i], err = k.read(r); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Save writes a record, if it still is of the version that was read, and notes its new
// one; otherwise it answers [task.ErrConflict].
func (k Kind[T]) Save(ctx context.Context, r *Of[T]) error {
	doc, err := json.Marshal(r.Doc)
	if err == nil && len(doc) > task.MaxRecord {
		err = fmt.Errorf("its document has %d bytes, at most %d are kept", len(doc), task.MaxRecord)
	}
	if err != nil {
		return fmt.Errorf("write %s %s: %w", k.Name, r.ID, err)
	}
	r.Record.Doc, r.UpdatedAt = doc, k.Now()
	if err := k.Store.SaveRecord(ctx, &r.Record); err != nil {
		return fmt.Errorf("save %s %s: %w", k.Name, r.ID, err)
	}
	return nil
}

// Add saves a new record, unless the owner has as many as they may: then it answers
// [task.CodeTooMany]. A few too many may come of several at once.
func (k Kind[T]) Add(ctx context.Context, r *Of[T], most int) error {
	all, err := k.Store.Records(ctx, r.Owner, k.Name, "", most)
	switch {
	case err != nil:
		return fmt.Errorf("count records of kind %s: %w", k.Name, err)
	case len(all) >= most:
		return &task.Error{Kind: task.Conflict, Code: task.CodeTooMany}
	}
	return k.Save(ctx, r)
}

// Edit changes a record and saves it. Where somebody came between it does so anew,
// unless version is not 0: then the record must be of that version, otherwise Edit
// answers [task.ErrStale].
func (k Kind[T]) Edit(ctx context.Context, o task.Owner, id string, version int64, change func(*Of[T]) error) (edited Of[T], err error) {
	err = k.again(ctx, o, id, version, func(r *Of[T]) error {
		if err := change(r); err != nil {
			return err
		}
		edited = *r
		return k.Save(ctx, &edited)
	})
	return edited, err
}

// Remove removes a record, by the rule of [Kind.Edit].
func (k Kind[T]) Remove(ctx context.Context, o task.Owner, id string, version int64) error {
	return k.again(ctx, o, id, version, func(r *Of[T]) error { return k.Delete(ctx, *r) })
}

// Delete removes a record that is still of the version that was read, otherwise it
// answers [task.ErrConflict].
func (k Kind[T]) Delete(ctx context.Context, r Of[T]) error {
	if err := k.Store.DeleteRecord(ctx, r.Record); err != nil {
		return fmt.Errorf("delete %s %s: %w", k.Name, r.ID, err)
	}
	return nil
}

// tries bounds how often a change is decided anew because somebody came between.
const tries = 20

func (k Kind[T]) again(ctx context.Context, o task.Owner, id string, version int64, do func(*Of[T]) error) error {
	for range tries {
		r, err := k.Get(ctx, o, id)
		if err != nil {
			return err
		}
		if version != 0 && version != r.Version {
			return task.ErrStale
		}
		if err := do(&r); task.CodeOf(err) != task.ErrConflict.Code {
			return err
		}
	}
	return fmt.Errorf("change %s %s: %w", k.Name, id, task.ErrConflict)
}
