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
		{"castle ", 100, 21, 7}, {"zeppelin ", 10, 13, 1}, {"zep", 10, 13, 1}, {"castle zeppelin ", 10, 14, 1},
		{"狐狸", 20, 23, 2}, {"castle harbour ", 0, 8, 1}, {"nothing ", 0, 3, 1}, {"-misty", 0, 23, 9}, {"misty -castle -harbour -zeppelin -狐狸", 780, 22, 70},
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

// Every access and what it takes, as doc.go has it: more is a mistake. Only
// DynamoDB's own bill is exact; DynamoDB Local leaves empty answers out.
func TestCostOfEachAccess(t *testing.T) {
	m := &awstest.Meter{}
	s := open(t, m)
	ctx := t.Context()
	tk, jobs := create(t, s, "o", task.Params{Prompt: "雪地里的狐狸", Model: "m", Count: 4}, epoch)
	prompted, _ := create(t, s, "p", task.Params{
		Prompt: "A serene mountain lake at sunrise, misty atmosphere, soft golden light, pine trees reflecting on still water, ultra detailed, cinematic composition, 35mm photography",
		Model:  "jimeng_t2i_v40", Count: 1, Width: 2048, Height: 2048,
	}, epoch)
	var slots task.Slots
	for _, c := range []struct {
		what        string
		read, write float64
		requests    int
		do          func() error
	}{
		{"create", 0, 16, 1, func() error {
			other, four := task.New("o", task.Params{Prompt: "雪地里的狐狸", Model: "m", Count: 4}, epoch.Add(time.Second))
			_, _, err := s.Create(ctx, task.Submission{Task: other, Jobs: four, Key: "k", Spend: task.Spend{Day: "2026-03-14", Images: 4, Limit: 100}})
			return err
		}},
		{"task", 1, 0, 1, func() error { _, err := s.Task(ctx, "o", tk.ID); return err }},
		{"job", 1, 0, 1, func() error { _, err := s.Job(ctx, jobs[0].Ref); return err }},
		{"jobs", 1, 0, 1, func() error { _, err := s.Jobs(ctx, "o", tk.ID); return err }},
		{"tasks", 1, 0, 1, func() error { _, err := s.Tasks(ctx, "o", []task.ID{tk.ID}); return err }},
		{"grant", 0, 6, 1, func() error {
			jobs[0].Grant(epoch)
			slots.Take(jobs[0], epoch)
			tk.JobGranted(jobs[0], epoch)
			return s.Save(ctx, task.Change{Task: &tk, Jobs: jobs[:1], Slots: &slots})
		}},
		{"slots", 1, 0, 1, func() error { _, err := s.Slots(ctx); return err }},
		{"poll", 0, 3, 1, func() error {
			jobs[0].StillRunning(epoch, epoch.Add(time.Second))
			return s.Save(ctx, task.Change{Jobs: jobs[:1]})
		}},
		{"heads", 4, 0, 4, func() error { _, err := s.Heads(ctx); return err }},
		{"index", 1, 90, 6, func() error { // after a create for 16 and 7 in indexes, and 1 in the due index
			_, err := s.Index(ctx, task.Ref{Owner: "p", Task: prompted.ID, N: task.IndexStep})
			return err
		}},
		{"due", 8, 0, 8, func() error { _, err := s.Due(ctx, epoch.Add(time.Hour), 1000); return err }},
		{"list", 1, 0, 1, func() error { _, err := s.List(ctx, task.Query{Owner: "o", Limit: 20}); return err }},
		{"list active", 4, 0, 3, func() error {
			_, err := s.List(ctx, task.Query{Owner: "o", Limit: 20, Statuses: []task.Status{task.Pending, task.Processing}})
			return err
		}},
		{"usage", 1, 0, 1, func() error { _, err := s.Usage(ctx); return err }},
		{"finish", 0, 6, 1, func() error {
			tk.JobDone(jobs[0], []task.Image{{Key: "images/o/T/0/2/0.png"}}, epoch)
			return s.Save(ctx, task.Change{Task: &tk, Jobs: jobs[:1], Usage: task.Usage{Bytes: 1, Images: 1}})
		}},
		{"add key", 0, 1, 1, func() error { return s.AddKey(ctx, task.APIKey{ID: "id", Owner: "o", CreatedAt: epoch}) }},
		{"key", 1, 0, 1, func() error { _, err := s.Key(ctx, "id"); return err }},
		{"keys", 1, 0, 1, func() error { _, err := s.Keys(ctx); return err }},
		{"revoke key", 0, 1, 1, func() error { return s.RevokeKey(ctx, "id", epoch) }},
		{"count", 0, 1, 1, func() error {
			_, _, err := s.Take(ctx, "read owner o", epoch, time.Second, time.Minute)
			return err
		}},
		{"ping", 0.5, 0, 1, func() error { return s.Ping(ctx) }},
	} {
		m.Since()
		if err := c.do(); err != nil {
			t.Errorf("%s: %v", c.what, err)
		}
		got, requests := m.Since(), 0
		for _, n := range got.Requests {
			requests += n
		}
		t.Logf("%-11s %s", c.what, got)
		if got.Read > c.read || got.Write > c.write || requests > c.requests {
			t.Errorf("%s takes %s; want at most %g read and %g write units in %d requests", c.what, got, c.read, c.write, c.requests)
		}
	}
}
