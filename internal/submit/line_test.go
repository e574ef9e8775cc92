package submit_test

import (
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"volcimage/internal/generate"
	"volcimage/internal/submit"
	"volcimage/internal/task"
)

// narrowLine is a service with one slot, which is taken, and the tasks that wait behind it.
func narrowLine(t *testing.T, prompts ...string) (s *submit.Service, next func() string, waiting map[string]task.ID) {
	t.Helper()
	s, db := newService(t)
	s.Grant = (&generate.Granter{
		Store: db, Hints: s.Hints, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Limits: task.Limits{Total: 1, Model: func(string) int { return 1 }},
	}).Grant
	waiting = map[string]task.ID{}
	for _, prompt := range append([]string{"under way"}, prompts...) {
		made, _, err := s.Submit(t.Context(), "ann", task.Order{Params: task.Params{Prompt: prompt, Count: 1}})
		if err != nil {
			t.Fatal(err)
		}
		waiting[prompt] = made.ID
	}
	// next frees the slot and tells who has it then.
	next = func() string {
		slots, err := db.Slots(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range slots.Holds {
			slots.Leave(h.Ref)
		}
		if err := db.Save(t.Context(), task.Change{Slots: slots}); err != nil {
			t.Fatal(err)
		}
		if err := s.Grant(t.Context()); err != nil {
			t.Fatal(err)
		}
		if slots, err = db.Slots(t.Context()); err != nil || len(slots.Holds) == 0 {
			return fmt.Sprint("nobody ", err)
		}
		got, err := db.Task(t.Context(), "ann", slots.Holds[0].Task)
		if err != nil {
			t.Fatal(err)
		}
		return got.Params.Prompt
	}
	return s, next, waiting
}

func TestTheLineGoesAsItsOwnerSays(t *testing.T) {
	s, next, waiting := narrowLine(t, "first", "second", "third")
	if _, err := s.Hold(t.Context(), "ann", waiting["first"]); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Next(t.Context(), "ann", waiting["third"]); err != nil || !got.InLine().Before(got.CreatedAt) {
		t.Fatalf("Next: %v, in line since %v", err, got.InLine())
	}
	if diff := cmp.Diff([]string{"third", "second", "nobody <nil>"}, []string{next(), next(), next()}); diff != "" {
		t.Errorf("begun (-want +got):\n%s", diff)
	}
	if got, err := s.Release(t.Context(), "ann", waiting["first"]); err != nil || got.Stage() != task.ImageWaiting {
		t.Errorf("Release: %v, %s", err, got.Stage())
	}
	if _, err := s.Hold(t.Context(), "ann", waiting["first"]); task.CodeOf(err) != task.CodeNotWaiting {
		t.Errorf("a hold once it was begun: %v, want not_waiting: the release begins it at once where a slot is free", err)
	}
}

func TestNobodyMovesATaskOfSomebodyElse(t *testing.T) {
	s, _, waiting := narrowLine(t, "first")
	for name, move := range map[string]func() error{
		"hold":    func() error { _, err := s.Hold(t.Context(), "bob", waiting["first"]); return err },
		"release": func() error { _, err := s.Release(t.Context(), "bob", waiting["first"]); return err },
		"next":    func() error { _, err := s.Next(t.Context(), "bob", waiting["first"]); return err },
	} {
		if err := move(); task.KindOf(err) != task.NotFound {
			t.Errorf("%s: %v, want not found", name, err)
		}
	}
	if _, err := s.Arrange(t.Context(), "bob", []task.ID{waiting["first"]}); task.CodeOf(err) != task.CodeNotWaiting {
		t.Errorf("order: %v, want not_waiting", err)
	}
}

func TestTheLineIsPutInOrder(t *testing.T) {
	s, next, waiting := narrowLine(t, "first", "second", "third", "fourth")
	order := func(prompts ...string) (ids []task.ID) {
		for _, p := range prompts {
			ids = append(ids, waiting[p])
		}
		return ids
	}
	gone := task.NewID(time.Now())
	got, err := s.Arrange(t.Context(), "ann", append(order("third", "under way", "first", "second"), gone))
	if err != nil || len(got) != 3 || got[0].Params.Prompt != "third" {
		t.Fatalf("Arrange: %v, %d tasks, want the three that wait", err, len(got))
	}
	if _, err := s.Arrange(t.Context(), "ann", order("second", "first")); err != nil { // right behind the other
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"third", "second", "first", "fourth"}, []string{next(), next(), next(), next()}); diff != "" {
		t.Errorf("begun (-want +got):\n%s", diff)
	}
	if _, err := s.Arrange(t.Context(), "ann", order("third", "first")); task.CodeOf(err) != task.CodeNotWaiting {
		t.Errorf("an order of what has begun: %v, want not_waiting", err)
	}
}

func TestOrdersThatMeetLeaveTheLineInOneOfThem(t *testing.T) {
	s, next, waiting := narrowLine(t, "a", "b", "c")
	var all sync.WaitGroup
	for _, order := range [][]string{{"c", "b", "a"}, {"b", "a", "c"}} {
		all.Go(func() {
			if _, err := s.Arrange(t.Context(), "ann", []task.ID{waiting[order[0]], waiting[order[1]], waiting[order[2]]}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := next() + next() + next(); got != "cba" && got != "bac" {
		t.Errorf("they were begun in the order %s, which nobody asked for", got)
	}
}
