package generate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"volcimage/internal/task"
)

// Store is what the worker needs of the table.
type Store interface {
	Job(ctx context.Context, r task.Ref) (*task.Job, error)
	Jobs(ctx context.Context, o task.Owner, id task.ID) ([]*task.Job, error)
	Task(ctx context.Context, o task.Owner, id task.ID) (task.Task, error)
	Slots(ctx context.Context) (*task.Slots, error)
	Save(ctx context.Context, c task.Change) error
}

// Provider draws pictures. Submit costs money; Result does not.
//
// A Submit that surely was not carried out is an error of any kind but
// [task.Unknown]; that one leaves open whether it was.
type Provider interface {
	Submit(ctx context.Context, p task.Params) (id string, err error)
	Result(ctx context.Context, model, id string) (task.Result, error)
}

// Fetcher downloads what the provider drew.
type Fetcher interface {
	Fetch(ctx context.Context, link string) ([]byte, error)
}

// Pictures checks bytes and makes their thumbnail.
type Pictures interface {
	Verify(data []byte) (task.Picture, error)
}

// Objects is our own picture store.
type Objects interface {
	Put(ctx context.Context, o task.Object) error
	// DeletePrefix removes what lies below prefix, but for the keys to keep.
	DeletePrefix(ctx context.Context, prefix string, keep ...string) error
}

// Worker takes steps. All its fields are read only once it is in use.
type Worker struct {
	Store    Store
	Hints    task.Hints
	Provider Provider
	Fetcher  Fetcher
	Pictures Pictures
	Objects  Objects
	// Grant gives slots that became free to waiting jobs.
	Grant func(ctx context.Context) error
	Now   func() time.Time
	Log   *slog.Logger

	// Room tells whether a picture could be stored; while it could not none is begun,
	// for it would be paid for in vain. nil: always.
	Room func(ctx context.Context) error

	PollInterval time.Duration // TASK_POLL_INTERVAL
	GiveUp       time.Duration // REQUEST_TIMEOUT: age at which a provider job is given up
	MaxRetries   int           // MAX_RETRY_COUNT: calls beyond the first, per job and run
	// CallTimeout bounds one request to the provider.
	CallTimeout time.Duration
	// EagerPolls asks at every PollInterval from the start. It is for one machine,
	// where a step costs nothing; elsewhere the first poll comes when the answer
	// is likely, since each step is billed.
	EagerPolls bool
	// Skew is how early a step may come by the clocks of two machines.
	Skew time.Duration
	// Inside is set where this process takes all steps there are.
	Inside *Calls
}

const (
	// leaseMargin is how much longer a claim lasts than the work it covers may take.
	leaseMargin = 5 * time.Second
	// pausedFor is when a step looks again at the operator's switch, and for room.
	pausedFor = 15 * time.Second
	// changeTries bounds how often a change is decided anew because somebody came
	// between. Each round somebody else has got on, so few are ever needed.
	changeTries = 50
)

// Step takes the next step of a job. A nil error means that the message may be
// deleted: the step is done, was not due, or is no longer ours to take; whatever
// is left to do is in the row, and due. The context must have a deadline.
func (w *Worker) Step(ctx context.Context, r task.Ref) error {
	if _, ok := ctx.Deadline(); !ok {
		return errors.New("generate: no deadline")
	}
	j, err := w.Store.Job(ctx, r)
	if task.KindOf(err) == task.NotFound {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read job %s/%d: %w", r.Task, r.N, err)
	}
	task.NoteRequest(ctx, j.Request)
	if !j.Due(w.Now().Add(w.Skew)) {
		return nil
	}
	err = w.step(ctx, j)
	if errors.Is(err, task.ErrNotOurs) {
		return nil
	}
	return err
}

func (w *Worker) step(ctx context.Context, j *task.Job) error {
	switch {
	case j.Status.Over():
		return w.drain(ctx, j)
	case w.callUnderWay(j):
		return w.waitForCall(ctx, j)
	case j.OutcomeUnknown():
		return w.outcomeUnknown(ctx, j.Ref, j.Call.IntentAt, nil)
	case j.Status == task.JobReady:
		return w.begin(ctx, j)
	case j.Status == task.JobRunning:
		return w.poll(ctx, j)
	}
	return nil // waiting: whoever grants the slot hints again
}

// callUnderWay tells whether another step may be inside the provider's call at
// this moment, its claim taken away by a cancel or retry.
func (w *Worker) callUnderWay(j *task.Job) bool {
	return j.OutcomeUnknown() && (w.Inside.has(j.Ref) || w.Now().Before(j.Call.IntentAt.Add(w.CallTimeout+leaseMargin)))
}

// waitForCall puts the next step off until the call under way has ended.
func (w *Worker) waitForCall(ctx context.Context, j *task.Job) error {
	j.NextAt = j.Call.IntentAt.Add(w.CallTimeout + leaseMargin)
	if soon := w.Now().Add(w.PollInterval); j.NextAt.Before(soon) { // the clock was set forward
		j.NextAt = soon
	}
	return w.saveAndHint(ctx, j)
}

// saveAndHint saves the job as read and changed, and hints its next step. Only
// the winner of the write hints, so that chains of hints never multiply.
func (w *Worker) saveAndHint(ctx context.Context, j *task.Job) error {
	err := w.Store.Save(ctx, task.Change{Jobs: []*task.Job{j}})
	if task.KindOf(err) == task.Conflict {
		return task.ErrNotOurs
	}
	if err != nil {
		return fmt.Errorf("save job %s/%d: %w", j.Task, j.N, err)
	}
	w.hint(ctx, j)
	return nil
}

// hint hints the job's next step, for when it is due.
func (w *Worker) hint(ctx context.Context, j *task.Job) {
	if !j.NextAt.IsZero() {
		task.Hint(ctx, w.Hints, w.Log, j.Ref, max(0, j.NextAt.Sub(w.Now())))
	}
}

// grant hands free slots on. Where it fails the janitor does it.
func (w *Worker) grant(ctx context.Context) {
	if err := w.Grant(ctx); err != nil {
		w.Log.WarnContext(ctx, "slots not granted", "error", err)
	}
}

// until is the end of a lease for work of at most d, and never later than the
// step's own deadline with a margin. That deadline is by the machine's clock, which
// need not be the one by which leases end.
func (w *Worker) until(ctx context.Context, d time.Duration) time.Time {
	if deadline, ok := ctx.Deadline(); ok {
		d = min(d, time.Until(deadline))
	}
	return w.Now().Add(d + leaseMargin)
}

// edit is a change being made: rows that are read when they are asked for, and
// saved together.
type edit struct {
	w     *Worker
	ctx   context.Context
	Job   *task.Job
	task  *task.Task
	slots *task.Slots
	usage task.Usage
}

// Task is the job's task, to be saved with it.
func (e *edit) Task() (*task.Task, error) {
	if e.task == nil {
		t, err := e.w.Store.Task(e.ctx, e.Job.Owner, e.Job.Task)
		if err != nil {
			return nil, fmt.Errorf("read task %s: %w", e.Job.Task, err)
		}
		e.task = &t
	}
	return e.task, nil
}

// Slots is the slots' row, to be saved with the job.
func (e *edit) Slots() (*task.Slots, error) {
	if e.slots == nil {
		s, err := e.w.Store.Slots(e.ctx)
		if err != nil {
			return nil, fmt.Errorf("read slots: %w", err)
		}
		e.slots = s
	}
	return e.slots, nil
}

// change reads job r, lets decide change it and what belongs to it, and saves
// all that or nothing; where somebody came between it decides anew. decide
// answers [task.ErrNotOurs] when there is nothing left to do.
func (w *Worker) change(ctx context.Context, r task.Ref, decide func(*edit) error) (*task.Job, error) {
	for range changeTries {
		j, err := w.Store.Job(ctx, r)
		if task.KindOf(err) == task.NotFound {
			return nil, task.ErrNotOurs
		}
		if err != nil {
			return nil, fmt.Errorf("read job %s/%d: %w", r.Task, r.N, err)
		}
		e := &edit{w: w, ctx: ctx, Job: j}
		if err := decide(e); err != nil {
			return nil, err
		}
		err = w.Store.Save(ctx, task.Change{Task: e.task, Jobs: []*task.Job{j}, Slots: e.slots, Usage: e.usage})
		if task.KindOf(err) == task.Conflict {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("save job %s/%d: %w", r.Task, r.N, err)
		}
		return j, nil
	}
	return nil, fmt.Errorf("save job %s/%d: %w", r.Task, r.N, task.ErrConflict)
}
