// Package sweep is what the janitor does each minute: hint again what is overdue,
// fill free slots, and remove what is too old or too much. Any number of sweeps
// at once is harmless, and each does a bounded amount of work.
package sweep

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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
	// maxPages bounds how many pages of an owner's tasks one look at them reads.
	maxPages = 20
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
