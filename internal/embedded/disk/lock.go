package disk

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// lockFile says who uses the data folder. It stays when the process ends; only
// the system's lock on it counts, and that one a killed process loses too.
const lockFile = "lock"

// HeldError says who has the data folder.
type HeldError struct {
	Dir string
	// PID is 0 where the holder has not yet written its name.
	PID     int
	Since   time.Time
	Address string // where the holder serves; may be empty
}

func (e *HeldError) Error() string {
	s := "data folder " + e.Dir + " is in use"
	if e.PID != 0 {
		s += fmt.Sprintf(" by process %d since %s", e.PID, e.Since.Local().Format(time.DateTime))
	}
	if e.Address != "" {
		s += ", which serves " + e.Address
	}
	return s
}

// Lock takes the data folder, which it makes if need be, for this process. It
// answers a [*HeldError] where another has it. The address is for that other
// one's message and may be empty. The lock ends with release or the process.
func Lock(dir, address string) (release func() error, err error) {
	if err := os.MkdirAll(dir, dirMode); err != nil { //nolint:gosec // the operator chooses the folder
		return nil, fmt.Errorf("lock data folder: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_RDWR|os.O_CREATE, fileMode) //nolint:gosec // the operator chooses the folder
	if err != nil {
		return nil, fmt.Errorf("lock data folder: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err != nil {
		defer func() { _ = f.Close() }() // opened, never written
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, readHolder(f, dir)
		}
		return nil, fmt.Errorf("lock data folder %s: %w", dir, err)
	}
	if err := writeHolder(f, address); err != nil {
		return nil, errors.Join(fmt.Errorf("lock data folder: %w", err), f.Close())
	}
	return f.Close, nil
}

// writeHolder notes this process in its lock file, one fact a line.
func writeHolder(f *os.File, address string) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt(fmt.Appendf(nil, "%d\n%s\n%s\n", os.Getpid(), time.Now().UTC().Format(time.RFC3339), address), 0)
	return err
}

// readHolder reads what writeHolder wrote; what is not there yet stays zero.
func readHolder(f *os.File, dir string) *HeldError {
	e := &HeldError{Dir: dir}
	text, err := io.ReadAll(io.LimitReader(f, 1024))
	lines := strings.Split(string(text), "\n")
	if err != nil || len(lines) < 4 {
		return e
	}
	pid, err := strconv.Atoi(lines[0])
	since, timeErr := time.Parse(time.RFC3339, lines[1])
	if err == nil && timeErr == nil {
		e.PID, e.Since, e.Address = pid, since, lines[2]
	}
	return e
}
