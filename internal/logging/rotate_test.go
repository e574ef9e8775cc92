package logging

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func openLog(t *testing.T, path string, max int64) *File {
	t.Helper()
	l, err := OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	l.max = max
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func write(t *testing.T, l *File, line string) {
	t.Helper()
	if n, err := l.Write([]byte(line)); n != len(line) || err != nil {
		t.Errorf("Write %q: %d, %v", line, n, err)
	}
}

func TestFile(t *testing.T) {
	t.Run("full files move on, the oldest goes, no line is divided", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "logs", "app.log")
		l := openLog(t, path, 25)
		for i := range 20 {
			write(t, l, fmt.Sprintf("line %04d\n", i)) // 10 bytes: two a file
		}
		for name, want := range map[string]string{
			path: "line 0018\nline 0019\n", path + ".1": "line 0016\nline 0017\n", path + ".4": "line 0010\nline 0011\n",
		} {
			if got, err := os.ReadFile(name); err != nil || string(got) != want {
				t.Errorf("%s: %q, %v; want %q", name, got, err, want)
			}
		}
		entries, err := os.ReadDir(filepath.Dir(path))
		if err != nil || len(entries) != maxFiles {
			t.Errorf("%d files, %v; want %d", len(entries), err, maxFiles)
		}
	})
	t.Run("a line longer than a file has one of its own", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "app.log")
		l := openLog(t, path, 10)
		long := strings.Repeat("x", 100) + "\n"
		write(t, l, long)
		write(t, l, "short\n")
		if got, err := os.ReadFile(path + ".1"); err != nil || string(got) != long {
			t.Errorf("first file: %q, %v", got, err)
		}
	})
	t.Run("a restart goes on where the last process stopped", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "app.log")
		if err := os.WriteFile(path, []byte("before\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		l := openLog(t, path, 14)
		write(t, l, "after1\n")
		write(t, l, "after2\n")
		if got, err := os.ReadFile(path + ".1"); err != nil || string(got) != "before\nafter1\n" {
			t.Errorf("first file: %q, %v", got, err)
		}
	})
	t.Run("only the owner may read it", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "app.log")
		openLog(t, path, 100)
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
	})
	t.Run("what cannot be moved is written on, no line is lost", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "app.log")
		l := openLog(t, path, 10)
		write(t, l, "line 1\n")
		if err := os.MkdirAll(filepath.Join(path+".4", "x"), 0o700); err != nil { // a folder is in the way
			t.Fatal(err)
		}
		if err := os.WriteFile(path+".3", nil, 0o600); err != nil {
			t.Fatal(err)
		}
		write(t, l, "line 2\n")
		got, err := os.ReadFile(path)
		if err != nil || !strings.HasPrefix(string(got), "line 1\n") || !strings.HasSuffix(string(got), "line 2\n") || !strings.Contains(string(got), "not rotated") {
			t.Errorf("log: %q, %v", got, err)
		}
	})
	t.Run("many may write at once", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "app.log")
		l := openLog(t, path, 1<<20)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 100 {
					write(t, l, "0123456789\n")
				}
			})
		}
		wg.Wait()
		if got, err := os.ReadFile(path); err != nil || string(got) != strings.Repeat("0123456789\n", 800) {
			t.Errorf("%d bytes, %v", len(got), err)
		}
	})
	t.Run("a path that cannot be opened is an error that names it", func(t *testing.T) {
		dir := t.TempDir()
		for _, path := range []string{dir, filepath.Join(dir, "file", "app.log")} {
			if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := OpenFile(path); err == nil || !strings.Contains(err.Error(), dir) {
				t.Errorf("OpenFile(%s): %v", path, err)
			}
		}
	})
}
