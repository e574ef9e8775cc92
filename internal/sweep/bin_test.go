package sweep_test

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"volcimage/internal/embedded/sqlite"
	"volcimage/internal/library"
	"volcimage/internal/sweep"
	"volcimage/internal/task"
)

const day = 24 * time.Hour

// libraryAt is the library at another time than noon.
func libraryAt(db *sqlite.DB, at time.Time) *library.Service {
	return &library.Service{
		Store: db, Hints: &sent{}, Now: func() time.Time { return at }, Log: slog.New(slog.DiscardHandler),
	}
}

// unchecked keeps the rows from being compared with objects, which there are none of.
func unchecked(t *testing.T, db *sqlite.DB) {
	t.Helper()
	r := task.Record{Owner: "*janitor", Kind: "round", ID: "rows", Doc: []byte(`{"next":"2100-01-01T00:00:00Z"}`)}
	if err := db.SaveRecord(t.Context(), &r); err != nil {
		t.Fatal(err)
	}
}

func throwAway(t *testing.T, db *sqlite.DB, tk task.Task, at time.Time) {
	t.Helper()
	if _, _, err := libraryAt(db, at).Bin(t.Context(), tk.Owner, tk.ID); err != nil {
		t.Fatal(err)
	}
}

func favour(t *testing.T, db *sqlite.DB, tk task.Task) {
	t.Helper()
	if _, err := libraryAt(db, noon).Edit(t.Context(), tk.Owner, tk.ID, 0, task.Edit{Favourite: new(true)}); err != nil {
		t.Fatal(err)
	}
}

// there tells which of the tasks can still be read, in the bin or not.
func there(t *testing.T, db *sqlite.DB, tasks ...task.Task) []bool {
	t.Helper()
	var got []bool
	for _, tk := range tasks {
		read, err := db.Task(t.Context(), tk.Owner, tk.ID)
		got = append(got, err == nil && read.DeletedAt.IsZero())
	}
	return got
}

func TestTheBinIsEmptiedAfterThirtyDaysWhateverElseIsKept(t *testing.T) {
	for _, cleanup := range []bool{true, false} {
		s, db, _ := newSweeper(t)
		s.Cleanup = cleanup
		old, young := keep(t, db, "ann", noon.Add(-100*day), 10), keep(t, db, "ann", noon.Add(-100*day), 10)
		loved, theirs := keep(t, db, "ann", noon.Add(-100*day), 10), keep(t, db, "bob", noon.Add(-100*day), 10)
		favour(t, db, loved)
		throwAway(t, db, old, noon.Add(-30*day))
		throwAway(t, db, young, noon.Add(-30*day+time.Second))
		throwAway(t, db, loved, noon.Add(-31*day))
		throwAway(t, db, theirs, noon.Add(-31*day))
		if err := s.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := there(t, db, old, young, loved, theirs); !slices.Equal(got, []bool{false, true, false, false}) {
			t.Errorf("clean-up %v: there are %v, want only the one that lies there for less than 30 days", cleanup, got)
		}
	}
}

func TestAgeLeavesTheBinAndFavouritesAlone(t *testing.T) {
	s, db, _ := newSweeper(t)
	s.MaxAge = 30 * day
	binned, loved, plain := keep(t, db, "ann", noon.Add(-31*day), 10), keep(t, db, "ann", noon.Add(-90*day), 10), keep(t, db, "ann", noon.Add(-31*day), 10)
	throwAway(t, db, binned, noon.Add(-day))
	favour(t, db, loved)
	for range 2 {
		if err := s.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := there(t, db, binned, loved, plain); !slices.Equal(got, []bool{true, true, false}) {
		t.Errorf("there are %v, want the one in the bin and the favourite", got)
	}
}

func TestSpaceIsTakenFromTheBinFirstAndNeverFromFavourites(t *testing.T) {
	s, db, _ := newSweeper(t)
	unchecked(t, db)
	loved := keep(t, db, "ann", noon.Add(-9*time.Hour), 100)
	oldest := keep(t, db, "ann", noon.Add(-8*time.Hour), 100)
	longest := keep(t, db, "ann", noon.Add(-7*time.Hour), 100)
	binned := keep(t, db, "ann", noon.Add(-6*time.Hour), 100)
	favour(t, db, loved)
	throwAway(t, db, longest, noon.Add(-2*time.Hour))
	throwAway(t, db, binned, noon.Add(-time.Hour))
	all := []task.Task{loved, oldest, longest, binned}
	for _, c := range []struct {
		limit int64
		want  []bool
	}{
		{400, []bool{true, true, true, true}},
		{350, []bool{true, true, false, true}},
		{250, []bool{true, true, false, false}},
		{150, []bool{true, false, false, false}},
		{50, []bool{true, false, false, false}},
	} {
		s.MaxBytes = c.limit
		if err := s.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := there(t, db, all...); !slices.Equal(got, c.want) {
			t.Errorf("at most %d bytes: there are %v, want %v", c.limit, got, c.want)
		}
	}
}

// looked tells how many tasks were read by lists.
type looked struct {
	sweep.Store
	read int
}

func (l *looked) List(ctx context.Context, q task.Query) (task.Page, error) {
	page, err := l.Store.List(ctx, q)
	l.read += len(page.Tasks)
	return page, err
}

func TestManyOldFavouritesHideNothingAndAreReadOnceADay(t *testing.T) {
	for why, set := range map[string]func(*sweep.Sweeper){
		"age":   func(s *sweep.Sweeper) { s.MaxAge = 30 * day },
		"space": func(s *sweep.Sweeper) { s.MaxBytes = 1 },
	} {
		t.Run(why, func(t *testing.T) {
			s, db, _ := newSweeper(t)
			set(s)
			unchecked(t, db)
			s.Pages = 1 // of 100 tasks
			const favourites = 220
			for i := range favourites {
				favour(t, db, keep(t, db, "ann", noon.Add(-90*day+time.Duration(i)*time.Minute), 10))
			}
			plain := keep(t, db, "ann", noon.Add(-40*day), 10)
			for range 3 {
				if err := s.Sweep(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if got := there(t, db, plain); got[0] {
				t.Fatal("the task behind the favourites is still there after three rounds of 100 tasks")
			}
			reads := &looked{Store: db}
			s.Store = reads
			for range 5 {
				if err := s.Sweep(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if reads.read > 0 {
				t.Errorf("%d favourites were read again on the same day", reads.read)
			}
			s.Now = func() time.Time { return noon.Add(day) }
			if err := s.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			if reads.read != 100 {
				t.Errorf("%d tasks were read on the next day, want a round of 100: some may be no favourites any more", reads.read)
			}
		})
	}
}
