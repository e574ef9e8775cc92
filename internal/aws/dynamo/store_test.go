package dynamo_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"volcimage/internal/aws/awstest"
	"volcimage/internal/aws/dynamo"
	"volcimage/internal/task"
)

var epoch = time.Date(2026, 3, 14, 15, 9, 26, 535_897_932, time.UTC)

func create(t *testing.T, s *dynamo.Store, o task.Owner, p task.Params, at time.Time) (task.Task, []*task.Job) {
	t.Helper()
	tk, jobs := task.New(o, p, at)
	got, _, err := s.Create(t.Context(), task.Submission{Task: tk, Jobs: jobs})
	if err != nil {
		t.Errorf("Create: %v", err) // may be called by goroutines
	}
	return got, jobs
}

// together calls f with 0 to n-1, some at a time.
func together(n int, f func(int)) {
	const workers = 16
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for i := w; i < n; i += workers {
				f(i)
			}
		})
	}
	all.Wait()
}

// More pairs wait than an answer holds, and one owner has more jobs than a look reads.
func TestHeadsOfManyOwners(t *testing.T) {
	s := open(t, &awstest.Meter{})
	const owners, flood = 230, 150
	together(owners+flood, func(n int) {
		o := task.Owner(fmt.Sprintf("o%03d", n))
		if n >= owners {
			o = "flood"
		}
		create(t, s, o, task.Params{Prompt: "p", Model: "m"}, epoch.Add(-time.Duration(n)*time.Second))
	})
	heads, err := s.Heads(t.Context())
	if err != nil || len(heads) != 200 {
		t.Fatalf("Heads: %d, %v, want 200", len(heads), err)
	}
	// The flood's oldest job is the oldest of all; then come the owners, from the last.
	if h := heads[0]; h.Owner != "flood" || !h.CreatedAt.Equal(epoch.Add(-(owners+flood-1)*time.Second)) {
		t.Errorf("first of all is %+v, want the flood's oldest", h)
	}
	for i, h := range heads[1:] {
		if want := task.Owner(fmt.Sprintf("o%03d", owners-1-i)); h.Owner != want {
			t.Fatalf("head %d is %+v, want %s", i+1, h, want)
		}
	}
}

// library is n tasks of one owner that are indexed: "castle" in one of ten and "harbour"
// in one of ten others, "zeppelin" in one of a hundred, 狐狸 in one of fifty.
func library(t *testing.T, s *dynamo.Store, n int) {
	t.Helper()
	together(n, func(i int) {
		prompt := "misty"
		for word, is := range map[string]bool{" castle": i%10 == 0, " harbour": i%10 == 5, " zeppelin": i%100 == 0, " 雪地里的狐狸": i%50 == 1} {
			if is {
				prompt += word
			}
		}
		tk, _ := create(t, s, "o", task.Params{Prompt: prompt, Model: "m"}, epoch.Add(time.Duration(i)*time.Second))
		if _, err := s.Index(t.Context(), task.Ref{Owner: "o", Task: tk.ID, N: task.IndexStep}); err != nil {
			t.Errorf("Index: %v", err)
		}
	})
}

// A page of a search takes few read units, and where it would take more it is short,
// or empty, and goes on.
func TestUnitsOfASearch(t *testing.T) {
	m := &awstest.Meter{}
	s := open(t, m)
	library(t, s, 1000)
	for _, c := range []struct {
		text  string
		all   int
		first float64 // read units of the first page of 20
		pages int
	}{
		{"castle ", 100, 20, 7}, {"zeppelin ", 10, 13, 1}, {"zep", 10, 13, 1}, {"castle zeppelin ", 10, 14, 1},
		{"狐狸", 20, 20, 2}, {"castle harbour ", 0, 8, 1}, {"nothing ", 0, 3, 1}, {"-misty", 0, 20, 9}, {"misty -castle -harbour -zeppelin -狐狸", 780, 20, 70},
	} {
		q := task.Query{Owner: "o", Text: c.text, Limit: 20}
		found, pages, first := 0, 0, ""
		for {
			m.Since()
			page, err := s.List(t.Context(), q)
			if err != nil {
				t.Fatalf("%q: %v", c.text, err)
			}
			cost := m.Since()
			if found, pages = found+len(page.Tasks), pages+1; pages == 1 {
				first = fmt.Sprintf("%d found for %s", len(page.Tasks), cost)
			}
			if cost.Read > c.first {
				t.Errorf("%q: page %d takes %s, want at most %g read units", c.text, pages, cost, c.first)
			}
			if q.Before = page.Next; q.Before == "" {
				break
			}
		}
		t.Logf("%-40q %4d in %2d pages; the first: %s", c.text, found, pages, first)
		if found != c.all || pages > c.pages {
			t.Errorf("%q: %d found in %d pages, want %d in %d at most", c.text, found, pages, c.all, c.pages)
		}
	}
}

// What lies in the bin is passed over, and paid for: a page ends when its units are
// spent, and goes on.
func TestUnitsOfAListBehindAFullBin(t *testing.T) {
	m := &awstest.Meter{}
	s := open(t, m)
	const kept, binned = 30, 600
	together(kept+binned, func(i int) {
		tk, jobs := task.New("o", task.Params{Prompt: strings.Repeat("雪地里的狐狸", 10), Model: "m"}, epoch.Add(time.Duration(i)*time.Second))
		if i >= kept {
			tk.BinnedAt = epoch
		}
		if _, _, err := s.Create(t.Context(), task.Submission{Task: tk, Jobs: jobs}); err != nil {
			t.Errorf("Create: %v", err)
		}
	})
	found, pages := 0, 0
	for q := (task.Query{Owner: "o", Limit: 20}); ; pages++ {
		m.Since()
		page, err := s.List(t.Context(), q)
		if err != nil {
			t.Fatalf("List: %v", err)
		}
		if cost := m.Since(); cost.Read > 20 {
			t.Errorf("page %d takes %s, want at most 20 read units", pages, cost)
		}
		if found += len(page.Tasks); page.Next == "" {
			break
		}
		q.Before = page.Next
	}
	t.Logf("%d tasks in %d pages", found, pages+1)
	if found != kept || pages > 15 {
		t.Errorf("%d found in %d pages, want %d in 16 at most", found, pages+1, kept)
	}
}

func TestRowTooLargeIsRefusedInWords(t *testing.T) {
	s := open(t, &awstest.Meter{})
	tk, jobs := task.New("o", task.Params{Prompt: strings.Repeat("长", 140_000), Model: "m"}, epoch)
	_, _, err := s.Create(t.Context(), task.Submission{Task: tk, Jobs: jobs})
	if err == nil || task.KindOf(err) != task.Internal || !strings.Contains(strings.ToLower(err.Error()), "size") {
		t.Errorf("a row of 420 KB: %v, want an error that speaks of its size", err)
	}
}

func TestPingOfAnotherTable(t *testing.T) {
	if err := open(t, &awstest.Meter{}).Ping(t.Context()); err != nil {
		t.Errorf("Ping: %v", err)
	}
}
