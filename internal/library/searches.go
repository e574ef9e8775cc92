package library

import (
	"context"
	"encoding/json"
	"time"

	"volcimage/internal/record"
	"volcimage/internal/task"
)

const kindSearch = "search"

// searchDoc is a saved search in its record.
type searchDoc struct {
	Name      string          `json:"name"`
	Filters   json.RawMessage `json:"filters"`
	CreatedAt time.Time       `json:"created_at"`
}

func (s *Service) searches() record.Kind[searchDoc] {
	return record.Kind[searchDoc]{Name: kindSearch, Store: s.Store, Now: s.Now}
}

func searchOf(r record.Of[searchDoc]) task.SavedSearch {
	return task.SavedSearch{Owner: r.Owner, ID: r.ID, Name: r.Doc.Name, Filters: r.Doc.Filters, CreatedAt: r.Doc.CreatedAt, Version: r.Version}
}

// editSearch is an edit of a saved search's record.
func editSearch(e task.SearchEdit) func(*record.Of[searchDoc]) error {
	return func(r *record.Of[searchDoc]) error {
		q := searchOf(*r)
		err := q.Edit(e)
		r.Doc.Name, r.Doc.Filters = q.Name, q.Filters
		return err
	}
}

// Searches are the owner's saved searches, oldest first.
func (s *Service) Searches(ctx context.Context, o task.Owner) ([]task.SavedSearch, error) {
	rows, err := s.searches().List(ctx, o, task.MaxSearches)
	return record.Each(rows, searchOf), err
}

// NewSearch saves a search under a name.
func (s *Service) NewSearch(ctx context.Context, o task.Owner, name string, filters []byte) (task.SavedSearch, error) {
	r := s.searches().New(o, string(task.NewID(s.Now())), searchDoc{CreatedAt: s.Now().UTC()})
	err := editSearch(task.SearchEdit{Name: &name, Filters: filters})(&r)
	if err == nil {
		err = s.searches().Add(ctx, &r, task.MaxSearches)
	}
	return searchOf(r), err
}

// EditSearch changes a saved search. Where version is not 0 it must be of that
// version, otherwise it answers [task.ErrStale].
func (s *Service) EditSearch(ctx context.Context, o task.Owner, id string, version int64, e task.SearchEdit) (task.SavedSearch, error) {
	r, err := s.searches().Edit(ctx, o, id, version, editSearch(e))
	return searchOf(r), err
}

// DeleteSearch forgets a saved search. What it finds stays.
func (s *Service) DeleteSearch(ctx context.Context, o task.Owner, id string) error {
	return s.searches().Remove(ctx, o, id, 0)
}
