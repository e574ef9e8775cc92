package operate

import (
	"context"
	"fmt"
	"io"

	"volcimage/internal/task"
)

// Slots keeps the slots, and in them the operator's switch.
type Slots interface {
	Slots(ctx context.Context) (*task.Slots, error)
	Save(ctx context.Context, c task.Change) error
}

// Pause turns the switch on or off, also while the service runs.
func Pause(ctx context.Context, s Slots, on bool, out io.Writer) error {
	for {
		slots, err := s.Slots(ctx)
		if err != nil {
			return fmt.Errorf("pause: %w", err)
		}
		slots.Paused = on
		err = s.Save(ctx, task.Change{Slots: slots})
		if task.KindOf(err) == task.Conflict {
			continue // a step came between
		}
		if err != nil {
			return fmt.Errorf("pause: %w", err)
		}
		if on {
			return say(out, "paused: no call is begun until `make resume`\n")
		}
		return say(out, "resumed: waiting tasks begin by themselves\n")
	}
}
