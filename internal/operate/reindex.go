package operate

import (
	"context"
	"fmt"
	"io"

	"volcimage/internal/task"
)

// Indexed is what has tasks indexed anew.
type Indexed interface {
	Usage(ctx context.Context) ([]task.OwnerUsage, error)
	// Reindex does so with up to limit of the owner's tasks behind after, and answers
	// the last; empty at the end.
	Reindex(ctx context.Context, o task.Owner, after task.ID, limit int) (last task.ID, err error)
}

// anewBatch is how many tasks are taken out of the index at once.
const anewBatch = 100

// Reindex has all tasks put into the index anew, also while the service runs. They
// are found all the while; the service does it step by step.
func Reindex(ctx context.Context, store Indexed, out io.Writer) error {
	owners, err := store.Usage(ctx)
	if err != nil {
		return fmt.Errorf("reindex: %w", err)
	}
	for _, o := range owners {
		for after := task.ID(""); ; {
			if after, err = store.Reindex(ctx, o.Owner, after, anewBatch); err != nil {
				return fmt.Errorf("reindex: %w", err)
			}
			if after == "" {
				break
			}
		}
	}
	return say(out, "the tasks of %d owners will be indexed anew; searches find them meanwhile\n", len(owners))
}
