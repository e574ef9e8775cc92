package generate_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"volcimage/internal/task"
	"volcimage/internal/tests/world"
	"volcimage/internal/visual/visualtest"
)

// inWorld runs do in virtual time.
func inWorld(t *testing.T, cfg visualtest.Config, do func(*testing.T, *world.World)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { do(t, world.New(t, cfg)) })
}

var slow = visualtest.Config{Delay: 10 * time.Second}

func TestAPromptBecomesAStoredPicture(t *testing.T) {
	inWorld(t, slow, func(t *testing.T, w *world.World) {
		made := w.Ask("a fox in the snow", 1)
		if made.Status != task.Pending {
			t.Errorf("a new task is %s, want PENDING", made.Status)
		}
		got := w.Finish(made)
		im := got.Images[0]
		if got.Status != task.Completed || im.Width != 512 || im.Format != "jpeg" || im.Seed == nil {
			t.Errorf("task %s with picture %+v, want COMPLETED with a 512 px jpeg and its seed", got.Status, im)
		}
		if files := w.Files(); len(files) != 2 || !files[im.Key] || !files[im.ThumbnailKey] {
			t.Errorf("stored %v, want exactly %s and %s", files, im.Key, im.ThumbnailKey)
		}
		if took := got.FinishedAt.Sub(got.CreatedAt); took > 17*time.Second {
			t.Errorf("took %v of the provider's ten seconds or so, want no idle waiting", took)
		}
		usage, err := w.Library.Usage(t.Context())
		if err != nil || usage.Images != 1 || usage.Bytes != im.Bytes+im.ThumbnailBytes {
			t.Errorf("usage %+v, %v; want one picture of %d bytes", usage, err, im.Bytes+im.ThumbnailBytes)
		}
	})
}

func TestPicturesOfATaskLandOneByOne(t *testing.T) {
	inWorld(t, slow, func(t *testing.T, w *world.World) {
		w.Quick()
		made := w.Ask("four foxes", 4)
		var seen []int
		var version int64
		w.Run(time.Hour, func() bool {
			got := w.Read(made)
			if got.Version < version {
				t.Errorf("version went back from %d to %d", version, got.Version)
			}
			version = got.Version
			if n := got.Done(); len(seen) == 0 || seen[len(seen)-1] != n {
				seen = append(seen, n)
			}
			return got.Status.Over()
		})
		if len(seen) < 3 {
			t.Errorf("a reader saw %v pictures, want them one after the other", seen)
		}
		keys := map[string]bool{}
		for _, im := range w.Read(made).Images {
			keys[im.Key] = true
		}
		if len(keys) != 4 {
			t.Errorf("%d different pictures, want 4", len(keys))
		}
	})
}

func TestHalfASetIsPartialAndRetryMakesOnlyWhatIsMissing(t *testing.T) {
	inWorld(t, slow, func(t *testing.T, w *world.World) {
		made := w.Ask("foxes #half", 4)
		got := w.Finish(made)
		if got.Status != task.Partial || got.Failure() == nil {
			t.Fatalf("task %s failed by %v, want PARTIAL with a failure", got.Status, got.Failure())
		}
		kept := got.Done()
		before := w.Emu.Stats().Submits
		for range 6 {
			if w.Read(made).Status == task.Completed {
				break
			}
			if _, err := w.Submit.Retry(t.Context(), "ann", made.ID); err != nil {
				t.Fatal(err)
			}
			got = w.Finish(made)
		}
		if got.Status != task.Completed || got.Run < 2 {
			t.Fatalf("after retries %s in run %d, want COMPLETED", got.Status, got.Run)
		}
		if extra := w.Emu.Stats().Submits - before; extra == 0 || kept == 0 {
			t.Errorf("%d kept, %d calls more; want some of both", kept, extra)
		}
	})
}

func TestHowATaskFailsDecidesHowOftenItIsTried(t *testing.T) {
	for _, c := range []struct {
		words   string
		want    task.Status
		code    task.Code
		charged task.Charged
		submits int // calls, accepted or refused; 0 is any
	}{
		{"#moderated-prompt", task.Failed, "prompt_refused", task.ChargedNo, 1},
		{"#moderated-output", task.Failed, "output_refused", task.ChargedUnknown, 2},
		{"#moderated-output=1", task.Completed, "", "", 2},
		{"#429=3", task.Completed, "", "", 4},
		{"#concurrency=6", task.Completed, "", "", 7},
		{"#drop-after-accept=1", task.Completed, "", "", 2},
		{"#drop-after-accept=9", task.Failed, "provider_outcome_unknown", task.ChargedUnknown, 2},
		{"#500=1", task.Completed, "", "", 2},
		{"#lost", task.Failed, "provider_lost", task.ChargedUnknown, 2},
		{"#no-picture", task.Failed, "provider_no_picture", "", 0},
		{"#bad-picture", task.Failed, "picture_invalid", task.ChargedYes, 1},
		{"#cut-picture", task.Failed, "picture_invalid", task.ChargedYes, 1},
		{"#huge-header", task.Failed, "picture_invalid", task.ChargedYes, 1},
		{"#expired-link", task.Failed, "picture_unreachable", task.ChargedYes, 1},
		{"#never", task.Failed, "provider_timeout", task.ChargedUnknown, 1},
		{"#http200-error", task.Failed, "", "", 0},
		{"#trailing", task.Completed, "", "", 1},
		{"#slow=120s", task.Completed, "", "", 1},
	} {
		t.Run(strings.TrimPrefix(c.words, "#"), func(t *testing.T) {
			inWorld(t, slow, func(t *testing.T, w *world.World) {
				prompt := "a fox " + c.words
				got := w.Finish(w.Ask(prompt, 1))
				if got.Status != c.want {
					t.Fatalf("%s: task ended %s (%+v), want %s", c.words, got.Status, got.Failure(), c.want)
				}
				if f := got.Failure(); c.code != "" && f.Code != c.code || c.charged != "" && f.Charged != c.charged {
					t.Errorf("%s: failed by %+v, want %s, charged %s", c.words, f, c.code, c.charged)
				}
				if s := w.Emu.Stats(); c.submits > 0 && s.Submits != c.submits {
					t.Errorf("%s: %d calls, want %d", c.words, s.Submits, c.submits)
				}
				w.Settle()
				if s := w.Emu.Stats(); s.MaxInFlight > world.Slots {
					t.Errorf("%s: %d in flight at once, want at most %d", c.words, s.MaxInFlight, world.Slots)
				}
			})
		})
	}
}

func TestManyTasksNeverPutMoreThanTheSlotsInFlight(t *testing.T) {
	const tasks = 200
	inWorld(t, visualtest.Config{Delay: time.Second, Concurrency: -1, QPS: -1, QueryQPS: -1}, func(t *testing.T, w *world.World) {
		w.Quick()
		var all []task.Task
		for i := range tasks {
			all = append(all, w.Ask(fmt.Sprintf("fox %d", i), 1))
		}
		w.Settle()
		for _, made := range all {
			if got := w.Read(made); got.Status != task.Completed {
				t.Fatalf("task %s ended %s, want COMPLETED", made.ID, got.Status)
			}
		}
		if s := w.Emu.Stats(); s.MaxInFlight != world.Slots || s.Submits != tasks {
			t.Errorf("%d submits, at most %d in flight; want %d and exactly %d", s.Submits, s.MaxInFlight, tasks, world.Slots)
		}
		if dead, err := w.Queue.DeadLetters(t.Context(), 10); err != nil || len(dead) != 0 {
			t.Errorf("%d dead letters, %v; want none", len(dead), err)
		}
	})
}

func TestAPersonWithManyTasksDoesNotKeepAnotherWaiting(t *testing.T) {
	inWorld(t, slow, func(t *testing.T, w *world.World) {
		w.Quick()
		for i := range 50 {
			w.Ask(fmt.Sprintf("fox %d", i), 1)
		}
		got := w.Finish(w.AskAs("bob", "one hare", 1))
		if wait := got.StartedAt.Sub(got.CreatedAt); wait > 20*time.Second {
			t.Errorf("bob waited %v behind ann's fifty, want no more than a picture takes", wait)
		}
	})
}

func TestACancelIsSeenAtOnceAndSaysLaterWhetherItCost(t *testing.T) {
	inWorld(t, slow, func(t *testing.T, w *world.World) {
		made := w.Ask("a fox", 1)
		w.Run(time.Minute, func() bool { return w.Emu.Stats().InFlight == 1 })
		w.Run(time.Minute, func() bool {
			j, _ := w.DB.Job(t.Context(), task.Ref{Owner: "ann", Task: made.ID})
			return j.Call.ID != ""
		})
		cancelled, err := w.Library.Cancel(t.Context(), "ann", made.ID)
		if err != nil || cancelled.Status != task.Cancelled || cancelled.Charged() != task.ChargedUnknown {
			t.Fatalf("cancel: %s, charged %s, %v; want CANCELLED, unknown", cancelled.Status, cancelled.Charged(), err)
		}
		w.Settle()
		got := w.Read(made)
		if got.Status != task.Cancelled || got.Charged() != task.ChargedYes || got.Done() != 0 {
			t.Errorf("later: %s, charged %s, %d pictures; want CANCELLED, yes, none", got.Status, got.Charged(), got.Done())
		}
		if files := w.Files(); len(files) != 0 {
			t.Errorf("stored %v of a cancelled task, want nothing", files)
		}
	})
}

func TestARetryAfterACancelTakesTheRunningPictureInsteadOfPayingAgain(t *testing.T) {
	inWorld(t, slow, func(t *testing.T, w *world.World) {
		made := w.Ask("a fox", 1)
		w.Run(time.Minute, func() bool {
			j, _ := w.DB.Job(t.Context(), task.Ref{Owner: "ann", Task: made.ID})
			return j.Call.ID != ""
		})
		if _, err := w.Library.Cancel(t.Context(), "ann", made.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Submit.Retry(t.Context(), "ann", made.ID); err != nil {
			t.Fatal(err)
		}
		got := w.Finish(made)
		if n := w.Emu.Stats().Submits; got.Status != task.Completed || n != 1 {
			t.Errorf("task %s after %d submits, want COMPLETED after one", got.Status, n)
		}
	})
}

func TestC20ADeletedTaskLeavesNothingBehind(t *testing.T) {
	for _, when := range []string{"waiting", "at the provider", "done"} {
		t.Run(when, func(t *testing.T) {
			inWorld(t, slow, func(t *testing.T, w *world.World) {
				made := w.Ask("a fox", 2)
				switch when {
				case "at the provider":
					w.Run(time.Minute, func() bool { return w.Emu.Stats().InFlight == 2 })
				case "done":
					w.Finish(made)
				}
				if err := w.Library.Delete(t.Context(), "ann", made.ID); err != nil {
					t.Fatal(err)
				}
				if _, err := w.Library.Get(t.Context(), "ann", made.ID); task.KindOf(err) != task.NotFound {
					t.Errorf("reading a deleted task: %v, want not found", err)
				}
				w.Settle()
				if _, err := w.DB.Task(t.Context(), "ann", made.ID); task.KindOf(err) != task.NotFound {
					t.Errorf("the row is still there: %v", err)
				}
				if files := w.Files(); len(files) != 0 {
					t.Errorf("objects left: %v", files)
				}
				if u, err := w.Library.Usage(t.Context()); err != nil || u != (task.Usage{}) {
					t.Errorf("usage %+v, %v; want none", u, err)
				}
			})
		})
	}
}

func TestAPauseBeginsNothingUntilItEnds(t *testing.T) {
	inWorld(t, slow, func(t *testing.T, w *world.World) {
		pause := func(on bool) {
			s, err := w.DB.Slots(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			s.Paused = on
			if err := w.DB.Save(t.Context(), task.Change{Slots: s}); err != nil {
				t.Fatal(err)
			}
		}
		granted := w.Ask("a fox that has its slot already", 1)
		pause(true)
		waiting := w.Ask("a fox that waits", 1)
		end := time.Now().Add(5 * time.Minute)
		w.Run(time.Hour, func() bool { return time.Now().After(end) })
		if n := w.Emu.Stats().Submits; n != 0 {
			t.Errorf("%d calls begun in a pause, want none", n)
		}
		pause(false)
		for _, made := range []task.Task{granted, waiting} {
			if got := w.Finish(made); got.Status != task.Completed {
				t.Errorf("after the pause %s, want COMPLETED", got.Status)
			}
		}
	})
}

func TestThrottlingFailsNoTaskAndNarrowsTheSlots(t *testing.T) {
	inWorld(t, visualtest.Config{Delay: 10 * time.Second, Concurrency: 2}, func(t *testing.T, w *world.World) {
		w.Quick()
		var all []task.Task
		for i := range 12 {
			all = append(all, w.Ask(fmt.Sprintf("fox %d", i), 1))
		}
		w.Settle()
		for _, made := range all {
			if got := w.Read(made); got.Status != task.Completed {
				t.Errorf("an account for two at once: task %s ended %s (%+v), want COMPLETED", made.ID, got.Status, got.Failure())
			}
		}
		if s := w.Emu.Stats(); s.Accepted != 12 || s.MaxInFlight > 2 {
			t.Errorf("%d accepted, %d at once; want 12 and at most 2", s.Accepted, s.MaxInFlight)
		}
	})
}

func TestAStepThatIsNotDueDoesNothing(t *testing.T) {
	inWorld(t, slow, func(t *testing.T, w *world.World) {
		made := w.Ask("a fox", 1)
		for range 3 { // the hint comes three times
			if err := w.Queue.Send(t.Context(), task.Ref{Owner: "ann", Task: made.ID}, 0); err != nil {
				t.Fatal(err)
			}
		}
		if got := w.Finish(made); got.Status != task.Completed {
			t.Errorf("task %s, want COMPLETED", got.Status)
		}
		if s := w.Emu.Stats(); s.Submits != 1 {
			t.Errorf("%d submits for one task hinted four times, want one", s.Submits)
		}
	})
}

func TestAStepThatComesLateDoesNotMakeTheProviderLookSlow(t *testing.T) {
	inWorld(t, visualtest.Config{Delay: time.Second}, func(t *testing.T, w *world.World) {
		made := w.Ask("a quick fox", 1)
		w.Run(time.Minute, func() bool { return w.Job(made, 0).Status == task.JobRunning })
		j := w.Job(made, 0)
		time.Sleep(time.Until(j.NextAt.Add(30 * time.Second))) // the machine is busy
		w.Finish(made)
		likely, err := w.Library.Expected(t.Context(), j.Model)
		if due := j.NextAt.Sub(j.Call.SentAt); err != nil || likely >= due {
			t.Errorf("after a question that was due %v after the call and asked half a minute later, %v are expected (%v), want less than was due", due, likely, err)
		}
	})
}

func TestAStepWithoutADeadlineIsRefused(t *testing.T) {
	inWorld(t, slow, func(t *testing.T, w *world.World) {
		if err := w.Worker.Step(t.Context(), task.Ref{}); err == nil {
			t.Error("no error, want one: a lease could not be bounded")
		}
	})
}
