package generate

import (
	"context"
	"fmt"
	"time"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

// poll asks after a running job, without a claim: asking is free, and of two
// that ask only one wins the write.
func (w *Worker) poll(ctx context.Context, j *task.Job) error {
	res, err := w.result(ctx, j)
	switch {
	case err == nil && res.Done:
		return w.collect(ctx, j, res)
	case task.CodeOf(err) == catalog.CodeProviderLost:
		return w.lost(ctx, j, err)
	case err != nil && !undecided(err, j):
		return w.ended(ctx, j, err)
	case w.Now().Sub(j.Call.SentAt) >= w.GiveUp:
		return w.fail(ctx, j.Ref, task.Failure{Code: catalog.CodeProviderTimeout, Charged: task.ChargedUnknown}, err)
	case err != nil:
		w.Log.WarnContext(ctx, "poll failed", "task_id", j.Task, "job", j.N, "code", task.CodeOf(err), "error", err)
		j.PollFailed(w.retryAt(j.Backoffs, err))
		return w.saveAndHint(ctx, j)
	}
	next, err := w.nextPoll(ctx, j)
	if err != nil {
		return err
	}
	j.StillRunning(w.Now(), next)
	return w.saveAndHint(ctx, j)
}

func (w *Worker) result(ctx context.Context, j *task.Job) (task.Result, error) {
	ctx, cancel := context.WithTimeout(ctx, w.CallTimeout)
	defer cancel()
	return w.Provider.Result(ctx, j.Model, j.Call.ID)
}

// brokenPolls is how often in a row the provider must report its own failure
// before the job is taken to have failed: a broken query looks the same as a
// broken job, and only its repetition tells.
const brokenPolls = 3

// undecided tells whether a failed question says nothing about the job itself.
func undecided(err error, j *task.Job) bool {
	switch task.KindOf(err) {
	case task.Unavailable:
		if catalog.FaultOf(task.CodeOf(err)).Calls == 0 {
			return true
		}
		return j.Backoffs < brokenPolls-1
	case task.Throttled, task.Misconfigured, task.Unknown, task.Internal:
		return true
	}
	return false
}

// nextPoll is one interval from now, or when the answer is likely if that is
// sooner.
func (w *Worker) nextPoll(ctx context.Context, j *task.Job) (time.Time, error) {
	now := w.Now()
	next := now.Add(w.PollInterval)
	if !w.EagerPolls {
		return next, nil
	}
	slots, err := w.Store.Slots(ctx)
	if err != nil {
		return time.Time{}, fmt.Errorf("read slots: %w", err)
	}
	likely := j.Call.SentAt.Add(w.expected(j.Model, slots))
	if likely.After(now.Add(w.PollInterval/10)) && likely.Before(next) {
		next = likely
	}
	return next, nil
}

// ended follows a job that the provider finished without a picture.
func (w *Worker) ended(ctx context.Context, polled *task.Job, cause error) error {
	next := w.afterFailedCall(cause)
	j, err := w.change(ctx, polled.Ref, func(e *edit) error {
		if e.Job.Version != polled.Version {
			return task.ErrNotOurs
		}
		e.Job.Call.ID = "" // nothing to ask for again
		return next(e)
	})
	w.logFailedCall(ctx, polled.Ref, cause)
	if err != nil {
		return err
	}
	w.settled(ctx, j)
	return nil
}

// lost follows a job that the provider does not know any more. One whose picture
// was seen done is not drawn a second time; otherwise one more call is made.
func (w *Worker) lost(ctx context.Context, polled *task.Job, cause error) error {
	w.Log.WarnContext(ctx, "provider lost a paid job", "task_id", polled.Task, "job", polled.N, "error", cause)
	j, err := w.change(ctx, polled.Ref, func(e *edit) error {
		j := e.Job
		if j.Version != polled.Version {
			return task.ErrNotOurs
		}
		drawn := j.Call.Over
		j.Call.ID = ""
		switch {
		case drawn:
			return e.fail(task.Failure{Code: catalog.CodePictureUnreachable, Charged: task.ChargedYes})
		case !j.Lose():
			f := failureOf(cause)
			f.Charged = task.ChargedUnknown
			return e.fail(f)
		}
		return e.again(w.retryAt(j.Backoffs, cause))
	})
	if err != nil {
		return err
	}
	w.settled(ctx, j)
	return nil
}
