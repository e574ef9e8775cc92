package host

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"
)

func TestSchedule(t *testing.T) {
	// run lets the schedule run for that long and answers when it called.
	run := func(t *testing.T, s Schedule, last time.Duration) {
		t.Helper()
		s.Log = quiet
		ctx, cancel := context.WithTimeout(t.Context(), last)
		defer cancel()
		if err := s.Run(ctx); err != nil {
			t.Errorf("Run: %v", err)
		}
	}
	t.Run("it calls at the start and then each minute, whatever the function answers", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			begin := time.Now()
			var got []time.Duration
			var event events.EventBridgeEvent
			run(t, Schedule{Function: NewScheduled(func(_ context.Context, e events.EventBridgeEvent) error {
				got, event = append(got, time.Since(begin)), e
				return errors.New("no")
			})}, 150*time.Second)
			if diff := cmp.Diff([]time.Duration{0, time.Minute, 2 * time.Minute}, got); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
			if event.ID == "" || event.DetailType != "Scheduled Event" || event.Source != "aws.events" || !event.Time.Equal(begin.Add(2*time.Minute)) {
				t.Errorf("event %+v", event)
			}
		})
	})
	t.Run("two calls are never at once", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			running, calls := 0, 0
			run(t, Schedule{Every: time.Second, Timeout: time.Minute, Function: NewScheduled(func(context.Context, events.EventBridgeEvent) error {
				running++
				calls++
				if running > 1 {
					t.Error("two calls at once")
				}
				time.Sleep(3500 * time.Millisecond)
				running--
				return nil
			})}, time.Minute)
			if calls < 14 || calls > 18 {
				t.Errorf("%d calls of 3.5s in a minute", calls)
			}
		})
	})
	t.Run("a call may finish within the grace, then it is ended", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			begin := time.Now()
			run(t, Schedule{Timeout: time.Hour, Grace: 5 * time.Second, Function: NewScheduled(func(ctx context.Context, _ events.EventBridgeEvent) error {
				<-ctx.Done()
				return ctx.Err()
			})}, time.Second)
			if took := time.Since(begin); took != 6*time.Second {
				t.Errorf("stopped after %v, want 6s", took)
			}
		})
	})
}
