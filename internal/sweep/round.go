package sweep

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"volcimage/internal/task"
)

const (
	// janitor is whose records the rounds are: no API key stands for such a name.
	janitor task.Owner = "*janitor"
	// roundKind is the kind of these records, each named after what it goes round.
	roundKind      = "round"
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
	record, r, err := s.readRound(ctx, name)
	if err != nil || r.Place == "" && s.Now().Before(r.Next) {
		return 0, err
	}
	n, next, err := piece(r.Place)
	if err != nil {
		return n, err // the same piece again, at the next sweep
	}
	r = round{Place: next}
	if next == "" {
		r.Next = s.Now().Add(s.RoundEvery)
	}
	return n, s.saveRound(ctx, record, r)
}

func (s *Sweeper) readRound(ctx context.Context, name string) (task.Record, round, error) {
	var r round
	record, err := s.Store.Record(ctx, janitor, roundKind, name)
	if task.KindOf(err) == task.NotFound {
		return task.Record{Owner: janitor, Kind: roundKind, ID: name}, r, nil
	}
	if err == nil {
		err = json.Unmarshal(record.Doc, &r)
	}
	if err != nil {
		return record, r, fmt.Errorf("read round of %s: %w", name, err)
	}
	return record, r, nil
}

// saveRound leaves it to another janitor who was faster.
func (s *Sweeper) saveRound(ctx context.Context, record task.Record, r round) error {
	doc, err := json.Marshal(r)
	if err == nil {
		record.Doc, record.UpdatedAt = doc, s.Now()
		err = s.Store.SaveRecord(ctx, &record)
	}
	if err != nil && task.KindOf(err) != task.Conflict {
		return fmt.Errorf("save round of %s: %w", record.ID, err)
	}
	return nil
}
