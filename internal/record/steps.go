package record

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"volcimage/internal/task"
)

// Steps work on the records of one kind, on each one step at a time. While a step is
// taken, the record's NextAt is the end of its lease, then when the next is due; it is
// zero where none is.
type Steps[T any] struct {
	Kind[T]
	Hints task.Hints
	Log   *slog.Logger
	// Tries is where a document counts the steps that failed since the last that got on.
	Tries func(*T) *int
	// End notes that no step is to come: the work is done, or was given up for that
	// reason. nil: the record goes then.
	End func(doc *T, reason error)
}

const (
	// leaseMargin is how much longer a lease lasts than its step may take.
	leaseMargin = 5 * time.Second
	// skew is how early a step may come: the queue's clock is another.
	skew     = time.Second
	maxTries = 5
	// retryAfter is the pause after the first failed step; it grows by as much.
	retryAfter = 10 * time.Second
)

// Final is why a step failed that would fail again: the work is given up at once.
type Final struct{ Err error }

func (f *Final) Error() string { return f.Err.Error() }

func (f *Final) Unwrap() error { return f.Err }

// Begin saves a record whose next step is to be taken at once, and hints it.
func (s Steps[T]) Begin(ctx context.Context, r *Of[T]) error {
	r.NextAt = s.Now()
	if err := s.Save(ctx, r); err != nil {
		return err
	}
	s.hint(ctx, r, 0)
	return nil
}

func (s Steps[T]) hint(ctx context.Context, r *Of[T], delay time.Duration) {
	task.Hint(ctx, s.Hints, s.Log, task.Ref{Owner: r.Owner, Task: task.ID(r.ID), N: s.Step}, delay)
}

// Take takes the next step of the record that ref names: it leases the record, has do
// get on with it, and saves how far it is then. Where do fails the document stays as it
// was; done says that no step is to come. A nil error means that the message may be
// deleted. The context must have a deadline.
func (s Steps[T]) Take(ctx context.Context, ref task.Ref, do func(context.Context, *Of[T]) (done bool, err error)) error {
	end, ok := ctx.Deadline()
	if !ok {
		return errors.New("record: no deadline")
	}
	r, err := s.Get(ctx, ref.Owner, string(ref.Task))
	switch {
	case task.KindOf(err) == task.NotFound:
		return nil
	case err != nil:
		return err
	case r.NextAt.IsZero() || r.NextAt.After(s.Now().Add(skew)):
		return nil
	}
	r.NextAt = s.Now().Add(time.Until(end) + leaseMargin)
	if err := s.Save(ctx, &r); err != nil {
		return task.ButConflict(err)
	}
	return task.ButConflict(s.advance(ctx, &r, do))
}

// advance does the step under its lease, and saves what came of it.
func (s Steps[T]) advance(ctx context.Context, r *Of[T], do func(context.Context, *Of[T]) (bool, error)) error {
	before, delay := r.Doc, time.Duration(0)
	done, err := do(ctx, r)
	if err != nil {
		r.Doc = before
		n := s.Tries(&r.Doc)
		*n++
		delay = time.Duration(*n) * retryAfter
		s.Log.WarnContext(ctx, "a record's step failed", "kind", s.Name, "task_id", r.ID, "try", *n, "error", err)
		_, final := errors.AsType[*Final](err)
		done = final || *n >= maxTries
	} else {
		*s.Tries(&r.Doc) = 0
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaseMargin)
	defer cancel()
	if done {
		return s.end(ctx, r, err)
	}
	r.NextAt = s.Now().Add(delay)
	if err := s.Save(ctx, r); err != nil {
		return err
	}
	s.hint(ctx, r, delay)
	return nil
}

func (s Steps[T]) end(ctx context.Context, r *Of[T], reason error) error {
	if s.End == nil {
		return s.Delete(ctx, *r)
	}
	s.End(&r.Doc, reason)
	r.NextAt = time.Time{}
	return s.Save(ctx, r)
}

// TakeOver goes on at once with what a process before this one had in hand, instead of
// waiting for its lease to end. It is for one machine, and before the first step.
func (s Steps[T]) TakeOver(ctx context.Context, ref task.Ref) error {
	r, err := s.Get(ctx, ref.Owner, string(ref.Task))
	if task.KindOf(err) == task.NotFound || err == nil && r.NextAt.IsZero() {
		return nil
	}
	if err == nil {
		err = s.Begin(ctx, &r)
	}
	return task.ButConflict(err)
}
