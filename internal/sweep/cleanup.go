package sweep

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"volcimage/internal/task"
)

// cleanUp removes tasks that are too old, then the oldest while all together
// take too much space. Tasks that are not over are left alone, and one that
// cannot be removed keeps no other.
func (s *Sweeper) cleanUp(ctx context.Context) (int, error) {
	if !s.Cleanup {
		return 0, nil
	}
	usage, err := s.Store.Usage(ctx)
	if err != nil {
		return 0, fmt.Errorf("read usage: %w", err)
	}
	aged, err1 := s.removeAged(ctx, usage)
	if usage, err = s.Store.Usage(ctx); err != nil {
		return aged, errors.Join(err1, fmt.Errorf("read usage: %w", err))
	}
	crowded, err2 := s.removeCrowded(ctx, usage, maxRemoved-aged)
	return aged + crowded, errors.Join(err1, err2)
}

func (s *Sweeper) removeAged(ctx context.Context, owners []task.OwnerUsage) (int, error) {
	if s.MaxAge <= 0 {
		return 0, nil
	}
	to := s.Now().Add(-s.MaxAge)
	n := 0
	var errs []error
	for _, o := range owners {
		errs = append(errs, s.eachOld(ctx, o.Owner, to, func(t task.Task) bool {
			err := s.remove(ctx, t, "age")
			if err == nil {
				n++
			}
			errs = append(errs, err)
			return n < maxRemoved
		}))
		if n == maxRemoved {
			break
		}
	}
	return n, errors.Join(errs...)
}

// removeCrowded removes the oldest tasks of all owners together until the rest
// fits, at most limit of them.
func (s *Sweeper) removeCrowded(ctx context.Context, owners []task.OwnerUsage, limit int) (int, error) {
	var excess int64
	for _, o := range owners {
		excess += o.Bytes
	}
	if excess -= s.MaxBytes; s.MaxBytes <= 0 || excess <= 0 || limit == 0 {
		return 0, nil
	}
	old, err := s.storing(ctx, owners, limit)
	errs := []error{err}
	n := 0
	for _, t := range old {
		if excess <= 0 || n == limit {
			break
		}
		if err := s.remove(ctx, t, "space"); err != nil {
			errs = append(errs, err)
			continue
		}
		excess -= t.StoredBytes()
		n++
	}
	return n, errors.Join(errs...)
}

// storing are the oldest tasks that have pictures, of each owner at most limit.
func (s *Sweeper) storing(ctx context.Context, owners []task.OwnerUsage, limit int) ([]task.Task, error) {
	var all []task.Task
	var errs []error
	for _, o := range owners {
		n := 0
		errs = append(errs, s.eachOld(ctx, o.Owner, time.Time{}, func(t task.Task) bool {
			if t.StoredBytes() > 0 {
				all = append(all, t)
				n++
			}
			return n < limit
		}))
	}
	slices.SortFunc(all, func(a, b task.Task) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return all, errors.Join(errs...)
}

// over are the states of tasks that may be removed, and compared with their objects.
var over = []task.Status{task.Completed, task.Partial, task.Failed, task.Cancelled}

// eachOld hands an owner's tasks that are over and were made before to (any, where
// zero) to do, oldest first, as long as it answers true, at most maxPages of them.
func (s *Sweeper) eachOld(ctx context.Context, o task.Owner, to time.Time, do func(task.Task) bool) error {
	q := task.Query{
		Owner: o, To: to, Limit: 100, Oldest: true,
		Statuses: over,
	}
	for range maxPages {
		page, err := s.Store.List(ctx, q)
		if err != nil {
			return fmt.Errorf("list old tasks: %w", err)
		}
		for _, t := range page.Tasks {
			if !do(t) {
				return nil
			}
		}
		if q.Before = page.Next; q.Before == "" {
			return nil
		}
	}
	return nil
}

func (s *Sweeper) remove(ctx context.Context, t task.Task, why string) error {
	if err := s.Delete(ctx, t.Owner, t.ID); err != nil && task.KindOf(err) != task.NotFound {
		return fmt.Errorf("remove %s: %w", t.ID, err)
	}
	s.Log.InfoContext(ctx, "removed", "task_id", t.ID, "why", why, "bytes", t.StoredBytes())
	return nil
}
