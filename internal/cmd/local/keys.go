package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"volcimage/internal/embedded/sqlite"
	"volcimage/internal/operate"
)

// addKey makes an API key. There may be no data yet.
func addKey(ctx context.Context, data, name string, out io.Writer) error {
	if err := os.MkdirAll(data, 0o700); err != nil {
		return fmt.Errorf("DATA_DIR=%s: %w", data, err)
	}
	return withNewDatabase(ctx, data, func(db *sqlite.DB) error { return operate.AddKey(ctx, db, name, out) })
}

func listKeys(ctx context.Context, data string, out io.Writer) error {
	return withDatabase(ctx, data, func(db *sqlite.DB) error { return operate.ListKeys(ctx, db, out) })
}

func revokeKey(ctx context.Context, data, id string, out io.Writer) error {
	return withDatabase(ctx, data, func(db *sqlite.DB) error { return operate.RevokeKey(ctx, db, id, out) })
}

// withNewDatabase opens the database, and makes one where there is none.
func withNewDatabase(ctx context.Context, data string, do func(*sqlite.DB) error) error {
	db, err := sqlite.Open(ctx, filepath.Join(data, databaseFile), sqlite.Options{})
	if err != nil {
		return fmt.Errorf("DATA_DIR=%s: %w", data, err)
	}
	return errors.Join(do(db), db.Close())
}
