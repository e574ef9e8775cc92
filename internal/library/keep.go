package library

import (
	"context"

	"volcimage/internal/task"
)

// Edit changes what a person says of a task. Where version is not 0 the task must be
// of that version, otherwise it answers [task.ErrStale].
func (s *Service) Edit(ctx context.Context, o task.Owner, id task.ID, version int64, e task.Edit) (task.Task, error) {
	t, _, err := s.change(ctx, o, id, func(c *task.Change) (bool, error) {
		if version != 0 && version != c.Task.Version {
			return false, task.ErrStale
		}
		return c.Task.Edit(e)
	})
	return t, err
}
