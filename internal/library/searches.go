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
	return records(ctx, s, o, kindSearch, task.MaxSearches, searchOf)
}

// NewSearch saves a search under a name.
func (s *Service) NewSearch(ctx context.Context, o task.Owner, name string, filters []byte) (task.SavedSearch, error) {
	q := task.SavedSearch{Owner: o, ID: string(task.NewID(s.Now())), CreatedAt: s.Now().UTC()}
	if err := q.Edit(task.SearchEdit{Name: &name, Filters: filters}); err != nil {
		return q, err
	}
	r, err := searchRecord(&q, s.Now())
	if err == nil {
		err = s.add(ctx, &r, task.MaxSearches)
	}
	q.Version = r.Version
	return q, err
}

// EditSearch changes a saved search. Where version is not 0 it must be of that
// version, otherwise it answers [task.ErrStale].
func (s *Service) EditSearch(ctx context.Context, o task.Owner, id string, version int64, e task.SearchEdit) (task.SavedSearch, error) {
	for range changeTries {
		q, err := record(ctx, s, o, kindSearch, id, searchOf)
		if err != nil {
			return q, err
		}
		if version != 0 && version != q.Version {
			return q, task.ErrStale
		}
		if err := q.Edit(e); err != nil {
			return q, err
		}
		r, err := searchRecord(&q, s.Now())
		if err == nil {
			err = s.Store.SaveRecord(ctx, &r)
		}
		if task.KindOf(err) == task.Conflict {
			continue
		}
		q.Version = r.Version
		return q, err
	}
	return task.SavedSearch{}, fmt.Errorf("save search %s: %w", id, task.ErrConflict)
}

// DeleteSearch forgets a saved search. What it finds stays.
func (s *Service) DeleteSearch(ctx context.Context, o task.Owner, id string) error {
	return s.removeRecord(ctx, o, kindSearch, id)
}
