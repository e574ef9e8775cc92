package library

import (
	"context"
	"fmt"

	"volcimage/internal/task"
)

// changeTries bounds how often a change is decided anew because a step of the
// task came between.
const changeTries = 20

// decision changes the task of a change, and what belongs to it; false leaves the
// rows as they are.
type decision func(c *task.Change) (save bool, err error)

// change decides about a task and saves what was decided, anew where somebody came
// between, and hints the jobs that are due.
func (s *Service) change(ctx context.Context, o task.Owner, id task.ID, decide decision) (t task.Task, changed bool, err error) {
	for range changeTries {
		t, err := s.Get(ctx, o, id)
		if err != nil {
			return task.Task{}, false, err
		}
		c := task.Change{Task: &t}
		save, err := decide(&c)
		if err != nil || !save {
			return t, false, err
		}
		err = s.Store.Save(ctx, c)
		if task.KindOf(err) == task.Conflict {
			continue
		}
		if err != nil {
			return task.Task{}, false, fmt.Errorf("save %s: %w", id, err)
		}
		task.HintJobs(ctx, s.Hints, s.Log, c.Jobs)
		return t, true, nil
	}
	return task.Task{}, false, fmt.Errorf("save %s: %w", id, task.ErrConflict)
}

// withJobs is a decision about a task and its jobs.
func (s *Service) withJobs(ctx context.Context, decide func(*task.Change) (bool, error)) decision {
	return func(c *task.Change) (save bool, err error) {
		if c.Jobs, err = s.Store.Jobs(ctx, c.Task.Owner, c.Task.ID); err != nil {
			return false, fmt.Errorf("read jobs of %s: %w", c.Task.ID, err)
		}
		return decide(c)
	}
}

// Cancel ends a task's run at once; it answers a conflict where the run is over.
// What is under way at the provider goes on there, its result is dropped, and
// the task says later whether it was charged.
func (s *Service) Cancel(ctx context.Context, o task.Owner, id task.ID) (task.Task, error) {
	t, _, err := s.change(ctx, o, id, s.withJobs(ctx, func(c *task.Change) (bool, error) {
		return true, c.Task.Cancel(c.Jobs, s.Now())
	}))
	return t, err
}
