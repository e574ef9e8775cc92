package sqlite

import (
	"context"
	"errors"
	"fmt"

	"volcimage/internal/task"
)

// Save writes all rows of the change, or none: [task.ErrConflict] where a row is
// not as it was read, [task.ErrDailyLimit] where the spend is too much.
func (db *DB) Save(ctx context.Context, c task.Change) error {
	s := saving{change: c, jobs: newJobItems(c.Jobs)}
	if c.Task != nil {
		s.marks = markingOf(c.Task, c.Gone)
		marked := *c.Task
		marked.Marks, marked.MarkedBytes = s.marks.now, s.marks.bytes
		s.task = newTaskItem(&marked)
	}
	for _, t := range c.Moved {
		s.moved = append(s.moved, newTaskItem(t))
	}
	if c.Slots != nil {
		s.slots = encode(*c.Slots, walkSlots)
	}
	if err := db.write.submit(ctx, s.do); err != nil {
		return fmt.Errorf("save %s: %w", s.name(), err)
	}
	c.Saved()
	if c.Task != nil && !c.Gone {
		c.Task.Marks, c.Task.MarkedBytes = s.marks.now, s.marks.bytes
	}
	return nil
}

// saving is a change with its rows ready to be bound.
type saving struct {
	change task.Change
	task   taskItem
	marks  marking
	moved  []taskItem
	jobs   []jobItem
	slots  []byte
}

// name is what the change is of, for an error's text.
func (s saving) name() string {
	switch {
	case s.change.Task != nil:
		return "task " + s.task.id
	case len(s.jobs) > 0:
		return fmt.Sprintf("job %d of task %s", s.jobs[0].ref.N, s.jobs[0].ref.Task)
	default:
		return "slots"
	}
}

func (s saving) do(x tx) error {
	if err := s.saveTask(x); err != nil {
		return err
	}
	for _, t := range s.moved {
		if err := x.saveTask(t); err != nil {
			return err
		}
	}
	if err := x.mark(s.task.owner, s.task.id, s.marks); err != nil {
		return err
	}
	for _, j := range s.jobs {
		if err := s.saveJob(x, j); err != nil {
			return err
		}
	}
	if err := s.saveSlots(x); err != nil {
		return err
	}
	if err := s.addUsage(x); err != nil {
		return err
	}
	return x.spend(s.change.Spend)
}

func (s saving) saveTask(x tx) error {
	t := s.task
	switch {
	case s.change.Task == nil:
		return nil
	case s.change.Gone:
		return x.conditional(`delete from task where owner = ? and id = ? and version = ?`, t.owner, t.id, t.version)
	default:
		return x.saveTask(t)
	}
}

func (x tx) saveTask(t taskItem) error {
	return x.conditional(`update task set version = version + 1, status = ?, model = ?, created_at = ?, deleted = ?, hidden = ?, indexed = ?, doc = ?
		where owner = ? and id = ? and version = ?`,
		t.status, t.model, t.createdAt, t.deleted, t.hidden, t.indexed, t.doc, t.owner, t.id, t.version)
}

func (s saving) saveJob(x tx, j jobItem) error {
	owner, id := string(j.ref.Owner), string(j.ref.Task)
	if s.change.Gone {
		return x.conditional(`delete from job where owner = ? and task = ? and n = ? and version = ?`, owner, id, j.ref.N, j.version)
	}
	return x.conditional(`update job set version = version + 1, status = ?, model = ?, created_at = ?, next_at = ?, doc = ?
		where owner = ? and task = ? and n = ? and version = ?`,
		j.status, j.model, j.createdAt, j.nextAt(), j.doc, owner, id, j.ref.N, j.version)
}

func (s saving) saveSlots(x tx) error {
	switch {
	case s.change.Slots == nil:
		return nil
	case s.change.Slots.Version == 0:
		return x.conditional(`insert into slots (one, version, doc) values (1, 1, ?) on conflict do nothing`, s.slots)
	default:
		return x.conditional(`update slots set version = version + 1, doc = ? where version = ?`, s.slots, s.change.Slots.Version)
	}
}

func (s saving) addUsage(x tx) error {
	if !s.change.CountsUsage() {
		return nil
	}
	u := s.change.Usage
	owner := s.task.owner
	switch {
	case s.change.Task != nil:
	case len(s.jobs) > 0:
		owner = string(s.jobs[0].ref.Owner)
	default:
		return errors.New("usage of nobody: the change has neither task nor job")
	}
	_, err := x.exec(`insert into usage (owner, bytes, images) values (?, ?, ?)
		on conflict (owner) do update set bytes = bytes + excluded.bytes, images = images + excluded.images`,
		owner, u.Bytes, u.Images)
	return err
}

// conditional changes one row. None is a conflict: the row is of another version, or gone.
func (x tx) conditional(text string, args ...any) error {
	n, err := x.exec(text, args...)
	if err == nil && n == 0 {
		return task.ErrConflict
	}
	return err
}
