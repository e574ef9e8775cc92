package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"

	"volcimage/internal/embedded/sqlite"
	"volcimage/internal/task"
)

// raw opens a database beside its program, which does not serve meanwhile, or only reads.
func raw(ctx context.Context, path string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)&_pragma=synchronous(OFF)&_pragma=cache_size(-200000)&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	return db, db.PingContext(ctx)
}

// copyPrompts puts our tasks into the reference's table, as its own program has them.
func copyPrompts(ctx context.Context, from, to string) (err error) {
	src, err := sqlite.Open(ctx, from, sqlite.Options{Readers: 1})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, src.Close()) }()
	dst, err := raw(ctx, to)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dst.Close()) }()
	tx, err := dst.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // nothing once it is committed
	for q := (task.Query{Owner: task.Local, Limit: 100}); ; {
		page, err := src.List(ctx, q)
		if err != nil {
			return err
		}
		for i := range page.Tasks {
			if err := copyPrompt(ctx, tx, &page.Tasks[i]); err != nil {
				return err
			}
		}
		if q.Before = page.Next; q.Before == "" {
			break
		}
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	_, err = dst.ExecContext(ctx, "analyze")
	return err
}

func copyPrompt(ctx context.Context, tx *sql.Tx, t *task.Task) error {
	p := t.Params
	params, err := json.Marshal(map[string]any{"model": p.Model, "width": p.Width, "height": p.Height, "num_images": 1, "seed": p.Seed, "format": "jpeg"})
	if err != nil {
		return err
	}
	images := fmt.Sprintf(`[{"image":"/images/%s_0.jpg","thumbnail":"/thumbnails/%[1]s_0.jpg"}]`, t.ID)
	at := t.CreatedAt.Format("2006-01-02 15:04:05.000000")
	_, err = tx.ExecContext(ctx, `insert into tasks (task_id, status, prompt, params, result_images, error_message, created_at, completed_at) values (?, ?, ?, ?, ?, null, ?, ?)`,
		string(t.ID), "COMPLETED", p.Prompt, string(params), images, at, at)
	return err
}

// enlarge makes a library so many times as large: the same tasks once more, each time
// before all others, with what the index has of them.
func enlarge(ctx context.Context, path string, times int) (err error) {
	db, err := raw(ctx, path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var first, last string
	if err := db.QueryRowContext(ctx, `select min(id), max(id) from task`).Scan(&first, &last); err != nil {
		return err
	}
	span := sqlite.PostingKey(last) - sqlite.PostingKey(first) + 1<<15 // and a millisecond
	for n := 1; n < times; n++ {
		if err := copyBefore(ctx, db, first, int64(n)*span); err != nil {
			return err
		}
	}
	_, err = db.ExecContext(ctx, `pragma wal_checkpoint(truncate)`)
	return err
}

// copyBefore copies the tasks from first on, by so much before themselves.
func copyBefore(ctx context.Context, db *sql.DB, first string, by int64) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // nothing once it is committed
	ids, err := idsFrom(ctx, tx, first)
	if err != nil {
		return err
	}
	for _, id := range ids {
		before := sqlite.PostingPrefix(sqlite.PostingKey(id) - by)
		_, err := tx.ExecContext(ctx, `insert into task (owner, id, version, status, model, created_at, deleted, hidden, indexed, doc)
			select owner, ?, version, status, model, created_at, deleted, hidden, indexed, doc from task where owner = ? and id = ?`,
			before+id[len(before):], string(task.Local), id)
		if err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, `insert into posting (term, task) select term, task - ? from posting where task >= ?`, by, sqlite.PostingKey(first)); err != nil {
		return err
	}
	return tx.Commit()
}

func idsFrom(ctx context.Context, tx *sql.Tx, first string) (ids []string, err error) {
	rows, err := tx.QueryContext(ctx, `select id from task where id >= ? order by id`, first)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// indexSize is how many rows the index has of a task, and how many bytes it takes.
func indexSize(ctx context.Context, data string) (rows, bytes float64, err error) {
	db, err := raw(ctx, filepath.Join(data, "volcimage.db"))
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	err = db.QueryRowContext(ctx, `select (select count(*) from posting) * 1.0 / n, (select sum(pgsize) from dbstat
		where name in ('posting', 'term', 'sqlite_autoindex_term_1', 'tally')) * 1.0 / n from (select count(*) as n from task)`).Scan(&rows, &bytes)
	return rows, bytes, err
}
