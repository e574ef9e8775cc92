package library

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"volcimage/internal/task"
)

const kindFolder = "folder"

// folderDoc is a folder in its record.
type folderDoc struct {
	Name      string    `json:"name"`
	Order     []task.ID `json:"order,omitempty"`
	CreatedAt time.Time `json:"created_at"`
}

// folders are how folders lie in records.
var folders = kept[task.Folder]{kindFolder, folderOf, folderRecord}

func folderOf(r task.Record) (task.Folder, error) {
	var d folderDoc
	if err := json.Unmarshal(r.Doc, &d); err != nil {
		return task.Folder{}, fmt.Errorf("folder %s: %w", r.ID, err)
	}
	return task.Folder{Owner: r.Owner, ID: r.ID, Name: d.Name, Order: d.Order, CreatedAt: d.CreatedAt, Version: r.Version}, nil
}

func folderRecord(f *task.Folder, now time.Time) (task.Record, error) {
	doc, err := json.Marshal(folderDoc{f.Name, f.Order, f.CreatedAt})
	return task.Record{Owner: f.Owner, Kind: kindFolder, ID: f.ID, Version: f.Version, UpdatedAt: now, Doc: doc}, err
}

// Folders are the owner's, oldest first.
func (s *Service) Folders(ctx context.Context, o task.Owner) ([]task.Folder, error) {
	return folders.list(ctx, s, o, task.MaxFolders)
}

// Folder is the owner's folder of that id, or [task.ErrNotFound].
func (s *Service) Folder(ctx context.Context, o task.Owner, id string) (task.Folder, error) {
	return folders.get(ctx, s, o, id)
}

// NewFolder makes a folder.
func (s *Service) NewFolder(ctx context.Context, o task.Owner, name string) (task.Folder, error) {
	f := task.Folder{Owner: o, ID: string(task.NewID(s.Now())), CreatedAt: s.Now().UTC()}
	if err := f.Edit(task.FolderEdit{Name: &name}); err != nil {
		return f, err
	}
	return folders.add(ctx, s, &f, task.MaxFolders)
}

// EditFolder changes a folder. Where version is not 0 the folder must be of that
// version, otherwise it answers [task.ErrStale].
func (s *Service) EditFolder(ctx context.Context, o task.Owner, id string, version int64, e task.FolderEdit) (task.Folder, error) {
	return folders.edit(ctx, s, o, id, version, func(f *task.Folder) error { return f.Edit(e) })
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
			return n, true, s.removeRecord(ctx, o, kindFolder, id)
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
