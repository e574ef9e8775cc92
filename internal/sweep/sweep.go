// Package sweep is what the janitor does each minute: hint again what is overdue,
// fill free slots, remove what is too old or too much, and go round all objects and
// all tasks, a piece at a time, for objects without a row and rows whose objects are
// gone. Any number of sweeps at once is harmless, and each does a bounded amount of work.
package sweep

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"volcimage/internal/record"
	"volcimage/internal/task"
)

// Store is what a sweep needs of the table.
type Store interface {
	record.Store
	Due(ctx context.Context, now time.Time, limit int) ([]task.Ref, error)
	List(ctx context.Context, q task.Query) (task.Page, error)
	Tasks(ctx context.Context, o task.Owner, ids []task.ID) ([]task.Task, error)
	Jobs(ctx context.Context, o task.Owner, id task.ID) ([]*task.Job, error)
	Usage(ctx context.Context) ([]task.OwnerUsage, error)
	Save(ctx context.Context, c task.Change) error
}

// Objects is what a sweep needs of the picture store. The objects of an owner are
// listed task by task, in order of their ids.
type Objects interface {
	List(ctx context.Context, prefix, after string, limit int) (page []task.Stored, next string, err error)
	Delete(ctx context.Context, keys ...string) error
}

// Sweeper sweeps. All its fields are read only once it is in use.
type Sweeper struct {
	Store   Store
	Hints   task.Hints
	Objects Objects
	// Grant gives free slots to waiting jobs, Delete removes a task.
	Grant  func(ctx context.Context) error
	Delete func(ctx context.Context, o task.Owner, id task.ID) error
	// ClearBin removes what was in an owner's bin at a time, what lay there longest
	// first: at most so many tasks, and none once so many bytes are free, unless 0.
	ClearBin func(ctx context.Context, o task.Owner, until time.Time, tasks int, bytes int64) (task.Cleared, error)
	Now      func() time.Time
	Log      *slog.Logger

	// Cleanup allows removing tasks by age and space, and orphans (AUTO_CLEANUP).
	Cleanup bool
	// MaxAge is how long a task is kept (MAX_HISTORY_DAYS), MaxBytes how much all
	// pictures may take (MAX_STORAGE_GB).
	MaxAge   time.Duration
	MaxBytes int64
	// Pages bounds how many pages of 100 tasks of an owner one look at them reads;
	// 0 is 20.
	Pages int
	// RoundEvery is from the end of a round of all objects or tasks to the next.
	RoundEvery time.Duration
	// Report is told what each sweep did; nil: nobody.
	Report func(Done)
}

// Done counts what a sweep did.
type Done struct {
	Hinted, Removed int // jobs; tasks by age and space
	Orphans         int // objects without a row that were removed
	Gone            int // pictures whose object was found missing
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
	var d Done
	var errs [5]error
	d.Hinted, errs[0] = s.hintOverdue(ctx)
	errs[1] = s.Grant(ctx)
	d.Removed, errs[2] = s.cleanUp(ctx)
	d.Orphans, errs[3] = s.removeOrphans(ctx)
	d.Gone, errs[4] = s.findMissing(ctx)
	if d != (Done{}) {
		s.Log.InfoContext(ctx, "swept", "hinted", d.Hinted, "removed", d.Removed, "orphans", d.Orphans, "gone", d.Gone,
			"ms", s.Now().Sub(start).Milliseconds())
	}
	if s.Report != nil {
		s.Report(d)
	}
	return errors.Join(errs[:]...)
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
