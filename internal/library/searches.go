package library

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"volcimage/internal/task"
)

const kindSearch = "search"

// searchDoc is a saved search in its record.
type searchDoc struct {
	Name      string          `json:"name"`
	Filters   json.RawMessage `json:"filters"`
	CreatedAt time.Time       `json:"created_at"`
}

// searches are how saved searches lie in records.
var searches = kept[task.SavedSearch]{kindSearch, searchOf, searchRecord}

func searchOf(r task.Record) (task.SavedSearch, error) {
	var d searchDoc
	if err := json.Unmarshal(r.Doc, &d); err != nil {
		return task.SavedSearch{}, fmt.Errorf("search %s: %w", r.ID, err)
	}
	return task.SavedSearch{Owner: r.Owner, ID: r.ID, Name: d.Name, Filters: d.Filters, CreatedAt: d.CreatedAt, Version: r.Version}, nil
}

func searchRecord(q *task.SavedSearch, now time.Time) (task.Record, error) {
	doc, err := json.Marshal(searchDoc{q.Name, q.Filters, q.CreatedAt})
	return task.Record{Owner: q.Owner, Kind: kindSearch, ID: q.ID, Version: q.Version, UpdatedAt: now, Doc: doc}, err
}

// Searches are the owner's saved searches, oldest first.
func (s *Service) Searches(ctx context.Context, o task.Owner) ([]task.SavedSearch, error) {
	return searches.list(ctx, s, o, task.MaxSearches)
}

// NewSearch saves a search under a name.
func (s *Service) NewSearch(ctx context.Context, o task.Owner, name string, filters []byte) (task.SavedSearch, error) {
	q := task.SavedSearch{Owner: o, ID: string(task.NewID(s.Now())), CreatedAt: s.Now().UTC()}
	if err := q.Edit(task.SearchEdit{Name: &name, Filters: filters}); err != nil {
		return q, err
	}
	return searches.add(ctx, s, &q, task.MaxSearches)
}

// EditSearch changes a saved search. Where version is not 0 it must be of that
// version, otherwise it answers [task.ErrStale].
func (s *Service) EditSearch(ctx context.Context, o task.Owner, id string, version int64, e task.SearchEdit) (task.SavedSearch, error) {
	return searches.edit(ctx, s, o, id, version, func(q *task.SavedSearch) error { return q.Edit(e) })
}

// DeleteSearch forgets a saved search. What it finds stays.
func (s *Service) DeleteSearch(ctx context.Context, o task.Owner, id string) error {
	return s.removeRecord(ctx, o, kindSearch, id)
}
