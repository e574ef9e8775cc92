package faults

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"volcimage/internal/catalog"
	"volcimage/internal/generate"
	"volcimage/internal/task"
	"volcimage/internal/tests/world"
	"volcimage/internal/visual/visualtest"
)

// inWorld runs do in virtual time, where the provider takes ten seconds or so.
func inWorld(t *testing.T, do func(*testing.T, *world.World)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { do(t, newWorld(t, 10*time.Second)) })
}

// beside delivers what is visible to steps that run beside each other, in the time
// that passes anyway, until ready says yes.
func beside(w *world.World, limit time.Duration, ready func() bool) {
	w.T.Helper()
	var steps sync.WaitGroup
	defer steps.Wait()
	for end := time.Now().Add(limit); !ready(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			w.T.Fatalf("not so after %v of virtual time", limit)
		}
		if w.SweepDue() {
			world.Live(w.T.Context(), w.Sweep)
		}
		messages, err := w.Queue.Receive(w.T.Context(), 10)
		if err != nil {
			w.T.Fatal(err)
		}
		for _, m := range messages {
			steps.Go(func() { world.Live(w.T.Context(), func(ctx context.Context) { w.Step(ctx, m) }) })
		}
	}
}

func wantCompleted(t *testing.T, w *world.World, made task.Task, paid int) task.Task {
	t.Helper()
	got := w.Read(made)
	if n := w.Emu.PromptStats(got.Params.Prompt).Accepted; got.Status != task.Completed || n != paid {
		t.Errorf("task %s (%+v), %d pictures paid for; want COMPLETED and %d", got.Status, got.Failure(), n, paid)
	}
	return got
}

// wantOnlyNamed holds the files that there are against what the task names.
func wantOnlyNamed(t *testing.T, w *world.World, made task.Task) {
	t.Helper()
	files := w.Files()
	for _, im := range w.Read(made).Images {
		delete(files, im.Key)
		delete(files, im.ThumbnailKey)
	}
	if len(files) > 0 {
		t.Errorf("stored and named by nobody: %v", files)
	}
}

func noDeadLetters(t *testing.T, w *world.World) {
	t.Helper()
	if dead, err := w.Queue.DeadLetters(t.Context(), 10); err != nil || len(dead) > 0 {
		t.Errorf("%d dead letters, %v; want none", len(dead), err)
	}
}

func TestC01AnAPIThatDiesBeforeItsHintHasLostNothing(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world.World) {
		dies := world.Point{Call: "create", After: true}
		w.At = func(_ context.Context, p world.Point) world.Verdict {
			if p == dies {
				dies = world.Point{}
				return world.Dies
			}
			return world.GoesWell
		}
		c := &client{history: newHistory(w, world.Owner), key: "k"}
		r := c.submit("a fox", 1)
		again := c.submit("a fox", 1)
		if dies != (world.Point{}) || again.id != r.id || len(c.records) != 1 {
			t.Fatalf("the same key made %d tasks", len(c.records))
		}
		w.Settle()
		got := wantCompleted(t, w, task.Task{Owner: r.owner, ID: r.id}, 1)
		if wait := got.StartedAt.Sub(got.CreatedAt); wait > 2*time.Minute {
			t.Errorf("it was begun after %v, want a minute and a sweep at most", wait)
		}
	})
}

func TestC02WhileNoHintCanBeSentEverySubmitIsTakenAndAllIsDrawnLater(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world.World) {
		broken := true
		w.At = func(_ context.Context, p world.Point) world.Verdict {
			if broken && p == (world.Point{Call: "hint"}) {
				return world.Fails
			}
			return world.GoesWell
		}
		var all []task.Task
		for n := range 20 {
			all = append(all, w.Ask(fmt.Sprintf("fox %d", n), 1))
			end := time.Now().Add(30 * time.Second)
			w.Run(time.Hour, func() bool { return !time.Now().Before(end) })
		}
		if n := w.Emu.Stats().Submits; n != 0 {
			t.Errorf("%d calls without a hint, want none", n)
		}
		broken = false
		w.Settle()
		for _, made := range all {
			wantCompleted(t, w, made, 1)
		}
		noDeadLetters(t, w)
	})
}

func TestC03FiftyEqualRequestsAtOnceAreOneTaskAndOneCall(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world.World) {
		w.At = func(context.Context, world.Point) world.Verdict { time.Sleep(time.Millisecond); return world.GoesWell }
		var mu sync.Mutex
		ids := map[task.ID]int{}
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				made, _, err := w.Submit.Submit(t.Context(), world.Owner, task.Order{Params: world.Params("a fox", 1), Key: "k", BodyHash: [32]byte{1}})
				if err != nil {
					t.Errorf("submit: %v", err)
				}
				mu.Lock()
				defer mu.Unlock()
				ids[made.ID]++
			})
		}
		all.Wait()
		if len(ids) != 1 {
			t.Fatalf("answers name %v, want one task fifty times", ids)
		}
		w.Settle()
		for id := range ids {
			wantCompleted(t, w, task.Task{Owner: world.Owner, ID: id}, 1)
		}
	})
}

// whileMaking does act at each moment of the making of two pictures, one moment a
// task, and judges when all is quiet.
func whileMaking(t *testing.T, act func(*world.World, task.Task) error, judge func(*testing.T, *world.World, task.Task, string)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1500*time.Millisecond)
		for k := 1; !t.Failed(); k++ {
			h := newHistory(w, world.Owner)
			made := w.Ask(fmt.Sprintf("fox %d", k), 2)
			h.acknowledged(made).removed = true // or not: judge says
			passed := 0
			w.At = func(context.Context, world.Point) world.Verdict {
				if passed++; passed == k {
					if err := act(w, made); unless(err, "not_cancellable", "not_found") != nil {
						t.Errorf("moment %d: %v", k, err)
					}
				}
				return world.GoesWell
			}
			w.Settle()
			w.At = nil
			judge(t, w, made, fmt.Sprintf("moment %d", k))
			if passed < k {
				atLeast(t, k-1, 20)
				return
			}
			if err := w.Library.Delete(t.Context(), made.Owner, made.ID); unless(err, "not_found") != nil {
				t.Fatal(err)
			}
			w.Settle()
		}
	})
}

func TestC19ACancelAtAnyMomentEndsATaskOnceAndServesNoPictureAfterIt(t *testing.T) {
	var atCancel int
	whileMaking(t, func(w *world.World, made task.Task) error {
		got, err := w.Library.Cancel(w.T.Context(), made.Owner, made.ID)
		atCancel = got.Done()
		return err
	}, func(t *testing.T, w *world.World, made task.Task, what string) {
		switch got := w.Read(made); {
		case got.Status == task.Completed:
			if got.Done() != 2 {
				t.Errorf("%s: COMPLETED with %d pictures", what, got.Done())
			}
		case got.Status != task.Cancelled || got.Done() > atCancel:
			t.Errorf("%s: %s with %d pictures, %d of them at the cancel", what, got.Status, got.Done(), atCancel)
		}
		wantOnlyNamed(t, w, made)
	})
}

func TestC20ADeleteAtAnyMomentLeavesNeitherRowNorObject(t *testing.T) {
	deleted := false
	whileMaking(t, func(w *world.World, made task.Task) error {
		deleted = true
		return w.Library.Delete(w.T.Context(), made.Owner, made.ID)
	}, func(t *testing.T, w *world.World, made task.Task, what string) {
		_, err := w.DB.Task(t.Context(), made.Owner, made.ID)
		if deleted && (task.KindOf(err) != task.NotFound || len(w.Files()) > 0) {
			t.Errorf("%s: row %v, files %v; want neither", what, err, w.Files())
		}
		deleted = false
	})
}

// troubled is a provider that refuses its first calls.
type troubled struct {
	generate.Provider
	refuse []error
	begun  []time.Time
}

func (p *troubled) Submit(ctx context.Context, q task.Params) (string, error) {
	p.begun = append(p.begun, time.Now())
	if n := len(p.begun); n <= len(p.refuse) {
		return "", p.refuse[n-1]
	}
	return p.Provider.Submit(ctx, q)
}

func TestC15TheProvidersTroubleIsWaitedOutAsItAsks(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world.World) {
		busy := catalog.NewError(catalog.CodeProviderThrottled, nil)
		busy.RetryAfter = 40 * time.Second
		p := &troubled{Provider: w.Worker.Provider, refuse: []error{
			busy, catalog.NewError(catalog.CodeProviderInternal, nil), catalog.NewError(catalog.CodeProviderUnreachable, nil),
		}}
		w.Worker.Provider = p
		made := w.Ask("a fox", 1)
		w.Settle()
		wantCompleted(t, w, made, 1)
		if j := w.Job(made, 0); len(p.begun) != 4 || j.Attempt != 3 {
			t.Fatalf("%d calls, %d of them counted; want 4, and not the throttled one", len(p.begun), j.Attempt)
		}
		for n, atLeast := range []time.Duration{busy.RetryAfter, 250 * time.Millisecond, 250 * time.Millisecond} {
			if wait := p.begun[n+1].Sub(p.begun[n]); wait < atLeast || wait > 2*time.Minute {
				t.Errorf("call %d came %v after the one before it, want %v and jitter", n+1, wait, atLeast)
			}
		}
		if s := w.Emu.Stats(); s.MaxInFlight > world.Slots {
			t.Errorf("%d in flight at once", s.MaxInFlight)
		}
	})
}

func TestC17AProviderThatHangsHoldsNoStepToItsEnd(t *testing.T) {
	for _, script := range []visualtest.FaultScript{{Submit: []string{"hang-submit"}}, {Result: []string{"hang", "hang"}}} {
		inWorld(t, func(t *testing.T, w *world.World) {
			if err := w.Emu.SetFaults(script); err != nil {
				t.Fatal(err)
			}
			made := w.Ask("a fox", 1)
			var longest time.Duration
			for end := time.Now().Add(time.Hour); !w.Read(made).Status.Over() && time.Now().Before(end); {
				if w.SweepDue() {
					w.Sweep(t.Context())
				}
				begun := time.Now()
				if w.Deliver() == 0 {
					w.Sleep()
				} else {
					longest = max(longest, time.Since(begun))
				}
			}
			if longest > world.StepTime-10*time.Second {
				t.Errorf("a step took %v of its %v, want ten seconds left", longest, world.StepTime)
			}
			wantCompleted(t, w, made, 1+len(script.Submit))
			noDeadLetters(t, w)
		})
	}
}
