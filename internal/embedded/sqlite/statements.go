package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// statements prepares each SQL text once. The texts are constants of this
// package, but for List's, of which there are sixteen; so it stays small.
type statements struct {
	prepare func(ctx context.Context, text string) (*sql.Stmt, error)
	mu      sync.RWMutex
	byText  map[string]*sql.Stmt
}

func (s *statements) get(ctx context.Context, text string) (*sql.Stmt, error) {
	s.mu.RLock()
	st := s.byText[text]
	s.mu.RUnlock()
	if st != nil {
		return st, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if st = s.byText[text]; st != nil {
		return st, nil
	}
	// The statement outlives the call, so the call's end must not end it.
	st, err := s.prepare(context.WithoutCancel(ctx), text) //nolint:sqlclosecheck // close does
	if err != nil {
		return nil, err
	}
	if s.byText == nil {
		s.byText = map[string]*sql.Stmt{}
	}
	s.byText[text] = st
	return st, nil
}

func (s *statements) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var err error
	for _, st := range s.byText {
		err = errors.Join(err, st.Close())
	}
	s.byText = nil
	return err
}

// each runs a query and hands every row to scan, until it answers false.
func (s *statements) each(ctx context.Context, text string, args []any, scan func(*sql.Rows) (more bool, err error)) (err error) {
	st, err := s.get(ctx, text) //nolint:sqlclosecheck // stays prepared until the database closes
	if err != nil {
		return err
	}
	rows, err := st.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if more, err := scan(rows); err != nil || !more {
			return err
		}
	}
	return rows.Err()
}

// first hands the only row to scan and tells whether there was one. A read of one
// row is over before it could be stopped, so it is not watched by a goroutine,
// which would take as long as the read.
func (s *statements) first(ctx context.Context, text string, args []any, scan func(*sql.Rows) error) (found bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	ctx = context.WithoutCancel(ctx)
	err = s.each(ctx, text, args, func(r *sql.Rows) (bool, error) {
		found = true
		return false, scan(r)
	})
	return found, err
}
