package library_test

import (
	"fmt"
	"sync"
	"testing"

	"volcimage/internal/task"
)

// fill makes so many of something at once, but for the last few, which come one by one.
func fill(t *testing.T, n int, add func(i int) error) {
	t.Helper()
	var all sync.WaitGroup
	slots := make(chan struct{}, 16)
	for i := range n {
		if n-i <= 2 {
			all.Wait()
		}
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			if err := add(i); err != nil {
				t.Errorf("number %d: %v", i+1, err)
			}
		})
	}
	all.Wait()
}

func TestFoldersAndSavedSearchesHaveABoundAndRoomAgainBelowIt(t *testing.T) {
	s, _ := newService(t)
	folder := func(i int) error { _, err := s.NewFolder(t.Context(), "ann", fmt.Sprint("folder ", i)); return err }
	search := func(i int) error {
		_, err := s.NewSearch(t.Context(), "ann", fmt.Sprint("search ", i), []byte(`{"q":"fox"}`))
		return err
	}
	for what, c := range map[string]struct {
		most   int
		add    func(int) error
		remove func() error
	}{
		"folders": {task.MaxFolders, folder, func() error {
			all, err := s.Folders(t.Context(), "ann")
			if err == nil {
				_, _, err = s.DeleteFolder(t.Context(), "ann", all[0].ID, 1)
			}
			return err
		}},
		"searches": {task.MaxSearches, search, func() error {
			all, err := s.Searches(t.Context(), "ann")
			if err == nil {
				err = s.DeleteSearch(t.Context(), "ann", all[0].ID)
			}
			return err
		}},
	} {
		fill(t, c.most, c.add)
		if err := c.add(c.most); task.CodeOf(err) != "too_many" || task.KindOf(err) != task.Conflict {
			t.Errorf("%d %s and one more: %v, want too_many", c.most, what, err)
		}
		if err := c.remove(); err != nil {
			t.Fatal(err)
		}
		if err := c.add(c.most); err != nil {
			t.Errorf("%s: one more after one was removed: %v", what, err)
		}
	}
	if _, err := s.NewFolder(t.Context(), "bob", "mine"); err != nil {
		t.Errorf("somebody else's first: %v", err)
	}
}

func TestANewFolderTooLongOrAnOrderTooLargeIsRefused(t *testing.T) {
	s, _ := newService(t)
	f, err := s.NewFolder(t.Context(), "ann", "winter")
	if err != nil {
		t.Fatal(err)
	}
	order := make([]task.ID, 1001)
	for i := range order {
		order[i] = task.NewID(s.Now())
	}
	if _, err := s.EditFolder(t.Context(), "ann", f.ID, 0, task.FolderEdit{Order: &order}); task.KindOf(err) != task.Invalid {
		t.Errorf("an order of 1,001: %v, want it refused", err)
	}
	order = order[:1000]
	if got, err := s.EditFolder(t.Context(), "ann", f.ID, 0, task.FolderEdit{Order: &order}); err != nil || len(got.Order) != 1000 {
		t.Errorf("an order of 1,000: %v", err)
	}
}
