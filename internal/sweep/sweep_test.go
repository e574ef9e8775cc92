package sweep_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"volcimage/internal/embedded/disk"
	"volcimage/internal/embedded/sqlite"
	"volcimage/internal/library"
	"volcimage/internal/sweep"
	"volcimage/internal/task"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

type sent []task.Ref

func (s *sent) Send(_ context.Context, r task.Ref, _ time.Duration) error {
	*s = append(*s, r)
	return nil
}

func newSweeper(t *testing.T) (*sweep.Sweeper, *sqlite.DB, *sent) {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	hints := &sent{}
	now := func() time.Time { return noon }
	lib := &library.Service{Store: db, Hints: hints, Now: now, Log: slog.New(slog.DiscardHandler)}
	files, err := disk.Open(t.TempDir(), disk.Options{Secret: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := files.Close(); err != nil {
			t.Error(err)
		}
	})
	return &sweep.Sweeper{
		Store: db, Hints: hints, Objects: files, Grant: func(context.Context) error { return nil }, Delete: lib.Delete, ClearBin: lib.ClearBin,
		Now: now, Log: slog.New(slog.DiscardHandler), Cleanup: true,
	}, db, hints
}

// keep stores a finished task of one picture of that many bytes, made at a time.
func keep(t *testing.T, db *sqlite.DB, o task.Owner, at time.Time, bytes int64) task.Task {
	t.Helper()
	tk, jobs := task.New(o, task.Params{Prompt: "a fox", Model: "m", Count: 1}, at)
	if _, _, err := db.Create(t.Context(), task.Submission{Task: tk, Jobs: jobs}); err != nil {
		t.Fatal(err)
	}
	kept, err := db.Task(t.Context(), o, tk.ID)
	if err != nil {
		t.Fatal(err)
	}
	j, err := db.Job(t.Context(), jobs[0].Ref)
	if err != nil {
		t.Fatal(err)
	}
	j.Grant(at)
	kept.JobGranted(j, at)
	j.Slot = false
	kept.JobDone(j, []task.Image{{Key: "k", Bytes: bytes}}, at)
	if err := db.Save(t.Context(), task.Change{Task: &kept, Jobs: []*task.Job{j}, Usage: task.Usage{Bytes: bytes, Images: 1}}); err != nil {
		t.Fatal(err)
	}
	return kept
}

// left lists the tasks still to be read, oldest first.
func left(t *testing.T, db *sqlite.DB, o task.Owner) []task.ID {
	t.Helper()
	page, err := db.List(t.Context(), task.Query{Owner: o, Limit: 100, Oldest: true})
	if err != nil {
		t.Fatal(err)
	}
	var ids []task.ID
	for _, tk := range page.Tasks {
		ids = append(ids, tk.ID)
	}
	return ids
}

func TestOverdueJobsAreHintedAgainAndOthersAreNot(t *testing.T) {
	s, db, hints := newSweeper(t)
	for i, next := range []time.Time{noon.Add(-time.Minute), noon.Add(-time.Second), noon.Add(time.Minute), {}} {
		tk, jobs := task.New("ann", task.Params{Prompt: fmt.Sprint(i), Model: "m", Count: 1}, noon)
		jobs[0].NextAt = next
		if _, _, err := db.Create(t.Context(), task.Submission{Task: tk, Jobs: jobs}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(*hints) != 1 {
		t.Errorf("%d hints, want one: for the job a minute overdue", len(*hints))
	}
}

func TestOldTasksGoAndYoungOnesStay(t *testing.T) {
	s, db, _ := newSweeper(t)
	s.MaxAge = 30 * 24 * time.Hour
	keep(t, db, "ann", noon.Add(-31*24*time.Hour), 10)
	young := keep(t, db, "ann", noon.Add(-29*24*time.Hour), 10)
	keep(t, db, "bob", noon.Add(-300*24*time.Hour), 10)
	if err := s.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := left(t, db, "ann"); !slices.Equal(got, []task.ID{young.ID}) {
		t.Errorf("ann keeps %v, want only %s", got, young.ID)
	}
	if got := left(t, db, "bob"); len(got) != 0 {
		t.Errorf("bob keeps %v, want nothing", got)
	}
}

func TestADamagedPlaceKeepsNoTaskFromGoing(t *testing.T) {
	s, db, _ := newSweeper(t)
	s.MaxAge = 30 * 24 * time.Hour
	place := task.Record{Owner: "ann", Kind: "swept", ID: "age", Doc: []byte(`{"day":7`), UpdatedAt: noon}
	if err := db.SaveRecord(t.Context(), &place); err != nil {
		t.Fatal(err)
	}
	keep(t, db, "ann", noon.Add(-31*24*time.Hour), 10)
	if err := s.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := left(t, db, "ann"); len(got) != 0 {
		t.Errorf("ann keeps %v, want nothing", got)
	}
}

func TestTheOldestTasksOfAllGoUntilTheRestFits(t *testing.T) {
	s, db, _ := newSweeper(t)
	s.MaxBytes = 250
	keep(t, db, "ann", noon.Add(-4*time.Hour), 100)
	keep(t, db, "bob", noon.Add(-3*time.Hour), 100)
	third := keep(t, db, "ann", noon.Add(-2*time.Hour), 100)
	fourth := keep(t, db, "bob", noon.Add(-time.Hour), 100)
	if err := s.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a, b := left(t, db, "ann"), left(t, db, "bob"); !slices.Equal(a, []task.ID{third.ID}) || !slices.Equal(b, []task.ID{fourth.ID}) {
		t.Errorf("kept %v and %v, want the two youngest", a, b)
	}
}

func TestNothingIsRemovedWhereCleanUpIsOff(t *testing.T) {
	s, db, _ := newSweeper(t)
	s.Cleanup, s.MaxAge, s.MaxBytes = false, time.Hour, 1
	keep(t, db, "ann", noon.Add(-24*time.Hour), 100)
	if err := s.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := left(t, db, "ann"); len(got) != 1 {
		t.Errorf("%d tasks left, want the one", len(got))
	}
}

func TestARunningTaskIsNeverRemoved(t *testing.T) {
	s, db, _ := newSweeper(t)
	s.MaxAge, s.MaxBytes = time.Hour, 1
	keep(t, db, "ann", noon.Add(-time.Minute), 100)
	tk, jobs := task.New("ann", task.Params{Prompt: "p", Model: "m", Count: 1}, noon.Add(-24*time.Hour))
	if _, _, err := db.Create(t.Context(), task.Submission{Task: tk, Jobs: jobs}); err != nil {
		t.Fatal(err)
	}
	if err := s.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := left(t, db, "ann"); !slices.Equal(got, []task.ID{tk.ID}) {
		t.Errorf("kept %v, want the running task %s alone", got, tk.ID)
	}
}

func TestOneFailingPartKeepsNoOtherFromBeingDone(t *testing.T) {
	s, db, _ := newSweeper(t)
	s.MaxAge = time.Hour
	broken := errors.New("no slots today")
	s.Grant = func(context.Context) error { return broken }
	keep(t, db, "ann", noon.Add(-24*time.Hour), 100)
	if err := s.Sweep(t.Context()); !errors.Is(err, broken) {
		t.Errorf("sweep: %v, want the failure told", err)
	}
	if got := left(t, db, "ann"); len(got) != 0 {
		t.Errorf("%d tasks left, want the old one removed all the same", len(got))
	}
}

// ended writes down a task that is over without a picture.
func ended(t *testing.T, db *sqlite.DB, o task.Owner, at time.Time) {
	t.Helper()
	tk, jobs := task.New(o, task.Params{Prompt: "a fox", Model: "m", Count: 1}, at)
	made, _, err := db.Create(t.Context(), task.Submission{Task: tk, Jobs: jobs})
	if err != nil {
		t.Fatal(err)
	}
	made.JobGranted(jobs[0], at)
	made.JobFailed(jobs[0], task.Failure{Code: "x", Charged: task.ChargedNo}, at)
	if err := db.Save(t.Context(), task.Change{Task: &made, Jobs: jobs}); err != nil {
		t.Fatal(err)
	}
}

func TestOldTasksOfAnOwnerWhoNeverStoredAPictureGoToo(t *testing.T) {
	s, db, _ := newSweeper(t)
	s.MaxAge = 30 * 24 * time.Hour
	ended(t, db, "ann", noon.Add(-31*24*time.Hour))
	if err := s.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := left(t, db, "ann"); len(got) != 0 {
		t.Errorf("ann keeps %v, want nothing", got)
	}
}

func TestOldTasksWithoutPicturesDoNotHideThoseThatTakeSpace(t *testing.T) {
	s, db, _ := newSweeper(t)
	s.MaxBytes = 100
	for i := range 120 {
		ended(t, db, "ann", noon.Add(time.Duration(i-600)*time.Minute))
	}
	keep(t, db, "ann", noon.Add(-2*time.Hour), 100)
	young := keep(t, db, "ann", noon.Add(-time.Hour), 100)
	if err := s.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	usage, err := db.Usage(t.Context())
	if err != nil || len(usage) != 1 || usage[0].Bytes != 100 {
		t.Errorf("usage %+v, %v; want the 100 bytes of %s", usage, err, young.ID)
	}
}

func TestATaskThatCannotBeRemovedKeepsNoOther(t *testing.T) {
	for name, set := range map[string]func(*sweep.Sweeper){
		"by age":   func(s *sweep.Sweeper) { s.MaxAge = time.Hour },
		"by space": func(s *sweep.Sweeper) { s.MaxBytes = 1 },
	} {
		t.Run(name, func(t *testing.T) {
			s, db, _ := newSweeper(t)
			set(s)
			stuck := keep(t, db, "ann", noon.Add(-4*time.Hour), 100)
			keep(t, db, "ann", noon.Add(-3*time.Hour), 100)
			keep(t, db, "bob", noon.Add(-2*time.Hour), 100)
			broken, remove := errors.New("damaged row"), s.Delete
			s.Delete = func(ctx context.Context, o task.Owner, id task.ID) error {
				if id == stuck.ID {
					return broken
				}
				return remove(ctx, o, id)
			}
			if err := s.Sweep(t.Context()); !errors.Is(err, broken) {
				t.Errorf("sweep: %v, want the failure told", err)
			}
			if a, b := left(t, db, "ann"), left(t, db, "bob"); !slices.Equal(a, []task.ID{stuck.ID}) || len(b) != 0 {
				t.Errorf("kept %v and %v, want only %s", a, b, stuck.ID)
			}
		})
	}
}

func TestAnOldTaskThatCameInAnArchiveStaysAsLongAsANewOne(t *testing.T) {
	s, db, _ := newSweeper(t)
	s.MaxAge = 30 * 24 * time.Hour
	for _, imported := range []time.Duration{24 * time.Hour, 31 * 24 * time.Hour} {
		kept := keep(t, db, "ann", noon.Add(-300*24*time.Hour), 10)
		kept.ImportedAt = noon.Add(-imported)
		if err := db.Save(t.Context(), task.Change{Task: &kept}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := left(t, db, "ann"); len(got) != 1 {
		t.Errorf("%d tasks left, want the one that came yesterday", len(got))
	}
}
