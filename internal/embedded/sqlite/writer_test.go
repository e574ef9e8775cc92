package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"volcimage/internal/task"
)

// busy keeps the writer at work until the function it answers is called.
func busy(t *testing.T, db *DB) (free func()) {
	t.Helper()
	taken, gate := make(chan struct{}), make(chan struct{})
	var done sync.WaitGroup
	done.Go(func() {
		err := db.write.submit(context.Background(), func(tx) error {
			close(taken)
			<-gate
			return nil
		})
		if err != nil {
			t.Errorf("the change that keeps the writer busy: %v", err)
		}
	})
	<-taken
	return func() {
		close(gate)
		done.Wait()
	}
}

func newTask(t *testing.T, db *DB) task.Task {
	t.Helper()
	fresh, jobs := task.New(task.Local, task.Params{Model: "m", Prompt: "p"}, time.Now())
	got, _, err := db.Create(t.Context(), task.Submission{Task: fresh, Jobs: jobs})
	if err != nil {
		t.Fatalf("Create: %v", err)
	}
	return got
}

func TestWriter(t *testing.T) {
	t.Run("a change refused in a group leaves the others of the group alone", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			db := open(t, Options{})
			const writers = 2*groupMax + 3 // more than one group
			rows := make([]task.Task, writers)
			for i := range rows {
				rows[i] = newTask(t, db)
				rows[i].Run = 7
				if i%3 == 0 {
					rows[i].Version = 99 // will be refused
				}
			}
			free := busy(t, db)
			errs := make([]error, writers)
			var all sync.WaitGroup
			for i := range rows {
				all.Go(func() {
					errs[i] = db.Save(t.Context(), task.Change{Task: &rows[i], Usage: task.Usage{Images: 1}})
				})
			}
			synctest.Wait() // all of them wait for the writer
			free()
			all.Wait()
			saved := int64(0)
			for i, err := range errs {
				stale := i%3 == 0
				if stale != errors.Is(err, task.ErrConflict) || !stale && err != nil {
					t.Errorf("writer %d, stale %v: %v", i, stale, err)
				}
				got, err := db.Task(t.Context(), task.Local, rows[i].ID)
				if err != nil || (got.Run == 7) == stale {
					t.Errorf("writer %d, stale %v: run %d in the table, %v", i, stale, got.Run, err)
				}
				if !stale {
					saved++
				}
			}
			usage, err := db.Usage(t.Context())
			if err != nil || len(usage) != 1 || usage[0].Images != saved {
				t.Errorf("usage %v, %v, want %d images", usage, err, saved)
			}
		})
	})

	t.Run("a caller whose context ends while it waits is answered at once, and nothing is written", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			db := open(t, Options{})
			row := newTask(t, db)
			free := busy(t, db)
			defer free()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			row.Run = 7
			if err := db.Save(ctx, task.Change{Task: &row}); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Save: %v, want the deadline", err)
			}
			if got, err := db.Task(t.Context(), task.Local, row.ID); err != nil || got.Run == 7 || row.Version != 1 {
				t.Errorf("run %d in the table, %v; version %d in hand", got.Run, err, row.Version)
			}
		})
	})

	t.Run("closing finishes what was begun and refuses what waits", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			db := open(t, Options{})
			row := newTask(t, db)
			free := busy(t, db)
			closed, waiting := make(chan error, 1), make(chan error, 1)
			go func() { waiting <- db.Save(t.Context(), task.Change{Task: &row}) }()
			synctest.Wait()
			go func() { closed <- db.Close() }()
			if err := <-waiting; !errors.Is(err, ErrClosed) {
				t.Errorf("a waiting save: %v, want ErrClosed", err)
			}
			free()
			if err := <-closed; err != nil {
				t.Errorf("Close: %v", err)
			}
			if err := db.Save(t.Context(), task.Change{Task: &row}); !errors.Is(err, ErrClosed) {
				t.Errorf("Save after Close: %v, want ErrClosed", err)
			}
			if _, err := db.Task(t.Context(), task.Local, row.ID); err == nil {
				t.Error("a read after Close answered a task")
			}
		})
	})

	t.Run("a full disk fails the change with its cause, and writing goes on when there is room", func(t *testing.T) {
		db := open(t, Options{})
		before := newTask(t, db)
		pages := func(n int) {
			t.Helper()
			if err := db.write.submit(t.Context(), func(x tx) error {
				return x.each(map[int]string{0: "pragma max_page_count = 1", 1: "pragma max_page_count = 1000000"}[n], nil, scanNothing)
			}); err != nil {
				t.Fatal(err)
			}
		}
		pages(0)
		fresh, jobs := task.New(task.Local, task.Params{Model: "m", Prompt: strings.Repeat("long ", 10_000)}, time.Now())
		_, _, err := db.Create(t.Context(), task.Submission{Task: fresh, Jobs: jobs, Key: "k"})
		if err == nil || !strings.Contains(err.Error(), "database or disk is full (13)") || task.KindOf(err) != task.Internal {
			t.Errorf("Create on a full disk: %v", err)
		}
		if _, err := db.Task(t.Context(), task.Local, fresh.ID); task.KindOf(err) != task.NotFound {
			t.Errorf("the task that did not fit: %v, want not found", err)
		}
		if jobs[0].Version != 0 {
			t.Errorf("its job has version %d in hand", jobs[0].Version)
		}
		pages(1)
		if _, replayed, err := db.Create(t.Context(), task.Submission{Task: fresh, Jobs: jobs, Key: "k"}); err != nil || replayed {
			t.Errorf("with room again: replayed %v, %v", replayed, err)
		}
		if err := db.Save(t.Context(), task.Change{Task: &before}); err != nil {
			t.Errorf("another task: %v", err)
		}
		if err := quickCheck(t.Context(), db.write.conn, uncleanCheckTime); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

func scanNothing(*sql.Rows) error { return nil }

// Callers who are answered come again at once, and in between nobody waits: that is
// not the turn of a change that gives way.
func TestAChangeBehindTheOthersGetsAFifthOfTheTimeWhileTheyCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := open(t, Options{Readers: 1})
		ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
		defer stop()
		takes := func(d time.Duration, n *int) func(tx) error {
			return func(tx) error { time.Sleep(d); *n++; return nil } // they run one at a time
		}
		var before, behind int
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for ctx.Err() == nil {
					_ = db.write.submit(ctx, takes(time.Millisecond, &before)) // the end of the time ends it
				}
			})
		}
		all.Go(func() {
			for ctx.Err() == nil {
				_ = db.write.submitBehind(ctx, takes(10*time.Millisecond, &behind))
			}
		})
		all.Wait()
		if spent := time.Duration(behind) * 10 * time.Millisecond; spent > 2*time.Second || spent < time.Second {
			t.Errorf("behind the others %v of 10 s were taken, want a fifth", spent)
		}
		if before < 7500 {
			t.Errorf("%d changes of 1 ms in 10 s, want four fifths of the time", before)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
}
