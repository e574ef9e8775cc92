package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"volcimage/internal/catalog"
	"volcimage/internal/httpapi"
	"volcimage/internal/task"
)

// scripted is a provider whose every call ends the same.
type scripted struct{ err error }

func (s *scripted) Submit(context.Context, task.Params) (string, error) { return "id", s.err }
func (s *scripted) Result(context.Context, string, string) (task.Result, error) {
	return task.Result{}, s.err
}

func TestProviderHealth(t *testing.T) {
	in := func(t *testing.T, test func(t *testing.T, o *observed, call func(n int, err error))) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			s := &scripted{}
			o := &observed{Provider: s, now: time.Now}
			test(t, o, func(n int, err error) {
				s.err = err
				for i := range n {
					if i%2 == 0 {
						_, _ = o.Submit(t.Context(), task.Params{})
					} else {
						_, _ = o.Result(t.Context(), "m", "id")
					}
				}
			})
		})
	}
	down := catalog.NewError(catalog.CodeProviderUnreachable, errors.New("connection refused"))
	warns := func(o *observed) bool { return errors.As(o.health(context.Background()), new(httpapi.Warning)) }
	t.Run("half of the last calls must have failed, and three at least", func(t *testing.T) {
		in(t, func(t *testing.T, o *observed, call func(int, error)) {
			for i, step := range []struct {
				n    int
				err  error
				want bool
			}{{0, nil, false}, {2, down, false}, {1, down, true}, {4, nil, false}, {1, down, true}, {20, nil, false}} {
				call(step.n, step.err)
				if got := warns(o); got != step.want {
					t.Errorf("step %d: warns %v, want %v: %v", i, got, step.want, o.health(t.Context()))
				}
			}
		})
	})
	t.Run("the warning says how many and why", func(t *testing.T) {
		in(t, func(t *testing.T, o *observed, call func(int, error)) {
			call(30, down)
			if err := o.health(t.Context()); err == nil || !strings.Contains(err.Error(), "20 of the last 20") || !strings.Contains(err.Error(), "refused") {
				t.Errorf("got %v", err)
			}
		})
	})
	t.Run("what the provider refuses is no failure of its own", func(t *testing.T) {
		in(t, func(t *testing.T, o *observed, call func(int, error)) {
			call(10, catalog.NewError(catalog.CodePromptRefused, nil))
			call(10, catalog.NewError(catalog.CodeProviderThrottled, nil))
			if warns(o) {
				t.Error(o.health(t.Context()))
			}
		})
	})
	t.Run("wrong keys are", func(t *testing.T) {
		in(t, func(t *testing.T, o *observed, call func(int, error)) {
			call(3, catalog.NewError(catalog.CodeProviderKeys, nil))
			if !warns(o) {
				t.Error("no warning")
			}
		})
	})
	t.Run("what was long ago says nothing", func(t *testing.T) {
		in(t, func(t *testing.T, o *observed, call func(int, error)) {
			call(20, down)
			time.Sleep(outcomesFor + 1)
			if calls, failures, _ := o.recent(); warns(o) || calls != 0 || failures != 0 {
				t.Errorf("%d calls, %d failures, %v", calls, failures, o.health(t.Context()))
			}
		})
	})
	t.Run("what we broke off ourselves is not counted", func(t *testing.T) {
		o := &observed{Provider: &scripted{err: down}, now: time.Now}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, _ = o.Submit(ctx, task.Params{})
		if calls, _, _ := o.recent(); calls != 0 {
			t.Errorf("%d calls", calls)
		}
	})
}
