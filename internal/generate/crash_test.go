package generate_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"volcimage/internal/task"
	"volcimage/internal/visual/visualtest"
)

// TestAStepMayDieAtAnyMoment kills the worker before and after each call that it
// makes, one moment a run, and lets hints and the janitor go on.
func TestAStepMayDieAtAnyMoment(t *testing.T) {
	for at := 1; ; at++ {
		moments := 0
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, visualtest.Config{Delay: 5 * time.Second}).quick()
			made := w.ask("a fox", 2)
			w.fuse.at, w.fuse.moments = at, 0
			got := w.finish(made)
			w.settle()
			moments = w.fuse.moments
			checkAfterCrash(t, w, at, w.read(got))
		})
		if at > moments {
			if at < 20 {
				t.Errorf("only %d moments were tried, want all of a task's", at)
			}
			return
		}
		if t.Failed() {
			return
		}
	}
}

func checkAfterCrash(t *testing.T, w *world, at int, got task.Task) {
	t.Helper()
	where := fmt.Sprintf("death at moment %d", at)
	if got.Status != task.Completed {
		t.Errorf("%s: task ended %s (%+v), want COMPLETED", where, got.Status, got.Failure())
	}
	named := map[string]bool{}
	for _, im := range got.Images {
		named[im.Key], named[im.ThumbnailKey] = true, true
	}
	files := w.files()
	for key := range named {
		if !files[key] {
			t.Errorf("%s: %q is named but not stored", where, key)
		}
	}
	for key := range files {
		if !named[key] {
			t.Errorf("%s: %q is stored but not named", where, key)
		}
	}
	s := w.emu.Stats()
	if s.Submits > 3 {
		t.Errorf("%s: %d submits for two pictures, want at most one more", where, s.Submits)
	}
	if s.MaxInFlight > slots {
		t.Errorf("%s: %d in flight at once", where, s.MaxInFlight)
	}
	slots, err := w.db.Slots(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range slots.Holds {
		if h.Until.IsZero() {
			t.Errorf("%s: slot of job %d leaked", where, h.N)
		}
	}
}
