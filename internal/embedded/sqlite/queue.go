package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"volcimage/internal/task"
)

// QueueConfig is what an SQS queue has as attributes.
type QueueConfig struct {
	// Visibility is how long a received message is hidden; 0 is 30 seconds.
	Visibility time.Duration
	// MaxReceive is how often a message is received before it is put to the dead
	// letters; 0 is 5.
	MaxReceive int
	// Retention is how long a message is kept at most; 0 is 4 days.
	Retention time.Duration
}

const (
	// maxDelay is the longest delay and maxBatch the largest receive, as in SQS.
	maxDelay = 15 * time.Minute
	maxBatch = 10
	// maxVisibility is the longest time that a message can be hidden.
	maxVisibility = 12 * time.Hour
	// deadRetention is how long dead letters are kept.
	deadRetention = 14 * 24 * time.Hour
)

// Queue holds hints by the rules of an SQS standard queue: a message is delivered
// at least once, hidden while it is worked on, and put aside after too many
// receives. Unlike SQS it can be asked when there is something to do.
type Queue struct {
	db *DB
	QueueConfig
}

// Message is a hint as it was received.
type Message struct {
	ID string
	// Receipt names this delivery. It is worth nothing once the message has been
	// received again.
	Receipt string
	Ref     task.Ref
	// Body is the text that Ref was read from: {"owner","task","job"}.
	Body         string
	ReceiveCount int
	SentAt       time.Time
}

// hint is the body of a message.
type hint struct {
	Owner task.Owner `json:"owner"`
	Task  task.ID    `json:"task"`
	Job   int        `json:"job"`
}

// Queue is the queue of this database. There is one, whatever its configuration.
func (db *DB) Queue(c QueueConfig) *Queue {
	c.Visibility = cmp.Or(c.Visibility, 30*time.Second)
	c.MaxReceive = cmp.Or(c.MaxReceive, 5)
	c.Retention = cmp.Or(c.Retention, 4*24*time.Hour)
	return &Queue{db: db, QueueConfig: c}
}

// Send puts a hint into the queue. It can be received after the delay, of which
// more than 15 minutes are cut off, as SQS has no more.
func (q *Queue) Send(ctx context.Context, ref task.Ref, delay time.Duration) error {
	body, err := json.Marshal(hint{ref.Owner, ref.Task, ref.N})
	if err != nil {
		return fmt.Errorf("send hint of task %s: %w", ref.Task, err)
	}
	now := time.Now()
	visible := now.Add(min(max(delay, 0), maxDelay))
	err = q.db.write.submit(ctx, func(x tx) error {
		_, err := x.exec(`insert into hint (visible_at, sent_at, received, body) values (?, ?, 0, ?)`, nanos(visible), nanos(now), string(body))
		return err
	})
	if err != nil {
		return fmt.Errorf("send hint of task %s: %w", ref.Task, err)
	}
	q.notify()
	return nil
}

// notify wakes who waits at Changed.
func (q *Queue) notify() {
	select {
	case q.db.changed <- struct{}{}:
	default: // a wake-up is pending already
	}
}

// Changed has a value after a message may have become visible earlier than
// [Queue.Next] said. It is for one reader.
func (q *Queue) Changed() <-chan struct{} { return q.db.changed }

// Next is when the next message becomes visible, which may be past; false where
// there is no message.
func (q *Queue) Next(ctx context.Context) (at time.Time, ok bool, err error) {
	var visible sql.NullInt64
	_, err = q.db.readers.first(ctx, `select min(visible_at) from hint`, nil, func(r *sql.Rows) error { return r.Scan(&visible) })
	if err != nil || !visible.Valid {
		return time.Time{}, false, wrap("ask for the next hint", err)
	}
	return fromNanos(visible.Int64), true, nil
}

func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// Delete removes messages that have been worked off. A receipt that is no longer
// the message's newest removes nothing, and is no error: somebody else has it.
func (q *Queue) Delete(ctx context.Context, receipts ...string) error {
	parsed := make([]receipt, len(receipts))
	for i, s := range receipts {
		var err error
		if parsed[i], err = parseReceipt(s); err != nil {
			return err
		}
	}
	return wrap("delete hints", q.db.write.submit(ctx, func(x tx) error {
		for _, r := range parsed {
			if _, err := x.exec(`delete from hint where id = ? and received = ?`, r.id, r.received); err != nil {
				return err
			}
		}
		return nil
	}))
}

// ChangeVisibility hides the message for d from now on; 0 shows it at once. It
// answers [task.ErrNotFound] where the message is no longer in this receiver's hands.
func (q *Queue) ChangeVisibility(ctx context.Context, token string, d time.Duration) error {
	r, err := parseReceipt(token)
	if err != nil {
		return err
	}
	now := time.Now()
	visible := now.Add(min(max(d, 0), maxVisibility))
	err = q.db.write.submit(ctx, func(x tx) error {
		n, err := x.exec(`update hint set visible_at = ? where id = ? and received = ? and visible_at > ?`, nanos(visible), r.id, r.received, nanos(now))
		if err == nil && n == 0 {
			return task.ErrNotFound
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("change visibility of hint %d: %w", r.id, err)
	}
	q.notify()
	return nil
}

// receipt is one delivery: a message and how often it had been received then.
type receipt struct{ id, received int64 }

func (r receipt) String() string { return fmt.Sprintf("%d-%d", r.id, r.received) }

func parseReceipt(s string) (receipt, error) {
	id, received, _ := strings.Cut(s, "-")
	i, err1 := strconv.ParseInt(id, 10, 64)
	n, err2 := strconv.ParseInt(received, 10, 64)
	if err1 != nil || err2 != nil {
		return receipt{}, fmt.Errorf("receipt %q is none of this queue", s)
	}
	return receipt{i, n}, nil
}

// scanMessage reads a row of id, received, sent_at, body.
func scanMessage(r *sql.Rows) (Message, error) {
	var at receipt
	var sent int64
	var m Message
	if err := r.Scan(&at.id, &at.received, &sent, &m.Body); err != nil {
		return m, err
	}
	var h hint
	if err := json.Unmarshal([]byte(m.Body), &h); err != nil {
		return m, fmt.Errorf("hint %d: %w", at.id, err)
	}
	m.ID, m.Receipt = strconv.FormatInt(at.id, 10), at.String()
	m.Ref = task.Ref{Owner: h.Owner, Task: h.Task, N: h.Job}
	m.ReceiveCount, m.SentAt = int(at.received), fromNanos(sent)
	return m, nil
}

func bySent(a, b Message) int {
	return cmp.Or(a.SentAt.Compare(b.SentAt), cmp.Compare(len(a.ID), len(b.ID)), strings.Compare(a.ID, b.ID))
}

// Receive takes up to limit messages, ten at most, and hides them. What has been
// received too often goes to the dead letters instead. No message is no error.
func (q *Queue) Receive(ctx context.Context, limit int) ([]Message, error) {
	var got []Message
	err := q.db.write.submit(ctx, func(x tx) error {
		got = nil
		now := time.Now()
		if err := q.dropOld(x, now); err != nil {
			return err
		}
		for want := min(limit, maxBatch); want > 0; {
			batch, dead, err := q.take(x, now, want)
			if err != nil {
				return err
			}
			got = append(got, batch...)
			want = dead // their places may be filled
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("receive hints: %w", err)
	}
	slices.SortFunc(got, bySent)
	return got, nil
}

// take receives up to n messages, of which some may go to the dead letters.
func (q *Queue) take(x tx, now time.Time, n int) (got []Message, dead int, err error) {
	var spent []string
	err = x.each(`update hint set visible_at = ?, received = received + 1
		where id in (select id from hint where visible_at <= ? order by visible_at, id limit ?)
		returning id, received, sent_at, body`,
		[]any{nanos(now.Add(q.Visibility)), nanos(now), n}, func(r *sql.Rows) error {
			m, err := scanMessage(r)
			if m.ReceiveCount > q.MaxReceive {
				spent = append(spent, m.ID)
			} else {
				got = append(got, m)
			}
			return err
		})
	if err == nil && len(spent) > 0 {
		err = bury(x, now, spent)
	}
	return got, len(spent), err
}

// dropOld removes messages past their retention, a few at each receive.
func (q *Queue) dropOld(x tx, now time.Time) error {
	_, err := x.exec(`delete from hint where id in (select id from hint order by id limit 16) and sent_at <= ?`, nanos(now.Add(-q.Retention)))
	return err
}
