package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"volcimage/internal/task"
)

// written makes a database with n tasks, closes it and answers its path.
func written(t *testing.T, n int) (path string, ids []task.ID) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "data.db")
	db, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	ids = seed(t, db, n)
	if err := db.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	return path, ids
}

// wantRefused opens a file that must be refused, in words, and left as it is.
func wantRefused(t *testing.T, path string, words ...string) {
	t.Helper()
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	db, err := Open(t.Context(), path, Options{})
	if err == nil {
		t.Fatalf("opened; want an error with %q (close: %v)", words, db.Close())
	}
	for _, w := range append(words, path) {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q, want it to name %q", err, w)
		}
	}
	after, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file was changed: %d bytes before, %d after, %v", len(before), len(after), err)
	}
}

func raw(t *testing.T, path, script string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(script); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestOpen(t *testing.T) {
	t.Run("a closed database is one file, readable by its owner only", func(t *testing.T) {
		path, _ := written(t, 3)
		files, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
		if err != nil || len(files) != 1 {
			t.Errorf("files %v, %v, want the database alone", files, err)
		}
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("mode %v, %v, want 0600", info.Mode(), err)
		}
	})
	t.Run("what was written is there when it is opened again", func(t *testing.T) {
		path, ids := written(t, 20)
		db := openAt(t, path, Options{})
		got, err := db.Tasks(t.Context(), task.Local, ids)
		if err != nil || len(got) != len(ids) {
			t.Errorf("%d of %d tasks, %v", len(got), len(ids), err)
		}
	})
	t.Run("a name with characters that mean something in an address", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "a b?c#d%20&e=星.db")
		db := openAt(t, path, Options{})
		if err := db.Ping(t.Context()); err != nil {
			t.Errorf("Ping: %v", err)
		}
		if _, err := os.Stat(path); err != nil {
			t.Errorf("the file is elsewhere: %v", err)
		}
	})
	t.Run("a folder that is not there is named", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "none", "data.db")
		_, err := Open(t.Context(), path, Options{})
		if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "no such file") {
			t.Errorf("error %v, want it to name %s", err, path)
		}
	})
	t.Run("a path through a file is refused", func(t *testing.T) {
		file, _ := written(t, 0)
		if _, err := Open(t.Context(), filepath.Join(file, "data.db"), Options{}); err == nil {
			t.Error("opened")
		}
	})
	t.Run("an ended context opens nothing", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := Open(ctx, filepath.Join(t.TempDir(), "data.db"), Options{}); err == nil {
			t.Error("opened")
		}
	})
}

func TestOpenRefuses(t *testing.T) {
	t.Run("a file that is no database", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "data.db")
		for _, content := range []string{"x", strings.Repeat("not a database at all. ", 1000)} {
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			wantRefused(t, path, "file is not a database")
		}
	})
	t.Run("a database with a damaged header", func(t *testing.T) {
		path, _ := written(t, 3)
		overwrite(t, path, 4, []byte{0, 0, 0, 0})
		wantRefused(t, path, "file is not a database")
	})
	t.Run("a database damaged inside, after an unclean end", func(t *testing.T) {
		path, _ := written(t, 500)
		overwrite(t, path, 20*4096, bytes.Repeat([]byte{0xa5}, 8*4096))
		if err := os.WriteFile(path+"-wal", []byte("left over"), 0o600); err != nil {
			t.Fatal(err)
		}
		wantRefused(t, path, "damaged")
	})
	t.Run("a database damaged inside, after a clean end", func(t *testing.T) {
		path, _ := written(t, 500)
		overwrite(t, path, 20*4096, bytes.Repeat([]byte{0xa5}, 8*4096))
		wantRefused(t, path, "damaged")
	})
	t.Run("a database of another program", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "data.db")
		raw(t, path, "create table theirs (x); insert into theirs values (1)")
		wantRefused(t, path, "another program")
	})
	t.Run("a database of a newer version, naming both", func(t *testing.T) {
		path, _ := written(t, 3)
		raw(t, path, "pragma user_version = 99")
		wantRefused(t, path, "layout 99", fmt.Sprintf("up to layout %d", newest(t)))
	})
}

func overwrite(t *testing.T, path string, at int64, data []byte) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(data, at); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestMigrate(t *testing.T) {
	t.Run("an older database is brought to the newest layout, its rows kept", func(t *testing.T) {
		path, ids := written(t, 3)
		db := openAt(t, path, Options{})
		steps, err := migrations()
		if err != nil {
			t.Fatal(err)
		}
		more := append(slices.Clone(steps), "alter table task add column colour text not null default 'red'")
		if err := migrate(t.Context(), db.write.conn, more); err != nil {
			t.Fatalf("migrate: %v", err)
		}
		wantVersion(t, db, len(more))
		if _, err := db.Task(t.Context(), task.Local, ids[0]); err != nil {
			t.Errorf("a task from before: %v", err)
		}
	})
	t.Run("a database of the first layout has room for keys once it is opened, and is put into the index", func(t *testing.T) {
		path, old := firstLayout(t)
		db := openAt(t, path, Options{})
		wantVersion(t, db, newest(t))
		if err := db.AddKey(t.Context(), task.APIKey{ID: "a", Owner: "alice"}); err != nil {
			t.Error(err)
		}
		for range 2 { // before it is indexed, and after
			page, err := db.List(t.Context(), task.Query{Owner: task.Local, Text: "snow", Limit: 9})
			if err != nil || len(page.Tasks) != 1 || page.Tasks[0].ID != old.ID {
				t.Errorf("a search finds %v, %v; want the task from before", page.Tasks, err)
			}
			if due, err := db.Due(t.Context(), time.Now(), 9); err != nil || len(due) == 0 {
				break
			}
			if _, err := db.Index(t.Context(), task.Ref{Owner: task.Local}); err != nil {
				t.Error(err)
			}
		}
		if got, err := db.Task(t.Context(), task.Local, old.ID); err != nil || !got.Indexed {
			t.Errorf("indexed %v, %v", got.Indexed, err)
		}
	})
	t.Run("a step that fails is undone as a whole, those before it stay", func(t *testing.T) {
		db := open(t, Options{})
		steps, err := migrations()
		if err != nil {
			t.Fatal(err)
		}
		more := append(slices.Clone(steps), "create table good (x)", "create table half (x); insert into nothing values (1)")
		err = migrate(t.Context(), db.write.conn, more)
		if want := fmt.Sprintf("layout %d", newest(t)+2); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("migrate: %v, want an error that names %s", err, want)
		}
		wantVersion(t, db, newest(t)+1)
		var tables int
		err = db.write.conn.QueryRowContext(t.Context(), "select count(*) from sqlite_schema where name in ('good', 'half')").Scan(&tables)
		if err != nil || tables != 1 {
			t.Errorf("%d of the tables good and half, %v, want good alone", tables, err)
		}
	})
}

// firstLayout writes a database as the first version of the program did, with one task.
func firstLayout(t *testing.T) (path string, old task.Task) {
	t.Helper()
	first, err := schema.ReadFile("schema/1.sql")
	if err != nil {
		t.Fatal(err)
	}
	old, _ = doneTask(time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC), 1)
	item := newTaskItem(&old)
	path = filepath.Join(t.TempDir(), "data.db")
	raw(t, path, fmt.Sprintf(`%s; pragma application_id = %d; pragma user_version = 1;
		insert into task values ('%s', '%s', 1, '%s', '%s', %d, 0, x'%x', 'a fox in the snow')`,
		first, applicationID, item.owner, item.id, item.status, item.model, item.createdAt, item.doc))
	return path, old
}

// newest is the number of the newest layout.
func newest(t *testing.T) int {
	t.Helper()
	steps, err := migrations()
	if err != nil {
		t.Fatal(err)
	}
	return len(steps)
}

func wantVersion(t *testing.T, db *DB, want int) {
	t.Helper()
	var got int
	if err := db.write.conn.QueryRowContext(t.Context(), "pragma user_version").Scan(&got); err != nil || got != want {
		t.Errorf("layout %d, %v, want %d", got, err, want)
	}
}

func TestQuickCheckIsBounded(t *testing.T) {
	db := open(t, Options{})
	ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	if err := quickCheck(ctx, db.write.conn, uncleanCheckTime); err == nil {
		t.Error("a check whose caller has gone away passed")
	}
	if err := quickCheck(t.Context(), db.write.conn, uncleanCheckTime); err != nil {
		t.Errorf("a sound database: %v", err)
	}
}
