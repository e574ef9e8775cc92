package handler

import (
	"context"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

// Janitor sweeps once for each event of the schedule. A failed sweep is answered
// with its error and is no loss: the next event is a minute away, and each sweep
// begins anew.
func Janitor(sweep func(context.Context) error, log *slog.Logger) func(context.Context, events.EventBridgeEvent) error {
	return func(ctx context.Context, e events.EventBridgeEvent) error {
		began := time.Now()
		err := caught(ctx, sweep, log)
		level, outcome := slog.LevelInfo, "ok"
		attrs := []slog.Attr{
			slog.Int64("ms", time.Since(began).Milliseconds()), slog.String("event_id", e.ID), slog.String("invocation_id", invocationID(ctx)),
		}
		if err != nil {
			level, outcome = slog.LevelError, "failed"
			attrs = append(attrs, slog.Any("error", err))
		}
		log.LogAttrs(ctx, level, "sweep", append(attrs, slog.String("outcome", outcome))...)
		return err
	}
}
