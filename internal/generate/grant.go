package generate

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"volcimage/internal/task"
)

// GrantStore is what granting slots needs of the table.
type GrantStore interface {
	Slots(ctx context.Context) (*task.Slots, error)
	Heads(ctx context.Context) ([]task.Head, error)
	Job(ctx context.Context, r task.Ref) (*task.Job, error)
	Task(ctx context.Context, o task.Owner, id task.ID) (task.Task, error)
	Save(ctx context.Context, c task.Change) error
}

// Granter gives free slots to waiting jobs. Submit, each step that frees a slot
// and the janitor call it; any number at once is harmless.
type Granter struct {
	Store  GrantStore
	Hints  task.Hints
	Limits task.Limits
	Now    func() time.Time
	Log    *slog.Logger
}

// Grant fills the free slots. A nil error means that at some moment since the
// call no slot was free, or nobody waited who could have one.
func (g *Granter) Grant(ctx context.Context) error {
	conflicts := 0
	for conflicts < changeTries {
		granted, err := g.grantOne(ctx)
		switch {
		case task.KindOf(err) == task.Conflict, task.KindOf(err) == task.NotFound:
			conflicts++ // somebody was faster; look again
		case err != nil:
			return fmt.Errorf("grant a slot: %w", err)
		case !granted:
			return nil
		}
	}
	return fmt.Errorf("grant a slot: %w", task.ErrConflict)
}

func (g *Granter) grantOne(ctx context.Context) (bool, error) {
	slots, err := g.Store.Slots(ctx)
	if err != nil || slots.Full(g.Limits, g.Now()) {
		return false, err
	}
	heads, err := g.Store.Heads(ctx)
	if err != nil {
		return false, err
	}
	head, ok := slots.Next(heads, g.Limits, g.Now())
	if !ok {
		return false, nil
	}
	j, err := g.Store.Job(ctx, head.Ref)
	if err != nil {
		return false, err
	}
	if j.Status != task.JobWaiting {
		return false, task.ErrConflict
	}
	t, err := g.Store.Task(ctx, j.Owner, j.Task)
	if err != nil {
		return false, err
	}
	now := g.Now()
	j.Grant(now)
	slots.Take(j, now)
	t.JobGranted(j, now)
	if err := g.Store.Save(ctx, task.Change{Task: &t, Jobs: []*task.Job{j}, Slots: slots}); err != nil {
		return false, err
	}
	task.Hint(ctx, g.Hints, g.Log, j.Ref, 0)
	return true, nil
}
