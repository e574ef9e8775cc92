package main

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestHealth(t *testing.T) {
	good := func(context.Context) error { return nil }
	t.Run("every part is told, and a part that hangs holds up nobody", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			broken := errors.New("broken")
			ps := probes{"a": {ask: good}, "b": {ask: func(context.Context) error { return broken }}, "c": {ask: func(ctx context.Context) error {
				<-ctx.Done() // gives up only when it must
				return ctx.Err()
			}}}
			for _, want := range []error{errSlow, errSlow, errHangs} {
				began := time.Now()
				got := ps.health(t.Context())
				if got["a"] != nil || !errors.Is(got["b"], broken) || !errors.Is(got["c"], want) || len(got) != 3 {
					t.Errorf("got %v, want %v of the one that hangs", got, want)
				}
				if took := time.Since(began); took >= 200*time.Millisecond {
					t.Errorf("it took %v", took)
				}
				time.Sleep(time.Second)
			}
			time.Sleep(2 * probeTime)
		})
	})
	t.Run("many who ask at once are one question", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var asked atomic.Int64
			ps := probes{"a": {ask: func(context.Context) error {
				asked.Add(1)
				time.Sleep(10 * time.Millisecond)
				return nil
			}}}
			var all sync.WaitGroup
			for range 100 {
				all.Go(func() {
					if got := ps.health(t.Context()); got["a"] != nil {
						t.Errorf("got %v", got)
					}
				})
			}
			all.Wait()
			if asked.Load() != 1 {
				t.Errorf("asked %d times, want once", asked.Load())
			}
			ps.health(t.Context())
			if asked.Load() != 2 {
				t.Errorf("asked %d times, want anew", asked.Load())
			}
		})
	})
}
