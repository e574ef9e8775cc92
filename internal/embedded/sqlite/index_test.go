package sqlite

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
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

func TestAnIndexMadeAnewHasNoWordsOfAnOlderProgram(t *testing.T) {
	db := open(t, Options{})
	var ids []task.ID
	for n := range 5 {
		tk, jobs := task.New("ann", task.Params{Prompt: "a red fox", Model: "m"}, time.UnixMilli(int64(1e12+n)))
		if _, _, err := db.Create(t.Context(), task.Submission{Task: tk, Jobs: jobs}); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, tk.ID)
	}
	index := func() {
		if _, err := db.Index(t.Context(), task.Ref{Owner: "ann"}); err != nil {
			t.Fatal(err)
		}
	}
	words := func() (all []string) {
		err := db.readers.each(t.Context(), `select t.text || ' ' || count(*) from term t left join posting p on p.term = t.id group by t.id order by t.text`, nil,
			func(r *sql.Rows) (bool, error) {
				var word string
				err := r.Scan(&word)
				all = append(all, word)
				return true, err
			})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	index()
	want := words()
	err := db.write.submit(t.Context(), func(x tx) error { // as an older program would have it
		return errors.Join(x.post("ann", string(ids[1]), []string{"fo", "reddish"}), x.post("ann", string(ids[4]), []string{"reddish"}))
	})
	if err != nil {
		t.Fatal(err)
	}
	for after := task.ID(""); ; {
		if after, err = db.Reindex(t.Context(), "ann", after, 2); err != nil {
			t.Fatal(err)
		}
		if after == "" {
			break
		}
	}
	index()
	if got := words(); !slices.Equal(got, want) {
		t.Errorf("words %q, want %q", got, want)
	}
}
