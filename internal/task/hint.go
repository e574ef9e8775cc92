package task

import (
	"context"
	"log/slog"
	"time"
)

// Hints is the queue of next steps. A hint may be lost or come twice.
type Hints interface {
	Send(ctx context.Context, r Ref, delay time.Duration) error
}

// Hint sends a hint of a step that is in the due index too: where it is lost the janitor
// sends another, so that the loss is logged and no error.
func Hint(ctx context.Context, to Hints, log *slog.Logger, r Ref, delay time.Duration) {
	if err := to.Send(ctx, r, delay); err != nil {
		log.WarnContext(ctx, "hint not sent", "task_id", r.Task, "job", r.N, "error", err)
	}
}

// HintJobs hints those of the jobs that have a step to come.
func HintJobs(ctx context.Context, to Hints, log *slog.Logger, jobs []*Job) {
	for _, j := range jobs {
		if !j.NextAt.IsZero() {
			Hint(ctx, to, log, j.Ref, 0)
		}
	}
}
