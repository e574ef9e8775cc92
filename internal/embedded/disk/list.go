package disk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"volcimage/internal/task"
)

// List is a page of the objects whose keys begin with prefix and lie behind the key
// after, at most limit of them, folder by folder in order of their names. next
// continues it, and is empty at the end. The prefix must name at least one whole
// folder.
func (s *Store) List(ctx context.Context, prefix, after string, limit int) (page []task.Stored, next string, err error) {
	dir, ok := folderOf(prefix)
	if !ok || !validKey(dir) || limit < 1 {
		return nil, "", fmt.Errorf("list %d objects: %q is not a prefix", limit, prefix)
	}
	err = fs.WalkDir(s.root.FS(), dir, func(name string, e fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, fs.ErrNotExist):
			return nil // deleted meanwhile
		case err != nil:
			return err
		case e.IsDir() && name != dir && passed(name, after):
			return fs.SkipDir
		case !e.Type().IsRegular() || !strings.HasPrefix(name, prefix) || inOrder(name, after) <= 0:
			return nil
		}
		if len(page) == limit {
			next = page[limit-1].Key
			return fs.SkipAll
		}
		info, err := e.Info()
		if err != nil {
			return ignoreMissing(err)
		}
		page = append(page, task.Stored{Key: name, Bytes: info.Size(), At: info.ModTime()})
		return nil
	})
	if err != nil {
		return nil, "", fmt.Errorf("list %s: %w", prefix, err)
	}
	return page, next, nil
}

// passed tells whether all of the folder lies before after.
func passed(dir, after string) bool {
	return inOrder(dir, after) < 0 && !strings.HasPrefix(after, dir+"/")
}

// inOrder compares two keys as a walk meets them: name by name.
func inOrder(a, b string) int {
	for {
		nameA, restA, moreA := strings.Cut(a, "/")
		nameB, restB, moreB := strings.Cut(b, "/")
		if c := cmp.Compare(nameA, nameB); c != 0 {
			return c
		}
		if !moreA || !moreB {
			return cmp.Compare(len(restA), len(restB))
		}
		a, b = restA, restB
	}
}
