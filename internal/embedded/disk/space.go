package disk

import (
	"context"
	"fmt"
	"syscall"
)

// Free is how many bytes may still be written to the folder's file system.
func (s *Store) Free() (int64, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(s.path, &st); err != nil {
		return 0, fmt.Errorf("ask for free space: %w", err)
	}
	return int64(st.Bavail) * int64(st.Bsize), nil //nolint:unconvert // Bsize has another type on other systems
}

// Ping tells whether pictures can be stored: the folder is there and the disk is
// not full.
func (s *Store) Ping(context.Context) error {
	if _, err := s.root.Stat(newDir); err != nil {
		return fmt.Errorf("look at the picture folder: %w", err)
	}
	free, err := s.Free()
	if err != nil {
		return err
	}
	if free < minFree {
		return fmt.Errorf("the disk is nearly full: %d MiB left, need %d", free>>20, int64(minFree)>>20)
	}
	return nil
}
