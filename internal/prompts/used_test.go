package prompts_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"volcimage/internal/prompts"
	"volcimage/internal/task"
)

type creator interface {
	Create(ctx context.Context, s task.Submission) (t task.Task, replayed bool, err error)
}

// use makes a task of a prompt, a second after the last.
func use(t *testing.T, s *prompts.Service, typed, sent string) task.Task {
	t.Helper()
	made, jobs := task.New("ann", task.Params{Prompt: sent, Model: "jimeng_t2i_v40", Count: 1}, s.Now())
	if made.Typed = typed; typed == sent {
		made.Typed = ""
	}
	made, _, err := s.Store.(creator).Create(t.Context(), task.Submission{Task: made, Jobs: jobs})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// used reads every page.
func used(t *testing.T, s *prompts.Service, text string, limit int) (all []string, pages int) {
	t.Helper()
	for before := task.ID(""); ; {
		page, err := s.Used(t.Context(), "ann", text, before, limit)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range page.Prompts {
			all = append(all, p.Prompt)
		}
		pages++
		if before = page.Next; before == "" || pages > 100 {
			return all, pages
		}
	}
}

func TestUsedPromptsAreListedOnceTheLastFirst(t *testing.T) {
	s := newService(t)
	use(t, s, "a fox", "a fox")
	use(t, s, "a {red|white} hare", "a red hare")
	use(t, s, "雪地里的狐狸", "雪地里的狐狸")
	last := use(t, s, "a fox", "a fox")
	page, err := s.Used(t.Context(), "ann", "", "", 10)
	if err != nil || page.Next != "" || len(page.Prompts) != 3 {
		t.Fatalf("%+v, %v", page, err)
	}
	if got := page.Prompts[0]; got.Task != last.ID || got.Prompt != "a fox" || !got.At.Equal(last.CreatedAt.Truncate(time.Microsecond)) && !got.At.Equal(last.CreatedAt) {
		t.Errorf("the last is %+v, want that of %s", got, last.ID)
	}
	for text, want := range map[string][]string{
		"": {"a fox", "雪地里的狐狸", "a {red|white} hare"}, "fox": {"a fox"}, "狐狸": {"雪地里的狐狸"}, "white": {"a {red|white} hare"}, "red hare": {"a {red|white} hare"}, "wolf": nil,
	} {
		got, _ := used(t, s, text, 10)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
	if page, err := s.Used(t.Context(), "bob", "", "", 10); err != nil || len(page.Prompts) > 0 {
		t.Errorf("bob: %+v, %v", page, err)
	}
}

func TestUsedPromptsArePagedAndBounded(t *testing.T) {
	s := newService(t)
	var want []string
	for i := range 25 {
		for range 3 {
			use(t, s, fmt.Sprint("fox ", i), fmt.Sprint("fox ", i))
		}
		want = append([]string{fmt.Sprint("fox ", i)}, want...)
	}
	got, pages := used(t, s, "", 10)
	if diff := cmp.Diff(want, got); diff != "" || pages != 3 {
		t.Errorf("%d pages (-want +got):\n%s", pages, diff)
	}
	for range 330 {
		use(t, s, "the same", "the same")
	}
	page, err := s.Used(t.Context(), "ann", "", "", 10)
	if err != nil || len(page.Prompts) != 1 || page.Next == "" {
		t.Errorf("%d prompts, next %q, %v; want one, and where to go on", len(page.Prompts), page.Next, err)
	}
}
