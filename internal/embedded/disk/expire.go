package disk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"time"
)

// Expire removes the objects below the folder that were put before a time, as a
// bucket's rule for their age does, and tells how many. That there is no such folder is
// no error.
func (s *Store) Expire(ctx context.Context, folder string, before time.Time) (n int, err error) {
	if !validKey(folder) {
		return 0, fmt.Errorf("expire objects: %q is no folder", folder)
	}
	emptied := []string{}
	err = fs.WalkDir(s.root.FS(), folder, func(name string, e fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return ignoreMissing(err)
		case e.IsDir():
			if name != folder {
				emptied = append(emptied, name)
			}
			return nil
		}
		old, err := olderThan(e, before)
		if err != nil || !old {
			return err
		}
		n++
		return ignoreMissing(s.root.Remove(name))
	})
	if err == nil && n > 0 {
		err = s.removeEmpty(append([]string{folder}, emptied...))
	}
	if err != nil {
		return n, fmt.Errorf("expire %s: %w", path.Clean(folder), err)
	}
	return n, nil
}

// olderThan tells whether the file was written before a time. One that has gone
// meanwhile was not.
func olderThan(e fs.DirEntry, before time.Time) (bool, error) {
	info, err := e.Info()
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return info.ModTime().Before(before), nil
}
