package sqlite

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"volcimage/internal/task"
)

func TestBacklog(t *testing.T) {
	db := open(t, Options{})
	now := time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC)
	want := func(t *testing.T, want Backlog) {
		t.Helper()
		got, err := db.Backlog(t.Context(), now)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
	t.Run("an empty store has none", func(t *testing.T) { want(t, Backlog{}) })
	var jobs []*task.Job
	for i := range 4 {
		fresh, made := task.New("o", task.Params{Model: "m", Prompt: "p"}, now.Add(-time.Duration(i)*time.Minute))
		if _, _, err := db.Create(t.Context(), task.Submission{Task: fresh, Jobs: made}); err != nil {
			t.Fatal(err)
		}
		jobs = append(jobs, made...)
	}
	t.Run("what waits is counted, with the age of the oldest", func(t *testing.T) {
		want(t, Backlog{Waiting: 4, OldestWaiting: now.Add(-3 * time.Minute)})
	})
	t.Run("what is due later is not overdue, what was due before is", func(t *testing.T) {
		for i, after := range []time.Duration{-time.Second, -time.Hour, 0, time.Hour} {
			jobs[i].Grant(now.Add(after))
			if err := db.Save(t.Context(), task.Change{Jobs: []*task.Job{jobs[i]}}); err != nil {
				t.Fatal(err)
			}
		}
		want(t, Backlog{Overdue: 2, OldestDue: now.Add(-time.Hour)})
	})
}
