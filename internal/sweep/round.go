package sweep

import (
	"context"
	"time"

	"volcimage/internal/record"
	"volcimage/internal/task"
)

const (
	// janitor is whose records the rounds are: no API key stands for such a name.
	janitor task.Owner = "*janitor"
	// What the records of rounds are named after.
	roundOfObjects = "objects"
	roundOfRows    = "rows"
)

// round is how far the janitor has come who goes round everything, a piece a sweep.
// It outlives who sweeps. The zero round is one that is to begin.
type round struct {
	Place string    `json:"place"` // behind what was looked at last; empty between two rounds
	Next  time.Time `json:"next"`  // when the next round begins
}

// goRound takes one piece of a round, unless the next one is still to come, and
// keeps where it ended. Two who take the same piece do the same, and do no harm.
func (s *Sweeper) goRound(ctx context.Context, name string, piece func(place string) (n int, next string, err error)) (int, error) {
	rounds := record.Kind[round]{Name: "round", Store: s.Store, Now: s.Now}
	r, err := rounds.GetOrNew(ctx, janitor, name)
	if err != nil || r.Doc.Place == "" && s.Now().Before(r.Doc.Next) {
		return 0, err
	}
	n, next, err := piece(r.Doc.Place)
	if err != nil {
		return n, err // the same piece again, at the next sweep
	}
	r.Doc = round{Place: next}
	if next == "" {
		r.Doc.Next = s.Now().Add(s.RoundEvery)
	}
	return n, task.ButConflict(rounds.Save(ctx, &r)) // another janitor was faster
}
