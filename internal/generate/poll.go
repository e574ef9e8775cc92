package generate

import (
	"context"
	"fmt"
	"runtime/debug"
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
	case err != nil && !undecided(err, j):
		if task.CodeOf(err) == catalog.CodeProviderLost {
			return w.lost(ctx, j, err)
		}
		return w.ended(ctx, j, err)
	case w.tooLong(j, err):
		return w.giveUp(ctx, j, err)
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

// result asks after the job. A panic over an answer is an answer that nobody can
// read: otherwise the job would be asked after, and panic, without end.
func (w *Worker) result(ctx context.Context, j *task.Job) (res task.Result, err error) {
	ctx, cancel := context.WithTimeout(ctx, w.CallTimeout)
	defer cancel()
	defer func() {
		if v := recover(); v != nil {
			w.Log.ErrorContext(ctx, "panic over the provider's answer", "task_id", j.Task, "job", j.N, "panic", v, "stack", string(debug.Stack()))
			res, err = task.Result{}, catalog.NewError(catalog.CodeProviderAnswer, fmt.Errorf("panic: %v", v))
		}
	}()
	return w.Provider.Result(ctx, j.Model, j.Call.ID)
}

const (
	// brokenPolls is how often in a row the provider must report its own failure,
	// or that it does not know the job, before that is believed: a broken query
	// looks the same as a broken job, and only its repetition tells. With the delays
	// between them these take about 17 s, lest a moment of trouble at the provider
	// have every running picture paid for again.
	brokenPolls = 6
	// patience is how many polls in a row must fail before a job past its time is
	// given up: nothing may have been asked for long, and a first question that is
	// throttled says nothing.
	patience = 5
)

// undecided tells whether a failed question says nothing about the job itself.
func undecided(err error, j *task.Job) bool {
	if task.CodeOf(err) == catalog.CodeProviderLost {
		return j.Backoffs < brokenPolls-1
	}
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

// tooLong tells whether a job of which a question brought nothing new has been at
// the provider for too long.
func (w *Worker) tooLong(j *task.Job, err error) bool {
	return w.Now().Sub(j.Call.SentAt) >= w.GiveUp && (err == nil || j.Backoffs >= patience)
}

// giveUp ends a job that took too long. One that was seen drawn is charged.
func (w *Worker) giveUp(ctx context.Context, j *task.Job, cause error) error {
	f := task.Failure{Code: catalog.CodeProviderTimeout, Charged: task.ChargedUnknown}
	switch {
	case j.Drawn():
		f = task.Failure{Code: catalog.CodePictureUnreachable, Charged: task.ChargedYes}
	case task.KindOf(cause) == task.Misconfigured: // that is to be mended, and not waiting
		f.Code = catalog.CodeProviderSilent
	}
	return w.fail(ctx, j, f, cause)
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
		drawn := j.Drawn()
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
