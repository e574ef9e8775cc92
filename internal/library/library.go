// Package library is what a person keeps: their tasks and pictures, to be read,
// listed, cancelled and deleted. A task of somebody else is not there.
package library

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

// Store is what the library needs of the table.
type Store interface {
	Task(ctx context.Context, o task.Owner, id task.ID) (task.Task, error)
	Tasks(ctx context.Context, o task.Owner, ids []task.ID) ([]task.Task, error)
	Jobs(ctx context.Context, o task.Owner, id task.ID) ([]*task.Job, error)
	List(ctx context.Context, q task.Query) (task.Page, error)
	Save(ctx context.Context, c task.Change) error
	Usage(ctx context.Context) ([]task.OwnerUsage, error)
	Slots(ctx context.Context) (*task.Slots, error)
}

// Hints puts a job's next step into the queue.
type Hints interface {
	Send(ctx context.Context, r task.Ref, delay time.Duration) error
}

// Objects gives links to pictures.
type Objects interface {
	Link(l task.Link) (task.SignedLink, error)
}

// Service is the library. All its fields are read only once it is in use.
type Service struct {
	Store   Store
	Hints   Hints
	Objects Objects
	Now     func() time.Time
	Log     *slog.Logger
}

// changeTries bounds how often a change is decided anew because a step of the
// task came between.
const changeTries = 20

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

// Expected is how long a picture of the model likely takes at the provider.
func (s *Service) Expected(ctx context.Context, model string) (time.Duration, error) {
	slots, err := s.Store.Slots(ctx)
	if err != nil {
		return 0, fmt.Errorf("read slots: %w", err)
	}
	m, _ := catalog.Lookup(model)
	return slots.Expected(model, m.Expected), nil
}

// Cancel ends a task's run at once; it answers a conflict where the run is over.
// What is under way at the provider goes on there, its result is dropped, and
// the task says later whether it was charged.
func (s *Service) Cancel(ctx context.Context, o task.Owner, id task.ID) (task.Task, error) {
	return s.change(ctx, o, id, func(t *task.Task, jobs []*task.Job, _ *task.Change) error {
		return t.Cancel(jobs, s.Now())
	})
}

// Delete hides the task from every reader at once; its rows and pictures go as
// soon as nothing of it is in flight.
func (s *Service) Delete(ctx context.Context, o task.Owner, id task.ID) error {
	_, err := s.change(ctx, o, id, func(t *task.Task, jobs []*task.Job, c *task.Change) error {
		c.Usage = task.Usage{Bytes: -t.StoredBytes(), Images: -int64(t.Done())}
		t.Delete(jobs, s.Now())
		return nil
	})
	return err
}

// change decides about a task and its jobs and saves them together, anew where
// somebody came between, and hints the jobs that are due.
func (s *Service) change(ctx context.Context, o task.Owner, id task.ID, decide func(*task.Task, []*task.Job, *task.Change) error) (task.Task, error) {
	for range changeTries {
		t, err := s.Get(ctx, o, id)
		if err != nil {
			return task.Task{}, err
		}
		jobs, err := s.Store.Jobs(ctx, o, id)
		if err != nil {
			return task.Task{}, fmt.Errorf("read jobs of %s: %w", id, err)
		}
		c := task.Change{Task: &t, Jobs: jobs}
		if err := decide(&t, jobs, &c); err != nil {
			return task.Task{}, err
		}
		err = s.Store.Save(ctx, c)
		if task.KindOf(err) == task.Conflict {
			continue
		}
		if err != nil {
			return task.Task{}, fmt.Errorf("save %s: %w", id, err)
		}
		s.hint(ctx, jobs)
		return t, nil
	}
	return task.Task{}, fmt.Errorf("save %s: %w", id, task.ErrConflict)
}

func (s *Service) hint(ctx context.Context, jobs []*task.Job) {
	for _, j := range jobs {
		if j.NextAt.IsZero() {
			continue
		}
		if err := s.Hints.Send(ctx, j.Ref, 0); err != nil { // the due index has it
			s.Log.WarnContext(ctx, "hint not sent", "task_id", j.Task, "job", j.N, "error", err)
		}
	}
}
