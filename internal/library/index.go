package library

import (
	"context"
	"fmt"
	"log/slog"

	"volcimage/internal/task"
)

// IndexStore is what the index step needs of the table.
type IndexStore interface {
	// Index puts a task's words into the index, if need be, and others' of its owner
	// where that is as cheap; more tells whether some of those are left.
	Index(ctx context.Context, r task.Ref) (more bool, err error)
}

// Indexer keeps the index of words. A task is due for it from its submit on, and
// found meanwhile by a look at it; see package search.
type Indexer struct {
	Store IndexStore
	Hints task.Hints
	Log   *slog.Logger
}

// Step puts a task into the index. Any number at once, and any number of times, is
// harmless. An error means that the task stays due.
func (x *Indexer) Step(ctx context.Context, r task.Ref) error {
	more, err := x.Store.Index(ctx, r)
	if err != nil {
		return fmt.Errorf("index %s: %w", r.Task, err)
	}
	if more {
		task.Hint(ctx, x.Hints, x.Log, r, 0)
	}
	return nil
}
