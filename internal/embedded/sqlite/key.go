package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"volcimage/internal/task"
)

// maxKeys bounds what Keys lists.
const maxKeys = 1000

// AddKey keeps a new API key. It answers [task.ErrConflict] where there is one of
// that id.
func (db *DB) AddKey(ctx context.Context, k task.APIKey) error {
	err := db.write.submit(ctx, func(x tx) error {
		n, err := x.exec(`insert into api_key (id, owner, hash, created_at, revoked_at) values (?, ?, ?, ?, nullif(?, 0)) on conflict do nothing`,
			k.ID, string(k.Owner), k.Hash[:], nanos(k.CreatedAt), nanos(k.RevokedAt))
		if err == nil && n == 0 {
			return task.ErrConflict
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("add key %s: %w", k.ID, err)
	}
	return nil
}

// Key reads one API key, also a revoked one.
func (db *DB) Key(ctx context.Context, id string) (task.APIKey, error) {
	var k task.APIKey
	found, err := db.readers.first(ctx, `select id, owner, hash, created_at, revoked_at from api_key where id = ?`, []any{id},
		func(r *sql.Rows) (err error) {
			k, err = scanKey(r)
			return err
		})
	if err == nil && !found {
		err = task.ErrNotFound
	}
	if err != nil {
		return task.APIKey{}, fmt.Errorf("read key: %w", err)
	}
	return k, nil
}

// Keys lists the API keys, also the revoked ones, oldest first and at most 1,000.
func (db *DB) Keys(ctx context.Context) ([]task.APIKey, error) {
	var keys []task.APIKey
	err := db.readers.each(ctx, `select id, owner, hash, created_at, revoked_at from api_key order by created_at, id limit ?`, []any{maxKeys},
		func(r *sql.Rows) (bool, error) {
			k, err := scanKey(r)
			keys = append(keys, k)
			return true, err
		})
	return keys, wrap("list keys", err)
}

// RevokeKey ends an API key at a time, once and for all: one that is revoked stays
// as it is. It answers [task.ErrNotFound] where there is none of that id.
func (db *DB) RevokeKey(ctx context.Context, id string, at time.Time) error {
	err := db.write.submit(ctx, func(x tx) error {
		n, err := x.exec(`update api_key set revoked_at = coalesce(revoked_at, ?) where id = ?`, nanos(at), id)
		if err == nil && n == 0 {
			return task.ErrNotFound
		}
		return err
	})
	return wrap("revoke key "+id, err)
}

// scanKey reads a row of id, owner, hash, created_at, revoked_at.
func scanKey(r *sql.Rows) (task.APIKey, error) {
	var k task.APIKey
	var hash sql.RawBytes
	var created int64
	var revoked sql.NullInt64
	if err := r.Scan(&k.ID, &k.Owner, &hash, &created, &revoked); err != nil {
		return k, err
	}
	if copy(k.Hash[:], hash) != len(k.Hash) || len(hash) != len(k.Hash) {
		return task.APIKey{}, fmt.Errorf("key %s: a hash of %d bytes", k.ID, len(hash))
	}
	k.CreatedAt = fromNanos(created)
	if revoked.Valid {
		k.RevokedAt = fromNanos(revoked.Int64)
	}
	return k, nil
}
