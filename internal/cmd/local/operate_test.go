package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"volcimage/internal/config"
	"volcimage/internal/embedded/sqlite"
	"volcimage/internal/operate"
	"volcimage/internal/task"
)

// operator has a data folder and gives commands.
type operator struct {
	data string
	t    *testing.T
}

func newOperator(t *testing.T) operator {
	t.Helper()
	return operator{filepath.Join(t.TempDir(), "data"), t}
}

// do gives one command, and answers what it prints.
func (o operator) do(args ...string) (string, error) {
	var out bytes.Buffer
	all := commands(config.Config{DataDir: o.data, MaxConcurrentTasks: 5}, &out)
	if do := operate.Find(all, args); do != nil {
		err := do(o.t.Context())
		return out.String(), err
	}
	o.t.Fatalf("%v is no command", args)
	return "", nil
}

// says wants a command to print all of these.
func (o operator) says(command string, want ...string) string {
	o.t.Helper()
	got, err := o.do(strings.Fields(command)...)
	if err != nil {
		o.t.Fatalf("%s: %v", command, err)
	}
	for _, w := range want {
		if !regexp.MustCompile(w).MatchString(got) {
			o.t.Errorf("%s printed\n%swant %q", command, got, w)
		}
	}
	return got
}

// with works on the data, as the service would.
func (o operator) with(work func(ctx context.Context, db *sqlite.DB) error) {
	o.t.Helper()
	err := withDatabase(o.t.Context(), o.data, func(db *sqlite.DB) error { return work(o.t.Context(), db) })
	if err != nil {
		o.t.Fatal(err)
	}
}

func TestKeysByCommand(t *testing.T) {
	o := newOperator(t)
	key := o.says("keys add alice", `^vi_[a-z2-7]{16}_[a-z2-7]{52}\n.*alice.*once`)
	id := strings.Split(key, "_")[1]
	o.says("keys add bob")
	o.says("keys list", id+`  alice  made .*  valid\n`, `bob .* valid`)
	o.says("keys revoke "+id, "revoked "+id)
	o.says("keys revoke " + id) // once more is no error: it is revoked
	list := o.says("keys list", id+`  alice .* revoked `, `bob .* valid`)
	if strings.Contains(list, key[20:40]) {
		t.Errorf("the list shows a key: %s", list)
	}
	for _, wrong := range []string{"keys revoke nope", "keys add Alice"} {
		if out, err := o.do(strings.Fields(wrong)...); err == nil {
			t.Errorf("%s: no error, printed %s", wrong, out)
		}
	}
}

func TestWhatIsStuckCanBeSeenAndSentAgain(t *testing.T) {
	o := newOperator(t)
	o.says("keys add alice") // makes the database
	o.says("status", `waiting +0\n`, `in flight +0 of 5\n`, `overdue +0\n`, `queue +0 to do, 0 later`, `dead letters +0\n`, `calls +running\n`)
	o.says("dead-letters", "no dead letters")
	o.says("pause")
	var stuck task.Ref
	o.with(func(ctx context.Context, db *sqlite.DB) error {
		now := time.Now().Add(-time.Hour)
		fresh, jobs := task.New("alice", task.Params{Model: "m", Prompt: "p", Count: 2}, now)
		if _, _, err := db.Create(ctx, task.Submission{Task: fresh, Jobs: jobs}); err != nil {
			return err
		}
		jobs[0].Grant(now)
		stuck = jobs[0].Ref
		slots, err := db.Slots(ctx)
		if err != nil {
			return err
		}
		slots.Take(jobs[0], now)
		return db.Save(ctx, task.Change{Jobs: jobs[:1], Slots: slots})
	})
	o.with(func(ctx context.Context, db *sqlite.DB) error {
		q := db.Queue(sqlite.QueueConfig{Visibility: time.Nanosecond, MaxReceive: 1})
		if err := q.Send(ctx, stuck, 0); err != nil {
			return err
		}
		for range 2 { // received twice: once too often
			if _, err := q.Receive(ctx, 1); err != nil {
				return err
			}
			time.Sleep(time.Millisecond)
		}
		return nil
	})
	o.says("status", `waiting +1 \(oldest 1h0m\d+s\)`, `in flight +1 of 5`, `overdue +1 \(longest 1h0m\d+s\)`, `dead letters +1\n`, `paused`)
	letter := o.says("dead-letters", `received 1 times: job 0 of task `+string(stuck.Task)+` of alice`)
	id, _, _ := strings.Cut(letter, " ")
	o.says("redrive 999", "sent 0 dead letters again")
	o.says("redrive "+id, "sent 1 dead letters again")
	o.says("status", `queue +1 to do`, `dead letters +0\n`)
}

func TestCommandsNeedTheirArguments(t *testing.T) {
	all := commands(config.Config{DataDir: t.TempDir()}, &bytes.Buffer{})
	for _, line := range []string{"", "backup", "backup a b", "keys", "keys add", "keys add a b", "keys nope", "status now", "pause pause", "serve"} {
		if operate.Find(all, strings.Fields(line)) != nil {
			t.Errorf("%q is taken for a command", line)
		}
	}
}

func TestARestoredServiceBeginsNothingThatMayHaveBeenPaidSince(t *testing.T) {
	for name, waits := range map[string]bool{"with a task that waited": true, "with none": false} {
		t.Run(name, func(t *testing.T) {
			o := newOperator(t)
			o.says("keys add alice", "alice") // makes the data folder, but for its pictures
			if err := os.MkdirAll(filepath.Join(o.data, objectsDir, "temp", "exports"), 0o700); err != nil {
				t.Fatal(err)
			}
			if waits {
				o.with(func(ctx context.Context, db *sqlite.DB) error {
					made, jobs := task.New("local", task.Params{Prompt: "a fox", Model: "m", Count: 1}, time.Now())
					_, _, err := db.Create(ctx, task.Submission{Task: made, Jobs: jobs})
					return err
				})
			}
			backup := filepath.Join(t.TempDir(), "kept")
			o.says("backup "+backup, "backed up")
			if _, err := os.Stat(filepath.Join(backup, objectsDir, "temp")); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("what goes within a day is in the backup: %v", err)
			}
			said := o.says("restore "+backup, "restored")
			if told := strings.Contains(said, "make resume"); told != waits {
				t.Errorf("restore printed %q", said)
			}
			o.with(func(ctx context.Context, db *sqlite.DB) error {
				s, err := db.Slots(ctx)
				if err == nil && s.Paused != waits {
					t.Errorf("paused: %v, want %v", s.Paused, waits)
				}
				return err
			})
		})
	}
}
