package sqlite

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"volcimage/internal/task"
)

func TestBackup(t *testing.T) {
	t.Run("a copy made while work goes on is whole and has all that was there", func(t *testing.T) {
		db := open(t, Options{})
		ids := seed(t, db, 500)
		stop := make(chan struct{})
		var writing sync.WaitGroup
		writing.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					newTask(t, db)
				}
			}
		})
		target := filepath.Join(t.TempDir(), "copy of 星.db")
		if err := db.Backup(t.Context(), target); err != nil {
			t.Errorf("Backup: %v", err)
		}
		close(stop)
		writing.Wait()
		if info, err := os.Stat(target); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the copy: %v, %v, want mode 0600", info, err)
		}
		wantNoFile(t, target+".partial")
		copied := openAt(t, target, Options{})
		if got, err := copied.Tasks(t.Context(), task.Local, ids); err != nil || len(got) != len(ids) {
			t.Errorf("%d of %d tasks in the copy, %v", len(got), len(ids), err)
		}
		if err := quickCheck(t.Context(), copied.write.conn, uncleanCheckTime); err != nil {
			t.Errorf("the copy: %v", err)
		}
		newTask(t, copied)
	})
	t.Run("a file that is there is not overwritten", func(t *testing.T) {
		db := open(t, Options{})
		target := filepath.Join(t.TempDir(), "precious")
		if err := os.WriteFile(target, []byte("keep me"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := db.Backup(t.Context(), target); !errors.Is(err, fs.ErrExist) {
			t.Errorf("Backup: %v, want that it exists", err)
		}
		if got, err := os.ReadFile(target); err != nil || string(got) != "keep me" {
			t.Errorf("now %q, %v", got, err)
		}
	})
	t.Run("what an interrupted backup left does not stop the next", func(t *testing.T) {
		db := open(t, Options{})
		target := filepath.Join(t.TempDir(), "copy.db")
		if err := os.WriteFile(target+".partial", []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := db.Backup(t.Context(), target); err != nil {
			t.Errorf("Backup: %v", err)
		}
	})
	t.Run("a backup that fails leaves nothing", func(t *testing.T) {
		db := open(t, Options{})
		ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
		defer cancel()
		target := filepath.Join(t.TempDir(), "copy.db")
		if err := db.Backup(ctx, target); err == nil {
			t.Error("no error")
		}
		wantNoFile(t, target)
		wantNoFile(t, target+".partial")
		if err := db.Backup(t.Context(), filepath.Join(t.TempDir(), "none", "copy.db")); err == nil {
			t.Error("no error for a folder that is not there")
		}
	})
}

func wantNoFile(t *testing.T, path string) {
	t.Helper()
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s: %v, want no such file", path, err)
	}
}
