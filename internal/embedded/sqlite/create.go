package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"

	modernc "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"volcimage/internal/task"
)

// Create writes a new task with its jobs, or answers the one that the same
// idempotency key made before. The jobs given have their version afterwards.
func (db *DB) Create(ctx context.Context, s task.Submission) (t task.Task, replayed bool, err error) {
	s.Task.Version, s.Task.Indexed, s.Task.Marks, s.Task.MarkedBytes = 0, false, nil, 0
	item, jobs := newTaskItem(&s.Task), newJobItems(s.Jobs)
	var earlier task.Task
	err = db.write.submit(ctx, func(x tx) error {
		var err error
		if earlier, replayed, err = x.recall(s); err != nil || replayed {
			return err
		}
		return x.create(s, item, jobs)
	})
	switch {
	case err != nil:
		return task.Task{}, false, fmt.Errorf("create task %s: %w", s.Task.ID, err)
	case replayed:
		return earlier, true, nil
	}
	s.Task.Version = 1
	for _, j := range s.Jobs {
		j.Version = 1
	}
	return s.Task, false, nil
}

// create writes the rows of a submission that is no replay.
func (x tx) create(s task.Submission, item taskItem, jobs []jobItem) error {
	if err := x.remember(s); err != nil {
		return err
	}
	if err := x.spend(s.Spend); err != nil {
		return err
	}
	_, err := x.exec(`insert into task (owner, id, version, status, model, created_at, deleted, hidden, indexed, doc) values (?, ?, 1, ?, ?, ?, ?, ?, ?, ?)`,
		item.owner, item.id, item.status, item.model, item.createdAt, item.deleted, item.hidden, item.indexed, item.doc)
	if err != nil {
		return asConflict(err)
	}
	for _, j := range jobs {
		_, err := x.exec(`insert into job (owner, task, n, version, status, model, created_at, next_at, doc) values (?, ?, ?, 1, ?, ?, ?, ?, ?)`,
			string(j.ref.Owner), string(j.ref.Task), j.ref.N, j.status, j.model, j.createdAt, j.nextAt(), j.doc)
		if err != nil {
			return asConflict(err)
		}
	}
	return nil
}

// asConflict is [task.ErrConflict] where the row is there already.
func asConflict(err error) error {
	var e *modernc.Error
	if errors.As(err, &e) && e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY {
		return task.ErrConflict
	}
	return err
}

// recall finds what the submission's key made before. A key whose task is gone
// answers that it is not there: a client that repeats itself must not pay twice.
func (x tx) recall(s task.Submission) (t task.Task, found bool, err error) {
	if s.Key == "" {
		return t, false, nil
	}
	var hash []byte
	var id task.ID
	found, err = x.first(`select body_hash, task from idempotency where owner = ? and key = ? and created_at > ?`,
		[]any{string(s.Task.Owner), s.Key, nanos(s.Task.CreatedAt.Add(-task.KeyTTL))},
		func(r *sql.Rows) error { return r.Scan(&hash, &id) })
	switch {
	case err != nil || !found:
		return t, false, err
	case !bytes.Equal(hash, s.BodyHash[:]):
		return t, false, task.ErrKeyReused
	}
	t, err = readTask(x.first, s.Task.Owner, id)
	return t, true, err
}

// keysSwept is how many expired keys a submission takes away for the one it
// adds, so that their number falls after a rush.
const keysSwept = 4

// remember notes the submission's key.
func (x tx) remember(s task.Submission) error {
	if s.Key == "" {
		return nil
	}
	_, err := x.exec(`delete from idempotency where (owner, key) in (select owner, key from idempotency where created_at <= ? order by created_at limit ?)`,
		nanos(s.Task.CreatedAt.Add(-task.KeyTTL)), keysSwept)
	if err != nil {
		return err
	}
	_, err = x.exec(`insert or replace into idempotency (owner, key, body_hash, task, created_at) values (?, ?, ?, ?, ?)`,
		string(s.Task.Owner), s.Key, s.BodyHash[:], string(s.Task.ID), nanos(s.Task.CreatedAt))
	return err
}

// spend counts pictures against the day's limit, unless that would pass it.
func (x tx) spend(s task.Spend) error {
	if s.Images == 0 {
		return nil
	}
	n, err := x.exec(`insert into spend (day, images) select ?1, ?2 where ?3 = 0 or ?2 <= ?3
		on conflict (day) do update set images = images + excluded.images where ?3 = 0 or images + excluded.images <= ?3`,
		s.Day, s.Images, s.Limit)
	if err == nil && n == 0 {
		return task.ErrDailyLimit
	}
	return err
}
