package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"volcimage/internal/embedded/sqlite"
)

// overdueAfter leaves the ordinary hint time to do its work first.
const overdueAfter = 5 * time.Second

// maxListed bounds what is printed.
const maxListed = 1000

// status prints what an operator asks first: what waits, what is under way, what
// is stuck.
func status(ctx context.Context, data string, most int, out io.Writer) error {
	return withDatabase(ctx, data, func(db *sqlite.DB) error {
		slots, err := db.Slots(ctx)
		if err != nil {
			return fmt.Errorf("status: %w", err)
		}
		backlog, err := db.Backlog(ctx, time.Now().Add(-overdueAfter))
		if err != nil {
			return fmt.Errorf("status: %w", err)
		}
		queue, err := db.Queue(sqlite.QueueConfig{}).Stats(ctx)
		if err != nil {
			return fmt.Errorf("status: %w", err)
		}
		state := "running"
		if slots.Paused {
			state = "paused; begin again with `make resume`"
		}
		return say(out, "calls         %s\n"+
			"waiting       %d%s\n"+
			"in flight     %d of %d\n"+
			"overdue       %d%s\n"+
			"queue         %d to do, %d later or in hand%s\n"+
			"dead letters  %d\n",
			state, backlog.Waiting, aged("oldest", backlog.OldestWaiting), len(slots.Holds), most,
			backlog.Overdue, aged("longest", backlog.OldestDue), queue.Visible, queue.Hidden, aged("oldest", queue.Oldest), queue.Dead)
	})
}

// aged is an age in brackets, where there is one.
func aged(word string, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return fmt.Sprintf(" (%s %v)", word, since(t))
}

// deadLetters lists them, so that one can be looked at and sent again by its id.
func deadLetters(ctx context.Context, data string, out io.Writer) error {
	return withDatabase(ctx, data, func(db *sqlite.DB) error {
		dead, err := db.Queue(sqlite.QueueConfig{}).DeadLetters(ctx, maxListed)
		if err != nil {
			return fmt.Errorf("dead letters: %w", err)
		}
		if len(dead) == 0 {
			return say(out, "no dead letters\n")
		}
		for _, m := range dead {
			if err := say(out, "%s  sent %s, received %d times: job %d of task %s of %s\n",
				m.ID, m.SentAt.Local().Format(time.DateTime), m.ReceiveCount, m.Ref.N, m.Ref.Task, m.Ref.Owner); err != nil {
				return err
			}
		}
		return nil
	})
}
