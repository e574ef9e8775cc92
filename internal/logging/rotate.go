package logging

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
)

const (
	maxFileBytes = 10 << 20
	// maxFiles counts the one that is written: log, log.1 … log.4, the newest first.
	maxFiles = 5
)

// File is a log file that makes room for another when it is full, so that the
// log never takes more than 50 MiB.
type File struct {
	path string
	max  int64

	mu   sync.Mutex
	f    *os.File
	size int64
}

// OpenFile opens the log file of that path to go on behind what is there, and
// makes it, and its folder, if need be.
func OpenFile(path string) (*File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("open log file: %w", err)
	}
	l := &File{path: path, max: maxFileBytes}
	if err := l.open(); err != nil {
		return nil, fmt.Errorf("open log file: %w", err)
	}
	return l, nil
}

// open opens the file; the one before stays where that fails.
func (l *File) open() error {
	f, err := os.OpenFile(l.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	l.f, l.size = f, info.Size()
	return nil
}

// Write writes one line, which is never divided between two files.
func (l *File) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.size > 0 && l.size+int64(len(line)) > l.max {
		if err := l.rotate(); err != nil {
			// Better a file too long than a line lost; try again one file later.
			l.size = 0
			_, _ = fmt.Fprintf(l.f, "log file not rotated: %q\n", err.Error())
		}
	}
	n, err := l.f.Write(line)
	l.size += int64(n)
	return n, err
}

// rotate moves every file one place on, the last one away, and begins anew.
func (l *File) rotate() error {
	for i := maxFiles - 1; i > 0; i-- {
		if err := os.Rename(l.name(i-1), l.name(i)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	full := l.f
	if err := l.open(); err != nil {
		return err
	}
	return full.Close()
}

// name is the path of the i-th file, counted from the one that is written.
func (l *File) name(i int) string {
	if i == 0 {
		return l.path
	}
	return l.path + "." + strconv.Itoa(i)
}

// Close closes the file.
func (l *File) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.f.Close()
}
