package disk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// DeletePrefix removes every object whose key begins with prefix, but for those
// in keep. That there is none is not an error. The prefix must name at least one
// whole folder, so that no slip empties the store.
func (s *Store) DeletePrefix(ctx context.Context, prefix string, keep ...string) error {
	dir, ok := folderOf(prefix)
	if !ok || !validKey(dir) {
		return fmt.Errorf("delete objects: %q is not a prefix", prefix)
	}
	emptied := []string{dir}
	err := fs.WalkDir(s.root.FS(), dir, func(name string, e fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, fs.ErrNotExist):
			return nil // deleted by somebody else meanwhile
		case err != nil:
			return err
		case e.IsDir():
			if name != dir && strings.HasPrefix(name+"/", prefix) {
				emptied = append(emptied, name)
			}
			return nil
		case !strings.HasPrefix(name, prefix) || slices.Contains(keep, name):
			return nil
		}
		return ignoreMissing(s.root.Remove(name))
	})
	if err == nil {
		err = s.removeEmpty(emptied)
	}
	if err != nil {
		return fmt.Errorf("delete %s: %w", prefix, err)
	}
	return nil
}

// Delete removes the objects of these keys. That one is not there is no error.
func (s *Store) Delete(ctx context.Context, keys ...string) error {
	for _, key := range keys {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("delete %s: %w", key, err)
		}
		if !validKey(key) {
			return fmt.Errorf("delete objects: %q is not a key", key)
		}
		err := ignoreMissing(s.root.Remove(key))
		if err == nil {
			err = s.removeEmpty([]string{path.Dir(key)})
		}
		if err != nil {
			return fmt.Errorf("delete %s: %w", key, err)
		}
	}
	return nil
}

// folderOf is what a prefix names whole; not ok where that is nothing.
func folderOf(prefix string) (dir string, ok bool) {
	i := strings.LastIndexByte(prefix, '/')
	if i < 0 {
		return "", false
	}
	return prefix[:i], true
}

// removeEmpty removes the folders that hold nothing any more, the deepest first,
// and makes the deletion last.
func (s *Store) removeEmpty(dirs []string) error {
	s.dirs.Lock()
	defer s.dirs.Unlock()
	for _, dir := range slices.Backward(dirs) {
		if err := s.root.Remove(dir); err == nil || errors.Is(err, fs.ErrNotExist) {
			continue
		}
		// Not empty: an object was kept, or another put one here just now.
		if err := ignoreMissing(s.syncDir(dir)); err != nil {
			return err
		}
	}
	return ignoreMissing(s.syncDir(path.Dir(dirs[0])))
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
