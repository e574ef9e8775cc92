package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Backup writes a copy of the database as it is now to target, which must not be
// there yet. Work goes on meanwhile. The copy has its name only once it is whole
// and on disk.
func (db *DB) Backup(ctx context.Context, target string) error {
	if _, err := os.Lstat(target); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("back up to %s: %w", target, errors.Join(err, fs.ErrExist))
	}
	partial := target + ".partial"
	if err := errors.Join(removed(partial), db.copyTo(ctx, partial)); err != nil {
		return errors.Join(fmt.Errorf("back up to %s: %w", target, err), removed(partial))
	}
	if err := os.Rename(partial, target); err != nil {
		return errors.Join(fmt.Errorf("back up: %w", err), removed(partial))
	}
	return syncFile(filepath.Dir(target))
}

func (db *DB) copyTo(ctx context.Context, path string) error {
	// An empty file is a valid target, and here the only way to its permissions.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // the operator's path
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if _, err := db.read.ExecContext(ctx, "vacuum into ?", path); err != nil {
		return err
	}
	return syncFile(path)
}

// removed takes away a file that may not be there.
func removed(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// syncFile brings a file's bytes, or a folder's names, to disk.
func syncFile(path string) error {
	f, err := os.Open(path) //nolint:gosec // the operator's path
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
