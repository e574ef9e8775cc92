package generate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"volcimage/internal/task"
)

// Ahead is how far ahead of now the steps of a dead process can be due: by then
// each of its claims has ended.
func Ahead(stepTimeout time.Duration) time.Duration { return stepTimeout + leaseMargin }

// TakeOver goes on at once with what a process before this one had in hand,
// instead of waiting for its leases to end and its messages to be seen again. It
// is for one machine, and before the first step: nobody else may be at work.
// Of each job it takes no more than would come by itself: a call without an
// outcome is unknown, a lease that ran out is counted.
func (w *Worker) TakeOver(ctx context.Context, jobs []task.Ref) error {
	var errs []error
	for _, r := range jobs {
		if err := w.takeOver(ctx, r); err != nil && !errors.Is(err, task.ErrNotOurs) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (w *Worker) takeOver(ctx context.Context, r task.Ref) error {
	if r.N >= task.IndexStep {
		return nil // of the index, an export or an import
	}
	j, err := w.Store.Job(ctx, r)
	switch {
	case task.KindOf(err) == task.NotFound:
		return nil
	case err != nil:
		return fmt.Errorf("read job %s/%d: %w", r.Task, r.N, err)
	case j.OutcomeUnknown() && (j.Slot || !j.Status.Over()):
		return w.outcomeUnknown(ctx, r, j.Call.IntentAt, errors.New("the process that made the call is gone"))
	case j.LeaseUntil.After(w.Now()):
		j.Abandon(w.Now())
		return w.saveAndHint(ctx, j)
	}
	w.hint(ctx, j)
	return nil
}
