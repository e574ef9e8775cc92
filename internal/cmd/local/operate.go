package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"volcimage/internal/archive"
	"volcimage/internal/config"
	"volcimage/internal/embedded/disk"
	"volcimage/internal/embedded/sqlite"
	"volcimage/internal/library"
	"volcimage/internal/operate"
	"volcimage/internal/picture"
	"volcimage/internal/task"
)

// backup copies the data into a new folder. It may run while the service does:
// the database first, at one moment, then the pictures, which never change. What goes
// by itself within a day is not worth keeping.
func backup(ctx context.Context, data, target string, out io.Writer) error {
	if _, err := os.Stat(target); !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("backup: %s is there already; name a new folder", target)
	}
	return withDatabase(ctx, data, func(db *sqlite.DB) error {
		if err := os.MkdirAll(target, 0o700); err != nil {
			return fmt.Errorf("backup: %w", err)
		}
		if err := db.Backup(ctx, filepath.Join(target, databaseFile)); err != nil {
			return fmt.Errorf("backup: %w", err)
		}
		n, err := disk.CopyTo(ctx, filepath.Join(data, objectsDir), filepath.Join(target, objectsDir), library.TempPrefix)
		if err != nil {
			return fmt.Errorf("backup: %w", err)
		}
		return say(out, "backed up the database and %d files to %s\n", n, target)
	})
}

// restore puts a backup in the place of the data, which is kept beside it. The
// service must not run.
func restore(ctx context.Context, data, source string, out io.Writer) error {
	if _, err := os.Stat(filepath.Join(source, databaseFile)); err != nil {
		return fmt.Errorf("restore: %s is no backup: %w", source, err)
	}
	release, err := disk.Lock(data, "")
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	defer func() { _ = release() }() // the process ends next
	// The backup's database is opened before anything is moved, and taken over by
	// SQLite's own backup: only a sound one takes the place of the data.
	db, err := sqlite.Open(ctx, filepath.Join(source, databaseFile), sqlite.Options{})
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	defer func() { _ = db.Close() }() // only read
	aside := data + time.Now().Format(".before-20060102-150405")
	for _, name := range []string{databaseFile, databaseFile + "-wal", databaseFile + "-shm", objectsDir} {
		if err := moveAside(filepath.Join(data, name), aside); err != nil {
			return fmt.Errorf("restore: %w", err)
		}
	}
	if _, err := disk.CopyTo(ctx, filepath.Join(source, objectsDir), filepath.Join(data, objectsDir)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("restore: %w", err)
	}
	if err := db.Backup(ctx, filepath.Join(data, databaseFile)); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if err := say(out, "restored %s; what was there before is in %s\n", source, aside); err != nil {
		return err
	}
	return holdWork(ctx, data, out)
}

// holdWork pauses a restored service whose backup had pictures to draw: they may have
// been drawn and paid for since, of which the backup knows nothing.
func holdWork(ctx context.Context, data string, out io.Writer) error {
	return withDatabase(ctx, data, func(db *sqlite.DB) error {
		heads, err := db.Heads(ctx)
		if err != nil {
			return fmt.Errorf("restore: %w", err)
		}
		slots, err := db.Slots(ctx)
		if err != nil {
			return fmt.Errorf("restore: %w", err)
		}
		if len(heads) == 0 && len(slots.Holds) == 0 || slots.Paused {
			return nil
		}
		if err := say(out, "pictures waited when the backup was made, and may have been drawn and charged since: cancel those that are not wanted\n"); err != nil {
			return err
		}
		return operate.Pause(ctx, db, true, out)
	})
}

func moveAside(name, folder string) error {
	if _, err := os.Stat(name); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	return os.Rename(name, filepath.Join(folder, filepath.Base(name)))
}

// pause turns the operator's switch, also while the service runs.
func pause(ctx context.Context, data string, on bool, out io.Writer) error {
	return withDatabase(ctx, data, func(db *sqlite.DB) error { return operate.Pause(ctx, db, on, out) })
}

// redrive gives dead letters back to the queue, all where no id is given, also
// while the service runs.
func redrive(ctx context.Context, data string, ids []string, out io.Writer) error {
	return withDatabase(ctx, data, func(db *sqlite.DB) error {
		n, err := db.Queue(sqlite.QueueConfig{}).Redrive(ctx, ids...)
		if err != nil {
			return fmt.Errorf("redrive: %w", err)
		}
		return say(out, "sent %d dead letters again\n", n)
	})
}

// importPart puts a part of an archive into the library of a name, or into that which
// needs no key. The service must not run: only one process may write pictures.
func importPart(ctx context.Context, cfg config.Config, args []string, out io.Writer) error {
	owner := task.Local
	if len(args) == 2 {
		owner = task.Owner(args[1])
	}
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return fmt.Errorf("DATA_DIR=%s: %w", cfg.DataDir, err)
	}
	release, err := disk.Lock(cfg.DataDir, "")
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	defer func() { _ = release() }() // the process ends next
	secret, err := disk.Secret(cfg.DataDir)
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	objects, err := disk.Open(filepath.Join(cfg.DataDir, objectsDir), disk.Options{Secret: secret})
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	defer func() { _ = objects.Close() }() // likewise
	return withNewDatabase(ctx, cfg.DataDir, func(db *sqlite.DB) error {
		return operate.Import(ctx, &archive.Importer{
			Store: db, Objects: objects, Now: time.Now,
			Pictures: &picture.Verifier{ThumbnailSize: cfg.ThumbnailMaxSize, ThumbnailQuality: cfg.ThumbnailQuality},
		}, owner, args[0], out)
	})
}

// withDatabase opens the database of a data folder that is there.
func withDatabase(ctx context.Context, data string, do func(*sqlite.DB) error) error {
	path := filepath.Join(data, databaseFile)
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("DATA_DIR=%s: no database there: %w", data, err)
	}
	return withNewDatabase(ctx, data, do)
}

func say(out io.Writer, format string, args ...any) error {
	_, err := fmt.Fprintf(out, format, args...)
	return err
}
