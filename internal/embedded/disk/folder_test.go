package disk

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestLock(t *testing.T) {
	t.Run("the second one learns who has the folder", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "data")
		release, err := Lock(dir, "http://localhost:8080")
		if err != nil {
			t.Fatal(err)
		}
		_, err = Lock(dir, "")
		var held *HeldError
		if !errors.As(err, &held) {
			t.Fatalf("second Lock: %v, want a HeldError", err)
		}
		if held.PID != os.Getpid() || held.Address != "http://localhost:8080" || time.Since(held.Since) > time.Minute {
			t.Errorf("held: %+v", held)
		}
		for _, want := range []string{dir, "by process ", "since ", "http://localhost:8080"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%q does not say %q", err, want)
			}
		}
		if err := release(); err != nil {
			t.Fatal(err)
		}
		release, err = Lock(dir, "")
		if err != nil {
			t.Fatalf("Lock after release: %v", err)
		}
		if err := release(); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("a holder that has not signed yet is held all the same", func(t *testing.T) {
		dir := t.TempDir()
		release, err := Lock(dir, "")
		if err != nil {
			t.Fatal(err)
		}
		defer release()
		for _, text := range []string{"", "12\n", "x\ny\nz\n"} {
			if err := os.WriteFile(filepath.Join(dir, lockFile), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Lock(dir, "")
			var held *HeldError
			if !errors.As(err, &held) || held.PID != 0 {
				t.Errorf("lock file %q: %v, want a HeldError without process", text, err)
			}
		}
	})
	t.Run("a folder that cannot be made is an error that names it", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Lock(file, ""); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("Lock: %v, want an error that names %s", err, file)
		}
	})
	t.Run("a killed process holds nothing", func(t *testing.T) {
		dir := t.TempDir()
		cmd := exec.Command(os.Args[0], "-test.run=^TestHoldLock$")
		cmd.Env = append(os.Environ(), holdEnv+"="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if line, err := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
			t.Fatalf("the other process said %q, %v", line, err)
		}
		_, err = Lock(dir, "")
		var held *HeldError
		if !errors.As(err, &held) || held.PID != cmd.Process.Pid {
			t.Errorf("while it lives: %v, want process %d named", err, cmd.Process.Pid)
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // says that it was killed
		release, err := Lock(dir, "")
		if err != nil {
			t.Fatalf("after the kill: %v", err)
		}
		if err := release(); err != nil {
			t.Fatal(err)
		}
	})
}

const holdEnv = "DISK_TEST_HOLD"

// TestHoldLock is the other process of the test above.
func TestHoldLock(t *testing.T) {
	dir := os.Getenv(holdEnv)
	if dir == "" {
		return // not that process
	}
	if _, err := Lock(dir, ""); err != nil {
		t.Fatal(err)
	}
	_, _ = os.Stdout.WriteString("held\n")
	time.Sleep(time.Minute) // until killed
}

func TestSecret(t *testing.T) {
	t.Run("it is made once, for the owner's eyes", func(t *testing.T) {
		dir := t.TempDir()
		first, err := Secret(dir)
		if err != nil || len(first) != minSecret {
			t.Fatalf("Secret: %d bytes, %v", len(first), err)
		}
		name := filepath.Join(dir, secretFile)
		if err := os.Chmod(name, 0o644); err != nil {
			t.Fatal(err)
		}
		again, err := Secret(dir)
		if err != nil || !bytes.Equal(again, first) {
			t.Errorf("second Secret: %v, same: %v", err, bytes.Equal(again, first))
		}
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("mode: %v, %v; want 0600", info.Mode(), err)
		}
		other, err := Secret(t.TempDir())
		if err != nil || bytes.Equal(other, first) {
			t.Errorf("another folder's: %v, same: %v", err, bytes.Equal(other, first))
		}
	})
	t.Run("a cut one is refused, not used", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, secretFile), []byte("abc"), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := Secret(dir); err == nil || strings.Contains(err.Error(), "abc") {
			t.Errorf("Secret: %q, %v; want an error without the secret", got, err)
		}
	})
	t.Run("a folder that is not there is an error", func(t *testing.T) {
		if _, err := Secret(filepath.Join(t.TempDir(), "none")); err == nil {
			t.Error("Secret: no error")
		}
	})
}

func TestCopyTo(t *testing.T) {
	fill := func(t *testing.T) *Store {
		s := open(t, newClock())
		put(t, s, "images/local/1/0.png", "one")
		put(t, s, "images/local/2/0.png", "two")
		if err := os.WriteFile(filepath.Join(s.path, newDir, "half"), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
		return s
	}
	t.Run("every object is copied, nothing unfinished", func(t *testing.T) {
		s, target := fill(t), filepath.Join(t.TempDir(), "backup")
		n, err := CopyTo(t.Context(), s.path, target)
		if err != nil || n != 2 {
			t.Fatalf("CopyTo: %d, %v; want 2", n, err)
		}
		if got, want := files(t, target), []string{"images/local/1/0.png", "images/local/2/0.png"}; !slices.Equal(got, want) {
			t.Errorf("files: %q, want %q", got, want)
		}
	})
	t.Run("a folder that is to stay behind does", func(t *testing.T) {
		s, target := fill(t), t.TempDir()
		put(t, s, "temp/exports/1.zip", "export")
		if n, err := CopyTo(t.Context(), s.path, target, "temp/"); err != nil || n != 2 {
			t.Errorf("CopyTo: %d, %v; want 2", n, err)
		}
		if got, want := files(t, target), []string{"images/local/1/0.png", "images/local/2/0.png"}; !slices.Equal(got, want) {
			t.Errorf("files: %q, want %q", got, want)
		}
	})
	t.Run("the copy outlives the object", func(t *testing.T) {
		s, target := fill(t), t.TempDir()
		if _, err := CopyTo(t.Context(), s.path, target); err != nil {
			t.Fatal(err)
		}
		put(t, s, "images/local/1/0.png", "changed")
		if err := s.DeletePrefix(t.Context(), "images/local/2/"); err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]string{"images/local/1/0.png": "one", "images/local/2/0.png": "two"} {
			if got, err := os.ReadFile(filepath.Join(target, name)); err != nil || string(got) != want {
				t.Errorf("%s: %q, %v; want %q", name, got, err, want)
			}
		}
	})
	t.Run("a second backup copies only what is new", func(t *testing.T) {
		s, target := fill(t), t.TempDir()
		if _, err := CopyTo(t.Context(), s.path, target); err != nil {
			t.Fatal(err)
		}
		put(t, s, "images/local/3/0.png", "three")
		put(t, s, "images/local/1/0.png", "longer")
		if n, err := CopyTo(t.Context(), s.path, target); err != nil || n != 2 {
			t.Errorf("CopyTo: %d, %v; want 2", n, err)
		}
		if got, err := os.ReadFile(filepath.Join(target, "images/local/1/0.png")); err != nil || string(got) != "longer" {
			t.Errorf("the changed one: %q, %v", got, err)
		}
	})
	t.Run("a target within the folder is refused", func(t *testing.T) {
		s := fill(t)
		for _, target := range []string{s.path, filepath.Join(s.path, "backup")} {
			if _, err := CopyTo(t.Context(), s.path, target); err == nil {
				t.Errorf("CopyTo %s: no error", target)
			}
		}
	})
	t.Run("an ended context and a folder that is not there are errors", func(t *testing.T) {
		s := fill(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := CopyTo(ctx, s.path, t.TempDir()); !errors.Is(err, context.Canceled) {
			t.Errorf("CopyTo: %v, want context.Canceled", err)
		}
		if _, err := CopyTo(t.Context(), filepath.Join(t.TempDir(), "none"), t.TempDir()); err == nil {
			t.Error("CopyTo from nowhere: no error")
		}
	})
	t.Run("another file system gets a true copy", func(t *testing.T) {
		name := filepath.Join(t.TempDir(), "a")
		if err := copySynced(strings.NewReader("one"), name); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(name); err != nil || string(got) != "one" {
			t.Errorf("copy: %q, %v", got, err)
		}
	})
}
