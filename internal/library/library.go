// Package library is what a person keeps: their tasks and pictures, to be read,
// listed, marked, cancelled and deleted. A task of somebody else is not there.
package library

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"volcimage/internal/catalog"
	"volcimage/internal/record"
	"volcimage/internal/task"
)

// Store is what the library needs of the table.
type Store interface {
	record.Store
	Task(ctx context.Context, o task.Owner, id task.ID) (task.Task, error)
	Tasks(ctx context.Context, o task.Owner, ids []task.ID) ([]task.Task, error)
	Jobs(ctx context.Context, o task.Owner, id task.ID) ([]*task.Job, error)
	List(ctx context.Context, q task.Query) (task.Page, error)
	Counts(ctx context.Context, o task.Owner, prefix string, limit int) ([]task.Count, error)
	// Uncounted counts tasks by a status that no mark counts, up to limit of them.
	Uncounted(ctx context.Context, o task.Owner, limit int) (map[task.Status]int64, error)
	Save(ctx context.Context, c task.Change) error
	Usage(ctx context.Context) ([]task.OwnerUsage, error)
	Slots(ctx context.Context) (*task.Slots, error)
}

// Objects is the picture store.
type Objects interface {
	Get(ctx context.Context, key string) ([]byte, error)
	Put(ctx context.Context, o task.Object) error
	Link(l task.Link) (task.SignedLink, error)
}

// Service is the library. All its fields are read only once it is in use.
type Service struct {
	Store   Store
	Hints   task.Hints
	Objects Objects
	// Inscribe is a picture with the recipe of a task's picture n in its file.
	Inscribe func(picture []byte, t *task.Task, n int) ([]byte, error)
	Now      func() time.Time
	Log      *slog.Logger
	// AtOnce is how many of many tasks are changed at a time, for a store that commits
	// together what comes together; 0 is one after another, for one whose changes of the
	// same counts meet.
	AtOnce int

	copying sync.Mutex
}

// Get is the owner's task of that id, or [task.ErrNotFound].
func (s *Service) Get(ctx context.Context, o task.Owner, id task.ID) (task.Task, error) {
	t, err := s.Store.Task(ctx, o, id)
	if err != nil {
		return task.Task{}, fmt.Errorf("read %s: %w", id, err)
	}
	if !t.DeletedAt.IsZero() {
		return task.Task{}, fmt.Errorf("read %s: %w", id, task.ErrNotFound)
	}
	return t, nil
}

// GetMany are those of the owner's tasks that are there, in the order asked for.
func (s *Service) GetMany(ctx context.Context, o task.Owner, ids []task.ID) ([]task.Task, error) {
	all, err := s.Store.Tasks(ctx, o, ids)
	if err != nil {
		return nil, fmt.Errorf("read %d tasks: %w", len(ids), err)
	}
	kept := all[:0]
	for _, t := range all {
		if t.DeletedAt.IsZero() {
			kept = append(kept, t)
		}
	}
	return kept, nil
}

// List is a page of the owner's tasks.
func (s *Service) List(ctx context.Context, q task.Query) (task.Page, error) {
	page, err := s.Store.List(ctx, q)
	if err != nil {
		return task.Page{}, fmt.Errorf("list tasks: %w", err)
	}
	return page, nil
}

// Usage is what all owners together store.
func (s *Service) Usage(ctx context.Context) (task.Usage, error) {
	all, err := s.Store.Usage(ctx)
	if err != nil {
		return task.Usage{}, fmt.Errorf("read usage: %w", err)
	}
	var sum task.Usage
	for _, u := range all {
		sum.Bytes += u.Bytes
		sum.Images += u.Images
	}
	return sum, nil
}

// Link is an address for a picture of a task that the caller has read.
func (s *Service) Link(l task.Link) (task.SignedLink, error) {
	return s.Objects.Link(l)
}

// Paused tells whether the operator's switch keeps calls from being begun.
func (s *Service) Paused(ctx context.Context) (bool, error) {
	slots, err := s.Store.Slots(ctx)
	if err != nil {
		return false, fmt.Errorf("read slots: %w", err)
	}
	return slots.Paused, nil
}

// Expected is how long a picture of the model likely takes at the provider.
func (s *Service) Expected(ctx context.Context, model string) (time.Duration, error) {
	slots, err := s.Store.Slots(ctx)
	if err != nil {
		return 0, fmt.Errorf("read slots: %w", err)
	}
	m, _ := catalog.Lookup(model)
	return slots.Expected(model, m.Expected), nil
}
