package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"volcimage/internal/task"
)

// query is a read of at most one row, by the pool or within a transaction.
type query func(text string, args []any, scan func(*sql.Rows) error) (found bool, err error)

// Task reads one task, also one that is marked deleted.
func (db *DB) Task(ctx context.Context, owner task.Owner, id task.ID) (task.Task, error) {
	t, err := readTask(db.first(ctx), owner, id)
	if err != nil {
		return task.Task{}, fmt.Errorf("read task %s: %w", id, err)
	}
	return t, nil
}

func (db *DB) first(ctx context.Context) query {
	return func(text string, args []any, scan func(*sql.Rows) error) (bool, error) {
		return db.readers.first(ctx, text, args, scan)
	}
}

func readTask(q query, owner task.Owner, id task.ID) (task.Task, error) {
	t := task.Task{Owner: owner, ID: id}
	found, err := q(`select version, doc from task where owner = ? and id = ?`, []any{string(owner), string(id)}, func(r *sql.Rows) error {
		var doc sql.RawBytes
		if err := r.Scan(&t.Version, &doc); err != nil {
			return err
		}
		return decode(doc, &t, walkTask)
	})
	if err == nil && !found {
		err = task.ErrNotFound
	}
	return t, err
}

// Tasks reads those that are there, in the order asked, also those marked deleted.
func (db *DB) Tasks(ctx context.Context, owner task.Owner, ids []task.ID) ([]task.Task, error) {
	asked, err := json.Marshal(ids)
	if err != nil {
		return nil, fmt.Errorf("read tasks: %w", err)
	}
	byID := make(map[task.ID]task.Task, len(ids))
	err = db.readers.each(ctx, `select id, version, doc from task where owner = ? and id in (select value from json_each(?))`,
		[]any{string(owner), string(asked)}, func(r *sql.Rows) (bool, error) {
			t, err := scanTask(r, owner)
			byID[t.ID] = t
			return true, err
		})
	if err != nil {
		return nil, fmt.Errorf("read %d tasks: %w", len(ids), err)
	}
	tasks := make([]task.Task, 0, len(byID))
	for _, id := range ids {
		if t, ok := byID[id]; ok {
			tasks = append(tasks, t)
		}
	}
	return tasks, nil
}

// scanTask reads a row of id, version, doc.
func scanTask(r *sql.Rows, owner task.Owner) (task.Task, error) {
	t := task.Task{Owner: owner}
	var doc sql.RawBytes
	if err := r.Scan(&t.ID, &t.Version, &doc); err != nil {
		return t, err
	}
	if err := decode(doc, &t, walkTask); err != nil {
		return t, fmt.Errorf("task %s: %w", t.ID, err)
	}
	return t, nil
}

// Job reads one job.
func (db *DB) Job(ctx context.Context, ref task.Ref) (*task.Job, error) {
	j := task.Job{Ref: ref}
	found, err := db.readers.first(ctx, `select version, doc from job where owner = ? and task = ? and n = ?`,
		[]any{string(ref.Owner), string(ref.Task), ref.N}, func(r *sql.Rows) error {
			var doc sql.RawBytes
			if err := r.Scan(&j.Version, &doc); err != nil {
				return err
			}
			return decode(doc, &j, walkJob)
		})
	if err == nil && !found {
		err = task.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read job %d of task %s: %w", ref.N, ref.Task, err)
	}
	return &j, nil
}

// Jobs reads all jobs of a task in order of their number; none where there is no
// such task.
func (db *DB) Jobs(ctx context.Context, owner task.Owner, id task.ID) ([]*task.Job, error) {
	var jobs []*task.Job
	err := db.readers.each(ctx, `select n, version, doc from job where owner = ? and task = ? order by n`,
		[]any{string(owner), string(id)}, func(r *sql.Rows) (bool, error) {
			j := &task.Job{Ref: task.Ref{Owner: owner, Task: id}}
			var doc sql.RawBytes
			if err := r.Scan(&j.N, &j.Version, &doc); err != nil {
				return false, err
			}
			jobs = append(jobs, j)
			return true, decode(doc, j, walkJob)
		})
	if err != nil {
		return nil, fmt.Errorf("read jobs of task %s: %w", id, err)
	}
	return jobs, nil
}

// Slots reads the slots; the zero Slots where none were saved yet.
func (db *DB) Slots(ctx context.Context) (*task.Slots, error) {
	var s task.Slots
	_, err := db.readers.first(ctx, `select version, doc from slots`, nil, func(r *sql.Rows) error {
		var doc sql.RawBytes
		if err := r.Scan(&s.Version, &doc); err != nil {
			return err
		}
		return decode(doc, &s, walkSlots)
	})
	if err != nil {
		return nil, fmt.Errorf("read slots: %w", err)
	}
	return &s, nil
}

// Due lists jobs whose next step is due at now, longest overdue first, then such
// records, and then of each owner a task made by then that is not indexed: a step
// takes the others along.
func (db *DB) Due(ctx context.Context, now time.Time, limit int) ([]task.Ref, error) {
	var refs []task.Ref
	indexing := map[task.Owner]bool{}
	add := func(r *sql.Rows) (bool, error) {
		var ref task.Ref
		err := r.Scan(&ref.Owner, &ref.Task, &ref.N)
		if ref.N != task.IndexStep || !indexing[ref.Owner] {
			refs = append(refs, ref)
		}
		indexing[ref.Owner] = indexing[ref.Owner] || ref.N == task.IndexStep
		return true, err
	}
	err := db.readers.each(ctx, `select owner, task, n from job where next_at <= ? order by next_at, owner, task, n limit ?`,
		[]any{nanos(now), max(limit, 0)}, add)
	if err == nil {
		err = db.readers.each(ctx, `select owner, id, step from record indexed by record_due where next_at <= ? order by next_at, owner, id limit ?`,
			[]any{nanos(now), max(limit-len(refs), 0)}, add)
	}
	if err == nil {
		err = db.readers.each(ctx, `select owner, id, ? from task indexed by task_unindexed where indexed = 0 and id < ? order by id, owner limit ?`,
			[]any{task.IndexStep, string(task.FirstID(now.Add(time.Millisecond))), max(limit-len(refs), 0)}, add)
	}
	if err != nil {
		return nil, fmt.Errorf("read what is due: %w", err)
	}
	return refs, nil
}

// headsQuery hops from one owner and model to the next in the index of waiting
// jobs, so that a thousand waiting jobs of one owner cost one look. Of more than
// 200 pairs it answers those that have waited longest; 5,000 are looked at.
const headsQuery = `
	with recursive head (row, owner, model, created_at, task, n) as (
	  select * from (select rowid, owner, model, created_at, task, n from job
	    where status = 'waiting' order by owner, model, created_at, task, n limit 1)
	  union all
	  select j.rowid, j.owner, j.model, j.created_at, j.task, j.n from head h join job j on j.rowid =
	    (select rowid from job where status = 'waiting' and (owner, model) > (h.owner, h.model)
	     order by owner, model, created_at, task, n limit 1)
	  limit 5000
	)
	select owner, model, created_at, task, n from head order by created_at, task, n limit 200`

// Heads lists the oldest waiting job of each owner and model.
func (db *DB) Heads(ctx context.Context) ([]task.Head, error) {
	var heads []task.Head
	err := db.readers.each(ctx, headsQuery, nil, func(r *sql.Rows) (bool, error) {
		var h task.Head
		var created int64
		err := r.Scan(&h.Owner, &h.Model, &created, &h.Task, &h.N)
		h.CreatedAt = fromNanos(created)
		heads = append(heads, h)
		return true, err
	})
	if err != nil {
		return nil, fmt.Errorf("read waiting jobs: %w", err)
	}
	return heads, nil
}

// Usage lists what each owner stores.
func (db *DB) Usage(ctx context.Context) ([]task.OwnerUsage, error) {
	var all []task.OwnerUsage
	err := db.readers.each(ctx, `select owner, bytes, images from usage order by owner`, nil, func(r *sql.Rows) (bool, error) {
		var u task.OwnerUsage
		err := r.Scan(&u.Owner, &u.Bytes, &u.Images)
		all = append(all, u)
		return true, err
	})
	if err != nil {
		return nil, fmt.Errorf("read usage: %w", err)
	}
	return all, nil
}

// Ping tells whether the database answers.
func (db *DB) Ping(ctx context.Context) error {
	err := db.readers.each(ctx, `select version from slots`, nil, func(*sql.Rows) (bool, error) { return true, nil })
	return wrap("ask the database", err)
}
