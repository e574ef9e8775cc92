package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
)

//go:embed schema
var schema embed.FS

// applicationID marks a file as ours: "vimg". SQLite keeps it in the header.
const applicationID = 0x76696d67

// migrations are the steps from an empty file to the newest layout. Step n leads
// to version n+1; one that was released is never changed.
func migrations() ([]string, error) {
	var steps []string
	for n := 1; ; n++ {
		step, err := schema.ReadFile(fmt.Sprintf("schema/%d.sql", n))
		if err != nil {
			break
		}
		steps = append(steps, string(step))
	}
	if files, err := fs.Glob(schema, "schema/*.sql"); err != nil || len(files) != len(steps) {
		return nil, fmt.Errorf("schema: %d files, but numbered without a gap only to %d", len(files), len(steps))
	}
	return steps, nil
}

// check refuses a file that is not ours to write, before anything is written.
func check(ctx context.Context, c *sql.Conn, known int) error {
	var app, version, tables int
	if err := c.QueryRowContext(ctx, "pragma application_id").Scan(&app); err != nil {
		return fmt.Errorf("read: %w", err)
	}
	if err := c.QueryRowContext(ctx, "pragma user_version").Scan(&version); err != nil {
		return fmt.Errorf("read: %w", err)
	}
	if err := c.QueryRowContext(ctx, "select count(*) from sqlite_schema").Scan(&tables); err != nil {
		return fmt.Errorf("read: %w", err)
	}
	switch {
	case app != applicationID && (app != 0 || version != 0 || tables != 0):
		return fmt.Errorf("is a database of another program (application id %#x)", app)
	case version > known:
		return fmt.Errorf("has layout %d, this program knows up to layout %d: use the program that wrote it, or a newer one", version, known)
	}
	return nil
}

// migrate brings the file to the newest layout, one transaction a step, so that
// an interrupted start continues where it ended.
func migrate(ctx context.Context, c *sql.Conn, steps []string) error {
	var version int
	if err := c.QueryRowContext(ctx, "pragma user_version").Scan(&version); err != nil {
		return fmt.Errorf("read layout version: %w", err)
	}
	for ; version < len(steps); version++ {
		script := fmt.Sprintf("begin immediate; %s; pragma application_id = %d; pragma user_version = %d; commit", steps[version], applicationID, version+1)
		if _, err := c.ExecContext(ctx, script); err != nil {
			_, _ = c.ExecContext(context.WithoutCancel(ctx), "rollback") // the step's error is the one to tell
			return fmt.Errorf("migrate to layout %d: %w", version+1, err)
		}
	}
	return nil
}
