package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"
)

// working is a function that handles each message on its own.
func working(handle func(ctx context.Context, m events.SQSMessage) error) Function {
	return NewFunction(func(ctx context.Context, e events.SQSEvent) (events.SQSEventResponse, error) {
		res := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
		for _, m := range e.Records {
			if err := handle(ctx, m); err != nil {
				res.BatchItemFailures = append(res.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: m.MessageId})
			}
		}
		return res, nil
	})
}

// start runs the poller until stop is called, which answers what Run did.
func start(t *testing.T, p Poller) (stop func() error) {
	t.Helper()
	if p.Log == nil {
		p.Log = quiet
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	return func() error {
		cancel()
		return <-done
	}
}

func wantStopped(t *testing.T, stop func() error) {
	t.Helper()
	if err := stop(); err != nil {
		t.Errorf("Run: %v", err)
	}
}

func TestPoller(t *testing.T) {
	t.Run("a message becomes an SQS event, and is deleted once it is worked off", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			q := newQueue(time.Minute, 5)
			var got events.SQSMessage
			stop := start(t, Poller{Queue: q, Function: working(func(_ context.Context, m events.SQSMessage) error {
				got = m
				return nil
			})})
			sent := time.Now()
			q.send(`{"job":0}`, 0)
			synctest.Wait()
			want := events.SQSMessage{
				MessageId: "m1", ReceiptHandle: "m1-1", Body: `{"job":0}`, EventSource: "aws:sqs",
				Attributes: map[string]string{"ApproximateReceiveCount": "1", "SentTimestamp": fmt.Sprint(sent.UnixMilli())},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("message (-want +got):\n%s", diff)
			}
			if left, dead, _ := q.state(); left != 0 || dead != 0 {
				t.Errorf("%d left, %d dead; want none", left, dead)
			}
			wantStopped(t, stop)
		})
	})
	t.Run("a delayed message comes when it is due, and nobody asks before", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			q := newQueue(time.Minute, 5)
			begin, took := time.Now(), time.Duration(0)
			stop := start(t, Poller{Queue: q, Function: working(func(context.Context, events.SQSMessage) error {
				took = time.Since(begin)
				return nil
			})})
			q.send("x", 12*time.Minute)
			time.Sleep(time.Hour)
			synctest.Wait()
			if _, _, receives := q.state(); took != 12*time.Minute || receives != 1 {
				t.Errorf("came after %v with %d receives, want 12m and 1", took, receives)
			}
			wantStopped(t, stop)
		})
	})
	t.Run("C09 a failure comes back after its visibility, and dies of too many", func(t *testing.T) {
		for name, f := range map[string]Function{
			"as an item": working(func(context.Context, events.SQSMessage) error { return errors.New("no") }),
			"as a whole": func(context.Context, []byte) ([]byte, error) { return nil, errors.New("no") },
			"by a panic": func(context.Context, []byte) ([]byte, error) { panic("no") },
			"by a bad id": func(context.Context, []byte) ([]byte, error) {
				return []byte(`{"batchItemFailures":[{"itemIdentifier":""}]}`), nil
			},
		} {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					q := newQueue(time.Minute, 3)
					var calls []time.Duration
					begin := time.Now()
					stop := start(t, Poller{Queue: q, Function: func(ctx context.Context, payload []byte) ([]byte, error) {
						calls = append(calls, time.Since(begin))
						return f(ctx, payload)
					}})
					q.send("x", 0)
					time.Sleep(time.Hour)
					wantStopped(t, stop)
					want := []time.Duration{0, time.Minute, 2 * time.Minute}
					if diff := cmp.Diff(want, calls); diff != "" {
						t.Errorf("calls (-want +got):\n%s", diff)
					}
					if left, dead, _ := q.state(); left != 0 || dead != 1 {
						t.Errorf("%d left, %d dead; want one dead", left, dead)
					}
				})
			})
		}
	})
	t.Run("of a batch only what failed comes back", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			q := newQueue(time.Minute, 5)
			for _, body := range []string{"good", "bad", "fine"} {
				q.send(body, 0)
			}
			var got []string
			stop := start(t, Poller{Queue: q, BatchSize: 10, Function: working(func(_ context.Context, m events.SQSMessage) error {
				got = append(got, m.Body)
				if m.Body == "bad" && m.Attributes["ApproximateReceiveCount"] == "1" {
					return errors.New("no")
				}
				return nil
			})})
			time.Sleep(2 * time.Minute)
			wantStopped(t, stop)
			if diff := cmp.Diff([]string{"good", "bad", "fine", "bad"}, got); diff != "" {
				t.Errorf("messages (-want +got):\n%s", diff)
			}
		})
	})
	t.Run("never more calls than allowed, never fewer than there is work for", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			q := newQueue(time.Minute, 5)
			for i := range 100 {
				q.send(fmt.Sprint(i), 0)
			}
			var running, most atomic.Int32
			begin := time.Now()
			stop := start(t, Poller{Queue: q, MaxConcurrency: 7, Function: working(func(context.Context, events.SQSMessage) error {
				most.Store(max(most.Load(), running.Add(1)))
				time.Sleep(time.Second)
				running.Add(-1)
				return nil
			})})
			for left := 1; left > 0; left, _, _ = q.state() {
				time.Sleep(100 * time.Millisecond)
			}
			if took := time.Since(begin); most.Load() != 7 || took > 15200*time.Millisecond {
				t.Errorf("at most %d at once in %v, want 7 in 15s", most.Load(), took)
			}
			wantStopped(t, stop)
		})
	})
	t.Run("while the queue fails it is asked ever more seldom, then all goes on", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			q := newQueue(time.Minute, 5)
			q.setFail(errors.New("disk full"))
			var log bytes.Buffer
			stop := start(t, Poller{
				Queue: q, Function: working(func(context.Context, events.SQSMessage) error { return nil }),
				Log: slog.New(slog.NewTextHandler(&log, nil)),
			})
			q.send("x", 0)
			time.Sleep(10 * time.Minute)
			synctest.Wait()
			if lines := strings.Count(log.String(), "disk full"); lines < 60 || lines > 75 {
				t.Errorf("%d lines in ten minutes, want about one in ten seconds", lines)
			}
			q.setFail(nil)
			time.Sleep(maxBackoff)
			if left, _, _ := q.state(); left != 0 {
				t.Errorf("%d messages left after the queue came back", left)
			}
			wantStopped(t, stop)
		})
	})
}

func TestPollerStops(t *testing.T) {
	t.Run("calls that run may finish", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			q := newQueue(time.Minute, 5)
			stop := start(t, Poller{Queue: q, Function: working(func(ctx context.Context, _ events.SQSMessage) error {
				time.Sleep(5 * time.Second)
				return ctx.Err()
			})})
			q.send("x", 0)
			synctest.Wait()
			begin := time.Now()
			wantStopped(t, stop)
			if took := time.Since(begin); took != 5*time.Second {
				t.Errorf("stopped after %v, want 5s", took)
			}
			if left, _, _ := q.state(); left != 0 {
				t.Errorf("%d messages left", left)
			}
		})
	})
	t.Run("a call that outlasts the grace is ended and its message given back at once", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			q := newQueue(12*time.Minute, 5)
			stop := start(t, Poller{Queue: q, Grace: 3 * time.Second, Timeout: time.Minute, Function: working(func(ctx context.Context, _ events.SQSMessage) error {
				<-ctx.Done()
				return ctx.Err()
			})})
			q.send("x", 0)
			synctest.Wait()
			begin := time.Now()
			wantStopped(t, stop)
			at, ok, err := q.Next(t.Context())
			if took := time.Since(begin); took != 3*time.Second || !ok || err != nil || at.After(time.Now()) {
				t.Errorf("stopped after %v, message visible at %v, %v, %v; want 3s and now", took, at, ok, err)
			}
		})
	})
	t.Run("a call that heeds nothing is left behind, and said so", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			q := newQueue(time.Minute, 5)
			stop := start(t, Poller{Queue: q, Grace: time.Second, Function: working(func(context.Context, events.SQSMessage) error {
				time.Sleep(time.Hour)
				return nil
			})})
			q.send("x", 0)
			synctest.Wait()
			begin := time.Now()
			if err := stop(); err == nil || time.Since(begin) != time.Second+killGrace {
				t.Errorf("Run: %v after %v, want an error after %v", err, time.Since(begin), time.Second+killGrace)
			}
			time.Sleep(time.Hour) // the bubble must be left empty
		})
	})
	t.Run("what was received but not begun is given back", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			q := &slowQueue{newQueue(12*time.Minute, 5)}
			q.send("x", 0)
			stop := start(t, Poller{Queue: q, Function: working(func(context.Context, events.SQSMessage) error {
				t.Error("a message was handed over after the stop")
				return nil
			})})
			time.Sleep(500 * time.Millisecond) // within Receive
			wantStopped(t, stop)
			if at, ok, err := q.Next(t.Context()); !ok || err != nil || at.After(time.Now()) {
				t.Errorf("message visible at %v, %v, %v; want now", at, ok, err)
			}
		})
	})
}

// slowQueue takes a second to hand out messages.
type slowQueue struct{ *memQueue }

func (q *slowQueue) Receive(ctx context.Context, n int) ([]Message, error) {
	time.Sleep(time.Second)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return q.memQueue.Receive(ctx, n)
}

// reserved models a function of limited concurrency behind pollers that do not
// know of it: a call that finds no place is tried again until the message's
// visibility is over, then dropped without a line of the function having run.
func reserved(places int, visibility time.Duration, fn Function) Function {
	free := make(chan struct{}, places)
	return func(ctx context.Context, payload []byte) ([]byte, error) {
		t := time.NewTimer(visibility)
		defer t.Stop()
		select {
		case free <- struct{}{}:
			defer func() { <-free }()
			return fn(ctx, payload)
		case <-t.C:
			return nil, errors.New("throttled until the visibility was over")
		}
	}
}

func TestReservedConcurrency(t *testing.T) {
	const messages, places, visibility = 500, 5, 90 * time.Second
	run := func(t *testing.T, pollers int) (worked map[string]int, dead int) {
		worked = map[string]int{}
		var mu sync.Mutex
		q := newQueue(visibility, 5)
		for i := range messages {
			q.send(fmt.Sprint(i), 0)
		}
		stop := start(t, Poller{Queue: q, MaxConcurrency: pollers, Timeout: time.Hour,
			Function: reserved(places, visibility, working(func(_ context.Context, m events.SQSMessage) error {
				mu.Lock()
				worked[m.Body]++
				mu.Unlock()
				time.Sleep(10 * time.Second)
				return nil
			}))})
		time.Sleep(2 * time.Hour)
		wantStopped(t, stop)
		left, dead, _ := q.state()
		if left != 0 {
			t.Errorf("%d messages left", left)
		}
		return worked, dead
	}
	t.Run("C10 with as many pollers as places no message dies, each is worked off once", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			worked, dead := run(t, places)
			if dead != 0 || len(worked) != messages {
				t.Errorf("%d dead, %d worked off; want 0 and %d", dead, len(worked), messages)
			}
			for body, n := range worked {
				if n != 1 {
					t.Errorf("message %s was worked on %d times", body, n)
				}
			}
		})
	})
	t.Run("C10 with more pollers than places healthy messages die", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			worked, dead := run(t, 1000)
			if dead == 0 || len(worked)+dead < messages {
				t.Errorf("%d dead, %d worked off; want some dead of %d", dead, len(worked), messages)
			}
		})
	})
}

func BenchmarkPoller(b *testing.B) {
	q := newQueue(time.Minute, 5)
	for range b.N {
		q.sent++
		q.messages = append(q.messages, &memMessage{Message: Message{ID: fmt.Sprint(q.sent)}})
	}
	ctx, cancel := context.WithCancel(b.Context())
	var n atomic.Int64
	p := Poller{Queue: &lifo{q}, MaxConcurrency: 16, Log: quiet, Function: working(func(context.Context, events.SQSMessage) error {
		if n.Add(1) == int64(b.N) {
			cancel()
		}
		return nil
	})}
	b.ResetTimer()
	if err := p.Run(ctx); err != nil {
		b.Fatal(err)
	}
}

// lifo hands messages out and forgets them: it costs nothing, so that a benchmark
// shows what the poller costs.
type lifo struct{ *memQueue }

func (q *lifo) Next(context.Context) (time.Time, bool, error) {
	return time.Time{}, len(q.messages) > 0, nil
}

func (q *lifo) Delete(context.Context, ...string) error { return nil }

func (q *lifo) Receive(_ context.Context, limit int) (got []Message, _ error) {
	for range min(limit, len(q.messages)) {
		last := len(q.messages) - 1
		got, q.messages = append(got, q.messages[last].Message), q.messages[:last]
	}
	return got, nil
}
