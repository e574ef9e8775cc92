package sweep

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"volcimage/internal/task"
)

// cleanUp empties the bins of what has lain there long enough. Then, where that is
// allowed, it removes tasks that are too old, and while all together take too much
// space what lies in the bins and the oldest tasks. Favourites and tasks that are
// not over are left alone, and one that cannot be removed keeps no other.
func (s *Sweeper) cleanUp(ctx context.Context) (int, error) {
	usage, err := s.Store.Usage(ctx)
	if err != nil {
		return 0, fmt.Errorf("read usage: %w", err)
	}
	n, err1 := s.expireBins(ctx, usage, maxRemoved)
	if !s.Cleanup {
		return n, err1
	}
	aged, err2 := s.removeAged(ctx, usage, maxRemoved-n)
	n += aged
	if usage, err = s.Store.Usage(ctx); err != nil {
		return n, errors.Join(err1, err2, fmt.Errorf("read usage: %w", err))
	}
	crowded, err3 := s.removeCrowded(ctx, usage, maxRemoved-n)
	return n + crowded, errors.Join(err1, err2, err3)
}

func (s *Sweeper) removeAged(ctx context.Context, owners []task.OwnerUsage, limit int) (int, error) {
	if s.MaxAge <= 0 {
		return 0, nil
	}
	to := s.Now().Add(-s.MaxAge)
	// What came in an archive may be old, but not long here.
	old := hunt{why: "age", to: to, stays: func(t task.Task) bool { return t.Favourite || t.ImportedAt.After(to) }}
	n := 0
	var errs []error
	for _, o := range owners {
		if n >= limit {
			break
		}
		errs = append(errs, s.each(ctx, o.Owner, old, func(t task.Task) bool {
			err := s.remove(ctx, t, old.why)
			if err == nil {
				n++
			}
			errs = append(errs, err)
			return n < limit
		}))
	}
	return n, errors.Join(errs...)
}

// removeCrowded removes what lies in the bins, and then the oldest tasks of all
// owners together, until the rest fits, at most limit of them.
func (s *Sweeper) removeCrowded(ctx context.Context, owners []task.OwnerUsage, limit int) (int, error) {
	var excess int64
	for _, o := range owners {
		excess += o.Bytes
	}
	if excess -= s.MaxBytes; s.MaxBytes <= 0 || excess <= 0 || limit == 0 {
		return 0, nil
	}
	n, freed, err := s.clearBins(ctx, owners, s.Now(), limit, excess, "space")
	errs := []error{err}
	if excess -= freed; excess <= 0 || n >= limit {
		return n, err
	}
	old, err := s.storing(ctx, owners, limit-n)
	errs = append(errs, err)
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
	large := hunt{why: "space", stays: func(t task.Task) bool { return t.Favourite || t.StoredBytes() == 0 }}
	var all []task.Task
	var errs []error
	for _, o := range owners {
		n := 0
		errs = append(errs, s.each(ctx, o.Owner, large, func(t task.Task) bool {
			all = append(all, t)
			n++
			return n < limit
		}))
	}
	slices.SortFunc(all, func(a, b task.Task) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return all, errors.Join(errs...)
}

// over are the states of tasks that may be removed, and compared with their objects.
var over = []task.Status{task.Completed, task.Partial, task.Failed, task.Cancelled}

// hunt says which tasks are looked for.
type hunt struct {
	why   string
	to    time.Time // made before; any where zero
	stays func(task.Task) bool
}

// each hands an owner's tasks that are over and do not stay to do, oldest first, as
// long as it answers true. It reads at most s.Pages pages, and begins behind those
// that a round of this day found to stay.
func (s *Sweeper) each(ctx context.Context, o task.Owner, h hunt, do func(task.Task) bool) error {
	p, err := s.place(ctx, o, h.why)
	if err != nil {
		return err
	}
	after := p.Doc.After
	q := task.Query{Owner: o, To: h.to, Limit: 100, Oldest: true, Before: after, Statuses: over}
	all := true // that were read stay
	for range cmp.Or(s.Pages, 20) {
		page, err := s.Store.List(ctx, q)
		if err != nil {
			return fmt.Errorf("list old tasks: %w", err)
		}
		for _, t := range page.Tasks {
			if !h.stays(t) {
				all = false
				if !do(t) {
					return s.savePlace(ctx, p, after)
				}
			} else if all {
				after = t.ID
			}
		}
		if q.Before = page.Next; q.Before == "" {
			break
		}
		if all {
			after = page.Next
		}
	}
	return s.savePlace(ctx, p, after)
}

func (s *Sweeper) remove(ctx context.Context, t task.Task, why string) error {
	if err := s.Delete(ctx, t.Owner, t.ID); err != nil && task.KindOf(err) != task.NotFound {
		return fmt.Errorf("remove %s: %w", t.ID, err)
	}
	s.Log.InfoContext(ctx, "removed", "task_id", t.ID, "why", why, "bytes", t.StoredBytes())
	return nil
}
