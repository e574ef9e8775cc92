package submit_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"volcimage/internal/submit"
	"volcimage/internal/task"
)

const (
	v31 = "jimeng_t2i_v31" // takes a seed
	v40 = "jimeng_t2i_v40"
)

// many submits and wants to succeed.
func many(t *testing.T, s *submit.Service, order task.Order) []task.Placed {
	t.Helper()
	placed, err := s.SubmitMany(t.Context(), "ann", order)
	if err != nil {
		t.Fatalf("submit %q: %v", order.Params.Prompt, err)
	}
	return placed
}

// fields are the places that an error names.
func fields(err error) string {
	var e *task.Error
	if !errors.As(err, &e) {
		return fmt.Sprint(err)
	}
	var names []string
	for _, f := range e.Fields {
		names = append(names, f.Location)
	}
	return strings.Join(names, " ")
}

func TestWhatWasTypedIsKeptBesideWhatIsSent(t *testing.T) {
	s, db := newService(t)
	seen := map[string]bool{}
	for range 60 {
		got := many(t, s, task.Order{Params: task.Params{Prompt: " a {red|green|blue} fox "}})[0]
		kept, err := db.Task(t.Context(), "ann", got.ID)
		if err != nil || kept.Typed != "a {red|green|blue} fox" {
			t.Fatalf("typed %q, %v", kept.Typed, err)
		}
		seen[kept.Params.Prompt] = true
	}
	if want := map[string]bool{"a red fox": true, "a green fox": true, "a blue fox": true}; !cmp.Equal(seen, want) {
		t.Errorf("sixty submits sent %v, want %v", seen, want)
	}
}

func TestAPromptWithoutChoicesIsSentAsItWasTyped(t *testing.T) {
	s, _ := newService(t)
	for _, prompt := range []string{"a fox", `{"subject": {"kind": "fox"}}`, "{{masterpiece}} a | b", `\(fox:1.2\) {x`} {
		if got := many(t, s, task.Order{Params: task.Params{Prompt: prompt}})[0]; got.Params.Prompt != prompt || got.Typed != "" {
			t.Errorf("%q: sent %q, typed %q", prompt, got.Params.Prompt, got.Typed)
		}
	}
}

func TestAReplayHasTheChoicesOfTheFirst(t *testing.T) {
	s, _ := newService(t)
	order := task.Order{Params: task.Params{Prompt: "{1|2|3|4|5|6|7|8|9}{1|2|3|4|5|6|7|8|9}"}, Key: "k"}
	first := many(t, s, order)[0]
	for range 20 {
		if got := many(t, s, order)[0]; !got.Replayed || got.Params.Prompt != first.Params.Prompt {
			t.Fatalf("replayed %v with %q, want %q again", got.Replayed, got.Params.Prompt, first.Params.Prompt)
		}
	}
}

func TestWhetherAPromptIsTakenDoesNotDependOnLuck(t *testing.T) {
	s, _ := newService(t)
	long := strings.Repeat("星", 801)
	for range 20 {
		for prompt, rule := range map[string]string{
			"{a|b|c|d|" + long + "}":               "is 801 characters long, jimeng_t2i_v40 takes at most 800",
			"{a|b|c|d|}":                           "some of its choices leave nothing to draw",
			"{" + strings.Repeat("a|", 1001) + "}": "is 2004 characters long with all its choices, at most 2000 are taken",
		} {
			_, _, err := s.Submit(t.Context(), "ann", task.Order{Params: task.Params{Prompt: prompt}})
			if fields(err) == "" || !strings.HasPrefix(fields(err), "body.prompt") || !strings.Contains(err.Error(), rule) {
				t.Fatalf("%.20q: %v, want %q", prompt, err, rule)
			}
		}
	}
	if _, _, err := s.Submit(t.Context(), "ann", task.Order{Params: task.Params{Prompt: "{" + long[:799*3] + "|a} fox"}}); fields(err) != "body.prompt" {
		t.Errorf("803 characters: %v", err)
	}
}

func TestOnePromptIsDrawnWithEveryVariant(t *testing.T) {
	s, db := newService(t)
	order := task.Order{
		Params: task.Params{Prompt: "a {red|green|blue|white} fox"}, Parent: "01KAZ3V5N8Q2W4E6R8T0YACDEF", Key: "k",
		Variants: []task.Params{{Model: v40}, {Model: v31, Count: 2}, {Model: v40, Width: 2560, Height: 1440}},
	}
	placed := many(t, s, order)
	if len(placed) != 3 {
		t.Fatalf("%d tasks, want 3", len(placed))
	}
	for i, p := range placed {
		kept, err := db.Task(t.Context(), "ann", p.ID)
		if err != nil {
			t.Fatal(err)
		}
		want := order.Variants[i]
		if kept.Params.Prompt != placed[0].Params.Prompt || kept.Typed != order.Params.Prompt || kept.Parent != order.Parent || kept.Params.Model != want.Model {
			t.Errorf("task %d: %+v", i, kept)
		}
		if i > 0 && p.ID <= placed[i-1].ID {
			t.Errorf("task %d has id %s, before %s", i, p.ID, placed[i-1].ID)
		}
	}
	if placed[1].Params.Count != 2 || placed[2].Params.Width != 2560 {
		t.Errorf("variants %+v and %+v", placed[1].Params, placed[2].Params)
	}
	for i, p := range many(t, s, order) {
		if !p.Replayed || p.ID != placed[i].ID {
			t.Errorf("task %d of the replay is %s, replayed %v; want %s", i, p.ID, p.Replayed, placed[i].ID)
		}
	}
}

func TestEveryChoiceIsATaskOfItsOwn(t *testing.T) {
	s, _ := newService(t)
	order := task.Order{
		Params: task.Params{Prompt: "a {red|white} fox in {snow|rain}"}, EveryChoice: true, Key: "k",
		Variants: []task.Params{{Model: v40}, {Model: v31}},
	}
	var got []string
	first := many(t, s, order)
	for _, p := range first {
		got = append(got, p.Params.Prompt+" "+p.Params.Model)
	}
	var want []string
	for _, prompt := range []string{"a red fox in snow", "a red fox in rain", "a white fox in snow", "a white fox in rain"} {
		want = append(want, prompt+" "+v40, prompt+" "+v31)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tasks (-want +got):\n%s", diff)
	}
	if again := many(t, s, order); again[7].ID != first[7].ID {
		t.Errorf("the eighth task of the replay is %s, want %s", again[7].ID, first[7].ID)
	}
	order.Params.Prompt, order.Key = "{a|b|c|d|e|f|g}", ""
	if _, err := s.SubmitMany(t.Context(), "ann", order); fields(err) != "body.every_choice" {
		t.Errorf("seven choices of two variants: %v, want them refused", err)
	}
}

func TestAWrongVariantIsNamedAndNothingIsMade(t *testing.T) {
	s, db := newService(t)
	seed := int64(7)
	for name, c := range map[string]struct {
		order task.Order
		want  string
	}{
		"a field of another model": {task.Order{Params: task.Params{Prompt: "a fox"}, Variants: []task.Params{{Model: v31, Seed: &seed}, {Model: v40, Seed: &seed}}}, "body.variants[1].seed"},
		"no such model":            {task.Order{Params: task.Params{Prompt: "a fox"}, Variants: []task.Params{{}, {Model: "x"}, {Width: 5}}}, "body.variants[1].model body.variants[2].height"},
		"the one prompt, once":     {task.Order{Params: task.Params{Prompt: " "}, Variants: []task.Params{{Model: v31}, {Model: v40}}}, "body.prompt"},
		"none":                     {task.Order{Params: task.Params{Prompt: "a fox"}, Variants: []task.Params{}}, "body.variants"},
		"thirteen":                 {task.Order{Params: task.Params{Prompt: "a fox"}, Variants: make([]task.Params, 13)}, "body.variants"},
	} {
		if _, err := s.SubmitMany(t.Context(), "ann", c.order); fields(err) != c.want || task.KindOf(err) != task.Invalid {
			t.Errorf("%s: %q, want %s: %v", name, fields(err), c.want, err)
		}
	}
	if page, err := db.List(t.Context(), task.Query{Owner: "ann", Limit: 10}); err != nil || len(page.Tasks) > 0 {
		t.Errorf("%d tasks stored, %v; want none", len(page.Tasks), err)
	}
}

func TestTheDaysLimitLetsAllVariantsPassOrNone(t *testing.T) {
	s, db := newService(t)
	s.MaxImagesPerDay = 5
	order := task.Order{Params: task.Params{Prompt: "a fox"}, Variants: []task.Params{{Count: 2}, {Count: 2}, {Count: 2}}, Key: "k"}
	if _, err := s.SubmitMany(t.Context(), "ann", order); task.CodeOf(err) != "daily_limit" {
		t.Errorf("six pictures of five: %v, want daily_limit", err)
	}
	if page, err := db.List(t.Context(), task.Query{Owner: "ann", Limit: 10}); err != nil || len(page.Tasks) > 0 {
		t.Fatalf("%d tasks stored, %v; want none", len(page.Tasks), err)
	}
	order.Variants[2].Count = 1
	many(t, s, order)
	many(t, s, order) // a replay is free
	if _, _, err := s.Submit(t.Context(), "ann", task.Order{Params: task.Params{Prompt: "a hare"}}); task.CodeOf(err) != "daily_limit" {
		t.Errorf("the sixth picture: %v, want daily_limit", err)
	}
}

func TestAKeyIsOfOneRequestAlone(t *testing.T) {
	s, _ := newService(t)
	two := task.Order{Params: task.Params{Prompt: "a fox"}, Variants: []task.Params{{}, {}}, Key: "k", BodyHash: [32]byte{1}}
	many(t, s, two)
	for name, other := range map[string]task.Order{
		"another order of two": {Params: task.Params{Prompt: "a hare"}, Variants: two.Variants, Key: "k", BodyHash: [32]byte{2}},
		"an order of one":      {Params: task.Params{Prompt: "a fox"}, Key: "k", BodyHash: [32]byte{3}},
	} {
		if _, err := s.SubmitMany(t.Context(), "ann", other); task.CodeOf(err) != "idempotency_mismatch" {
			t.Errorf("%s: %v, want idempotency_mismatch", name, err)
		}
	}
}

// broken lets some creations pass and fails the next: before it is carried out, or
// behind.
type broken struct {
	submit.Store
	left   int
	behind bool
}

func (b *broken) Create(ctx context.Context, sub task.Submission) (task.Task, bool, error) {
	if b.left--; b.left != -1 {
		return b.Store.Create(ctx, sub)
	}
	if b.behind {
		if _, _, err := b.Store.Create(ctx, sub); err != nil {
			return task.Task{}, false, err
		}
	}
	return task.Task{}, false, errors.New("the table is away")
}

func TestABreakBetweenTheTasksOfAnOrderLosesAndDoublesNothing(t *testing.T) {
	const tasks = 4
	for cut := range tasks {
		for _, behind := range []bool{false, true} {
			s, db := newService(t)
			granted := 0
			s.Grant = func(context.Context) error { granted++; return nil }
			s.Store = &broken{Store: db, left: cut, behind: behind}
			s.MaxImagesPerDay = tasks
			order := task.Order{Params: task.Params{Prompt: "{a|b|c|d|e|f|g|h} fox"}, Variants: make([]task.Params, tasks), Key: "k"}
			if _, err := s.SubmitMany(t.Context(), "ann", order); err == nil {
				t.Fatal("no error")
			}
			if (granted > 0) != (cut > 0) {
				t.Errorf("cut at %d: granted %d times; what was made is to be drawn", cut, granted)
			}
			placed := many(t, s, order)
			page, err := db.List(t.Context(), task.Query{Owner: "ann", Limit: 100})
			if err != nil || len(page.Tasks) != tasks || len(placed) != tasks {
				t.Fatalf("cut at %d, behind %v: %d tasks there, %d answered, %v; want %d", cut, behind, len(page.Tasks), len(placed), err, tasks)
			}
			for i, p := range placed {
				if p.Params.Prompt != placed[0].Params.Prompt || slices.IndexFunc(page.Tasks, func(k task.Task) bool { return k.ID == p.ID }) < 0 {
					t.Errorf("cut at %d: task %d is %s with %q, the first has %q", cut, i, p.ID, p.Params.Prompt, placed[0].Params.Prompt)
				}
			}
		}
	}
}

func TestAReplayLeavesOutWhatIsGone(t *testing.T) {
	s, db := newService(t)
	order := task.Order{Params: task.Params{Prompt: "a fox"}, Variants: make([]task.Params, 3), Key: "k"}
	placed := many(t, s, order)
	gone := placed[1].Task
	if err := db.Save(t.Context(), task.Change{Task: &gone, Gone: true}); err != nil {
		t.Fatal(err)
	}
	if again := many(t, s, order); len(again) != 2 || again[0].ID != placed[0].ID || again[1].ID != placed[2].ID {
		t.Errorf("%d tasks answered, want the first and the third", len(again))
	}
}

func TestAnOrderRacingItselfIsMadeOnce(t *testing.T) {
	s, db := newService(t)
	order := task.Order{Params: task.Params{Prompt: "{a|b|c|d|e|f|g|h} fox"}, Variants: make([]task.Params, 3), Key: "k"}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := s.SubmitMany(context.Background(), "ann", order); err != nil {
				t.Errorf("submit: %v", err)
			}
		})
	}
	wg.Wait()
	page, err := db.List(t.Context(), task.Query{Owner: "ann", Limit: 100})
	if err != nil || len(page.Tasks) != 3 || page.Tasks[0].Params.Prompt != page.Tasks[2].Params.Prompt {
		t.Errorf("%d tasks, %v; want 3 of one prompt", len(page.Tasks), err)
	}
}

func TestAnExpiredKeyBeginsAWholeNewOrder(t *testing.T) {
	s, db := newService(t)
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	s.Now = func() time.Time { return now }
	order := task.Order{Params: task.Params{Prompt: "a fox"}, Variants: make([]task.Params, 3), Key: "k"}
	s.Store = &broken{Store: db, left: 1}
	if _, err := s.SubmitMany(t.Context(), "ann", order); err == nil {
		t.Fatal("no error")
	}
	now = now.Add(23 * time.Hour)
	first := many(t, s, order) // what was missing, so that its keys are younger
	now = now.Add(2 * time.Hour)
	for i, p := range many(t, s, order) {
		if p.Replayed || p.ID == first[i].ID {
			t.Errorf("task %d is the earlier order's", i)
		}
	}
}

func TestAgainDrawsTheSame(t *testing.T) {
	s, _ := newService(t)
	from := many(t, s, task.Order{Params: task.Params{Prompt: "a {red|white} fox", Model: v31, Count: 3, Width: 1472, Height: 1104}})[0]
	got, replayed, err := s.Again(t.Context(), "ann", from.ID, task.Again{Key: "k"})
	if err != nil || replayed {
		t.Fatalf("again: replayed %v, %v", replayed, err)
	}
	if diff := cmp.Diff(from.Params, got.Params); diff != "" || got.Typed != from.Typed || got.Parent != from.ID || got.ID == from.ID {
		t.Errorf("typed %q, parent %s, params (-first +again):\n%s", got.Typed, got.Parent, diff)
	}
	if twin, replayed, err := s.Again(t.Context(), "ann", from.ID, task.Again{Key: "k"}); err != nil || !replayed || twin.ID != got.ID {
		t.Errorf("the same key: %s, replayed %v, %v; want %s", twin.ID, replayed, err, got.ID)
	}
	if _, _, err := s.Again(t.Context(), "ann", from.ID, task.Again{Key: "k", BodyHash: [32]byte{1}}); task.CodeOf(err) != "idempotency_mismatch" {
		t.Errorf("the same key for something else: %v", err)
	}
}

func TestAVariationHasAnotherSeed(t *testing.T) {
	s, _ := newService(t)
	from := many(t, s, task.Order{Params: task.Params{Prompt: "a fox", Model: v31}})[0]
	got, _, err := s.Again(t.Context(), "ann", from.ID, task.Again{Variation: true})
	if err != nil || got.Params.Seed == nil || *got.Params.Seed == *from.Params.Seed || got.Params.Prompt != from.Params.Prompt {
		t.Errorf("%+v, %v; want the same prompt and another seed than %d", got.Params, err, *from.Params.Seed)
	}
	plain := many(t, s, task.Order{Params: task.Params{Prompt: "a fox", Model: v40}})[0]
	if got, _, err := s.Again(t.Context(), "ann", plain.ID, task.Again{Variation: true}); err != nil || got.Params.Seed != nil {
		t.Errorf("a model without seeds: %+v, %v", got.Params, err)
	}
}

func TestOnePictureIsDrawnAgainWithItsOwnSeed(t *testing.T) {
	s, db := newService(t)
	from := many(t, s, task.Order{Params: task.Params{Prompt: "a fox", Model: v31, Count: 3}})[0].Task
	reseeded := int64(4711)
	from.Images[1].Seed = &reseeded // its first drawing was refused
	if err := db.Save(t.Context(), task.Change{Task: &from}); err != nil {
		t.Fatal(err)
	}
	for image, want := range map[int]int64{0: *from.Params.Seed, 1: reseeded, 2: *from.Params.ForJob(2, 0).Seed} {
		got, _, err := s.Again(t.Context(), "ann", from.ID, task.Again{Image: &image})
		if err != nil || got.Params.Count != 1 || *got.Params.Seed != want {
			t.Errorf("picture %d: %+v, %v; want seed %d", image, got.Params, err, want)
		}
	}
}

func TestAgainRefusesWhatIsNotThere(t *testing.T) {
	s, db := newService(t)
	from := many(t, s, task.Order{Params: task.Params{Prompt: "a fox"}})[0].Task
	set := many(t, s, task.Order{Params: task.Params{Prompt: "a set", CoherentSet: true}})[0]
	for name, c := range map[string]struct {
		owner task.Owner
		id    task.ID
		image int
		want  task.Kind
	}{
		"somebody else's task":       {"bob", from.ID, 0, task.NotFound},
		"a task that is not there":   {"ann", "01KAZ3V5N8Q2W4E6R8T0YACDEF", 0, task.NotFound},
		"a picture too many":         {"ann", from.ID, 1, task.Invalid},
		"a picture before the first": {"ann", from.ID, -1, task.Invalid},
		"a part of a coherent set":   {"ann", set.ID, 0, task.Invalid},
	} {
		if _, _, err := s.Again(t.Context(), c.owner, c.id, task.Again{Image: &c.image}); task.KindOf(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	from.DeletedAt = time.Now()
	if err := db.Save(t.Context(), task.Change{Task: &from}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Again(t.Context(), "ann", from.ID, task.Again{}); task.KindOf(err) != task.NotFound {
		t.Errorf("a deleted task: %v, want it not found", err)
	}
}
