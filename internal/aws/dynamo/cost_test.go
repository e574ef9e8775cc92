package dynamo_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"volcimage/internal/aws/awstest"
	"volcimage/internal/aws/dynamo"
	"volcimage/internal/task"
	"volcimage/internal/tests/measured"
)

// access is one way to the table, and what it may take.
type access struct {
	what        string
	read, write float64
	requests    int
	do          func(context.Context) error
}

// accesses are all there are, in the order in which they must be done.
func accesses(t *testing.T, s *dynamo.Store) []access {
	tk, jobs := create(t, s, "o", task.Params{Prompt: "雪地里的狐狸", Model: "m", Count: 4}, epoch)
	prompted, _ := create(t, s, "p", task.Params{
		Prompt: "A serene mountain lake at sunrise, misty atmosphere, soft golden light, pine trees reflecting on still water, ultra detailed, cinematic composition, 35mm photography",
		Model:  "jimeng_t2i_v40", Count: 1, Width: 2048, Height: 2048,
	}, epoch)
	indexStep := task.Ref{Owner: "p", Task: prompted.ID, N: task.IndexStep}
	folder := task.Record{Owner: "o", Kind: "folder", ID: "01J9ZW3K3Q6M7T8V9X0Y1Z2A3B", Doc: []byte(`{"name":"Winter"}`)}
	var slots task.Slots
	return []access{
		{"create a task of four jobs", 0, 16, 1, func(ctx context.Context) error {
			other, four := task.New("o", task.Params{Prompt: "雪地里的狐狸", Model: "m", Count: 4}, epoch.Add(time.Second))
			_, _, err := s.Create(ctx, task.Submission{Task: other, Jobs: four, Key: "k", Spend: task.Spend{Day: "2026-03-14", Images: 4, Limit: 100}})
			return err
		}},
		{"read a task", 1, 0, 1, func(ctx context.Context) error { _, err := s.Task(ctx, "o", tk.ID); return err }},
		{"read up to 50 tasks, each", 1, 0, 1, func(ctx context.Context) error { _, err := s.Tasks(ctx, "o", []task.ID{tk.ID}); return err }},
		{"read a job", 1, 0, 1, func(ctx context.Context) error { _, err := s.Job(ctx, jobs[0].Ref); return err }},
		{"read the jobs of a task", 1, 0, 1, func(ctx context.Context) error { _, err := s.Jobs(ctx, "o", tk.ID); return err }},
		{"grant a slot: slots, job and task", 0, 6, 1, func(ctx context.Context) error {
			jobs[0].Grant(epoch)
			slots.Take(jobs[0], epoch)
			tk.JobGranted(jobs[0], epoch)
			return s.Save(ctx, task.Change{Task: &tk, Jobs: jobs[:1], Slots: &slots})
		}},
		{"read the slots", 1, 0, 1, func(ctx context.Context) error { _, err := s.Slots(ctx); return err }},
		{"poll: a job with another time", 0, 3, 1, func(ctx context.Context) error {
			jobs[0].StillRunning(epoch, epoch.Add(time.Second))
			return s.Save(ctx, task.Change{Jobs: jobs[:1]})
		}},
		{"the oldest waiting job of each owner and model", 4, 0, 4, func(ctx context.Context) error { _, err := s.Heads(ctx); return err }},
		{"put a prompt of 22 words into the index", 1, 90, 6, func(ctx context.Context) error { _, err := s.Index(ctx, indexStep); return err }},
		{"jobs that are due", 8, 0, 8, func(ctx context.Context) error { _, err := s.Due(ctx, epoch.Add(time.Hour), 1000); return err }},
		{"a page of the library", 1, 0, 1, func(ctx context.Context) error { _, err := s.List(ctx, task.Query{Owner: "o", Limit: 20}); return err }},
		{"a page of what is not over", 4, 0, 3, func(ctx context.Context) error {
			_, err := s.List(ctx, task.Query{Owner: "o", Limit: 20, Statuses: []task.Status{task.Pending, task.Processing}})
			return err
		}},
		{"a page of a search", 4, 0, 6, func(ctx context.Context) error {
			_, err := s.List(ctx, task.Query{Owner: "p", Limit: 20, Text: "mountain "})
			return err
		}},
		{"counts of tags, folders and states", 1, 0, 1, func(ctx context.Context) error { _, err := s.Counts(ctx, "p", "", 100); return err }},
		{"counts of tasks that no mark counts", 1, 0, 1, func(ctx context.Context) error { _, err := s.Uncounted(ctx, "o", 1000); return err }},
		{"what all owners have stored", 1, 0, 1, func(ctx context.Context) error { _, err := s.Usage(ctx); return err }},
		{"finish: task, job and usage", 0, 6, 1, func(ctx context.Context) error {
			tk.JobDone(jobs[0], []task.Image{{Key: "images/o/T/0/2/0.png"}}, epoch)
			return s.Save(ctx, task.Change{Task: &tk, Jobs: jobs[:1], Usage: task.Usage{Bytes: 1, Images: 1}})
		}},
		{"save a record", 0, 1, 1, func(ctx context.Context) error { return s.SaveRecord(ctx, &folder) }},
		{"list records", 1, 0, 1, func(ctx context.Context) error { _, err := s.Records(ctx, "o", "folder", "", 100); return err }},
		{"add an API key", 0, 1, 1, func(ctx context.Context) error {
			return s.AddKey(ctx, task.APIKey{ID: "id", Owner: "o", CreatedAt: epoch})
		}},
		{"read an API key", 1, 0, 1, func(ctx context.Context) error { _, err := s.Key(ctx, "id"); return err }},
		{"list API keys", 1, 0, 1, func(ctx context.Context) error { _, err := s.Keys(ctx); return err }},
		{"revoke an API key", 0, 1, 1, func(ctx context.Context) error { return s.RevokeKey(ctx, "id", epoch) }},
		{"count a request", 0, 1, 1, func(ctx context.Context) error {
			_, _, err := s.Take(ctx, "read owner o", epoch, time.Second, time.Minute)
			return err
		}},
		{"ask whether the table answers", 0.5, 0, 1, func(ctx context.Context) error { return s.Ping(ctx) }},
	}
}

// Every access and what it takes, as docs/architecture.md has it: more is a mistake.
// Only DynamoDB's own bill is exact; DynamoDB Local leaves empty answers out.
func TestCostOfEachAccess(t *testing.T) {
	m := &awstest.Meter{}
	s := open(t, m)
	all := accesses(t, s)
	rows := map[string]int{}
	largest := func(c awstest.Cost) {
		for kind, n := range c.Rows {
			rows[kind] = max(rows[kind], n)
		}
	}
	largest(m.Since())
	var table strings.Builder
	table.WriteString("| access | requests | read units | write units |\n| --- | --- | ---: | ---: |\n")
	for _, a := range all {
		if err := a.do(t.Context()); err != nil {
			t.Errorf("%s: %v", a.what, err)
		}
		got := m.Since()
		largest(got)
		requests, names := 0, []string{}
		for _, name := range slices.Sorted(maps.Keys(got.Requests)) {
			requests += got.Requests[name]
			names = append(names, fmt.Sprintf("%d %s", got.Requests[name], strings.TrimPrefix(name, "DynamoDB.")))
		}
		if got.Read > a.read || got.Write > a.write || requests > a.requests {
			t.Errorf("%s takes %s; want at most %g read and %g write units in %d requests", a.what, got, a.read, a.write, a.requests)
		}
		fmt.Fprintf(&table, "| %s | %s | %g | %g |\n", a.what, strings.Join(names, ", "), got.Read, got.Write)
	}
	sizes := "\nBytes of the largest row that these wrote, by the beginning of its PK:"
	for _, kind := range slices.Sorted(maps.Keys(rows)) {
		sizes += fmt.Sprintf(" `%s` %d,", kind, rows[kind])
	}
	measured.Hold(t, "../../../docs/architecture.md", "access", table.String()+strings.TrimSuffix(sizes, ",")+".\n")
}
