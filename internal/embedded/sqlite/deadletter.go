package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"
)

// bury moves messages to the dead letters, and drops those that lie there too long.
func bury(x tx, now time.Time, ids []string) error {
	chosen, err := json.Marshal(ids)
	if err != nil {
		return err
	}
	_, err = x.exec(`insert into dead_letter (id, died_at, sent_at, received, body)
		select id, ?, sent_at, received - 1, body from hint where id in (select value from json_each(?))`, nanos(now), string(chosen))
	if err != nil {
		return err
	}
	if _, err := x.exec(`delete from hint where id in (select value from json_each(?))`, string(chosen)); err != nil {
		return err
	}
	_, err = x.exec(`delete from dead_letter where died_at <= ?`, nanos(now.Add(-deadRetention)))
	return err
}

// DeadLetters lists up to limit dead letters, oldest first. They have no receipt.
func (q *Queue) DeadLetters(ctx context.Context, limit int) ([]Message, error) {
	var dead []Message
	err := q.db.readers.each(ctx, `select id, received, sent_at, body from dead_letter order by id limit ?`, []any{max(limit, 0)},
		func(r *sql.Rows) (bool, error) {
			m, err := scanMessage(r)
			m.Receipt = ""
			dead = append(dead, m)
			return true, err
		})
	return dead, wrap("read dead letters", err)
}

// Redrive sends dead letters anew, all of them where no id is given. It tells how
// many there were.
func (q *Queue) Redrive(ctx context.Context, ids ...string) (n int, err error) {
	chosen, err := json.Marshal(ids)
	if err != nil {
		return 0, fmt.Errorf("redrive: %w", err)
	}
	now := nanos(time.Now())
	err = q.db.write.submit(ctx, func(x tx) error {
		moved, err := x.exec(`insert into hint (visible_at, sent_at, received, body) select ?1, ?1, 0, body from dead_letter
			where ?2 = 0 or id in (select value from json_each(?3)) order by id`, now, len(ids), string(chosen))
		if err != nil {
			return err
		}
		n = int(moved)
		_, err = x.exec(`delete from dead_letter where ?1 = 0 or id in (select value from json_each(?2))`, len(ids), string(chosen))
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("redrive: %w", err)
	}
	q.notify()
	return n, nil
}

// QueueStats is how full the queue is.
type QueueStats struct {
	Visible int // can be received now
	Hidden  int // in somebody's hands, or delayed
	Dead    int // dead letters
	// Oldest is when the oldest message was sent; zero where there is none.
	Oldest time.Time
}

// Stats counts the messages. No count goes beyond 10,000, so that a flooded queue
// can be asked as well.
func (q *Queue) Stats(ctx context.Context) (QueueStats, error) {
	var s QueueStats
	var oldest sql.NullInt64
	_, err := q.db.readers.first(ctx, `select
		(select count(*) from (select 1 from hint where visible_at <= ?1 limit 10000)),
		(select count(*) from (select 1 from hint where visible_at > ?1 limit 10000)),
		(select count(*) from (select 1 from dead_letter limit 10000)),
		(select sent_at from hint order by id limit 1)`, []any{nanos(time.Now())},
		func(r *sql.Rows) error { return r.Scan(&s.Visible, &s.Hidden, &s.Dead, &oldest) })
	if oldest.Valid {
		s.Oldest = fromNanos(oldest.Int64)
	}
	return s, wrap("ask the queue", err)
}
