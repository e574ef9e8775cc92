package submit_test

import (
	"context"
	"testing"
	"time"

	"volcimage/internal/task"
)

// sentHint is a hint and when it was sent.
type sentHint struct {
	ref   task.Ref
	delay time.Duration
}

// keptHints keeps the hints of the index.
type keptHints struct{ sent []sentHint }

func (k *keptHints) Send(_ context.Context, r task.Ref, delay time.Duration) error {
	if r.N == task.IndexStep {
		k.sent = append(k.sent, sentHint{r, delay})
	}
	return nil
}

func TestOneStepOfTheIndexIsHintedForAllThatAnOwnerSubmitsInAPause(t *testing.T) {
	s, _ := newService(t)
	hints, now := &keptHints{}, time.Now()
	s.Hints, s.IndexPause, s.Now = hints, time.Second, func() time.Time { return now }
	ask := func(o task.Owner) task.ID {
		t.Helper()
		made, _, err := s.Submit(t.Context(), o, task.Order{Params: task.Params{Prompt: "a fox"}})
		if err != nil {
			t.Fatal(err)
		}
		return made.ID
	}
	first := ask("ann")
	now = now.Add(999 * time.Millisecond)
	ask("ann")
	other := ask("bob")
	now = now.Add(time.Millisecond) // the first step comes now, and may be before this task
	last := ask("ann")
	var got []task.ID
	for _, h := range hints.sent {
		if h.delay != s.IndexPause {
			t.Errorf("a hint waits %v, want %v", h.delay, s.IndexPause)
		}
		got = append(got, h.ref.Task)
	}
	if len(got) != 3 || got[0] != first || got[1] != other || got[2] != last {
		t.Errorf("hinted %v, want %v", got, []task.ID{first, other, last})
	}
}

func TestEachTaskIsHintedWhereAStepOfTheIndexTakesOne(t *testing.T) {
	s, _ := newService(t)
	hints := &keptHints{}
	s.Hints = hints
	placed, err := s.SubmitMany(t.Context(), "ann", task.Order{Params: task.Params{Prompt: "a {red|white} fox"}, EveryChoice: true, Variants: []task.Params{{}}})
	if err != nil || len(placed) != 2 || len(hints.sent) != 2 {
		t.Errorf("%d hints for %d tasks, %v; want one each", len(hints.sent), len(placed), err)
	}
}
