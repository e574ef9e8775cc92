package host

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

// Schedule is an EventBridge rule: it calls a function with the scheduled event,
// at the start and then at each interval. A call that takes longer than the
// interval is not overtaken; the events it misses are dropped.
type Schedule struct {
	Every    time.Duration // 0 means 1 minute
	Function Function
	// Timeout is what one call may take, 0 means 30 seconds.
	Timeout time.Duration
	// Grace is how long a call may go on when the schedule is told to stop; 0
	// means 20 seconds.
	Grace time.Duration
	Log   *slog.Logger
}

// Run calls until ctx ends.
func (s Schedule) Run(ctx context.Context) error {
	if s.Every <= 0 {
		s.Every = time.Minute
	}
	if s.Timeout <= 0 {
		s.Timeout = defaultTimeout
	}
	if s.Grace <= 0 {
		s.Grace = defaultGrace
	}
	work, stop := outliving(ctx, s.Grace)
	defer stop()
	tick := time.NewTicker(s.Every)
	defer tick.Stop()
	for ctx.Err() == nil {
		if err := s.call(work, time.Now()); err != nil {
			s.Log.ErrorContext(ctx, "scheduled function failed", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
	return nil
}

func (s *Schedule) call(ctx context.Context, now time.Time) error {
	id := newID()
	payload, err := json.Marshal(events.EventBridgeEvent{
		Version: "0", ID: id, DetailType: "Scheduled Event", Source: "aws.events", AccountID: "000000000000",
		Time: now.UTC().Truncate(time.Second), Region: "local", Resources: []string{}, Detail: json.RawMessage("{}"),
	})
	if err != nil {
		return fmt.Errorf("encode event: %w", err)
	}
	_, err = s.Function.invoke(ctx, s.Timeout, id, payload)
	return err
}
