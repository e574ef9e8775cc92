package library

import (
	"context"
	"slices"
	"time"

	"volcimage/internal/record"
	"volcimage/internal/task"
)

const kindFolder = "folder"

// folderDoc is a folder in its record.
type folderDoc struct {
	Name      string    `json:"name"`
	Order     []task.ID `json:"order,omitempty"`
	CreatedAt time.Time `json:"created_at"`
}

func (s *Service) folders() record.Kind[folderDoc] {
	return record.Kind[folderDoc]{Name: kindFolder, Store: s.Store, Now: s.Now}
}

func folderOf(r record.Of[folderDoc]) task.Folder {
	return task.Folder{Owner: r.Owner, ID: r.ID, Name: r.Doc.Name, Order: r.Doc.Order, CreatedAt: r.Doc.CreatedAt, Version: r.Version}
}

// editFolder is an edit of a folder's record.
func editFolder(e task.FolderEdit) func(*record.Of[folderDoc]) error {
	return func(r *record.Of[folderDoc]) error {
		f := folderOf(*r)
		err := f.Edit(e)
		r.Doc.Name, r.Doc.Order = f.Name, f.Order
		return err
	}
}

// Folders are the owner's, oldest first.
func (s *Service) Folders(ctx context.Context, o task.Owner) ([]task.Folder, error) {
	rows, err := s.folders().List(ctx, o, task.MaxFolders)
	return record.Each(rows, folderOf), err
}

// Folder is the owner's folder of that id, or [task.ErrNotFound].
func (s *Service) Folder(ctx context.Context, o task.Owner, id string) (task.Folder, error) {
	r, err := s.folders().Get(ctx, o, id)
	return folderOf(r), err
}

// NewFolder makes a folder.
func (s *Service) NewFolder(ctx context.Context, o task.Owner, name string) (task.Folder, error) {
	r := s.folders().New(o, string(task.NewID(s.Now())), folderDoc{CreatedAt: s.Now().UTC()})
	err := editFolder(task.FolderEdit{Name: &name})(&r)
	if err == nil {
		err = s.folders().Add(ctx, &r, task.MaxFolders)
	}
	return folderOf(r), err
}

// EditFolder changes a folder. Where version is not 0 the folder must be of that
// version, otherwise it answers [task.ErrStale].
func (s *Service) EditFolder(ctx context.Context, o task.Owner, id string, version int64, e task.FolderEdit) (task.Folder, error) {
	r, err := s.folders().Edit(ctx, o, id, version, editFolder(e))
	return folderOf(r), err
}

// pagesAtOnce bounds how many pages of a list one request walks through.
const pagesAtOnce = 20

// DeleteFolder takes the tasks out of a folder, at most so many, and removes it once
// it is empty. The tasks stay. It tells how many came out, and whether it is done.
func (s *Service) DeleteFolder(ctx context.Context, o task.Owner, id string, tasks int) (n int, done bool, err error) {
	if _, err := s.Folder(ctx, o, id); err != nil {
		return 0, false, err
	}
	q := task.Query{Owner: o, Folder: id, Limit: 100}
	for range pagesAtOnce {
		page, err := s.List(ctx, q)
		if err != nil {
			return n, false, err
		}
		for _, t := range page.Tasks {
			if n == tasks {
				return n, false, nil
			}
			out, err := s.takeOut(ctx, o, t.ID, id)
			if err != nil {
				return n, false, err
			}
			if out {
				n++
			}
		}
		if q.Before = page.Next; q.Before == "" {
			return n, true, s.folders().Remove(ctx, o, id, 0)
		}
	}
	return n, false, nil
}

// takeOut takes a task out of that folder, unless it is not there any more.
func (s *Service) takeOut(ctx context.Context, o task.Owner, id task.ID, folder string) (bool, error) {
	_, changed, err := s.change(ctx, o, id, func(c *task.Change) (bool, error) {
		if c.Task.Folder != folder || !c.Task.Listed() {
			return false, nil
		}
		return c.Task.Edit(task.Edit{Folder: new("")})
	})
	if task.KindOf(err) == task.NotFound {
		return false, nil
	}
	return changed, err
}

// InFolder lists what is in a folder from a place on, in its order: first those that
// have a place by hand, then the others, newest first.
func (s *Service) InFolder(ctx context.Context, o task.Owner, id string, from task.FolderPlace, limit int) (task.FolderPage, error) {
	f, err := s.Folder(ctx, o, id)
	if err != nil {
		return task.FolderPage{}, err
	}
	if from.Placed < len(f.Order) {
		end := min(from.Placed+limit, len(f.Order))
		tasks, err := s.GetMany(ctx, o, f.Order[from.Placed:end])
		away := func(t task.Task) bool { return t.Folder != id || !t.Listed() }
		return task.FolderPage{Tasks: slices.DeleteFunc(tasks, away), Next: &task.FolderPlace{Placed: end}}, err
	}
	page, err := s.List(ctx, task.Query{Owner: o, Folder: id, Before: from.Before, Limit: limit})
	if err != nil {
		return task.FolderPage{}, err
	}
	shown := func(t task.Task) bool { return t.Folder != id || slices.Contains(f.Order, t.ID) }
	out := task.FolderPage{Tasks: slices.DeleteFunc(page.Tasks, shown)}
	if page.Next != "" {
		out.Next = &task.FolderPlace{Placed: len(f.Order), Before: page.Next}
	}
	return out, nil
}
