// Package sweep is what the janitor does each minute: hint again what is overdue,
// fill free slots, and remove what is too old or too much. Any number of sweeps
// at once is harmless, and each does a bounded amount of work.
package sweep

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"volcimage/internal/task"
)

// Store is what a sweep needs of the table.
type Store interface {
	Due(ctx context.Context, now time.Time, limit int) ([]task.Ref, error)
	List(ctx context.Context, q task.Query) (task.Page, error)
	Usage(ctx context.Context) ([]task.OwnerUsage, error)
}

// Hints puts a job's next step into the queue.
type Hints interface {
	Send(ctx context.Context, r task.Ref, delay time.Duration) error
}

// Sweeper sweeps. All its fields are read only once it is in use.
type Sweeper struct {
	Store Store
	Hints Hints
	// Grant gives free slots to waiting jobs, Delete removes a task.
	Grant  func(ctx context.Context) error
	Delete func(ctx context.Context, o task.Owner, id task.ID) error
	Now    func() time.Time
	Log    *slog.Logger

	// Cleanup allows removing tasks by age and space (AUTO_CLEANUP).
	Cleanup bool
	// MaxAge is how long a task is kept (MAX_HISTORY_DAYS), MaxBytes how much all
	// pictures may take (MAX_STORAGE_GB).
	MaxAge   time.Duration
	MaxBytes int64
}

const (
	// overdueAfter leaves the ordinary hint time to do its work first.
	overdueAfter = 5 * time.Second
	// maxHints and maxRemoved bound one sweep; the next one goes on.
	maxHints   = 1000
	maxRemoved = 200
)

// Sweep does one round. What fails does not keep the rest from being done; the
// error joins all that went wrong.
func (s *Sweeper) Sweep(ctx context.Context) error {
	start := s.Now()
	hinted, err1 := s.hintOverdue(ctx)
	err2 := s.Grant(ctx)
	removed, err3 := s.cleanUp(ctx)
	if hinted > 0 || removed > 0 {
		s.Log.InfoContext(ctx, "swept", "hinted", hinted, "removed", removed, "ms", s.Now().Sub(start).Milliseconds())
	}
	return errors.Join(err1, err2, err3)
}

// hintOverdue hints jobs whose step should have been taken: their hint was lost,
// or the worker died.
func (s *Sweeper) hintOverdue(ctx context.Context) (int, error) {
	due, err := s.Store.Due(ctx, s.Now().Add(-overdueAfter), maxHints)
	if err != nil {
		return 0, fmt.Errorf("read due jobs: %w", err)
	}
	for i, r := range due {
		if err := s.Hints.Send(ctx, r, 0); err != nil {
			return i, fmt.Errorf("hint %s/%d: %w", r.Task, r.N, err)
		}
	}
	return len(due), nil
}

// cleanUp removes tasks that are too old, then the oldest while all together
// take too much space. Tasks that are not over are left alone.
func (s *Sweeper) cleanUp(ctx context.Context) (int, error) {
	if !s.Cleanup {
		return 0, nil
	}
	usage, err := s.Store.Usage(ctx)
	if err != nil {
		return 0, fmt.Errorf("read usage: %w", err)
	}
	aged, err := s.removeAged(ctx, usage)
	if err != nil || aged == maxRemoved {
		return aged, err
	}
	if usage, err = s.Store.Usage(ctx); err != nil {
		return aged, fmt.Errorf("read usage: %w", err)
	}
	crowded, err := s.removeCrowded(ctx, usage, maxRemoved-aged)
	return aged + crowded, err
}

func (s *Sweeper) removeAged(ctx context.Context, owners []task.OwnerUsage) (int, error) {
	if s.MaxAge <= 0 {
		return 0, nil
	}
	n := 0
	for _, o := range owners {
		old, err := s.oldest(ctx, o.Owner, s.Now().Add(-s.MaxAge), maxRemoved-n)
		if err != nil {
			return n, err
		}
		for _, t := range old {
			if err := s.remove(ctx, t, "age"); err != nil {
				return n, err
			}
			n++
		}
	}
	return n, nil
}

// removeCrowded removes the oldest tasks of all owners together until the rest
// fits, at most limit of them.
func (s *Sweeper) removeCrowded(ctx context.Context, owners []task.OwnerUsage, limit int) (int, error) {
	var total int64
	for _, o := range owners {
		total += o.Bytes
	}
	if s.MaxBytes <= 0 || total <= s.MaxBytes {
		return 0, nil
	}
	var old []task.Task
	for _, o := range owners {
		tasks, err := s.oldest(ctx, o.Owner, time.Time{}, limit)
		if err != nil {
			return 0, err
		}
		old = append(old, tasks...)
	}
	slices.SortFunc(old, func(a, b task.Task) int { return a.CreatedAt.Compare(b.CreatedAt) })
	n := 0
	for _, t := range old {
		if total <= s.MaxBytes || n == limit {
			break
		}
		if t.StoredBytes() == 0 {
			continue
		}
		if err := s.remove(ctx, t, "space"); err != nil {
			return n, err
		}
		total -= t.StoredBytes()
		n++
	}
	return n, nil
}

// oldest lists an owner's oldest tasks made before to (any, where zero) that are over.
func (s *Sweeper) oldest(ctx context.Context, o task.Owner, to time.Time, limit int) ([]task.Task, error) {
	if limit <= 0 {
		return nil, nil
	}
	page, err := s.Store.List(ctx, task.Query{Owner: o, To: to, Limit: min(limit, 100), Oldest: true})
	if err != nil {
		return nil, fmt.Errorf("list old tasks: %w", err)
	}
	return slices.DeleteFunc(page.Tasks, func(t task.Task) bool { return !t.Status.Over() }), nil
}

func (s *Sweeper) remove(ctx context.Context, t task.Task, why string) error {
	if err := s.Delete(ctx, t.Owner, t.ID); err != nil && task.KindOf(err) != task.NotFound {
		return fmt.Errorf("remove %s: %w", t.ID, err)
	}
	s.Log.InfoContext(ctx, "removed", "task_id", t.ID, "why", why, "bytes", t.StoredBytes())
	return nil
}
