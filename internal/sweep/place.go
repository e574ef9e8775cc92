package sweep

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"volcimage/internal/task"
)

// kindSwept are the records of places, one for each reason to remove.
const kindSwept = "swept"

// place is how far an owner's oldest tasks were found to stay. A person may have any
// number of favourites that are old: they are read once a day, not in every round,
// and hide nothing that is younger.
type place struct {
	Day    string  `json:"day"` // UTC; on another one the place counts no more
	After  task.ID `json:"after"`
	record task.Record
	before task.ID // After as it was read
}

func (s *Sweeper) place(ctx context.Context, o task.Owner, why string) (place, error) {
	p := place{Day: s.Now().UTC().Format(time.DateOnly), record: task.Record{Owner: o, Kind: kindSwept, ID: why}}
	r, err := s.Store.Record(ctx, o, kindSwept, why)
	if task.KindOf(err) == task.NotFound {
		return p, nil
	}
	if err != nil {
		return p, fmt.Errorf("read place: %w", err)
	}
	p.record = r
	var saved place
	if json.Unmarshal(r.Doc, &saved) == nil && saved.Day == p.Day { // a damaged one counts as none
		p.After, p.before = saved.After, saved.After
	}
	return p, nil
}

// savePlace keeps a place that is other than it was read. Of two rounds at once one
// does, which is enough.
func (s *Sweeper) savePlace(ctx context.Context, p place) error {
	if p.After == p.before {
		return nil
	}
	doc, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("save place: %w", err)
	}
	p.record.Doc, p.record.UpdatedAt = doc, s.Now()
	if err := s.Store.SaveRecord(ctx, &p.record); err != nil && task.KindOf(err) != task.Conflict {
		return fmt.Errorf("save place: %w", err)
	}
	return nil
}
