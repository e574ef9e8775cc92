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

// A search that finds nothing for long answers short pages that go on.
func TestLongSearchGoesOn(t *testing.T) {
	m := &awstest.Meter{}
	s := open(t, m)
	const tasks = 1100 // more than one answer looks at
	together(tasks, func(n int) {
		prompt := "a hay"
		if n == 0 {
			prompt = "the needle"
		}
		create(t, s, "o", task.Params{Prompt: prompt, Model: "m"}, epoch.Add(time.Duration(n)*time.Second))
	})
	m.Since()
	q := task.Query{Owner: "o", Text: "NEEDLE", Limit: 10}
	first, err := s.List(t.Context(), q)
	if err != nil || len(first.Tasks) != 0 || first.Next == "" {
		t.Fatalf("first page: %d tasks, next %q, %v, want none and a next", len(first.Tasks), first.Next, err)
	}
	t.Logf("a search through 1,000 tasks takes %s", m.Since())
	q.Before = first.Next
	second, err := s.List(t.Context(), q)
	if err != nil || len(second.Tasks) != 1 || second.Next != "" {
		t.Errorf("second page: %d tasks, next %q, %v, want the one and no next", len(second.Tasks), second.Next, err)
	}
	q = task.Query{Owner: "o", Statuses: []task.Status{task.Pending}, Limit: 100, Oldest: true}
	if page, err := s.List(t.Context(), q); err != nil || len(page.Tasks) != 100 || page.Next != page.Tasks[99].ID {
		t.Errorf("a full page of active tasks: %d, next %q, %v", len(page.Tasks), page.Next, err)
	}
	if due, err := s.Due(t.Context(), epoch, 10); err != nil || len(due) != 0 {
		t.Errorf("Due: %v, %v, want none", due, err)
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
	var slots task.Slots
	for _, c := range []struct {
		what        string
		read, write float64
		requests    int
		do          func() error
	}{
		{"create", 0, 14, 1, func() error {
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
		{"due", 4, 0, 4, func() error { _, err := s.Due(ctx, epoch.Add(time.Hour), 1000); return err }},
		{"list", 1, 0, 1, func() error { _, err := s.List(ctx, task.Query{Owner: "o", Limit: 20}); return err }},
		{"list active", 3, 0, 2, func() error {
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
