package generate

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

const (
	backoffBase = time.Second
	backoffMax  = 30 * time.Second
)

// retryAt is when to try again after n delays in a row: full jitter below a
// doubling bound, and not before the provider asked for.
// https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
func (w *Worker) retryAt(n int, cause error) time.Time {
	bound := min(backoffBase<<min(n, 10), backoffMax)
	wait := backoffBase/4 + rand.N(bound)
	var e *task.Error
	if errors.As(cause, &e) {
		wait = max(wait, min(e.RetryAfter, 10*backoffMax))
	}
	return w.Now().Add(wait)
}

// mayCallAgain tells whether a job that has begun that many calls may begin one
// more after this fault.
func mayCallAgain(f catalog.Fault, attempts, maxRetries int) bool {
	limit := 1 + maxRetries
	if f.Calls > 0 {
		limit = min(limit, f.Calls)
	}
	again := f.Kind == task.Unavailable || f.Calls > 1
	return again && attempts < limit
}

// failureOf is what a reader learns of err.
func failureOf(err error) task.Failure {
	var e *task.Error
	if !errors.As(err, &e) || e.Code == "" {
		return task.Failure{Code: catalog.CodeInternal, Charged: task.ChargedUnknown}
	}
	return task.Failure{
		Code: e.Code, ProviderCode: e.ProviderCode, RequestID: e.RequestID,
		Charged: catalog.FaultOf(e.Code).Charged,
	}
}

// fail ends the edit's job without a picture and gives its slot up.
func (e *edit) fail(f task.Failure) error {
	if err := e.leaveSlot(); err != nil {
		return err
	}
	t, err := e.Task()
	if err != nil {
		return err
	}
	t.JobFailed(e.Job, f, e.w.Now())
	return nil
}

// leaveSlot gives the job's slot up, where it holds one: nothing of it is in
// flight any more, or it has been for too long.
func (e *edit) leaveSlot() error {
	if !e.Job.Slot {
		return nil
	}
	slots, err := e.Slots()
	if err != nil {
		return err
	}
	slots.Leave(e.Job.Ref)
	e.Job.Slot = false
	return nil
}

// fail ends the job without a picture, unless somebody has changed it since it
// was read.
func (w *Worker) fail(ctx context.Context, read *task.Job, f task.Failure, cause error) error {
	j, err := w.change(ctx, read.Ref, func(e *edit) error {
		if e.Job.Version != read.Version {
			return task.ErrNotOurs
		}
		return e.fail(f)
	})
	if err != nil {
		return err
	}
	w.Log.WarnContext(ctx, "job failed", "task_id", j.Task, "job", j.N, "code", f.Code, "charged", f.Charged, "error", cause)
	w.settled(ctx, j)
	return nil
}
