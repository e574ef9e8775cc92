package submit

import (
	"context"
	"fmt"

	"volcimage/internal/task"
)

// Hold keeps what of a task still waits from being begun, until [Service.Release]. It
// answers a conflict where nothing of it waits.
func (s *Service) Hold(ctx context.Context, o task.Owner, id task.ID) (task.Task, error) {
	return s.move(ctx, o, id, "hold", func(t *task.Task, jobs []*task.Job) (bool, error) { return t.Hold(jobs) })
}

// Release lets what was held be begun, in its old place.
func (s *Service) Release(ctx context.Context, o task.Owner, id task.ID) (task.Task, error) {
	return s.move(ctx, o, id, "release", func(t *task.Task, jobs []*task.Job) (bool, error) { return t.Release(jobs) })
}

// Next puts what waits of a task, held or not, in front of all that its owner has waiting.
func (s *Service) Next(ctx context.Context, o task.Owner, id task.ID) (task.Task, error) {
	return s.move(ctx, o, id, "put in front", func(t *task.Task, jobs []*task.Job) (bool, error) {
		heads, err := s.Store.Heads(ctx)
		if err != nil {
			return false, fmt.Errorf("read the line: %w", err)
		}
		return t.Next(jobs, heads)
	})
}

// Arrange puts tasks of an owner into an order among the places that they have in line,
// all at once, and answers those that stand in it. What is not there, or of which nothing
// waits any more, is passed over; where that is all it is a conflict.
func (s *Service) Arrange(ctx context.Context, o task.Owner, ids []task.ID) ([]task.Task, error) {
	for range retryTries {
		line, err := s.line(ctx, o, ids)
		if err != nil {
			return nil, fmt.Errorf("read the line: %w", err)
		}
		change := task.Arrange(line)
		if len(change.Moved) > 0 {
			err = s.Store.Save(ctx, change)
		}
		if task.KindOf(err) == task.Conflict {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("arrange %d tasks: %w", len(line), err)
		}
		var out []task.Task
		for _, t := range line {
			out = append(out, *t.Task)
		}
		return out, nil
	}
	return nil, fmt.Errorf("arrange %d tasks: %w", len(ids), task.ErrConflict)
}

// line reads those of tasks that are there and wait.
func (s *Service) line(ctx context.Context, o task.Owner, ids []task.ID) (line []task.Lined, err error) {
	for _, id := range ids {
		t, jobs, err := s.read(ctx, o, id)
		if task.KindOf(err) == task.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		if one, err := task.NewLined(&t, jobs); err == nil {
			line = append(line, one)
		}
	}
	if line == nil {
		return nil, &task.Error{Kind: task.Conflict, Code: task.CodeNotWaiting}
	}
	return line, nil
}

// move decides about a task's place in the line, anew where a step of it came between,
// and fills the slots that are free.
func (s *Service) move(ctx context.Context, o task.Owner, id task.ID, verb string,
	decide func(*task.Task, []*task.Job) (changed bool, err error),
) (task.Task, error) {
	for range retryTries {
		t, jobs, err := s.read(ctx, o, id)
		if err != nil {
			return task.Task{}, fmt.Errorf("%s %s: %w", verb, id, err)
		}
		changed, err := decide(&t, jobs)
		if err != nil || !changed {
			return t, err
		}
		err = s.Store.Save(ctx, task.Change{Task: &t, Jobs: jobs})
		if task.KindOf(err) == task.Conflict {
			continue
		}
		if err != nil {
			return task.Task{}, fmt.Errorf("%s %s: %w", verb, id, err)
		}
		s.grant(ctx)
		return t, nil
	}
	return task.Task{}, fmt.Errorf("%s %s: %w", verb, id, task.ErrConflict)
}

// read is a task that is there, with its jobs.
func (s *Service) read(ctx context.Context, o task.Owner, id task.ID) (task.Task, []*task.Job, error) {
	t, err := s.Store.Task(ctx, o, id)
	if err == nil && !t.DeletedAt.IsZero() {
		err = task.ErrNotFound
	}
	if err != nil {
		return task.Task{}, nil, err
	}
	jobs, err := s.Store.Jobs(ctx, o, id)
	return t, jobs, err
}
