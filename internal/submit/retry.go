package submit

import (
	"context"
	"fmt"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

// retryTries bounds how often a retry is decided anew because a step of the task
// came between.
const retryTries = 20

// Retry begins another run of a task that is PARTIAL, FAILED or CANCELLED, for
// the pictures that are missing. One that was paid for and still is at the
// provider is fetched and not made again.
func (s *Service) Retry(ctx context.Context, o task.Owner, id task.ID) (task.Task, error) {
	for range retryTries {
		t, jobs, err := s.retry(ctx, o, id)
		if task.KindOf(err) == task.Conflict && task.CodeOf(err) == task.ErrConflict.Code {
			continue
		}
		if err != nil {
			return task.Task{}, fmt.Errorf("retry %s: %w", id, err)
		}
		task.HintJobs(ctx, s.Hints, s.Log, jobs) // the others are hinted when they are granted a slot
		s.grant(ctx)
		return t, nil
	}
	return task.Task{}, fmt.Errorf("retry %s: %w", id, task.ErrConflict)
}

func (s *Service) retry(ctx context.Context, o task.Owner, id task.ID) (task.Task, []*task.Job, error) {
	t, jobs, err := s.read(ctx, o, id)
	if err != nil {
		return task.Task{}, nil, err
	}
	now := s.Now()
	m, _ := catalog.Lookup(t.Params.Model)
	calls, err := t.Retry(jobs, now, m.JobLife)
	if err != nil {
		return task.Task{}, nil, err
	}
	ordered(ctx, jobs)
	change := task.Change{Task: &t, Jobs: jobs}
	if calls > 0 {
		images := calls
		if t.Params.CoherentSet {
			images = chargeable(t.Params)
		}
		change.Spend = s.spend(now, images)
	}
	return t, jobs, s.untilTomorrow(now, s.Store.Save(ctx, change))
}
