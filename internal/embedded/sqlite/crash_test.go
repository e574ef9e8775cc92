package sqlite

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"volcimage/internal/task"
)

// childPath, in the environment, makes this binary the process that is killed.
const childPath = "SQLITE_TEST_CHILD_PATH"

func TestMain(m *testing.M) {
	if path := os.Getenv(childPath); path != "" {
		fmt.Fprintln(os.Stderr, submitForever(path))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// submitForever makes tasks and prints the id of each that was acknowledged.
func submitForever(path string) error {
	ctx := context.Background()
	db, err := Open(ctx, path, Options{})
	if err != nil {
		return err
	}
	q := db.Queue(QueueConfig{})
	failed := make(chan error)
	var printing sync.Mutex
	for range 8 {
		go func() {
			for {
				t, jobs := task.New(task.Local, task.Params{Model: "m", Prompt: "p"}, time.Now())
				if _, _, err := db.Create(ctx, task.Submission{Task: t, Jobs: jobs}); err != nil {
					failed <- err
				}
				if err := q.Send(ctx, jobs[0].Ref, 0); err != nil {
					failed <- err
				}
				printing.Lock()
				fmt.Println(t.ID)
				printing.Unlock()
			}
		}()
	}
	return <-failed
}

func TestAcknowledgedWritesSurviveKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data.db")
	var acknowledged []task.ID
	for range 3 {
		acknowledged = append(acknowledged, killedWhileSubmitting(t, path, 200)...)
		db, err := Open(t.Context(), path, Options{})
		if err != nil {
			t.Fatalf("Open after the kill: %v", err)
		}
		wantAll(t, db, acknowledged)
		if err := db.Close(); err != nil {
			t.Fatalf("Close: %v", err)
		}
	}
}

// killedWhileSubmitting runs the child, kills it after at least n acknowledged
// tasks and answers them.
func killedWhileSubmitting(t *testing.T, path string, n int) []task.ID {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), childPath+"="+path)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var ids []task.ID
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if id := task.ID(lines.Text()); id.Valid() { // the last line may be cut
			ids = append(ids, id)
		}
		if len(ids) == n {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = child.Wait() // it was killed
	if len(ids) < n {
		t.Fatalf("the child ended after %d tasks", len(ids))
	}
	return ids
}

func wantAll(t *testing.T, db *DB, ids []task.ID) {
	t.Helper()
	hints := map[task.ID]bool{}
	err := db.readers.each(t.Context(), "select id, received, sent_at, body from hint", nil, func(r *sql.Rows) (bool, error) {
		m, err := scanMessage(r)
		hints[m.Ref.Task] = true
		return true, err
	})
	if err != nil {
		t.Fatalf("read hints: %v", err)
	}
	for _, id := range ids {
		if _, err := db.Task(t.Context(), task.Local, id); err != nil {
			t.Errorf("acknowledged, but not there: %v", err)
		}
		if _, err := db.Job(t.Context(), task.Ref{Owner: task.Local, Task: id}); err != nil {
			t.Errorf("acknowledged, but not there: %v", err)
		}
		if !hints[id] {
			t.Errorf("the hint of task %s was acknowledged, but is not there", id)
		}
	}
}
