package disk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// CopyTo copies all objects below root to the folder target, which it makes if
// need be, and tells how many it copied. It may run while the service does: an
// object never changes. Copy the database first, so that every object its rows
// name is here. An object that target has already in the same size is left, so a
// second backup into the same folder is quick; on the same file system a copy is
// a hard link and takes no room. Folders below root that without names stay behind.
func CopyTo(ctx context.Context, root, target string, without ...string) (n int, err error) {
	if err := apart(root, target); err != nil {
		return 0, fmt.Errorf("copy pictures: %w", err)
	}
	if err := os.MkdirAll(target, dirMode); err != nil {
		return 0, fmt.Errorf("copy pictures: %w", err)
	}
	err = filepath.WalkDir(root, func(name string, e fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, fs.ErrNotExist) && name != root {
			return nil // deleted meanwhile
		}
		if err != nil {
			return err
		}
		if e.IsDir() && slices.ContainsFunc(without, func(folder string) bool { return name == filepath.Join(root, folder) }) {
			return fs.SkipDir
		}
		copied, err := copyEntry(root, target, name, e)
		if copied {
			n++
		}
		return err
	})
	if err != nil {
		return n, fmt.Errorf("copy pictures: %w", err)
	}
	return n, nil
}

// apart refuses a target that lies in root: its copies would be copied again.
func apart(root, target string) error {
	from, err := filepath.Abs(root)
	if err != nil {
		return err
	}
	to, err := filepath.Abs(target)
	if err != nil {
		return err
	}
	if to == from || strings.HasPrefix(to, from+string(filepath.Separator)) {
		return fmt.Errorf("%s lies within %s", target, root)
	}
	return nil
}

// copyEntry copies one folder or object; it tells whether that was an object
// which the target did not have.
func copyEntry(root, target, name string, e fs.DirEntry) (copied bool, err error) {
	rel, err := filepath.Rel(root, name)
	if err != nil {
		return false, err
	}
	to := filepath.Join(target, rel)
	switch {
	case rel == ".":
		return false, nil
	case strings.HasPrefix(e.Name(), "."): // unfinished
		if e.IsDir() {
			return false, fs.SkipDir
		}
		return false, nil
	case e.IsDir():
		return false, os.MkdirAll(to, dirMode)
	case !e.Type().IsRegular():
		return false, nil
	}
	info, err := e.Info()
	if err != nil {
		return false, ignoreMissing(err)
	}
	if there, err := os.Stat(to); err == nil && there.Size() == info.Size() {
		return false, nil
	}
	return copyFile(name, to)
}

// copyFile links from to to, or copies it where the two are on different file
// systems. An object that was deleted meanwhile is no error.
func copyFile(from, to string) (copied bool, err error) {
	if os.Link(from, to) == nil {
		return true, nil
	}
	in, err := os.Open(from) //nolint:gosec // found by walking the operator's folder
	if err != nil {
		return false, ignoreMissing(err)
	}
	defer func() { _ = in.Close() }() // opened for reading: nothing can be lost
	temp := filepath.Join(filepath.Dir(to), ".copy")
	if err := copySynced(in, temp); err != nil {
		return false, errors.Join(err, ignoreMissing(os.Remove(temp)))
	}
	if err := os.Rename(temp, to); err != nil {
		return false, err
	}
	return true, nil
}

func copySynced(in io.Reader, name string) error {
	out, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, fileMode) //nolint:gosec // below the operator's folder
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err == nil {
		err = out.Sync()
	}
	return errors.Join(err, out.Close())
}
