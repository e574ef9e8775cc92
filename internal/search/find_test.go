package search_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"volcimage/internal/search"
	"volcimage/internal/search/searchtest"
	"volcimage/internal/task"
)

var epoch = time.Date(2026, 3, 14, 15, 9, 26, 535_897_932, time.UTC)

// memory is an index in memory, whose keys are the first characters of ids: as few
// as make some of them stand for several tasks.
type memory struct {
	tasks map[task.ID]task.Task
	key   int // characters
	terms map[string][]string
}

func newMemory(tasks map[task.ID]task.Task, key int) *memory {
	m := &memory{tasks, key, map[string][]string{}}
	for id, t := range tasks {
		for _, term := range termsOf(&t) {
			m.terms[term] = append(m.terms[term], string(id)[:key])
		}
	}
	for term, keys := range m.terms {
		slices.Sort(keys)
		m.terms[term] = slices.Compact(keys)
	}
	return m
}

func termsOf(t *task.Task) (terms []string) {
	if !t.DeletedAt.IsZero() {
		return nil
	}
	if search.Loose(t) {
		terms = append(terms, search.LooseTasks)
	}
	if !t.Status.Over() {
		terms = append(terms, search.Active)
	}
	if t.Indexed {
		terms = append(append(terms, search.Terms(t)...), search.Marks(t)...)
	}
	return terms
}

func (m *memory) Keys(_ context.Context, term string, r search.Range, n int) ([]string, int, error) {
	var keys []string
	for _, key := range m.terms[term] {
		if low := r.Low(); low != "" && key < low[:min(len(low), m.key)] {
			continue
		}
		if high := r.High(); high != "" && key > high[:min(len(high), m.key)] {
			continue
		}
		if r.Behind && strings.HasPrefix(r.From, key) {
			continue
		}
		keys = append(keys, key)
	}
	if !r.Oldest {
		slices.Reverse(keys)
	}
	keys = keys[:min(n, len(keys))]
	return keys, len(keys), nil
}

func (m *memory) Rows(_ context.Context, keys []string) (tasks []task.Task, cost int, err error) {
	for id, t := range m.tasks {
		if slices.Contains(keys, string(id)[:m.key]) {
			tasks = append(tasks, t)
		}
	}
	return tasks, len(keys), nil
}

// plain is every task that a query matches, in its order.
func plain(tasks map[task.ID]task.Task, q *search.Query) (ids []task.ID) {
	for id, t := range tasks {
		if q.Matches(&t) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	if !q.Oldest {
		slices.Reverse(ids)
	}
	return ids
}

// library is n tasks, of which some are indexed.
func library(r *rand.Rand, n int) map[task.ID]task.Task {
	tasks := map[task.ID]task.Task{}
	for i := range n {
		t, _ := searchtest.Task(r, "ann", epoch.Add(time.Duration(i)*time.Duration(r.IntN(3))*time.Minute))
		t.Indexed = r.IntN(4) > 0
		if r.IntN(20) == 0 {
			t.DeletedAt = epoch
		}
		tasks[t.ID] = t
	}
	return tasks
}

// TestAPageAtATimeFindsWhatAPlainLookFinds walks to and fro through what queries of
// all kinds find, whatever the index holds and however little one answer may take.
func TestAPageAtATimeFindsWhatAPlainLookFinds(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	asked, found := 0, 0
	for range 40 {
		m := newMemory(library(r, 60), []int{10, 13, 26}[r.IntN(3)])
		effort := search.Effort{Budget: []int{1, 5, 20, 10_000}[r.IntN(4)], First: 1 + r.IntN(4), Most: 8, Row: 1, Ratio: 1 + r.IntN(8)}
		for range 60 {
			q, err := search.Understand(searchtest.Query(r, "ann", epoch, epoch.Add(3*time.Hour)))
			if err != nil {
				t.Fatalf("%q: %v", q.Text, err)
			}
			if len(q.Narrow()) == 0 {
				continue
			}
			want := plain(m.tasks, q)
			asked, found = asked+1, found+len(want)
			if diff := cmp.Diff(want, walk(t, m, *q, effort), cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("%+v, narrowed by %q, effort %+v (-want +got):\n%s", q.Query, q.Narrow(), effort, diff)
			}
		}
	}
	if asked < 1000 || found < asked {
		t.Errorf("%d queries found %d tasks, too few to tell anything", asked, found)
	}
}

// walk follows a query to its end and back again, which must show the same.
func walk(t *testing.T, m *memory, q search.Query, e search.Effort) []task.ID {
	t.Helper()
	there := follow(t, m, q, e, func(p task.Page) task.ID { return p.Next })
	q.Back = true
	back := follow(t, m, q, e, func(p task.Page) task.ID { return p.Prev })
	slices.Reverse(back)
	if diff := cmp.Diff(there, back, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("%+v: from the end (-from the beginning):\n%s", q.Query, diff)
	}
	slices.Reverse(back)
	return there
}

func follow(t *testing.T, m *memory, q search.Query, e search.Effort, next func(task.Page) task.ID) (ids []task.ID) {
	t.Helper()
	for range 2000 {
		page, err := search.Find(t.Context(), m, &q, e)
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Tasks) > q.Limit {
			t.Fatalf("%d tasks, more than %d", len(page.Tasks), q.Limit)
		}
		if q.Back {
			slices.Reverse(page.Tasks)
		}
		for _, tk := range page.Tasks {
			ids = append(ids, tk.ID)
		}
		if q.Before = next(page); q.Before == "" {
			return ids
		}
		if !q.Before.Valid() {
			t.Fatalf("place %q is no id", q.Before)
		}
	}
	t.Fatalf("%+v does not end", q.Query)
	return nil
}

// TestGoingBackShowsWhatWasThere turns round after each page.
func TestGoingBackShowsWhatWasThere(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	m := newMemory(library(r, 60), 26)
	turned := 0
	for range 400 {
		q, err := search.Understand(searchtest.Query(r, "ann", epoch, epoch.Add(3*time.Hour)))
		if err != nil || len(q.Narrow()) == 0 {
			continue
		}
		e := search.Effort{Budget: 1 + r.IntN(30), First: 2, Most: 8, Row: 1, Ratio: 4}
		all := plain(m.tasks, q)
		for i := 0; i < 50; i++ {
			page, err := search.Find(t.Context(), m, q, e)
			if err != nil {
				t.Fatal(err)
			}
			if page.Prev != "" {
				turned++
				before := *q
				before.Back, before.Before = true, page.Prev
				got := follow(t, m, before, e, func(p task.Page) task.ID { return p.Prev })
				want := all
				if len(page.Tasks) > 0 {
					want = all[:slices.Index(all, page.Tasks[0].ID)]
				}
				slices.Reverse(got)
				if len(page.Tasks) > 0 && !slices.Equal(got, want) || len(got) > len(all) {
					t.Fatalf("%+v before %s: %v, want %v", q.Query, page.Prev, got, want)
				}
			}
			if q.Before = page.Next; q.Before == "" {
				break
			}
		}
	}
	if turned < 100 {
		t.Errorf("turned round only %d times", turned)
	}
}

// TestAPageTakesLittle wants that common words which never meet cost no more than
// the budget, and that a rare word beside a common one is found by the rare one.
func TestAPageTakesLittle(t *testing.T) {
	tasks := map[task.ID]task.Task{}
	for i := range 4000 {
		prompt := []string{"castle golden", "harbour misty"}[i%2]
		if i%500 == 7 {
			prompt += " zeppelin"
		}
		tk, _ := task.New("ann", task.Params{Prompt: prompt, Model: "m"}, epoch.Add(time.Duration(i)*time.Second))
		tk.Indexed = true
		tasks[tk.ID] = tk
	}
	m := newMemory(tasks, 26)
	e := search.Effort{Budget: 200, First: 16, Most: 64, Row: 1, Ratio: 4}
	for text, most := range map[string]int{"castle ": 100, "castle harbour ": 200 + 2*64, "zeppelin harbour ": 120, "castle nothing ": 50} {
		c := &counting{memory: m}
		q, err := search.Understand(task.Query{Owner: "ann", Text: text, Limit: 20})
		if err != nil {
			t.Fatal(err)
		}
		page, err := search.Find(t.Context(), c, q, e)
		if err != nil || c.cost > most {
			t.Errorf("%q: %d tasks for %d, %v; want at most %d", text, len(page.Tasks), c.cost, err, most)
		}
		t.Logf("%q: %d tasks for %d", text, len(page.Tasks), c.cost)
	}
}

type counting struct {
	*memory
	cost int
}

func (c *counting) Keys(ctx context.Context, term string, r search.Range, n int) ([]string, int, error) {
	keys, cost, err := c.memory.Keys(ctx, term, r, n)
	c.cost += cost
	return keys, cost, err
}

func (c *counting) Rows(ctx context.Context, keys []string) ([]task.Task, int, error) {
	tasks, cost, err := c.memory.Rows(ctx, keys)
	c.cost += cost
	return tasks, cost, err
}
