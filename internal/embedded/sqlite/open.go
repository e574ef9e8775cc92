package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	modernc "modernc.org/sqlite" // the driver "sqlite" too
)

// Options of a database. The zero value is what production uses.
type Options struct {
	// Readers is how many reads may run at once; 0 is 4.
	Readers int
	// ScanRows bounds the rows that one List looks at; 0 is 2000.
	ScanRows int
}

// DB is the open file: the store, and by [DB.Queue] the queue. It is safe for
// concurrent use. One process at a time may have a file open; keeping a second
// one away is the caller's business.
type DB struct {
	write    *writer
	read     *sql.DB
	readers  statements
	scanRows int
	changed  chan struct{} // of the queue
	indexing indexing
	closed   func() error
}

// pageCacheKiB is what each connection may keep of the file; the system's own
// cache holds the rest.
const pageCacheKiB = 4096

// Open opens the file at path, makes it if there is none, and brings it to the
// newest layout. A file that is damaged, of another program or of a newer version
// is refused and left as it is. The folder must be there.
func Open(ctx context.Context, path string, o Options) (*DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	unclean, err := examine(path)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	db := &DB{
		scanRows: o.ScanRows,
		changed:  make(chan struct{}, 1),
	}
	if db.scanRows <= 0 {
		db.scanRows = 2000
	}
	if db.write, err = openWriter(ctx, path, unclean); err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	if db.read, err = openReaders(ctx, path, o.Readers); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", path, err), db.write.close())
	}
	db.readers.prepare = db.read.PrepareContext
	db.closed = sync.OnceValue(db.close)
	return db, nil
}

// Close waits for the writes that were begun and closes the file; writes that
// come later answer [ErrClosed]. A clean end leaves one file, without its log.
func (db *DB) Close() error { return db.closed() }

func (db *DB) close() error {
	db.write.end()
	err := errors.Join(db.readers.close(), db.read.Close())
	return errors.Join(err, db.write.close())
}

// examine looks at the file before SQLite does: it makes an empty one that only
// the owner may read, refuses what is no database, and tells whether the last
// process ended without closing it.
func examine(path string) (unclean bool, err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the path is the operator's setting
	if err != nil {
		return false, err
	}
	const magic = "SQLite format 3\x00"
	head := make([]byte, len(magic))
	n, err := io.ReadFull(f, head)
	if closed := f.Close(); closed != nil {
		return false, closed
	}
	if n > 0 && string(head[:n]) != magic {
		return false, fmt.Errorf("%s: file is not a database; it was left as it is", path)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	log, err := os.Stat(path + "-wal")
	return err == nil && log.Size() > 0, nil
}

// address is the driver's name for the file. The pragmas hold for each connection.
func address(path string, readOnly bool) string {
	v := url.Values{"_pragma": {
		"busy_timeout(5000)", "synchronous(FULL)", "temp_store(MEMORY)", "wal_autocheckpoint(4000)",
		fmt.Sprintf("cache_size(-%d)", pageCacheKiB), "journal_size_limit(67108864)",
	}, "_dqs": {"0"}}
	if readOnly {
		v.Set("mode", "ro")
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + v.Encode()
}

func openWriter(ctx context.Context, path string, unclean bool) (*writer, error) {
	// A commit syncs what is needed to read it back, and leaves out the file's times:
	// as durable as fsync, a third faster. Where a system cannot, fsync stays.
	_, _ = modernc.Fdatasync(true)
	db, err := sql.Open("sqlite", address(path, false))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := ready(ctx, conn, unclean); err != nil {
		return nil, errors.Join(err, conn.Close(), db.Close())
	}
	return newWriter(ctx, db, conn), nil
}

// ready checks the file and brings it to the newest layout.
func ready(ctx context.Context, conn *sql.Conn, unclean bool) error {
	steps, err := migrations()
	if err != nil {
		return err
	}
	if err := check(ctx, conn, len(steps)); err != nil {
		return err
	}
	limit := checkTime
	if unclean {
		limit = uncleanCheckTime
	}
	if err := quickCheck(ctx, conn, limit); err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, "pragma journal_mode(WAL)"); err != nil {
		return fmt.Errorf("switch to WAL: %w", err)
	}
	return migrate(ctx, conn, steps)
}

// uncleanCheckTime bounds the check after an unclean end: 100,000 tasks take less
// than a second, and a start must not wait for a base of any size.
const (
	uncleanCheckTime = 5 * time.Second
	// checkTime bounds it after a clean end: a disk may have gone bad since.
	checkTime = 100 * time.Millisecond
)

func quickCheck(ctx context.Context, conn *sql.Conn, limit time.Duration) error {
	bounded, stop := context.WithTimeout(ctx, limit)
	defer stop()
	var verdict string
	err := conn.QueryRowContext(bounded, "pragma quick_check(1)").Scan(&verdict)
	switch {
	case bounded.Err() != nil && ctx.Err() == nil:
		return nil // too large to be looked through at a start; reads still check what they touch
	case err != nil:
		return fmt.Errorf("check the database: %w", err)
	case verdict != "ok":
		return fmt.Errorf("is damaged (%s); restore a backup", verdict)
	}
	return nil
}

func openReaders(ctx context.Context, path string, n int) (*sql.DB, error) {
	if n <= 0 {
		n = 4
	}
	db, err := sql.Open("sqlite", address(path, true))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}
