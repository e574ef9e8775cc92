package library_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"volcimage/internal/embedded/sqlite"
	"volcimage/internal/library"
	"volcimage/internal/task"
)

// bin throws n fresh tasks of ann away, a day apart, the last of them now.
func bin(t *testing.T, s *library.Service, db *sqlite.DB, n int) []task.ID {
	t.Helper()
	var ids []task.ID
	now := s.Now
	defer func() { s.Now = now }()
	last := now()
	for i := range n {
		at := last.Add(time.Duration(i-n+1) * 24 * time.Hour)
		s.Now = func() time.Time { return at }
		made := create(t, db)
		if _, changed, err := s.Bin(t.Context(), "ann", made.ID); err != nil || !changed {
			t.Fatalf("bin: changed %v, %v", changed, err)
		}
		ids = append(ids, made.ID)
	}
	return ids
}

// noted counts the records of ann's bin.
func noted(t *testing.T, db *sqlite.DB) int {
	t.Helper()
	all, err := db.Records(t.Context(), "ann", "bin", "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

func TestTheBinIsClearedOfWhatLayThereLongest(t *testing.T) {
	s, db := newService(t)
	ids := bin(t, s, db, 5) // since 4, 3, 2, 1 and 0 days
	gone, err := s.ClearBin(t.Context(), "ann", time.Now().Add(-36*time.Hour), 2, 0)
	if err != nil || gone.Tasks != 2 || !gone.More {
		t.Errorf("%+v, %v; want two gone and more to be removed", gone, err)
	}
	gone, err = s.ClearBin(t.Context(), "ann", time.Now().Add(-36*time.Hour), 2, 0)
	if err != nil || gone.Tasks != 1 || gone.More {
		t.Errorf("%+v, %v; want one gone and no more: the others lie there for less", gone, err)
	}
	for i, id := range ids {
		_, err := s.Get(t.Context(), "ann", id)
		if want := i < 3; (task.KindOf(err) == task.NotFound) != want {
			t.Errorf("task %d: %v, want it gone: %v", i, err, want)
		}
	}
	if n := noted(t, db); n != 2 {
		t.Errorf("%d records of the bin, want those of the two that are there", n)
	}
}

func TestARestoredTaskIsNotClearedWhateverItsRecordSays(t *testing.T) {
	s, db := newService(t)
	broken := &records{Store: db, refuse: true}
	s.Store = broken // the record stays
	id := bin(t, s, db, 1)[0]
	if _, changed, err := s.Restore(t.Context(), "ann", id); err != nil || !changed {
		t.Fatalf("restore: changed %v, %v", changed, err)
	}
	if n := noted(t, db); n != 1 {
		t.Fatalf("%d records, want the one that could not be removed", n)
	}
	broken.refuse = false
	if gone, err := s.ClearBin(t.Context(), "ann", time.Now().Add(time.Hour), 10, 0); err != nil || gone.Tasks != 0 {
		t.Errorf("%+v, %v; want nothing gone", gone, err)
	}
	if _, err := s.Get(t.Context(), "ann", id); err != nil {
		t.Errorf("the restored task: %v", err)
	}
	if n := noted(t, db); n != 0 {
		t.Errorf("%d records, want none", n)
	}
}

// records is a store whose records cannot be removed, where so set.
type records struct {
	library.Store
	refuse bool
	broken task.ID // cannot be saved
}

func (r *records) DeleteRecord(ctx context.Context, rec task.Record) error {
	if r.refuse {
		return errors.New("no deletes today")
	}
	return r.Store.DeleteRecord(ctx, rec)
}

func (r *records) Save(ctx context.Context, c task.Change) error {
	if c.Task.ID == r.broken {
		return errors.New("damaged row")
	}
	return r.Store.Save(ctx, c)
}

func TestATaskThatCannotBeClearedKeepsNoOther(t *testing.T) {
	s, db := newService(t)
	ids := bin(t, s, db, 3)
	s.Store = &records{Store: db, broken: ids[0]}
	gone, err := s.ClearBin(t.Context(), "ann", time.Now(), 10, 0)
	if err == nil || gone.Tasks != 2 {
		t.Errorf("%+v, %v; want two gone and the failure told", gone, err)
	}
	if n := noted(t, db); n != 1 {
		t.Errorf("%d records, want that of the one that stays", n)
	}
}

func TestABinThatWasNotSavedLeavesTheTaskListed(t *testing.T) {
	s, db := newService(t)
	made := create(t, db)
	s.Store = &records{Store: db, broken: made.ID}
	if _, _, err := s.Bin(t.Context(), "ann", made.ID); err == nil {
		t.Fatal("no error")
	}
	s.Store = db
	if page, err := s.List(t.Context(), task.Query{Owner: "ann", Limit: 10}); err != nil || len(page.Tasks) != 1 {
		t.Errorf("%d tasks listed, %v; want the one", len(page.Tasks), err)
	}
	if gone, err := s.ClearBin(t.Context(), "ann", time.Now().Add(time.Hour), 10, 0); err != nil || gone != (task.Cleared{}) {
		t.Errorf("%+v, %v; want nothing gone", gone, err)
	}
	if n := noted(t, db); n != 0 {
		t.Errorf("%d records, want none: the task is not in the bin", n)
	}
}

func TestManyWhoThrowAwayAndRestoreAtOnceLeaveOneTruth(t *testing.T) {
	s, db := newService(t)
	made := create(t, db)
	done := make(chan error)
	for i := range 16 {
		go func() {
			var err error
			if i%2 == 0 {
				_, _, err = s.Bin(t.Context(), "ann", made.ID)
			} else {
				_, _, err = s.Restore(t.Context(), "ann", made.ID)
			}
			done <- err
		}()
	}
	for range 16 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if _, _, err := s.Bin(t.Context(), "ann", made.ID); err != nil {
		t.Fatal(err)
	}
	if gone, err := s.ClearBin(t.Context(), "ann", time.Now().Add(time.Hour), 100, 0); err != nil || gone.Tasks != 1 {
		t.Errorf("%+v, %v; want the one task gone", gone, err)
	}
	if n := noted(t, db); n != 0 {
		t.Error(fmt.Sprint(n, " records left, want none"))
	}
}
