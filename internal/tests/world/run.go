package world

import (
	"context"
	"errors"
	"fmt"
	"time"

	"volcimage/internal/embedded/sqlite"
	"volcimage/internal/generate"
	"volcimage/internal/task"
)

// Run delivers hints and sweeps each minute, as long as ready says no, at most
// for limit.
func (w *World) Run(limit time.Duration, ready func() bool) {
	w.T.Helper()
	end := time.Now().Add(limit)
	for !ready() {
		if time.Now().After(end) {
			w.T.Fatalf("not so after %v of virtual time", limit)
		}
		if w.SweepDue() {
			Live(w.T.Context(), w.Sweep)
		}
		if w.Idle != nil {
			w.Idle()
		}
		if w.Deliver() == 0 {
			w.Sleep()
		}
	}
}

// SweepDue tells whether the janitor is to come, which is each minute.
func (w *World) SweepDue() bool {
	if !w.sweepAt.IsZero() && time.Now().Before(w.sweepAt) {
		return false
	}
	first := w.sweepAt.IsZero()
	w.sweepAt = time.Now().Add(time.Minute)
	return !first
}

// Sweep lets the janitor come once.
func (w *World) Sweep(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, StepTime)
	defer cancel()
	if err := w.Sweeper.Sweep(ctx); err != nil && !errors.Is(err, ErrInjected) {
		w.T.Errorf("sweep: %v", err)
	}
}

// Sleep waits for the next hint, or for the sweep.
func (w *World) Sleep() {
	next, ok, err := w.Queue.Next(w.T.Context())
	if err != nil {
		w.T.Fatal(err)
	}
	if !ok || next.After(w.sweepAt) {
		next = w.sweepAt
	}
	time.Sleep(max(time.Millisecond, time.Until(next)))
}

// Deliver hands out what is visible, one by one. It answers how many there were.
func (w *World) Deliver() int {
	w.T.Helper()
	messages, err := w.Queue.Receive(w.T.Context(), 10)
	if err != nil {
		w.T.Fatal(err)
	}
	for _, m := range messages {
		Live(w.T.Context(), func(ctx context.Context) { w.Step(ctx, m) })
	}
	return len(messages)
}

// Step takes the step that a message asks for, as the event source mapping does:
// where it fails the message stays hidden.
func (w *World) Step(ctx context.Context, m sqlite.Message) { w.StepBy(ctx, w.Worker, m) }

// StepBy is Step taken by another worker.
func (w *World) StepBy(ctx context.Context, by *generate.Worker, m sqlite.Message) {
	step, cancel := context.WithTimeout(ctx, StepTime)
	defer cancel()
	if err := w.caught(step, by, m.Ref); err != nil {
		return
	}
	if err := w.Queue.Delete(context.WithoutCancel(ctx), m.Receipt); err != nil {
		w.T.Error(err)
	}
}

// caught takes a step as the handler does, which makes an error of a panic.
func (w *World) caught(ctx context.Context, by *generate.Worker, r task.Ref) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	if r.N == task.IndexStep {
		return w.Indexer.Step(ctx, r)
	}
	return by.Step(ctx, r)
}

// Finish runs until the task is over, and tells how it ended.
func (w *World) Finish(t task.Task) task.Task {
	w.T.Helper()
	w.Run(time.Hour, func() bool { return w.Read(t).Status.Over() })
	return w.Read(t)
}

// Settle runs until nothing is in flight or due any more.
func (w *World) Settle() {
	w.T.Helper()
	w.Run(2*time.Hour, w.Quiet)
}

// Quiet tells whether nothing is in flight, due or waiting.
func (w *World) Quiet() bool {
	w.T.Helper()
	ctx := w.T.Context()
	slots, err1 := w.DB.Slots(ctx)
	due, err2 := w.DB.Due(ctx, time.Now().Add(24*time.Hour), 1)
	heads, err3 := w.DB.Heads(ctx)
	if err := errors.Join(err1, err2, err3); err != nil {
		w.T.Fatal(err)
	}
	return len(due) == 0 && len(heads) == 0 && !slots.Full(task.Limits{Total: 1}, time.Now())
}
