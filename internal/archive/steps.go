package archive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"volcimage/internal/task"
)

// Store is what exports and imports need of the table.
type Store interface {
	Record(ctx context.Context, o task.Owner, kind, id string) (task.Record, error)
	Records(ctx context.Context, o task.Owner, kind, after string, limit int) ([]task.Record, error)
	SaveRecord(ctx context.Context, r *task.Record) error
	DeleteRecord(ctx context.Context, r task.Record) error
	List(ctx context.Context, q task.Query) (task.Page, error)
	Tasks(ctx context.Context, o task.Owner, ids []task.ID) ([]task.Task, error)
}

// Hints puts the next step of an export or import into the queue.
type Hints interface {
	Send(ctx context.Context, r task.Ref, delay time.Duration) error
}

// The states of an export, and of an import.
const (
	Open    = "open" // an import whose archive is still to come
	Running = "running"
	Done    = "done"
	Failed  = "failed"
)

// Progress is what the records of exports and imports have in common.
type Progress struct {
	ID         task.ID `json:"-"`
	Status     string
	CreatedAt  time.Time
	FinishedAt time.Time
	Code       task.Code `json:",omitempty"` // why it failed
	Tries      int       // failed steps since the last that got on

	version int64
	nextAt  time.Time // when the next step is due; while one is taken, the end of its lease
}

func (p *Progress) end(status string, code task.Code, now time.Time) {
	p.Status, p.Code, p.FinishedAt, p.nextAt = status, code, now, time.Time{}
}

const (
	// leaseMargin is how much longer a lease lasts than its step may take.
	leaseMargin = 5 * time.Second
	// skew is how early a step may come: the queue's clock is another.
	skew     = time.Second
	maxTries = 5
	// retryAfter is the pause after the first failed step; it grows by as much.
	retryAfter = 10 * time.Second
	// maxListed is how many of a kind an owner sees; older ones are forgotten.
	maxListed = 50
	// Kept is how long files that are there for a while stay, at least.
	Kept = 24 * time.Hour
)

// steps takes records of one kind from step to step, one step at a time.
type steps[T any] struct {
	kind  string
	n     int // the [task.Ref.N] of a step
	of    func(*T) *Progress
	store Store
	hints Hints
	now   func() time.Time
	log   *slog.Logger
}

// get reads one record.
func (s steps[T]) get(ctx context.Context, o task.Owner, id task.ID) (T, task.Record, error) {
	r, err := s.store.Record(ctx, o, s.kind, string(id))
	if err != nil {
		var none T
		return none, r, fmt.Errorf("read %s %s: %w", s.kind, id, err)
	}
	x, err := s.read(r)
	return x, r, err
}

func (s steps[T]) read(r task.Record) (x T, err error) {
	if err := json.Unmarshal(r.Doc, &x); err != nil {
		return x, fmt.Errorf("read %s %s: %w", s.kind, r.ID, err)
	}
	p := s.of(&x)
	p.ID, p.version, p.nextAt = task.ID(r.ID), r.Version, r.NextAt
	return x, nil
}

func (s steps[T]) save(ctx context.Context, o task.Owner, x *T) error {
	p := s.of(x)
	doc, err := json.Marshal(x)
	if err == nil && len(doc) > task.MaxRecord {
		err = errors.New("the record is full")
	}
	if err != nil {
		return fmt.Errorf("write %s %s: %w", s.kind, p.ID, err)
	}
	r := task.Record{Owner: o, Kind: s.kind, ID: string(p.ID), Version: p.version, UpdatedAt: s.now(), Doc: doc, Step: s.n, NextAt: p.nextAt}
	if err := s.store.SaveRecord(ctx, &r); err != nil {
		return fmt.Errorf("save %s %s: %w", s.kind, p.ID, err)
	}
	p.version = r.Version
	return nil
}

// list reads the owner's latest, newest first. Older ones are forgotten, and what
// forget removes with each.
func (s steps[T]) list(ctx context.Context, o task.Owner, forget func(task.ID) error) ([]T, error) {
	rows, err := s.store.Records(ctx, o, s.kind, "", 2*maxListed)
	if err != nil {
		return nil, fmt.Errorf("list %ss: %w", s.kind, err)
	}
	for len(rows) > maxListed {
		err := forget(task.ID(rows[0].ID))
		if err == nil {
			err = s.store.DeleteRecord(ctx, rows[0])
		}
		if err != nil && task.KindOf(err) != task.Conflict {
			return nil, fmt.Errorf("forget %s %s: %w", s.kind, rows[0].ID, err)
		}
		rows = rows[1:]
	}
	all := make([]T, len(rows))
	for i, r := range rows {
		if all[len(rows)-1-i], err = s.read(r); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (s steps[T]) hint(ctx context.Context, o task.Owner, id task.ID, delay time.Duration) {
	sendHint(ctx, s.hints, s.log, task.Ref{Owner: o, Task: id, N: s.n}, delay)
}

// sendHint hints at a step. Where that fails the due index has it.
func sendHint(ctx context.Context, hints Hints, log *slog.Logger, r task.Ref, delay time.Duration) {
	if err := hints.Send(ctx, r, delay); err != nil {
		log.WarnContext(ctx, "hint not sent", "task_id", r.Task, "job", r.N, "error", err)
	}
}

// final is why a step fails that would fail again.
type final struct {
	code task.Code
	err  error
}

func (f *final) Error() string { return f.err.Error() }

// step takes the next step of the record that r names: it leases the record, has do
// get on with it, and saves how far it is then. failed is its code where too many
// steps in a row fail. A nil error means that the message may be deleted.
func (s steps[T]) step(ctx context.Context, r task.Ref, failed task.Code, do func(context.Context, *T) error) error {
	x, _, err := s.get(ctx, r.Owner, r.Task)
	if task.KindOf(err) == task.NotFound {
		return nil // deleted
	}
	p := s.of(&x)
	if err != nil || p.Status != Running || p.nextAt.After(s.now().Add(skew)) {
		return err
	}
	end, ok := ctx.Deadline()
	if !ok {
		return errors.New("archive: no deadline")
	}
	p.nextAt = s.now().Add(time.Until(end) + leaseMargin)
	if err := s.save(ctx, r.Owner, &x); err != nil {
		return task.ButConflict(err)
	}
	return task.ButConflict(s.advance(ctx, r.Owner, &x, failed, do))
}

// advance does the step under its lease, and saves what came of it.
func (s steps[T]) advance(ctx context.Context, o task.Owner, x *T, failed task.Code, do func(context.Context, *T) error) error {
	before, p := *x, s.of(x)
	delay := time.Duration(0)
	if err := do(ctx, x); err != nil {
		*x = before
		p.Tries++
		delay = time.Duration(p.Tries) * retryAfter
		s.log.WarnContext(ctx, "a step of an export or import failed", "kind", s.kind, "task_id", p.ID, "try", p.Tries, "error", err)
		var never *final
		switch {
		case errors.As(err, &never):
			p.end(Failed, never.code, s.now())
		case p.Tries >= maxTries:
			p.end(Failed, failed, s.now())
		}
	} else {
		p.Tries = 0
	}
	if p.Status == Running {
		p.nextAt = s.now().Add(delay)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaseMargin)
	defer cancel()
	if err := s.save(ctx, o, x); err != nil {
		return err
	}
	if p.Status == Running {
		s.hint(ctx, o, p.ID, delay)
	}
	return nil
}

// takeOver goes on at once with what a process before this one had in hand, instead
// of waiting for its lease to end. It is for one machine, before the first step.
func (s steps[T]) takeOver(ctx context.Context, r task.Ref) error {
	x, _, err := s.get(ctx, r.Owner, r.Task)
	if task.KindOf(err) == task.NotFound {
		return nil
	}
	p := s.of(&x)
	if err != nil || p.Status != Running {
		return err
	}
	p.nextAt = s.now()
	if err := s.save(ctx, r.Owner, &x); err != nil {
		return task.ButConflict(err)
	}
	s.hint(ctx, r.Owner, r.Task, 0)
	return nil
}
