package disk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"volcimage/internal/task"
)

var testSecret = bytes.Repeat([]byte("s"), minSecret)

const testKey = "images/local/01JD0000000000000000000000/1/0.png"

// clock is a time that stands until a test moves it.
type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func newClock() *clock { return &clock{time.Date(2026, 11, 23, 12, 7, 0, 0, time.UTC)} }

func open(t *testing.T, c *clock) *Store {
	t.Helper()
	s, err := Open(filepath.Join(t.TempDir(), "pictures"), Options{Secret: testSecret, Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func put(t *testing.T, s *Store, key, data string) {
	t.Helper()
	o := task.Object{Key: key, ContentType: contentType(key), Data: []byte(data)}
	if err := s.Put(t.Context(), o); err != nil {
		t.Fatal(err)
	}
}

// files lists what lies below dir, temporary files included.
func files(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			rel, relErr := filepath.Rel(dir, name)
			names, err = append(names, filepath.ToSlash(rel)), relErr
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestOpen(t *testing.T) {
	t.Run("a short secret is refused", func(t *testing.T) {
		if _, err := Open(t.TempDir(), Options{Secret: []byte("short")}); err == nil {
			t.Error("Open with a secret of 5 bytes: no error")
		}
	})
	t.Run("a folder that cannot be made is named", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Open(filepath.Join(file, "pictures"), Options{Secret: testSecret})
		if err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("Open below a file: %v, want an error that names %s", err, file)
		}
	})
	t.Run("what was left unfinished goes, objects stay", func(t *testing.T) {
		s := open(t, newClock())
		put(t, s, testKey, "picture")
		if err := os.WriteFile(filepath.Join(s.path, newDir, "half"), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
		again, err := Open(s.path, Options{Secret: testSecret})
		if err != nil {
			t.Fatal(err)
		}
		defer again.Close()
		if got, want := files(t, s.path), []string{testKey}; !slices.Equal(got, want) {
			t.Errorf("files after Open: %q, want %q", got, want)
		}
	})
}

func TestPut(t *testing.T) {
	t.Run("an object lies under its key, readable by nobody else, and nothing beside it", func(t *testing.T) {
		s := open(t, newClock())
		put(t, s, testKey, "picture")
		name := filepath.Join(s.path, testKey)
		got, err := os.ReadFile(name)
		if err != nil || string(got) != "picture" {
			t.Errorf("read %s: %q, %v; want %q", testKey, got, err, "picture")
		}
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
		}
		if got := files(t, s.path); !slices.Equal(got, []string{testKey}) {
			t.Errorf("files: %q, want only %q", got, testKey)
		}
	})
	t.Run("a second put replaces the object whole", func(t *testing.T) {
		s := open(t, newClock())
		put(t, s, testKey, "first and longer")
		put(t, s, testKey, "second")
		got, err := os.ReadFile(filepath.Join(s.path, testKey))
		if err != nil || string(got) != "second" {
			t.Errorf("read: %q, %v; want %q", got, err, "second")
		}
	})
	t.Run("a key that leads elsewhere is refused and nothing is written", func(t *testing.T) {
		s := open(t, newClock())
		for _, key := range badKeys {
			if err := s.Put(t.Context(), task.Object{Key: key, ContentType: contentType(key)}); err == nil {
				t.Errorf("Put %q: no error", key)
			}
		}
		if got := files(t, filepath.Dir(s.path)); len(got) != 0 {
			t.Errorf("files: %q, want none", got)
		}
	})
	t.Run("a symbolic link out of the folder is not followed", func(t *testing.T) {
		s := open(t, newClock())
		outside := t.TempDir()
		if err := os.Symlink(outside, filepath.Join(s.path, "images")); err != nil {
			t.Fatal(err)
		}
		if err := s.Put(t.Context(), task.Object{Key: testKey, ContentType: "image/png"}); err == nil {
			t.Error("Put through a symbolic link: no error")
		}
		if got := files(t, outside); len(got) != 0 {
			t.Errorf("files outside: %q, want none", got)
		}
	})
	t.Run("after an error nothing is left over", func(t *testing.T) {
		s := open(t, newClock())
		put(t, s, "images/local/0.png", "x")
		err := s.Put(t.Context(), task.Object{Key: "images/local/0.png/1.png", ContentType: "image/png", Data: []byte("y")})
		if err == nil {
			t.Fatal("Put below an object: no error")
		}
		if got, want := files(t, s.path), []string{"images/local/0.png"}; !slices.Equal(got, want) {
			t.Errorf("files: %q, want %q", got, want)
		}
	})
	t.Run("nothing is begun once the context has ended", func(t *testing.T) {
		s := open(t, newClock())
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := s.Put(ctx, task.Object{Key: testKey, ContentType: "image/png"})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Put: %v, want context.Canceled", err)
		}
	})
}

var badKeys = []string{
	"", "/", "/etc/passwd", "..", "../x.png", "images/../../x.png", "images/./x.png", "images//x.png", "images/x.png/",
	"images/.hidden.png", newDir + "/x", "images/x\x00.png", "images/x\n.png", "images/x\xff.png",
	strings.Repeat("a", maxName+1), strings.Repeat("a/", maxKey),
}

func TestDeletePrefix(t *testing.T) {
	const mine, other = "images/local/01JD0000000000000000000000/", "images/local/01JD0000000000000000000001/"
	fill := func(t *testing.T) *Store {
		s := open(t, newClock())
		for _, key := range []string{mine + "1/0.png", mine + "1/0-thumb.jpg", mine + "2/0.png", other + "1/0.png"} {
			put(t, s, key, key)
		}
		return s
	}
	t.Run("all below the prefix goes with its folders, nothing else", func(t *testing.T) {
		s := fill(t)
		if err := s.DeletePrefix(t.Context(), mine); err != nil {
			t.Fatal(err)
		}
		if got, want := files(t, s.path), []string{other + "1/0.png"}; !slices.Equal(got, want) {
			t.Errorf("files: %q, want %q", got, want)
		}
		if _, err := os.Stat(filepath.Join(s.path, mine)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the emptied folder: %v, want it gone", err)
		}
	})
	t.Run("what is to be kept stays", func(t *testing.T) {
		s := fill(t)
		if err := s.DeletePrefix(t.Context(), mine, mine+"2/0.png"); err != nil {
			t.Fatal(err)
		}
		if got, want := files(t, s.path), []string{mine + "2/0.png", other + "1/0.png"}; !slices.Equal(got, want) {
			t.Errorf("files: %q, want %q", got, want)
		}
	})
	t.Run("a prefix may end within a name", func(t *testing.T) {
		s := fill(t)
		if err := s.DeletePrefix(t.Context(), mine+"1/0-"); err != nil {
			t.Fatal(err)
		}
		if got, want := files(t, s.path), []string{mine + "1/0.png", mine + "2/0.png", other + "1/0.png"}; !slices.Equal(got, want) {
			t.Errorf("files: %q, want %q", got, want)
		}
	})
	t.Run("twice is as good as once", func(t *testing.T) {
		s := fill(t)
		for range 2 {
			if err := s.DeletePrefix(t.Context(), mine); err != nil {
				t.Fatal(err)
			}
		}
	})
	t.Run("a prefix that names no folder is refused", func(t *testing.T) {
		s := fill(t)
		for _, prefix := range []string{"", "/", "images", "../", "images/../", newDir + "/", "//"} {
			if err := s.DeletePrefix(t.Context(), prefix); err == nil {
				t.Errorf("DeletePrefix %q: no error", prefix)
			}
		}
		if got := files(t, s.path); len(got) != 4 {
			t.Errorf("files: %q, want all four", got)
		}
	})
	t.Run("an ended context stops it", func(t *testing.T) {
		s := fill(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := s.DeletePrefix(ctx, mine); !errors.Is(err, context.Canceled) {
			t.Errorf("DeletePrefix: %v, want context.Canceled", err)
		}
	})
	t.Run("puts beside deletes succeed", func(t *testing.T) {
		s := open(t, newClock())
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				o := task.Object{Key: fmt.Sprintf("%s%d/0.png", mine, i), ContentType: "image/png", Data: []byte("x")}
				if err := s.Put(t.Context(), o); err != nil {
					t.Error(err)
				}
			})
			wg.Go(func() {
				if err := s.DeletePrefix(t.Context(), fmt.Sprintf("%s%d/", mine, i)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	})
}

func TestPing(t *testing.T) {
	t.Run("a folder with room is fine", func(t *testing.T) {
		s := open(t, newClock())
		if err := s.Ping(t.Context()); err != nil {
			t.Error(err)
		}
		if free, err := s.Free(); err != nil || free <= 0 {
			t.Errorf("Free: %d, %v", free, err)
		}
	})
	t.Run("a folder that vanished is not", func(t *testing.T) {
		s := open(t, newClock())
		if err := os.RemoveAll(s.path); err != nil {
			t.Fatal(err)
		}
		if err := s.Ping(t.Context()); err == nil {
			t.Error("Ping without the folder: no error")
		}
		if _, err := s.Free(); err == nil {
			t.Error("Free without the folder: no error")
		}
	})
}

func BenchmarkPut(b *testing.B) {
	s, err := Open(b.TempDir(), Options{Secret: testSecret})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	data := make([]byte, 300<<10)
	for i := 0; b.Loop(); i++ {
		key := fmt.Sprintf("images/local/%d/1/0.jpg", i)
		if err := s.Put(b.Context(), task.Object{Key: key, ContentType: "image/jpeg", Data: data}); err != nil {
			b.Fatal(err)
		}
	}
}
