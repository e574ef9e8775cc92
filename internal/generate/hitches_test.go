package generate_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"volcimage/internal/catalog"
	"volcimage/internal/generate"
	"volcimage/internal/task"
	"volcimage/internal/tests/world"
	"volcimage/internal/visual/visualtest"
)

// once answers verdict at the first moment that is p after a call of that name,
// and that all goes well elsewhere.
func once(after string, p world.Point, verdict world.Verdict) func(context.Context, world.Point) world.Verdict {
	seen, done := after == "", false
	return func(_ context.Context, at world.Point) world.Verdict {
		switch {
		case done:
		case seen && at == p:
			done = true
			return verdict
		case at == world.Point{Call: after, After: true}:
			seen = true
		}
		return world.GoesWell
	}
}

func TestAPaidJobIsRememberedThoughTheTableFailsForAMoment(t *testing.T) {
	for name, p := range map[string]world.Point{
		"the write is refused":         {Call: "save"},
		"the write's answer gets lost": {Call: "save", After: true},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, slow, func(t *testing.T, w *world.World) {
				w.At = once("submit", p, world.Fails)
				got := w.Finish(w.Ask("a fox", 1))
				if n := w.Emu.Stats().Accepted; got.Status != task.Completed || n != 1 {
					t.Errorf("task %s, %d pictures paid for; want COMPLETED, one", got.Status, n)
				}
			})
		})
	}
}

func TestPicturesStayWhereTheAnswerToTheirLastWriteGotLost(t *testing.T) {
	inWorld(t, slow, func(t *testing.T, w *world.World) {
		w.Quick()
		w.At = once("put", world.Point{Call: "save", After: true}, world.Fails)
		got := w.Finish(w.Ask("a fox", 1))
		w.Settle()
		if files, im := w.Files(), got.Images[0]; got.Status != task.Completed || !files[im.Key] || !files[im.ThumbnailKey] {
			t.Errorf("task %s names %s, stored is %v; want both files of it", got.Status, im.Key, files)
		}
	})
}

func TestCancelAndRetryPressedAgainAndAgainPayOnce(t *testing.T) {
	for name, wait := range map[string]time.Duration{"while it is drawn": 0, "after it was drawn": 20 * time.Second} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, slow, func(t *testing.T, w *world.World) {
				made := w.Ask("a fox", 1)
				w.Run(time.Minute, func() bool { return w.Job(made, 0).Call.ID != "" })
				for range 3 {
					if _, err := w.Library.Cancel(t.Context(), "ann", made.ID); err != nil {
						t.Fatal(err)
					}
					end := time.Now().Add(wait)
					w.Run(time.Hour, func() bool { return !time.Now().Before(end) })
					if _, err := w.Submit.Retry(t.Context(), "ann", made.ID); err != nil {
						t.Fatal(err)
					}
				}
				got := w.Finish(made)
				w.Settle()
				if s := w.Emu.Stats(); got.Status != task.Completed || s.Accepted != 1 {
					t.Errorf("task %s, %d pictures paid for; want COMPLETED, one", got.Status, s.Accepted)
				}
			})
		})
	}
}

// scripted lets the emulator's next calls go as the script says.
func scripted(t *testing.T, w *world.World, f visualtest.FaultScript) {
	t.Helper()
	if err := w.Emu.SetFaults(f); err != nil {
		t.Fatal(err)
	}
}

func TestAPictureThatWasNeverSeenDrawnIsNotCalledCharged(t *testing.T) {
	t.Run("by a retry that finds it lost", func(t *testing.T) {
		inWorld(t, slow, func(t *testing.T, w *world.World) {
			made := w.Ask("a fox #never", 1)
			w.Finish(made)
			scripted(t, w, visualtest.FaultScript{Rates: map[string]map[string]float64{"result": {"lost": 1}}})
			if _, err := w.Submit.Retry(t.Context(), "ann", made.ID); err != nil {
				t.Fatal(err)
			}
			got := w.Finish(made)
			if f := got.Failure(); f == nil || f.Code != "provider_lost" || f.Charged != task.ChargedUnknown {
				t.Errorf("failed by %+v, want provider_lost, charged unknown", f)
			}
		})
	})
	t.Run("by a cancel of the retry", func(t *testing.T) {
		inWorld(t, slow, func(t *testing.T, w *world.World) {
			made := w.Ask("a fox #never", 1)
			w.Finish(made)
			if _, err := w.Submit.Retry(t.Context(), "ann", made.ID); err != nil {
				t.Fatal(err)
			}
			got, err := w.Library.Cancel(t.Context(), "ann", made.ID)
			if err != nil || got.Charged() != task.ChargedUnknown {
				t.Errorf("charged %s, %v; want unknown", got.Charged(), err)
			}
		})
	})
}

func TestWhatAnEarlierCallMayHaveCostIsTold(t *testing.T) {
	for first, second := range map[string]string{"drop-after-accept": "moderated-prompt", "500": "denied"} {
		t.Run(first, func(t *testing.T) {
			inWorld(t, slow, func(t *testing.T, w *world.World) {
				scripted(t, w, visualtest.FaultScript{Submit: []string{first, second}})
				got := w.Finish(w.Ask("a fox", 1))
				if f := got.Failure(); f == nil || f.Charged != task.ChargedUnknown {
					t.Errorf("failed by %+v; want charged unknown, for the first call may be", f)
				}
			})
		})
	}
}

func TestATroubledPollAfterALongSleepFailsNothing(t *testing.T) {
	for _, fault := range []string{"429-query", "500-query", "drop-query", "lost"} {
		t.Run(fault, func(t *testing.T) {
			inWorld(t, slow, func(t *testing.T, w *world.World) {
				made := w.Ask("a fox", 1)
				w.Run(time.Minute, func() bool { return w.Job(made, 0).Call.ID != "" })
				time.Sleep(time.Hour) // the machine's lid is shut
				scripted(t, w, visualtest.FaultScript{Result: []string{fault}})
				if got := w.Finish(made); got.Status != task.Completed || w.Emu.Stats().Accepted != 1 {
					t.Errorf("task %s (%+v), %d pictures paid for; want COMPLETED, one", got.Status, got.Failure(), w.Emu.Stats().Accepted)
				}
				if took, err := w.Library.Expected(t.Context(), world.Model); err != nil || took > time.Minute {
					t.Errorf("expected now: %v, %v; want the sleep not taken for the provider's time", took, err)
				}
			})
		})
	}
}

func TestSomeSecondsOfTroubleAtTheProviderPayNothingAgain(t *testing.T) {
	for _, fault := range []string{"500-query", "lost"} {
		t.Run(fault, func(t *testing.T) {
			inWorld(t, slow, func(t *testing.T, w *world.World) {
				scripted(t, w, visualtest.FaultScript{Result: []string{fault, fault, fault, fault, fault}})
				if got := w.Finish(w.Ask("a fox", 1)); got.Status != task.Completed || w.Emu.Stats().Accepted != 1 {
					t.Errorf("task %s (%+v), %d pictures paid for; want COMPLETED, one", got.Status, got.Failure(), w.Emu.Stats().Accepted)
				}
			})
		})
	}
}

func TestC47AMachineWhoseOwnClockIsOffStoresWhatItDraws(t *testing.T) {
	for _, off := range []time.Duration{-5 * time.Minute, 5 * time.Minute} {
		t.Run(off.String(), func(t *testing.T) {
			inWorld(t, slow, func(t *testing.T, w *world.World) {
				w.Worker.Now = func() time.Time { return time.Now().Add(off) } // the table's; a step's own time ends by the machine's
				w.Worker.Skew = 10 * time.Minute
				got := w.Finish(w.Ask("a fox", 1))
				if n := w.Job(got, 0).Saves; got.Status != task.Completed || n > 0 || w.Emu.Stats().Accepted != 1 {
					t.Errorf("task %s (%+v) after %d tries to store in vain, %d pictures paid for; want COMPLETED at once, one", got.Status, got.Failure(), n, w.Emu.Stats().Accepted)
				}
			})
		})
	}
}

func TestC47AClockThatIsSetForwardInTheMiddleOfACallPaysNothingTwice(t *testing.T) {
	inWorld(t, slow, func(t *testing.T, w *world.World) {
		var off time.Duration
		w.Worker.Now = func() time.Time { return time.Now().Add(off) }
		w.Worker.Inside = new(generate.Calls)
		made := w.Ask("a fox", 1)
		w.At = func(_ context.Context, p world.Point) world.Verdict {
			if p != (world.Point{Call: "submit"}) || off > 0 {
				return world.GoesWell
			}
			off = time.Hour
			for range 3 { // others come meanwhile
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				if err := w.Worker.Step(ctx, task.Ref{Owner: made.Owner, Task: made.ID}); err != nil {
					t.Error(err)
				}
				cancel()
				time.Sleep(w.Worker.PollInterval)
			}
			return world.GoesWell
		}
		if got := w.Finish(made); got.Status != task.Completed || w.Emu.Stats().Accepted != 1 || off == 0 {
			t.Errorf("task %s (%+v), %d pictures paid for; want COMPLETED, one", got.Status, got.Failure(), w.Emu.Stats().Accepted)
		}
	})
}

// panicking is a provider whose answers nobody can read.
type panicking struct{ generate.Provider }

func (panicking) Result(context.Context, string, string) (task.Result, error) {
	panic("index out of range")
}

func TestC14AnAnswerThatMakesTheClientPanicEndsInTime(t *testing.T) {
	inWorld(t, slow, func(t *testing.T, w *world.World) {
		w.Worker.Provider = panicking{w.Worker.Provider}
		got := w.Finish(w.Ask("a fox", 1))
		if f := got.Failure(); got.Status != task.Failed || f.Code != "provider_timeout" || f.Charged != task.ChargedUnknown {
			t.Errorf("task %s, %+v; want FAILED by provider_timeout, charged unknown", got.Status, f)
		}
		w.Settle()
	})
}

func TestWhoDiesWhileStoringLeavesNothingThatACancelOrDeleteWouldMiss(t *testing.T) {
	acts := map[string]func(*world.World, task.Task) error{
		"cancel": func(w *world.World, made task.Task) error {
			_, err := w.Library.Cancel(w.T.Context(), made.Owner, made.ID)
			return err
		},
		"delete": func(w *world.World, made task.Task) error {
			return w.Library.Delete(w.T.Context(), made.Owner, made.ID)
		},
	}
	for act := range acts {
		t.Run(act, func(t *testing.T) {
			inWorld(t, slow, func(t *testing.T, w *world.World) {
				w.Quick()
				made := w.Ask("a fox", 2)
				begun := false
				w.At = func(_ context.Context, p world.Point) world.Verdict {
					if p.Call != "put" || begun {
						return world.GoesWell
					}
					if now := w.Read(made); now.Done() == 0 {
						return world.GoesWell
					}
					begun = true // the one picture is stored, the other half
					if err := acts[act](w, made); err != nil {
						t.Error(err)
					}
					for range 5 { // what it makes due is done at once
						w.Deliver()
					}
					w.At = once("", world.Point{Call: "put", After: true}, world.Dies)
					return world.GoesWell
				}
				w.Run(time.Hour, func() bool { return begun })
				w.Settle()
				want := map[string]int{"cancel": 2, "delete": 0}[act] // the first picture stays
				if files := w.Files(); len(files) != want {
					t.Errorf("stored: %v, want %d files", files, want)
				}
			})
		})
	}
}

func TestC18ACallOfWhichNobodyHeardIsMadeOnceMoreAndNotTwice(t *testing.T) {
	inWorld(t, slow, func(t *testing.T, w *world.World) {
		w.At = func(_ context.Context, p world.Point) world.Verdict {
			if p == (world.Point{Call: "submit", After: true}) {
				return world.Dies
			}
			return world.GoesWell
		}
		got := w.Finish(w.Ask("a fox", 1))
		if f, n := got.Failure(), w.Emu.Stats().Accepted; f == nil || f.Code != "provider_outcome_unknown" || f.Charged != task.ChargedUnknown || n != 2 {
			t.Errorf("task %s (%+v) after %d calls; want FAILED by provider_outcome_unknown, charged unknown, after two", got.Status, f, n)
		}
	})
}

func TestADeathWhileStoringAndOneAfterItLeaveOnlyWhatIsNamed(t *testing.T) {
	inWorld(t, slow, func(t *testing.T, w *world.World) {
		w.Quick()
		first := once("", world.Point{Call: "put", After: true}, world.Dies)
		second := once("delete", world.Point{Call: "save", After: true}, world.GoesWell)
		deaths := 0
		w.At = func(ctx context.Context, p world.Point) world.Verdict {
			if v := first(ctx, p); v != world.GoesWell {
				deaths++
				return v
			}
			if deaths == 1 && p == (world.Point{Call: "delete"}) { // what the first left is being removed
				deaths++
				return world.Dies
			}
			return second(ctx, p)
		}
		got := w.Finish(w.Ask("a fox", 1))
		w.Settle()
		if files := w.Files(); got.Status != task.Completed || len(files) != 2 || deaths != 2 {
			t.Errorf("task %s after %d deaths, stored %v; want COMPLETED after two, with two files", got.Status, deaths, files)
		}
	})
}

func TestAQuestionThatWasAskedTooEarlyCannotFailAPictureBeingStored(t *testing.T) {
	inWorld(t, visualtest.Config{}, func(t *testing.T, w *world.World) {
		made := w.Ask("a fox #slow=301s", 1)
		ref := task.Ref{Owner: "ann", Task: made.ID}
		w.Run(time.Hour, func() bool { return time.Since(made.CreatedAt) > 299*time.Second })
		time.Sleep(time.Until(w.Job(made, 0).Call.SentAt.Add(world.GiveUp)))
		storing, heard := make(chan struct{}), make(chan struct{})
		var asked, stored atomic.Int32
		w.At = func(_ context.Context, p world.Point) world.Verdict {
			switch {
			case p == world.Point{Call: "result", After: true} && asked.Add(1) == 1:
				<-storing // it heard that the job still runs, and is slow to say so
			case p == world.Point{Call: "put"} && stored.Add(1) == 1:
				close(storing)
				<-heard
			}
			return world.GoesWell
		}
		step := func() {
			ctx, cancel := context.WithTimeout(t.Context(), world.StepTime)
			defer cancel()
			if err := w.Worker.Step(ctx, ref); err != nil {
				t.Error(err)
			}
		}
		go func() { step(); close(heard) }()
		time.Sleep(3 * time.Second)
		step()
		if got := w.Read(made); got.Status != task.Completed {
			t.Errorf("task %s (%+v), want COMPLETED", got.Status, got.Failure())
		}
	})
}

func TestC18AJobThatTheProviderDoesNotKnowYetIsNotPaidAgain(t *testing.T) {
	inWorld(t, slow, func(t *testing.T, w *world.World) {
		scripted(t, w, visualtest.FaultScript{Result: []string{"lost", "lost"}})
		got := w.Finish(w.Ask("a fox", 1))
		if n := w.Emu.Stats().Accepted; got.Status != task.Completed || n != 1 {
			t.Errorf("task %s, %d pictures paid for; want COMPLETED, one", got.Status, n)
		}
	})
}

// restart is what the service does when it starts after a kill: queue and rows are
// as they were, and what was in hand is taken over.
func restart(t *testing.T, w *world.World) {
	t.Helper()
	jobs, err := w.DB.Due(t.Context(), time.Now().Add(generate.Ahead(world.StepTime)), 100)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Worker.TakeOver(t.Context(), jobs); err != nil {
		t.Fatal(err)
	}
}

func TestAfterAKillARestartGoesOnAtOnce(t *testing.T) {
	for name, c := range map[string]struct {
		at   world.Point
		paid int
		in   time.Duration // a provider's time of about 10 s included
	}{
		"before the call":             {world.Point{Call: "submit"}, 1, 20 * time.Second},
		"in the call":                 {world.Point{Call: "submit", After: true}, 2, 20 * time.Second},
		"asking":                      {world.Point{Call: "result"}, 1, 20 * time.Second},
		"fetching":                    {world.Point{Call: "fetch", After: true}, 1, 20 * time.Second},
		"with the picture stored":     {world.Point{Call: "put", After: true}, 1, 20 * time.Second},
		"with the next hint not sent": {world.Point{Call: "hint"}, 1, 20 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, slow, func(t *testing.T, w *world.World) {
				w.Quick()
				made := w.Ask("a fox", 1)
				killed := false
				die := once("", c.at, world.Dies)
				w.At = func(ctx context.Context, p world.Point) world.Verdict {
					v := die(ctx, p)
					killed = killed || v == world.Dies
					return v
				}
				w.Run(time.Minute, func() bool { return killed })
				restart(t, w)
				got := w.Finish(made)
				w.Settle()
				if n := w.Emu.Stats().Accepted; got.Status != task.Completed || n != c.paid || got.FinishedAt.Sub(got.CreatedAt) > c.in {
					t.Errorf("task %s after %v, %d pictures paid for; want COMPLETED within %v, %d", got.Status, got.FinishedAt.Sub(got.CreatedAt), n, c.in, c.paid)
				}
				if files := w.Files(); len(files) != 2 {
					t.Errorf("stored %v, want picture and thumbnail", files)
				}
			})
		})
	}
}

func TestC14APictureThatKillsTheProcessAtEachStartFailsAlone(t *testing.T) {
	inWorld(t, slow, func(t *testing.T, w *world.World) {
		made := w.Ask("a fox", 1)
		kills := 0
		w.At = func(_ context.Context, p world.Point) world.Verdict {
			if p == (world.Point{Call: "fetch", After: true}) {
				kills++
				return world.Dies
			}
			return world.GoesWell
		}
		w.Run(time.Hour, func() bool { restart(t, w); w.Deliver(); return w.Read(made).Status.Over() })
		if f := w.Read(made); kills != task.MaxStalls || f.Failure() == nil || f.Failure().Code != "stalled" {
			t.Errorf("after %d kills: %s, %+v; want failed as stalled after %d", kills, f.Status, f.Failure(), task.MaxStalls)
		}
	})
}

func TestKeysThatEndWhileAPictureIsDrawnAreToldAndARetryPaysNothing(t *testing.T) {
	inWorld(t, slow, func(t *testing.T, w *world.World) {
		made := w.Ask("a fox", 1)
		w.Run(time.Minute, func() bool { return w.Job(made, 0).Call.ID != "" })
		asks := w.Worker.Provider
		w.Worker.Provider = refusing{asks}
		got := w.Finish(made)
		if f := got.Failure(); f == nil || f.Code != catalog.CodeProviderSilent || f.Charged != task.ChargedUnknown {
			t.Errorf("failed by %+v, want %s, charged unknown", f, catalog.CodeProviderSilent)
		}
		w.Worker.Provider = asks
		if _, err := w.Submit.Retry(t.Context(), made.Owner, made.ID); err != nil {
			t.Fatal(err)
		}
		if got := w.Finish(made); got.Status != task.Completed || w.Emu.Stats().Accepted != 1 {
			t.Errorf("after they were mended: %s, %d pictures paid for; want COMPLETED, one", got.Status, w.Emu.Stats().Accepted)
		}
	})
}

// refusing is a provider that does not know our keys any more.
type refusing struct{ generate.Provider }

func (refusing) Result(context.Context, string, string) (task.Result, error) {
	return task.Result{}, catalog.NewError(catalog.CodeProviderKeys, nil)
}
