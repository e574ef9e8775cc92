package archive_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"volcimage/internal/archive"
	"volcimage/internal/embedded/disk"
	"volcimage/internal/task"
)

func TestAnExportGoesOnAfterItsStepDied(t *testing.T) {
	s := newStage(t)
	s.draw(t, "ann", "fox", "x")
	e := s.begin(t, "ann", archive.Order{Format: archive.ZIP})
	r := s.hints.sent[0]
	s.hints.sent = nil
	s.Store = &dead{Store: s.db, writes: 1}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := s.Step(ctx, r); err == nil {
		t.Fatal("a step that could save nothing answers no error")
	}
	s.Store = s.db
	s.step(t, r) // its message comes again too early
	if got, err := s.Get(t.Context(), "ann", e.ID); err != nil || got.Status != archive.Running || len(got.Parts) != 0 {
		t.Fatalf("within the lease: %+v, %v; want it left alone", got, err)
	}
	for lease, want := range map[time.Duration]int{30 * time.Second: 0, 2 * time.Minute: 1} {
		due, err := s.db.Due(t.Context(), s.now.Add(lease), 10)
		due = slices.DeleteFunc(due, func(d task.Ref) bool { return d != r })
		if err != nil || len(due) != want {
			t.Errorf("%v later %d steps are due, %v; want %d", lease, len(due), err, want)
		}
	}
	s.now = s.now.Add(2 * time.Minute)
	s.hints.sent = []task.Ref{r} // the janitor's
	if got := s.finish(t, e); got.Status != archive.Done || len(got.Parts) != 1 {
		t.Errorf("after the lease: %+v, want it done", got)
	}
	if due, err := s.db.Due(t.Context(), s.now.Add(time.Hour), 10); err != nil || slices.Contains(due, r) {
		t.Errorf("due at the end: %v, %v; want it no more", due, err)
	}
}

func TestAStartGoesOnWithTheExportThatTheProcessBeforeHadInHand(t *testing.T) {
	s := newStage(t)
	s.draw(t, "ann", "fox", "x")
	e := s.begin(t, "ann", archive.Order{Format: archive.ZIP})
	r := s.hints.sent[0]
	s.hints.sent = nil
	s.Store = &dead{Store: s.db, writes: 1}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := s.Step(ctx, r); err == nil {
		t.Fatal("a step that could save nothing answers no error")
	}
	s.Store = s.db
	if err := s.TakeOver(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if got := s.finish(t, e); got.Status != archive.Done {
		t.Errorf("export %+v, want it done at once", got)
	}
}

// dead is a table that a dying process reaches for so many writes more.
type dead struct {
	archive.Store
	writes int
}

func (d *dead) SaveRecord(ctx context.Context, r *task.Record) error {
	if d.writes--; d.writes < 0 {
		return errors.New("the process is gone")
	}
	return d.Store.SaveRecord(ctx, r)
}

func TestOfTwoStepsAtOnceOneMakesThePart(t *testing.T) {
	s := newStage(t)
	s.draw(t, "ann", "fox", "x")
	e := s.begin(t, "ann", archive.Order{Format: archive.ZIP})
	r := s.hints.sent[0]
	s.hints.sent = nil
	inside := &slowObjects{Store: s.objects, during: func() { s.step(t, r) }}
	s.Objects = inside
	s.step(t, r)
	if got, err := s.Get(t.Context(), "ann", e.ID); err != nil || got.Status != archive.Done || len(got.Parts) != 1 || inside.gets != 2 {
		t.Errorf("export %+v, %v after %d reads; want one part, made once", got, err, inside.gets)
	}
}

// slowObjects lets something happen while the first picture is read.
type slowObjects struct {
	*disk.Store
	during func()
	gets   int
}

func (o *slowObjects) Get(ctx context.Context, key string) ([]byte, error) {
	if o.gets++; o.gets == 1 {
		o.during()
	}
	return o.Store.Get(ctx, key)
}
