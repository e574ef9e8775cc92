package faults

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"volcimage/internal/embedded/sqlite"
	"volcimage/internal/generate"
	"volcimage/internal/task"
	"volcimage/internal/tests/world"
	"volcimage/internal/visual/visualtest"
)

func TestC05OfThreeEqualMessagesAtOnceOneMakesTheCall(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world.World) {
		w.Hint = func(d time.Duration) []time.Duration { return []time.Duration{d, d, d} }
		w.At = func(context.Context, world.Point) world.Verdict { time.Sleep(time.Millisecond); return world.GoesWell }
		made := w.Ask("a fox", 3)
		beside(w, time.Hour, func() bool { return w.Read(made).Status.Over() && w.Quiet() })
		wantCompleted(t, w, made, 3)
		wantOnlyNamed(t, w, made)
		noDeadLetters(t, w)
	})
}

// TestC08 kills a function at its time: no deferred code runs, and nobody but the
// janitor knows.
func TestC08AFunctionThatIsKilledAtItsTimeIsFollowedByAnother(t *testing.T) {
	for _, in := range []string{"result", "fetch", "put"} {
		inWorld(t, func(t *testing.T, w *world.World) {
			var killed atomic.Bool
			w.At = func(_ context.Context, p world.Point) world.Verdict {
				if p == (world.Point{Call: in}) && killed.CompareAndSwap(false, true) {
					time.Sleep(world.StepTime)
					return world.Dies
				}
				return world.GoesWell
			}
			made := w.Ask("a fox", 1)
			beside(w, time.Hour, func() bool { return w.Read(made).Status.Over() && w.Quiet() })
			got := wantCompleted(t, w, made, 1)
			if took := got.FinishedAt.Sub(got.CreatedAt); !killed.Load() || took > 4*time.Minute {
				t.Errorf("killed in %s (%v), done after %v; want a lease and a sweep at most", in, killed.Load(), took)
			}
			wantOnlyNamed(t, w, made)
		})
	}
}

// storedKey is whether a step has stored something.
type storedKey struct{}

// sleepless takes a step whose own time does not end while it sleeps: then nothing but
// the fence is in its way.
func sleepless(t *testing.T, w *world.World, m sqlite.Message) {
	if m.Ref.N == task.IndexStep {
		w.Step(t.Context(), m)
		return
	}
	ctx, cancel := context.WithTimeout(context.WithValue(t.Context(), storedKey{}, new(bool)), 24*time.Hour)
	defer cancel()
	if err := w.Worker.Step(ctx, m.Ref); err != nil {
		t.Errorf("step: %v", err)
	}
	if err := w.Queue.Delete(t.Context(), m.Receipt); err != nil {
		t.Error(err)
	}
}

func TestC11AWorkerThatWasAsleepPastItsLeaseChangesNothing(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world.World) {
		var asleep, woke atomic.Bool
		w.At = func(ctx context.Context, p world.Point) world.Verdict {
			stored, ok := ctx.Value(storedKey{}).(*bool)
			switch {
			case !ok:
			case p == world.Point{Call: "put", After: true}:
				*stored = true
			case *stored && p == world.Point{Call: "save"} && asleep.CompareAndSwap(false, true):
				time.Sleep(10 * time.Minute) // frozen with all in hand, about to finish
				woke.Store(true)
			}
			return world.GoesWell
		}
		made := w.Ask("a fox", 1)
		var steps sync.WaitGroup
		receive := func() {
			messages, err := w.Queue.Receive(t.Context(), 10)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range messages {
				steps.Go(func() { sleepless(t, w, m) })
			}
		}
		var winner task.Image
		for end := time.Now().Add(20 * time.Minute); time.Now().Before(end); time.Sleep(time.Second) {
			if w.SweepDue() {
				w.Sweep(t.Context())
			}
			receive()
			if got := w.Read(made); got.Status.Over() && winner.Key == "" {
				winner = got.Images[0]
				if woke.Load() {
					t.Error("it ended only when the sleeper woke")
				}
			}
		}
		steps.Wait()
		got := wantCompleted(t, w, made, 1)
		if !woke.Load() || got.Images[0].Key != winner.Key {
			t.Errorf("the sleeper woke: %v; the picture was %s and is %s", woke.Load(), winner.Key, got.Images[0].Key)
		}
		w.Settle()
		wantOnlyNamed(t, w, made)
	})
}

// TestC47 lets every other step be taken by a machine whose clock is ahead. On AWS all
// go by the table's clock, so that they are apart by what goes unnoticed and no more:
// then messages may come again in the middle of a call. Were one five minutes ahead all
// the same, it would find the outcome of such a call unknown, as after a death; at any
// other moment it, too, pays nothing twice.
func TestC47AMachineWhoseClockIsAheadPaysNothingTwice(t *testing.T) {
	for name, c := range map[string]struct {
		ahead time.Duration
		again func(hint int) time.Duration // how much later it comes a second time; 0: not
	}{
		"by what goes unnoticed, with each message again, in the middle of a call too": {
			3 * time.Second, func(hint int) time.Duration { return time.Duration(hint%9) * time.Second },
		},
		"by five minutes, with messages again after the call": {
			5 * time.Minute, func(hint int) time.Duration { return time.Duration(1-min(1, hint%5)) * 10 * time.Second },
		},
		"or behind by five minutes": {
			-5 * time.Minute, func(hint int) time.Duration { return time.Duration(1-min(1, hint%5)) * 10 * time.Second },
		},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world.World) {
				w.Worker.GiveUp = 20 * time.Minute
				w.At = func(context.Context, world.Point) world.Verdict { time.Sleep(time.Second); return world.GoesWell }
				var hinted atomic.Int32
				w.Hint = func(d time.Duration) []time.Duration {
					if again := c.again(int(hinted.Add(1))); again > 0 {
						return []time.Duration{d, d + again}
					}
					return []time.Duration{d}
				}
				var all []task.Task
				for n := range 8 {
					all = append(all, w.Ask(fmt.Sprintf("fox %d", n), 2))
				}
				besideOneAhead(w, c.ahead)
				for _, made := range all {
					wantCompleted(t, w, made, 2)
				}
				if s := w.Emu.Stats(); s.MaxInFlight > world.Slots {
					t.Errorf("%d in flight at once, want at most %d", s.MaxInFlight, world.Slots)
				}
				wantNoStrayFile(t, w, all)
			})
		})
	}
}

// besideOneAhead delivers what is visible in turn to a machine whose clock is right and
// to one whose clock is ahead, until nothing is left to do.
func besideOneAhead(w *world.World, by time.Duration) {
	w.T.Helper()
	ahead := *w.Worker
	ahead.Now = func() time.Time { return time.Now().Add(by) }
	workers := [2]*generate.Worker{w.Worker, &ahead}
	var steps sync.WaitGroup
	defer steps.Wait()
	taken := 0
	for end := time.Now().Add(2 * time.Hour); !w.Quiet(); time.Sleep(500 * time.Millisecond) {
		if time.Now().After(end) {
			w.T.Fatal("not quiet after two hours")
		}
		if w.SweepDue() {
			w.Sweep(w.T.Context())
		}
		messages, err := w.Queue.Receive(w.T.Context(), 10)
		if err != nil {
			w.T.Fatal(err)
		}
		for _, m := range messages {
			worker := workers[taken%2]
			taken++
			steps.Go(func() { w.StepBy(w.T.Context(), worker, m) })
		}
	}
}

// wantNoStrayFile holds the files that there are against what all tasks name.
func wantNoStrayFile(t *testing.T, w *world.World, all []task.Task) {
	t.Helper()
	named := map[string]bool{}
	for _, made := range all {
		for _, im := range w.Read(made).Images {
			named[im.Key], named[im.ThumbnailKey] = true, true
		}
	}
	for key := range w.Files() {
		if !named[key] {
			t.Errorf("%s is stored and named by nobody", key)
		}
	}
}

func TestC49WithOneSlotAHundredTasksAreDrawnInTurnAndADeadHoldersSlotIsFree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const tasks = 100
		w := world.New(t, visualtest.Config{Delay: 15 * time.Second, Concurrency: -1, QPS: -1, QueryQPS: -1}).Quick()
		w.Granter.Limits = task.Limits{Total: 1, Model: func(string) int { return 1 }}
		calls := 0
		w.At = func(_ context.Context, p world.Point) world.Verdict {
			if p == (world.Point{Call: "submit"}) {
				if calls++; calls == 10 {
					return world.Dies
				}
			}
			return world.GoesWell
		}
		var all []task.Task
		for n := range tasks {
			all = append(all, w.Ask(fmt.Sprintf("fox %d", n), 1))
			time.Sleep(time.Millisecond) // ids of one millisecond are in no order
		}
		w.Run(time.Hour, func() bool { return w.Read(all[tasks-1]).Status.Over() && w.Quiet() })
		var ended []time.Time
		for _, made := range all {
			ended = append(ended, wantCompleted(t, w, made, 1).FinishedAt)
		}
		for n, made := range all {
			place := 0
			for _, other := range ended {
				if other.Before(ended[n]) {
					place++
				}
			}
			if place < n-3 || place > n+3 {
				t.Errorf("task %d was served in place %d, want the oldest first", n, place)
			}
			if j := w.Job(made, 0); j.Attempt > 2 || n != 9 && j.Attempt != 1 {
				t.Errorf("task %d took %d attempts: waiting costs none", n, j.Attempt)
			}
		}
		if s := w.Emu.Stats(); s.MaxInFlight != 1 {
			t.Errorf("%d at the provider at once, want one", s.MaxInFlight)
		}
		noDeadLetters(t, w)
	})
}

// TestFairness simulates a person with 500 pictures ordered, and another who comes
// then: the bound is published.
func TestFairnessFiveHundredTasksOfOneDelayAnotherByAPictureOrTwo(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world.World) {
		for n := range 500 {
			w.Ask(fmt.Sprintf("fox %d", n), 1)
		}
		var sum tally
		for n := range 5 {
			end := time.Now().Add(15 * time.Second)
			w.Run(time.Hour, func() bool { return !time.Now().Before(end) })
			got := w.Finish(w.AskAs("bob", fmt.Sprintf("hare %d", n), 1))
			sum.add(tally{Acknowledged: 1, Final: 1, Worst: got.FinishedAt.Sub(got.CreatedAt)})
			wantCompleted(t, w, got, 1)
		}
		if sum.Worst > 35*time.Second {
			t.Errorf("bob waited %v for a picture of ten seconds, want those in flight before his at most", sum.Worst)
		}
		publish("none; a picture of one person, while 500 of another wait", sum)
	})
}
