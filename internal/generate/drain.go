package generate

import (
	"context"
	"fmt"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

// drain takes a step of a job that is over: what it still has at the provider is
// waited for and dropped, what lost claims stored is removed, and a deleted task
// goes once nothing of it is left.
func (w *Worker) drain(ctx context.Context, j *task.Job) error {
	if j.Slot {
		return w.drainCall(ctx, j)
	}
	t, err := w.Store.Task(ctx, j.Owner, j.Task)
	if err != nil {
		return fmt.Errorf("read task %s: %w", j.Task, err)
	}
	if !t.DeletedAt.IsZero() {
		return w.purge(ctx, t)
	}
	return w.tidy(ctx, j, t)
}

// tidy removes what claims of the job stored and the task does not name. It goes
// by the fences up to the job's: a retry may begin meanwhile, under a higher one.
func (w *Worker) tidy(ctx context.Context, j *task.Job, t task.Task) error {
	var keep []string
	for _, im := range t.Images {
		if im.Job == j.N && im.Key != "" {
			keep = append(keep, im.Key, im.ThumbnailKey)
		}
	}
	for fence := range j.Fence {
		if err := w.Objects.DeletePrefix(ctx, claimPrefix(task.Claim{Ref: j.Ref, Fence: fence + 1}), keep...); err != nil {
			return fmt.Errorf("delete objects of lost claims of %s/%d: %w", j.Task, j.N, err)
		}
	}
	j.Tidied()
	return w.saveAndHint(ctx, j)
}

func (w *Worker) drainCall(ctx context.Context, j *task.Job) error {
	switch {
	case w.callUnderWay(j):
		return w.waitForCall(ctx, j)
	case j.OutcomeUnknown():
		return w.outcomeUnknown(ctx, j.Ref, j.Call.IntentAt, nil)
	case j.Call.ID == "":
		return w.drained(ctx, j, task.ChargedNo)
	}
	res, err := w.result(ctx, j)
	switch {
	case err == nil && res.Done:
		return w.drained(ctx, j, task.ChargedYes)
	case err != nil && !undecided(err, j):
		return w.drained(ctx, j, catalog.FaultOf(task.CodeOf(err)).Charged)
	case w.tooLong(j, err):
		return w.drained(ctx, j, task.ChargedUnknown)
	case err != nil:
		j.PollFailed(w.retryAt(j.Backoffs, err))
	default:
		j.StillRunning(w.Now(), w.Now().Add(w.PollInterval))
	}
	return w.saveAndHint(ctx, j)
}

// drained frees the slot of a job whose picture nobody wants any more, and says
// whether it was charged.
func (w *Worker) drained(ctx context.Context, polled *task.Job, charged task.Charged) error {
	j, err := w.change(ctx, polled.Ref, func(e *edit) error {
		if e.Job.Version != polled.Version {
			return task.ErrNotOurs
		}
		if charged == task.ChargedYes {
			e.Job.Call.Over = true // drawn: a retry may still fetch it
		}
		return e.endDrain(charged)
	})
	if err != nil {
		return err
	}
	w.Log.InfoContext(ctx, "cancelled call ended", "task_id", j.Task, "job", j.N, "charged", charged)
	w.settled(ctx, j)
	return nil
}

// endDrain ends what a cancelled or deleted job had at the provider.
func (e *edit) endDrain(charged task.Charged) error {
	if err := e.leaveSlot(); err != nil {
		return err
	}
	t, err := e.Task()
	if err != nil {
		return err
	}
	t.Drained(e.Job, charged, e.w.Now())
	return nil
}

// purge removes a deleted task for good: objects first, rows last, so that
// whatever dies between leaves a row that is still due. It waits for leases, under
// which objects may still be stored.
func (w *Worker) purge(ctx context.Context, t task.Task) error {
	jobs, err := w.Store.Jobs(ctx, t.Owner, t.ID)
	if err != nil {
		return fmt.Errorf("read jobs of %s: %w", t.ID, err)
	}
	for _, j := range jobs {
		if j.Slot || j.LeaseUntil.After(w.Now()) {
			return nil // its last step comes back here
		}
	}
	if err := w.Objects.DeletePrefix(ctx, taskPrefix(task.Ref{Owner: t.Owner, Task: t.ID})); err != nil {
		return fmt.Errorf("delete objects of %s: %w", t.ID, err)
	}
	err = w.Store.Save(ctx, task.Change{Task: &t, Jobs: jobs, Gone: true})
	if task.KindOf(err) == task.Conflict {
		return task.ErrNotOurs
	}
	if err != nil {
		return fmt.Errorf("remove %s: %w", t.ID, err)
	}
	w.Log.InfoContext(ctx, "removed", "task_id", t.ID)
	return nil
}
