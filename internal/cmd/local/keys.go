package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"volcimage/internal/apikey"
	"volcimage/internal/embedded/sqlite"
	"volcimage/internal/task"
)

// addKey makes an API key and shows it, this once. There may be no data yet.
func addKey(ctx context.Context, data, name string, out io.Writer) error {
	key, row, err := apikey.New(task.Owner(name), time.Now())
	if err != nil {
		return fmt.Errorf("keys add: the name %w", err)
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return fmt.Errorf("DATA_DIR=%s: %w", data, err)
	}
	return withNewDatabase(ctx, data, func(db *sqlite.DB) error {
		if err := db.AddKey(ctx, row); err != nil {
			return fmt.Errorf("keys add: %w", err)
		}
		return say(out, "%s\nThis is the key of %s. It is shown this once; only a hash of it is kept.\n", key, name)
	})
}

// listKeys shows all but what would let anybody in.
func listKeys(ctx context.Context, data string, out io.Writer) error {
	return withDatabase(ctx, data, func(db *sqlite.DB) error {
		keys, err := db.Keys(ctx)
		if err != nil {
			return fmt.Errorf("keys list: %w", err)
		}
		if len(keys) == 0 {
			return say(out, "no keys\n")
		}
		for _, k := range keys {
			state := "valid"
			if !k.RevokedAt.IsZero() {
				state = "revoked " + k.RevokedAt.Local().Format(time.DateTime)
			}
			if err := say(out, "%s  %s  made %s  %s\n", k.ID, k.Owner, k.CreatedAt.Local().Format(time.DateTime), state); err != nil {
				return err
			}
		}
		return nil
	})
}

// revokeKey ends a key, from the next request on, also while the service runs.
func revokeKey(ctx context.Context, data, id string, out io.Writer) error {
	return withDatabase(ctx, data, func(db *sqlite.DB) error {
		err := db.RevokeKey(ctx, id, time.Now())
		if errors.Is(err, task.ErrNotFound) {
			return fmt.Errorf("keys revoke: there is no key %q; `local keys list` shows the ids", id)
		}
		if err != nil {
			return fmt.Errorf("keys revoke: %w", err)
		}
		return say(out, "revoked %s\n", id)
	})
}

// withNewDatabase opens the database, and makes one where there is none.
func withNewDatabase(ctx context.Context, data string, do func(*sqlite.DB) error) error {
	db, err := sqlite.Open(ctx, filepath.Join(data, databaseFile), sqlite.Options{})
	if err != nil {
		return fmt.Errorf("DATA_DIR=%s: %w", data, err)
	}
	return errors.Join(do(db), db.Close())
}
