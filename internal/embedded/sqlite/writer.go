package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"
)

// ErrClosed is the answer of a database that was closed.
var ErrClosed = errors.New("the database is closed")

// groupMax is how many callers share a transaction: enough that the sync of the
// disk hardly counts, few enough that the first of them does not wait long.
const groupMax = 64

// writer owns the one connection that writes. Its goroutine takes what waits and
// commits it together; while it does, the next group gathers.
type writer struct {
	db    *sql.DB
	conn  *sql.Conn
	stmts statements
	// ctx never ends. No caller's context reaches the statements: ending one
	// would end the transaction of all.
	ctx      context.Context
	requests chan *request
	// behind are requests that nobody waits for, see submitBehind.
	behind chan *request
	// behindUntil is when the next of them may go before others.
	behindUntil time.Time
	stop        chan struct{}
	once        sync.Once
	done        chan struct{}
}

// request is one caller's change.
type request struct {
	// do runs in the writer's goroutine, in a savepoint of its own: an error
	// undoes what it did and nothing else.
	do   func(tx) error
	err  error
	done chan struct{}
}

func newWriter(ctx context.Context, db *sql.DB, conn *sql.Conn) *writer {
	w := &writer{
		ctx: context.WithoutCancel(ctx),
		db:  db, conn: conn, requests: make(chan *request), behind: make(chan *request),
		stop: make(chan struct{}), done: make(chan struct{}),
	}
	w.stmts.prepare = conn.PrepareContext
	go w.run()
	return w
}

// end lets what was begun finish and refuses the rest.
func (w *writer) end() {
	w.once.Do(func() { close(w.stop) })
	<-w.done
}

func (w *writer) close() error {
	w.end()
	return errors.Join(w.stmts.close(), w.conn.Close(), w.db.Close())
}

// submit answers once the change is on disk, or surely will not be. The context
// counts while the change waits for its turn; a change that was taken up is
// waited for, since only then is its outcome known.
func (w *writer) submit(ctx context.Context, do func(tx) error) error {
	return w.hand(ctx, w.requests, do)
}

// behindShare is how many times as long as a change behind the others took, the
// others go before the next.
const behindShare = 4

// behindGrace is how long the writer waits for others before one behind goes out of
// its turn: those who were just answered come again in no time.
const behindGrace = 2 * time.Millisecond

// submitBehind is submit for a change that gives way to others: it has a
// transaction of its own, which gets at most a fifth of the time while others wait.
func (w *writer) submitBehind(ctx context.Context, do func(tx) error) error {
	return w.hand(ctx, w.behind, do)
}

func (w *writer) hand(ctx context.Context, to chan<- *request, do func(tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r := &request{do: do, done: make(chan struct{})}
	select {
	case to <- r:
		<-r.done
		return r.err
	case <-ctx.Done():
		return ctx.Err()
	case <-w.stop:
		return ErrClosed
	}
}

func (w *writer) run() {
	defer close(w.done)
	group := make([]*request, 0, groupMax)
	for {
		r, behind := w.next()
		switch {
		case r == nil:
			return
		case behind:
			began := time.Now()
			group = append(group[:0], r)
			w.commit(group)
			w.behindUntil = time.Now().Add(behindShare * time.Since(began))
		default:
			group = w.gather(append(group[:0], r))
			w.commit(group)
		}
		for _, r := range group {
			close(r.done)
		}
	}
}

// next waits for a request; nil means that there will be none. Those behind come
// when no other waits, or when it is their turn.
func (w *writer) next() (r *request, behind bool) {
	if time.Now().After(w.behindUntil) {
		select {
		case r := <-w.behind:
			return r, true
		default:
		}
	}
	if wait := time.Until(w.behindUntil); wait > 0 {
		t := time.NewTimer(min(wait, behindGrace))
		defer t.Stop()
		select {
		case r := <-w.requests:
			return r, false
		case <-t.C:
		case <-w.stop:
			return nil, false
		}
	} else {
		select {
		case r := <-w.requests:
			return r, false
		default:
		}
	}
	select {
	case r := <-w.requests:
		return r, false
	case r := <-w.behind:
		return r, true
	case <-w.stop:
		return nil, false
	}
}

// gather adds those who wait already. It never waits for more.
func (w *writer) gather(group []*request) []*request {
	for len(group) < groupMax {
		select {
		case r := <-w.requests:
			group = append(group, r)
		default:
			return group
		}
	}
	return group
}

// commit does the whole group in one transaction. Where the transaction itself
// fails, all of the group fail by it.
func (w *writer) commit(group []*request) {
	t := tx{w}
	err := t.plain("begin immediate")
	if err != nil {
		failAll(group, fmt.Errorf("begin: %w", err))
		return
	}
	for _, r := range group {
		if err := t.one(r); err != nil {
			_ = t.plain("rollback") // SQLite may have done so; err says why
			failAll(group, err)
			return
		}
	}
	if err := t.plain("commit"); err != nil {
		_ = t.plain("rollback") // likewise
		failAll(group, fmt.Errorf("commit: %w", err))
	}
}

func failAll(group []*request, err error) {
	for _, r := range group {
		r.err = err
	}
}

// tx is the open transaction of the writer.
type tx struct{ w *writer }

// one does a single change. The error it answers is of the transaction; that of
// the change is in r.
func (t tx) one(r *request) error {
	if err := t.plain("savepoint change"); err != nil {
		return fmt.Errorf("savepoint: %w", err)
	}
	if r.err = r.do(t); r.err != nil {
		if err := t.plain("rollback to change"); err != nil {
			return r.err // a full disk or the like undid the whole transaction
		}
	}
	if err := t.plain("release change"); err != nil {
		return fmt.Errorf("release: %w", err)
	}
	return nil
}

func (t tx) plain(text string) error {
	_, err := t.exec(text)
	return err
}

// exec runs a statement and tells how many rows it changed.
func (t tx) exec(text string, args ...any) (int64, error) {
	st, err := t.w.stmts.get(t.w.ctx, text) //nolint:sqlclosecheck // stays prepared until the database closes
	if err != nil {
		return 0, err
	}
	res, err := st.ExecContext(t.w.ctx, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (t tx) each(text string, args []any, scan func(*sql.Rows) error) error {
	return t.w.stmts.each(t.w.ctx, text, args, func(r *sql.Rows) (bool, error) { return true, scan(r) })
}

func (t tx) first(text string, args []any, scan func(*sql.Rows) error) (bool, error) {
	return t.w.stmts.first(t.w.ctx, text, args, scan)
}
