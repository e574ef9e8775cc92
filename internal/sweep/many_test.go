package sweep_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"volcimage/internal/embedded/sqlite"
	"volcimage/internal/task"
)

// writers is how many write at once: a store commits what comes together.
const writers = 64

func atOnce(do func(n int)) {
	var all sync.WaitGroup
	for n := range writers {
		all.Go(func() { do(n) })
	}
	all.Wait()
}

// due writes down jobs whose step was due a minute ago, four a task.
func due(t *testing.T, db *sqlite.DB, tasks int) {
	t.Helper()
	atOnce(func(int) {
		for range tasks / writers {
			tk, jobs := task.New("ann", task.Params{Prompt: "a fox", Model: "m", Count: 4}, noon)
			for _, j := range jobs {
				j.Status, j.NextAt = task.JobCancelled, noon.Add(-time.Minute)
			}
			if _, _, err := db.Create(t.Context(), task.Submission{Task: tk, Jobs: jobs}); err != nil {
				t.Error(err)
			}
		}
	})
}

// counted is how often each job was hinted. One of the janitors dies after some.
type counted struct {
	sync.Mutex
	times        map[task.Ref]int
	fresh        []task.Ref
	sent, diesAt int
}

var errDied = errors.New("the janitor died")

func (s *counted) Send(_ context.Context, r task.Ref, _ time.Duration) error {
	s.Lock()
	defer s.Unlock()
	if s.sent++; s.sent == s.diesAt {
		return errDied
	}
	if s.times[r]++; s.times[r] == 1 {
		s.fresh = append(s.fresh, r)
	}
	return nil
}

// steps takes the steps that were asked for.
func (s *counted) steps(t *testing.T, db *sqlite.DB) {
	t.Helper()
	atOnce(func(n int) {
		for i := n; i < len(s.fresh); i += writers {
			j, err := db.Job(t.Context(), s.fresh[i])
			if err == nil {
				j.NextAt = time.Time{}
				err = db.Save(t.Context(), task.Change{Jobs: []*task.Job{j}})
			}
			if err != nil {
				t.Error(err)
			}
		}
	})
	s.fresh = nil
}

func TestC45TwoJanitorsAtOnceGetThroughTenThousandDueRowsThoughOneDies(t *testing.T) {
	const tasks = 2560
	const rows = 4 * tasks
	s, db, _ := newSweeper(t)
	due(t, db, tasks)
	hints := &counted{times: map[task.Ref]int{}, diesAt: 700}
	s.Hints = hints
	other := *s
	rounds := 0
	for len(hints.times) < rows && rounds < 20 {
		rounds++
		var both sync.WaitGroup
		for _, j := range []*struct{ sweep func(context.Context) error }{{s.Sweep}, {other.Sweep}} {
			both.Go(func() {
				if err := j.sweep(t.Context()); err != nil && !errors.Is(err, errDied) {
					t.Errorf("sweep: %v", err)
				}
			})
		}
		both.Wait()
		hints.steps(t, db)
	}
	most := 0
	for _, n := range hints.times {
		most = max(most, n)
	}
	if len(hints.times) != rows || rounds > rows/1000+2 {
		t.Errorf("%d of %d rows hinted in %d rounds, want all in one for each thousand, and one for the death", len(hints.times), rows, rounds)
	}
	if most > 2 || hints.sent > 2*rows+1 {
		t.Errorf("a row was hinted %d times, %d hints in all; want twice at most", most, hints.sent)
	}
}
