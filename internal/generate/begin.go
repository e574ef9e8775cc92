package generate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

// begin makes the provider's call: the only step that costs money.
func (w *Worker) begin(ctx context.Context, j *task.Job) error {
	slots, err := w.Store.Slots(ctx)
	if err != nil {
		return fmt.Errorf("read slots: %w", err)
	}
	if slots.Paused || !w.hasRoom(ctx) {
		j.NextAt = w.Now().Add(pausedFor)
		return w.saveAndHint(ctx, j)
	}
	t, err := w.Store.Task(ctx, j.Owner, j.Task)
	if err != nil {
		return fmt.Errorf("read task %s: %w", j.Task, err)
	}
	defer w.Inside.enter(j.Ref)()
	claim, err := w.intend(ctx, j)
	if err != nil {
		return err
	}
	call, cancel := context.WithTimeout(ctx, w.CallTimeout)
	id, err := w.Provider.Submit(call, t.Params.ForJob(j.N, j.Reseeds))
	cancel()

	// What came of a call that may be paid for is written even if the step's own
	// time is up, and again where the table fails for a moment.
	ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), max(leaseMargin, claim.Until.Sub(w.Now())))
	defer cancel()
	if err != nil {
		return insist(ctx, func() error { return w.notBegun(ctx, j.Ref, j.Call.IntentAt, err) })
	}
	w.Log.InfoContext(ctx, "begun", "task_id", j.Task, "job", j.N, "attempt", j.Attempt, "provider_job", id)
	return insist(ctx, func() error { return w.begun(ctx, j.Ref, j.Call.IntentAt, id, slots) })
}

func (w *Worker) hasRoom(ctx context.Context) bool {
	if w.Room == nil {
		return true
	}
	err := w.Room(ctx)
	if err != nil {
		w.Log.ErrorContext(ctx, "no room for pictures, none is begun", "error", err)
	}
	return err == nil
}

// intend claims the job and notes that the call is about to be made, in one
// write. Whoever finds the note without an id knows that it may have been paid.
// A job cannot stall here: a call without an outcome is counted by itself.
func (w *Worker) intend(ctx context.Context, j *task.Job) (task.Claim, error) {
	now := w.Now()
	claim, err := j.Claim(now, w.until(ctx, w.CallTimeout))
	if err != nil {
		return claim, err
	}
	j.Intend(now)
	err = w.Store.Save(ctx, task.Change{Jobs: []*task.Job{j}})
	if task.KindOf(err) == task.Conflict {
		return claim, task.ErrNotOurs
	}
	if err != nil {
		return claim, fmt.Errorf("claim job %s/%d: %w", j.Task, j.N, err)
	}
	return claim, nil
}

// insistEvery is the pause before a write that failed is tried again.
const insistEvery = 100 * time.Millisecond

// insist repeats a write that must not be lost until it succeeds, somebody else
// has been there, or ctx ends. A write whose answer was lost may be repeated.
func insist(ctx context.Context, write func() error) error {
	for {
		err := write()
		if err == nil || errors.Is(err, task.ErrNotOurs) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(insistEvery):
		}
	}
}

// begun saves the provider's job id before anything else, and whoever may have
// taken the job meanwhile: it is paid for.
func (w *Worker) begun(ctx context.Context, r task.Ref, intent time.Time, id string, slots *task.Slots) error {
	j, err := w.change(ctx, r, func(e *edit) error {
		switch {
		case e.Job.Call.ID == id:
			return nil // an earlier try, of which we heard no answer
		case !e.Job.CallIs(intent):
			w.Log.ErrorContext(ctx, "a paid job is nobody's any more", "task_id", r.Task, "job", r.N, "provider_job", id)
			return task.ErrNotOurs
		}
		now := w.Now()
		e.Job.Sent(id, now, now.Add(w.firstPoll(e.Job.Model, slots)))
		return nil
	})
	if err != nil {
		return err
	}
	w.hint(ctx, j)
	return nil
}

// firstPoll is how long after its begin a job is asked after first: never later
// than the model's time limit, whatever the last ones took.
func (w *Worker) firstPoll(model string, slots *task.Slots) time.Duration {
	m, _ := catalog.Lookup(model)
	expected := min(w.expected(model, slots), m.TimeLimit)
	if w.EagerPolls {
		return min(expected, w.PollInterval)
	}
	return expected
}

func (w *Worker) expected(model string, slots *task.Slots) time.Duration {
	m, _ := catalog.Lookup(model)
	return slots.Expected(model, m.Expected)
}

// notBegun decides what follows a call that gave no job id.
func (w *Worker) notBegun(ctx context.Context, r task.Ref, intent time.Time, cause error) error {
	if k := task.KindOf(cause); k == task.Unknown || k == task.Internal {
		return w.outcomeUnknown(ctx, r, intent, cause)
	}
	next := w.afterFailedCall(cause)
	j, err := w.change(ctx, r, func(e *edit) error {
		if !e.Job.CallIs(intent) {
			return task.ErrNotOurs
		}
		return next(e)
	})
	w.logFailedCall(ctx, r, cause)
	if err != nil {
		return err
	}
	w.settled(ctx, j)
	return nil
}

// settled follows a change that may have scheduled another step or freed a slot.
func (w *Worker) settled(ctx context.Context, j *task.Job) {
	w.hint(ctx, j)
	if !j.Slot {
		w.grant(ctx)
	}
}

func (w *Worker) logFailedCall(ctx context.Context, r task.Ref, cause error) {
	w.Log.WarnContext(ctx, "provider call failed", "task_id", r.Task, "job", r.N, "code", task.CodeOf(cause), "error", cause)
}

// afterFailedCall is what becomes of a job whose call at the provider surely came
// to nothing: once more, later, or never again.
func (w *Worker) afterFailedCall(cause error) func(*edit) error {
	failure := failureOf(cause)
	fault := catalog.FaultOf(failure.Code)
	return func(e *edit) error {
		j := e.Job
		switch {
		case j.Status.Over(): // cancelled meanwhile
			return e.endDrain(failure.Charged)
		case fault.Kind == task.Throttled:
			return e.throttled(cause)
		case mayCallAgain(fault, j.Attempt, w.MaxRetries):
			if fault.Reseed {
				j.Reseeds++
			}
			j.Doubt = j.Doubt || failure.Charged != task.ChargedNo
			return e.again(w.retryAt(j.Backoffs, cause))
		}
		if fault.Reseed {
			j.Reseeds++ // for a retry by the person
		}
		return e.fail(failure)
	}
}

// again lets the job call once more: at next where it still holds its slot,
// otherwise when it is given another.
func (e *edit) again(next time.Time) error {
	if e.Job.Slot {
		e.Job.Again(next)
		return nil
	}
	t, err := e.Task()
	if err != nil {
		return err
	}
	e.Job.Requeue()
	t.JobRequeued(e.Job)
	return nil
}

// throttled keeps the job in its slot for another try, and narrows the model.
func (e *edit) throttled(cause error) error {
	slots, err := e.Slots()
	if err != nil {
		return err
	}
	next := e.w.retryAt(e.Job.Backoffs, cause)
	slots.Throttled(e.Job.Model, e.w.Now(), next.Sub(e.w.Now()))
	e.Job.Attempt = max(0, e.Job.Attempt-1) // a throttled call costs none
	return e.again(next)
}

// outcomeUnknown follows a call that may or may not have been carried out. Its
// slot stays occupied until the provider has surely ended it; the job itself may
// call once more, or fails.
func (w *Worker) outcomeUnknown(ctx context.Context, r task.Ref, intent time.Time, cause error) error {
	j, err := w.change(ctx, r, func(e *edit) error {
		j := e.Job
		if !j.CallIs(intent) {
			return task.ErrNotOurs
		}
		if err := e.orphanSlot(); err != nil {
			return err
		}
		if j.Status.Over() {
			return e.endDrain(task.ChargedUnknown)
		}
		if !j.Lose() {
			return e.fail(task.Failure{Code: catalog.CodeProviderOutcomeUnknown, Charged: task.ChargedUnknown})
		}
		return e.again(w.Now())
	})
	if err != nil {
		return err
	}
	w.Log.WarnContext(ctx, "outcome of a paid call unknown", "task_id", r.Task, "job", r.N, "lost", j.Lost, "error", cause)
	w.settled(ctx, j)
	return nil
}

// orphanSlot parts the job from its slot, which stays occupied by the call.
func (e *edit) orphanSlot() error {
	slots, err := e.Slots()
	if err != nil {
		return err
	}
	m, _ := catalog.Lookup(e.Job.Model)
	slots.Orphan(e.Job.Ref, e.Job.Call.IntentAt.Add(m.TimeLimit))
	e.Job.Slot = false
	return nil
}
