package host

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type word struct {
	Text string `json:"text"`
}

func echo(_ context.Context, in word) (word, error) { return in, nil }

func TestFunction(t *testing.T) {
	t.Run("the event is decoded and the answer encoded as it is, HTML and all", func(t *testing.T) {
		out, err := NewFunction(echo)(t.Context(), []byte(`{"text":"<a&b>"}`))
		if want := `{"text":"<a&b>"}`; err != nil || string(out) != want {
			t.Errorf("got %s, %v; want %s", out, err, want)
		}
	})
	t.Run("what is no event is an error", func(t *testing.T) {
		if out, err := NewFunction(echo)(t.Context(), []byte(`{`)); err == nil {
			t.Errorf("got %s, want an error", out)
		}
	})
	t.Run("what is no answer is an error", func(t *testing.T) {
		f := NewFunction(func(context.Context, word) (func(), error) { return nil, nil })
		if out, err := f(t.Context(), []byte(`{}`)); err == nil {
			t.Errorf("got %s, want an error", out)
		}
	})
	t.Run("calls at once each get their own answer", func(t *testing.T) {
		f := NewFunction(echo)
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				in := fmt.Sprintf(`{"text":"%d%s"}`, i, strings.Repeat("x", i*100))
				for range 200 {
					out, err := f(t.Context(), []byte(in))
					if err != nil || strings.TrimSpace(string(out)) != in {
						t.Errorf("call %d: got %s, %v", i, out, err)
						return
					}
				}
			})
		}
		wg.Wait()
	})
	t.Run("a call has a deadline and the id it was given", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			f := Function(func(ctx context.Context, _ []byte) ([]byte, error) {
				lc, _ := lambdacontext.FromContext(ctx)
				if lc == nil || lc.AwsRequestID != "r1" {
					t.Errorf("lambda context %+v, want request r1", lc)
				}
				<-ctx.Done()
				return nil, ctx.Err()
			})
			start := time.Now()
			_, err := f.invoke(t.Context(), 3*time.Second, "r1", nil)
			if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 3*time.Second {
				t.Errorf("ended after %v with %v, want the deadline after 3s", time.Since(start), err)
			}
		})
	})
	t.Run("a panic is an error with its place", func(t *testing.T) {
		f := Function(func(context.Context, []byte) ([]byte, error) { panic("no luck") })
		_, err := f.invoke(t.Context(), time.Second, "r1", nil)
		if err == nil || !strings.Contains(err.Error(), "no luck") || !strings.Contains(err.Error(), "function_test.go") {
			t.Errorf("got %v, want the panic and where it was", err)
		}
	})
	t.Run("a scheduled function sees the event and hands on its error", func(t *testing.T) {
		var got string
		f := NewScheduled(func(_ context.Context, e events.EventBridgeEvent) error {
			got = e.ID
			return errors.New("no")
		})
		if _, err := f(t.Context(), []byte(`{"id":"e1"}`)); err == nil || got != "e1" {
			t.Errorf("event %q, error %v", got, err)
		}
	})
}

func TestOutliving(t *testing.T) {
	t.Run("it ends its grace after the other", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			work, stop := outliving(ctx, 10*time.Second)
			defer stop()
			start := time.Now()
			<-work.Done()
			if got := time.Since(start); got != 70*time.Second {
				t.Errorf("ended after %v, want 70s", got)
			}
		})
	})
	t.Run("it can be ended before", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			work, stop := outliving(ctx, time.Hour)
			cancel()
			synctest.Wait()
			if err := work.Err(); err != nil {
				t.Errorf("within the grace: %v, want it alive", err)
			}
			stop()
			if work.Err() == nil {
				t.Error("after stop: alive")
			}
		})
	})
}
