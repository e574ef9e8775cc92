package library

import (
	"context"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

// Edit changes what a person says of a task. Where version is not 0 the task must be
// of that version, otherwise it answers [task.ErrStale].
func (s *Service) Edit(ctx context.Context, o task.Owner, id task.ID, version int64, e task.Edit) (task.Task, error) {
	if e.Folder != nil && *e.Folder != "" {
		if err := s.haveFolder(ctx, o, *e.Folder); err != nil {
			return task.Task{}, err
		}
	}
	t, _, err := s.change(ctx, o, id, func(c *task.Change) (bool, error) {
		if version != 0 && version != c.Task.Version {
			return false, task.ErrStale
		}
		return c.Task.Edit(e)
	})
	return t, err
}

// haveFolder answers that the field is wrong where there is no such folder.
func (s *Service) haveFolder(ctx context.Context, o task.Owner, id string) error {
	_, err := s.Folder(ctx, o, id)
	if task.KindOf(err) == task.NotFound {
		return &task.Error{Kind: task.Invalid, Code: catalog.CodeInvalid, Fields: []task.FieldError{
			{Location: "body.folder", Message: "there is no such folder", Value: id},
		}}
	}
	return err
}
