package library_test

import (
	"testing"

	"volcimage/internal/task"
)

func TestAnEditIsSavedAndNothingElseOfTheTaskChanges(t *testing.T) {
	s, db := newService(t)
	made := create(t, db)
	got, err := s.Edit(t.Context(), "ann", made.ID, 0, task.Edit{Favourite: new(true), Tags: &[]string{"fox"}})
	if err != nil {
		t.Fatal(err)
	}
	read, err := s.Get(t.Context(), "ann", made.ID)
	if err != nil || !read.Favourite || read.Tags[0] != "fox" || read.Status != task.Pending || read.Version != got.Version {
		t.Errorf("read %+v, %v; want the favourite that was answered", read, err)
	}
	again, err := s.Edit(t.Context(), "ann", made.ID, read.Version, task.Edit{Favourite: new(true)})
	if err != nil || again.Version != read.Version {
		t.Errorf("version %d, %v; want still %d: nothing changed", again.Version, err, read.Version)
	}
}

func TestAnEditOfAnotherVersionIsRefused(t *testing.T) {
	s, db := newService(t)
	made := create(t, db)
	if _, err := s.Edit(t.Context(), "ann", made.ID, made.Version+2, task.Edit{Favourite: new(true)}); task.CodeOf(err) != "version_changed" {
		t.Errorf("%v, want version_changed", err)
	}
	if read, err := s.Get(t.Context(), "ann", made.ID); err != nil || read.Favourite {
		t.Errorf("favourite %v, %v; want it as it was", read.Favourite, err)
	}
}

func TestSomebodyElsesTaskIsNotEdited(t *testing.T) {
	s, db := newService(t)
	made := create(t, db)
	if _, err := s.Edit(t.Context(), "bob", made.ID, 0, task.Edit{Favourite: new(true)}); task.KindOf(err) != task.NotFound {
		t.Errorf("%v, want not found", err)
	}
}
