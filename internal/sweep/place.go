package sweep

import (
	"context"
	"time"

	"volcimage/internal/record"
	"volcimage/internal/task"
)

// place is how far an owner's oldest tasks were found to stay. A person may have any
// number of favourites that are old: they are read once a day, not in every round,
// and hide nothing that is younger.
type place struct {
	Day   string  `json:"day"` // UTC; on another one the place counts no more
	After task.ID `json:"after"`
}

// places are the records of places, one for each reason to remove.
func (s *Sweeper) places() record.Kind[place] {
	return record.Kind[place]{Name: "swept", Store: s.Store, Now: s.Now}
}

// place reads that of today. A damaged one counts as none, and is written anew.
func (s *Sweeper) place(ctx context.Context, o task.Owner, why string) (record.Of[place], error) {
	p, err := s.places().GetOrNew(ctx, o, why)
	if err != nil && p.Version > 0 { // the record is there, its document says nothing
		p.Doc, err = place{}, nil
	}
	if today := s.Now().UTC().Format(time.DateOnly); p.Doc.Day != today {
		p.Doc = place{Day: today}
	}
	return p, err
}

// savePlace keeps a place that moved on. Of two rounds at once one does, which is enough.
func (s *Sweeper) savePlace(ctx context.Context, p record.Of[place], after task.ID) error {
	if after == p.Doc.After {
		return nil
	}
	p.Doc.After = after
	return task.ButConflict(s.places().Save(ctx, &p))
}
