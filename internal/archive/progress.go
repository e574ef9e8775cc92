package archive

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"volcimage/internal/catalog"
	"volcimage/internal/record"
	"volcimage/internal/task"
)

// Store is what exports and imports need of the table.
type Store interface {
	record.Store
	List(ctx context.Context, q task.Query) (task.Page, error)
	Tasks(ctx context.Context, o task.Owner, ids []task.ID) ([]task.Task, error)
}

// The states of an export, and of an import.
const (
	Open    = "open" // an import whose archive is still to come
	Running = "running"
	Done    = "done"
	Failed  = "failed"
)

// Progress is what the records of exports and imports have in common.
type Progress struct {
	ID         task.ID `json:"-"` // the record's
	Status     string
	CreatedAt  time.Time
	FinishedAt time.Time
	Code       task.Code `json:",omitempty"` // why it failed
	Tries      int       // failed steps since the last that got on
}

// end notes that it is done or, for a reason, has failed; code is the failure where the
// reason may pass.
func (p *Progress) end(reason error, code task.Code, now time.Time) {
	p.Status, p.FinishedAt = Done, now
	if reason == nil {
		return
	}
	p.Status, p.Code = Failed, code
	if never, ok := errors.AsType[*record.Final](reason); ok {
		p.Code = task.CodeOf(never)
	}
}

const (
	// maxListed is how many of a kind an owner sees; older ones are forgotten.
	maxListed = 50
	// Kept is how long files that are there for a while stay, at least.
	Kept = 24 * time.Hour
)

// final is a failure that would come again.
func final(code task.Code, err error) error { return &record.Final{Err: catalog.NewError(code, err)} }

// latest reads the owner's latest of a kind, newest first. Older ones are forgotten, and
// what forget removes with each.
func latest[T any](ctx context.Context, k record.Kind[T], o task.Owner, of func(record.Of[T]) T, forget func(id string) error) ([]T, error) {
	rows, err := k.List(ctx, o, 2*maxListed)
	if err != nil {
		return nil, err
	}
	for ; len(rows) > maxListed; rows = rows[1:] {
		err := forget(rows[0].ID)
		if err == nil {
			err = task.ButConflict(k.Delete(ctx, rows[0]))
		}
		if err != nil {
			return nil, fmt.Errorf("forget %s %s: %w", k.Name, rows[0].ID, err)
		}
	}
	slices.Reverse(rows)
	return record.Each(rows, of), nil
}
