package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"volcimage/internal/task"
)

// Record reads one record.
func (db *DB) Record(ctx context.Context, owner task.Owner, kind, id string) (task.Record, error) {
	r := task.Record{Owner: owner, Kind: kind}
	found, err := db.readers.first(ctx, `select id, version, updated_at, doc, step, next_at from record where owner = ? and kind = ? and id = ?`,
		[]any{string(owner), kind, id}, func(rows *sql.Rows) error { return scanRecord(rows, &r) })
	if err == nil && !found {
		err = task.ErrNotFound
	}
	if err != nil {
		return task.Record{}, fmt.Errorf("read %s %s: %w", kind, id, err)
	}
	return r, nil
}

// Records lists an owner's records of a kind in order of id, those behind after
// and at most limit of them.
func (db *DB) Records(ctx context.Context, owner task.Owner, kind, after string, limit int) ([]task.Record, error) {
	var all []task.Record
	err := db.readers.each(ctx, `select id, version, updated_at, doc, step, next_at from record where owner = ? and kind = ? and id > ? order by id limit ?`,
		[]any{string(owner), kind, after, limit}, func(rows *sql.Rows) (bool, error) {
			r := task.Record{Owner: owner, Kind: kind}
			err := scanRecord(rows, &r)
			all = append(all, r)
			return true, err
		})
	return all, wrap("list "+kind, err)
}

// scanRecord reads a row of id, version, updated_at, doc, step, next_at.
func scanRecord(rows *sql.Rows, r *task.Record) error {
	var updated int64
	var next sql.NullInt64
	err := rows.Scan(&r.ID, &r.Version, &updated, &r.Doc, &r.Step, &next)
	r.UpdatedAt, r.NextAt = fromNanos(updated), fromNanos(next.Int64)
	return err
}

// SaveRecord writes a record, a new one where its version is 0. Its version is one
// higher afterwards. It answers [task.ErrConflict] where the row is not as it was read.
func (db *DB) SaveRecord(ctx context.Context, r *task.Record) error {
	next := sql.NullInt64{Int64: nanos(r.NextAt), Valid: !r.NextAt.IsZero()}
	err := db.write.submit(ctx, func(x tx) error {
		if r.Version == 0 {
			return x.conditional(`insert into record (owner, kind, id, version, updated_at, doc, step, next_at) values (?, ?, ?, 1, ?, ?, ?, ?) on conflict do nothing`,
				string(r.Owner), r.Kind, r.ID, nanos(r.UpdatedAt), r.Doc, r.Step, next)
		}
		return x.conditional(`update record set version = version + 1, updated_at = ?, doc = ?, step = ?, next_at = ? where owner = ? and kind = ? and id = ? and version = ?`,
			nanos(r.UpdatedAt), r.Doc, r.Step, next, string(r.Owner), r.Kind, r.ID, r.Version)
	})
	if err != nil {
		return fmt.Errorf("save %s %s: %w", r.Kind, r.ID, err)
	}
	r.Version++
	return nil
}

// DeleteRecord removes a record of that version, or answers [task.ErrConflict].
func (db *DB) DeleteRecord(ctx context.Context, r task.Record) error {
	err := db.write.submit(ctx, func(x tx) error {
		return x.conditional(`delete from record where owner = ? and kind = ? and id = ? and version = ?`,
			string(r.Owner), r.Kind, r.ID, r.Version)
	})
	return wrap("delete "+r.Kind+" "+r.ID, err)
}
