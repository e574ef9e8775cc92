package library_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"volcimage/internal/embedded/sqlite"
	"volcimage/internal/library"
	"volcimage/internal/task"
)

// foxes makes n tasks of ann that are over, newest first, changed as a test likes.
func foxes(t *testing.T, db *sqlite.DB, n int, change func(*task.Task)) (ids []task.ID) {
	t.Helper()
	begin := time.Now().Add(-time.Hour)
	for i := range n {
		tk, jobs := task.New("ann", task.Params{Prompt: "a fox", Model: "m", Count: 1}, begin.Add(time.Duration(i)*time.Millisecond))
		tk.Status, tk.FinishedAt = task.Failed, begin
		if change != nil {
			change(&tk)
		}
		if _, _, err := db.Create(t.Context(), task.Submission{Task: tk, Jobs: jobs}); err != nil {
			t.Fatal(err)
		}
		ids = append([]task.ID{tk.ID}, ids...)
	}
	return ids
}

// due are the rests that are due by then.
func due(t *testing.T, db *sqlite.DB, by time.Time) []task.Ref {
	t.Helper()
	all, err := db.Due(t.Context(), by, 100)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(r task.Ref) bool { return r.N != task.RestStep })
}

// abandoned has a rest noted that nobody asks for, and takes its steps to the end.
func abandoned(t *testing.T, s *library.Service, db *sqlite.DB, r task.Rest) {
	t.Helper()
	now := time.Now()
	s.Now = func() time.Time { return now }
	if err := s.KeepRest(t.Context(), "ann", r, false); err != nil {
		t.Fatal(err)
	}
	if early := due(t, db, now.Add(59*time.Second)); len(early) != 0 {
		t.Errorf("due within a minute: %v", early)
	}
	now = now.Add(time.Minute)
	for range 10 {
		all := due(t, db, now)
		if len(all) == 0 {
			return
		}
		step(t, s, all[0])
	}
	t.Error("it is never done")
}

func step(t *testing.T, s *library.Service, r task.Ref) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := s.RestStep(ctx, r); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, s *library.Service, q task.Query) int {
	t.Helper()
	q.Owner = "ann"
	ids, _, err := s.Matching(t.Context(), q, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return len(ids)
}

func TestWhatNobodyAsksForAnyMoreIsDoneByItself(t *testing.T) {
	t.Run("an action, to as many as were confirmed and no more", func(t *testing.T) {
		s, db := newService(t)
		ids := foxes(t, db, 150, nil)
		abandoned(t, s, db, task.Rest{
			Action: task.Action{Name: task.ActFavourite}, Query: task.Query{Owner: "ann", Text: "fox", Before: ids[19]}, Left: 110,
		})
		if n := count(t, s, task.Query{Favourite: true}); n != 110 {
			t.Errorf("%d favourites, want 110", n)
		}
		for i, want := range map[int]bool{19: false, 20: true, 129: true, 130: false} {
			if got, err := s.Get(t.Context(), "ann", ids[i]); err != nil || got.Favourite != want {
				t.Errorf("task %d: favourite %v, %v; want %v", i, got.Favourite, err, want)
			}
		}
	})
	t.Run("throwing away what the query finds no more then", func(t *testing.T) {
		s, db := newService(t)
		ids := foxes(t, db, 130, nil)
		abandoned(t, s, db, task.Rest{Action: task.Action{Name: task.ActDelete}, Query: task.Query{Owner: "ann", Before: ids[9]}, Left: 120})
		if n := count(t, s, task.Query{}); n != 10 {
			t.Errorf("%d are listed, want the ten that were not asked for", n)
		}
	})
	t.Run("a tag's new name", func(t *testing.T) {
		s, db := newService(t)
		foxes(t, db, 70, func(tk *task.Task) { tk.Tags = []string{"fox"} })
		abandoned(t, s, db, task.Rest{Retag: task.Retag{From: []string{"fox"}, To: "vulpes"}})
		if n := count(t, s, task.Query{Tag: "vulpes"}); n != 70 {
			t.Errorf("%d have the new tag, want 70", n)
		}
	})
	t.Run("a folder's removal", func(t *testing.T) {
		s, db := newService(t)
		f, err := s.NewFolder(t.Context(), "ann", "winter")
		if err != nil {
			t.Fatal(err)
		}
		foxes(t, db, 70, func(tk *task.Task) { tk.Folder = f.ID })
		abandoned(t, s, db, task.Rest{Folder: f.ID})
		if _, err := s.Folder(t.Context(), "ann", f.ID); task.KindOf(err) != task.NotFound || count(t, s, task.Query{Folder: f.ID}) != 0 {
			t.Errorf("the folder: %v, want it gone", err)
		}
	})
	t.Run("the bin, of what was in it then", func(t *testing.T) {
		s, db := newService(t)
		ids := foxes(t, db, 70, nil)
		for _, id := range ids[:60] {
			if _, _, err := s.Bin(t.Context(), "ann", id); err != nil {
				t.Fatal(err)
			}
		}
		asked := time.Now()
		s.Now = func() time.Time { return asked.Add(30 * time.Second) }
		if _, _, err := s.Bin(t.Context(), "ann", ids[60]); err != nil {
			t.Fatal(err)
		}
		abandoned(t, s, db, task.Rest{Bin: asked})
		if n := count(t, s, task.Query{Bin: true}); n != 1 {
			t.Errorf("%d lie in the bin, want the one that came later", n)
		}
	})
}

func TestARestThatWasAskedForIsForgotten(t *testing.T) {
	s, db := newService(t)
	r := task.Rest{Action: task.Action{Name: task.ActFavourite}, Query: task.Query{Owner: "ann", Text: "fox"}, Left: 10}
	now := time.Now()
	s.Now = func() time.Time { return now }
	for range 2 {
		if err := s.KeepRest(t.Context(), "ann", r, false); err != nil {
			t.Fatal(err)
		}
		now = now.Add(40 * time.Second)
		r.Left, r.Query.Before = r.Left-1, task.NewID(now)
	}
	if all := due(t, db, now); len(all) != 0 {
		t.Errorf("due %v, want none: it was asked for 40 s ago", all)
	}
	if all := due(t, db, now.Add(time.Hour)); len(all) != 1 {
		t.Errorf("due within the hour: %v, want one for both requests", all)
	}
	for range 2 {
		if err := s.KeepRest(t.Context(), "ann", r, true); err != nil {
			t.Fatal(err)
		}
	}
	if all := due(t, db, now.Add(time.Hour)); len(all) != 0 {
		t.Errorf("due %v, want none: it is done", all)
	}
}

// broken lists nothing.
type broken struct{ library.Store }

func (broken) List(context.Context, task.Query) (task.Page, error) {
	return task.Page{}, errors.New("the table does not answer")
}

func TestARestThatFailsIsTriedAgainAndGivenUpInTheEnd(t *testing.T) {
	s, db := newService(t)
	foxes(t, db, 3, nil)
	now := time.Now()
	s.Now = func() time.Time { return now }
	r := task.Rest{Action: task.Action{Name: task.ActFavourite}, Query: task.Query{Owner: "ann"}, Left: 3}
	if err := s.KeepRest(t.Context(), "ann", r, false); err != nil {
		t.Fatal(err)
	}
	s.Store = broken{db}
	for tries := 1; ; tries++ {
		now = now.Add(2 * time.Minute)
		all := due(t, db, now)
		if len(all) == 0 {
			if tries != 6 {
				t.Errorf("given up after %d tries, want 5", tries-1)
			}
			return
		}
		step(t, s, all[0])
		step(t, s, all[0]) // its hint comes again, too early
	}
}

// interrupted does not answer to some of the writes.
type interrupted struct {
	library.Store
	writes atomic.Int64
	silent int64
}

func (i *interrupted) Save(ctx context.Context, c task.Change) error {
	if i.writes.Add(1)%i.silent == 0 {
		return &task.Error{Kind: task.Unavailable, Code: "unavailable"}
	}
	return i.Store.Save(ctx, c)
}

func TestARestThatIsInterruptedChangesNoMoreThanWasConfirmed(t *testing.T) {
	for _, action := range []task.ActionName{task.ActDelete, task.ActFavourite} {
		s, db := newService(t)
		foxes(t, db, 200, nil)
		s.Store = &interrupted{Store: db, silent: 7}
		abandoned(t, s, db, task.Rest{Action: task.Action{Name: action}, Query: task.Query{Owner: "ann", Text: "fox"}, Left: 110})
		if n := count(t, s, task.Query{Favourite: action == task.ActFavourite, Bin: action == task.ActDelete}); n != 110 {
			t.Errorf("%s: %d were changed, want the 110 that were confirmed", action, n)
		}
	}
}

func TestAnAnswerIsRememberedForADay(t *testing.T) {
	s, db := newService(t)
	now := time.Now()
	s.Now = func() time.Time { return now }
	hash := [32]byte{1}
	if got, err := s.Answered(t.Context(), "ann", "k", hash); err != nil || got != nil {
		t.Errorf("before: %s, %v", got, err)
	}
	for _, answer := range []string{`{"n":1}`, `{"n":2}`} { // the first stays
		if err := s.KeepAnswer(t.Context(), "ann", "k", hash, []byte(answer)); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := s.Answered(t.Context(), "ann", "k", hash); err != nil || string(got) != `{"n":1}` {
		t.Errorf("answered %s, %v", got, err)
	}
	if _, err := s.Answered(t.Context(), "ann", "k", [32]byte{2}); task.CodeOf(err) != "idempotency_mismatch" {
		t.Errorf("another request: %v, want idempotency_mismatch", err)
	}
	if got, err := s.Answered(t.Context(), "bob", "k", hash); err != nil || got != nil {
		t.Errorf("bob's: %s, %v", got, err)
	}
	now = now.Add(24 * time.Hour)
	if got, err := s.Answered(t.Context(), "ann", "k", hash); err != nil || got != nil {
		t.Errorf("a day later: %s, %v", got, err)
	}
	for _, r := range due(t, db, now) {
		step(t, s, r)
	}
	if rows, err := db.Records(t.Context(), "ann", "rest", "", 10); err != nil || len(rows) != 0 {
		t.Errorf("%d records are left, %v", len(rows), err)
	}
}
