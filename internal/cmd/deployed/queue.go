package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"volcimage/internal/task"
)

const (
	// overdueAfter leaves the janitor time to hint what was lost.
	overdueAfter = 2 * time.Minute
	// maxOverdue is how far they are counted.
	maxOverdue = 1000
)

// status prints what an operator asks first.
func (s stack) status(ctx context.Context) error {
	slots, err := s.store.Slots(ctx)
	if err != nil {
		return fmt.Errorf("status: %w", err)
	}
	heads, err := s.store.Heads(ctx)
	if err != nil {
		return fmt.Errorf("status: %w", err)
	}
	overdue, err := s.store.Due(ctx, time.Now().Add(-overdueAfter), maxOverdue)
	if err != nil {
		return fmt.Errorf("status: %w", err)
	}
	// A task that is not in the index yet is found all the same.
	overdue = slices.DeleteFunc(overdue, func(r task.Ref) bool { return r.N == task.IndexStep })
	queue, err := s.hints.Depth(ctx)
	if err != nil {
		return fmt.Errorf("status: %w", err)
	}
	dead, err := s.dead.Depth(ctx)
	if err != nil {
		return fmt.Errorf("status: %w", err)
	}
	state, waiting := "running", "nothing"
	if slots.Paused {
		state = "paused; begin again with `make resume`"
	}
	if len(heads) > 0 {
		waiting = fmt.Sprintf("the oldest for %v", time.Since(heads[0].CreatedAt).Round(time.Second))
	}
	_, err = fmt.Fprintf(s.out, "calls         %s\n"+
		"waiting       %s\n"+
		"in flight     %d\n"+
		"overdue       %d\n"+
		"queue         %d to do, %d later or in hand\n"+
		"dead letters  %d\n",
		state, waiting, len(slots.Holds), len(overdue), queue.Visible, queue.Hidden, dead.Visible+dead.Hidden)
	return err
}

// deadLetters shows some of them: SQS hands out no more at a time.
func (s stack) deadLetters(ctx context.Context) error {
	letters, err := s.dead.List(ctx)
	if err != nil {
		return err
	}
	if len(letters) == 0 {
		_, err = fmt.Fprintln(s.out, "no dead letters")
		return err
	}
	for _, m := range letters {
		if _, err := fmt.Fprintf(s.out, "%s  sent %s: job %d of task %s of %s\n",
			m.ID, m.SentAt.Local().Format(time.DateTime), m.Ref.N, m.Ref.Task, m.Ref.Owner); err != nil {
			return err
		}
	}
	return nil
}

func (s stack) redrive(ctx context.Context) error {
	n, err := s.dead.Redrive(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "sent %d dead letters again\n", n)
	return err
}
