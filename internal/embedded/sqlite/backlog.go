package sqlite

import (
	"context"
	"database/sql"
	"time"
)

// Backlog is the work that is not done, for the operator.
type Backlog struct {
	Waiting int // jobs that wait for a slot
	Overdue int // jobs whose step should have been taken
	// OldestWaiting is when the oldest of the waiting was made, OldestDue when the
	// step longest overdue was due; zero where there is none.
	OldestWaiting, OldestDue time.Time
}

// Backlog counts the work that waits, and what was due before. No count goes
// beyond 10,000.
func (db *DB) Backlog(ctx context.Context, before time.Time) (Backlog, error) {
	var b Backlog
	var waiting, due sql.NullInt64
	_, err := db.readers.first(ctx, `select
		(select count(*) from (select 1 from job where status = 'waiting' limit 10000)),
		(select min(created_at) from job where status = 'waiting'),
		(select count(*) from (select 1 from job where next_at < ?1 limit 10000)),
		(select min(next_at) from job where next_at < ?1)`, []any{nanos(before)},
		func(r *sql.Rows) error { return r.Scan(&b.Waiting, &waiting, &b.Overdue, &due) })
	if waiting.Valid {
		b.OldestWaiting = fromNanos(waiting.Int64)
	}
	if due.Valid {
		b.OldestDue = fromNanos(due.Int64)
	}
	return b, wrap("count what waits", err)
}
