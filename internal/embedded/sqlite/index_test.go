package sqlite

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"volcimage/internal/task"
)

func TestWhoComesToIndexWhileAnotherDoesIsDoneWithIt(t *testing.T) {
	db := open(t, Options{})
	const callers, each = 8, 25
	var more atomic.Bool
	var all sync.WaitGroup
	for c := range callers {
		all.Go(func() {
			for n := range each {
				tk, jobs := task.New("ann", task.Params{Prompt: fmt.Sprintf("fox %d of %d", n, c), Model: "m"}, time.Now())
				if _, _, err := db.Create(t.Context(), task.Submission{Task: tk, Jobs: jobs}); err != nil {
					t.Error(err)
				}
				left, err := db.Index(t.Context(), task.Ref{Owner: "ann", Task: tk.ID, N: task.IndexStep})
				if err != nil {
					t.Error(err)
				}
				if left { // as the step's own hint would have it
					more.Store(true)
				}
			}
		})
	}
	all.Wait()
	for more.Load() {
		left, err := db.Index(t.Context(), task.Ref{Owner: "ann"})
		if err != nil {
			t.Fatal(err)
		}
		more.Store(left)
	}
	due, err := db.Due(t.Context(), time.Now().Add(time.Hour), 1000)
	for _, r := range due {
		if r.N == task.IndexStep {
			t.Errorf("%s is still to be indexed", r.Task)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}
