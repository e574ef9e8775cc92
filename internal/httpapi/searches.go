package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"volcimage/internal/search"
	"volcimage/internal/task"
)

const searchPath = base + "/searches"

// Filters choose tasks: the filters of GET /history, by the same names.
type Filters struct {
	Text      string   `json:"q,omitempty" maxLength:"200" doc:"What stands in the search box" example:"fox"`
	Status    []string `json:"status,omitempty" nullable:"false" enum:"PENDING,PROCESSING,COMPLETED,PARTIAL,FAILED,CANCELLED,active" doc:"Any of them; active is PENDING,PROCESSING"`
	Model     string   `json:"model,omitempty" maxLength:"64"`
	Ratio     string   `json:"ratio,omitempty" enum:"1:1,4:3,3:4,3:2,2:3,16:9,9:16,21:9,9:21," example:"16:9"`
	Tag       string   `json:"tag,omitempty" maxLength:"160" example:"fox"`
	Folder    string   `json:"folder,omitempty" maxLength:"64" doc:"Id of a folder"`
	Favourite bool     `json:"favourite,omitempty" doc:"Favourites alone"`
	Failed    bool     `json:"error,omitempty" doc:"Those alone of which a picture failed"`
	From      string   `json:"from,omitempty" maxLength:"40" doc:"A time or a day in UTC" example:"2026-11-01"`
	To        string   `json:"to,omitempty" maxLength:"40" doc:"A time or a day in UTC" example:"2026-11-30"`
	Order     string   `json:"order,omitempty" enum:"newest,oldest"`
}

// query is what the filters ask for. Wrong ones are named below a field of the body.
func (f *Filters) query(o task.Owner, below string) (task.Query, error) {
	q := task.Query{
		Owner: o, Text: f.Text, Statuses: statuses(f.Status), Model: f.Model, Ratio: f.Ratio, Tag: f.Tag, Folder: f.Folder,
		Favourite: f.Favourite, Failed: f.Failed, Oldest: f.Order == "oldest",
	}
	var err error
	if q.From, err = timeOrDay(below+".from", f.From, 0); err != nil {
		return q, err
	}
	// A day given as the end is part of what is asked for.
	if q.To, err = timeOrDay(below+".to", f.To, 24*time.Hour); err != nil {
		return q, err
	}
	if !q.From.IsZero() && !q.To.IsZero() && !q.From.Before(q.To) {
		return q, invalid(below+".to", "must be later than from", f.To)
	}
	if _, err := search.Understand(q); err != nil {
		return q, invalid(below+".q", err.Error(), f.Text)
	}
	return q, nil
}

// SavedSearch is a saved search as the API shows it.
type SavedSearch struct {
	ID        string    `json:"search_id" example:"01KAZ3V5N8Q2W4E6R8T0YACDEF"`
	Name      string    `json:"name" example:"Foxes of November"`
	Query     Filters   `json:"query" doc:"To be asked for by GET /history"`
	Version   int64     `json:"version" doc:"Grows with every change" example:"1"`
	CreatedAt time.Time `json:"created_at"`
}

// SearchList is every saved search, oldest first.
type SearchList struct {
	Items []SavedSearch `json:"items"`
}

// SearchRequest saves a search.
type SearchRequest struct {
	Name  string  `json:"name" doc:"At most 80 characters" example:"Foxes of November"`
	Query Filters `json:"query"`
}

// SearchEditRequest changes a saved search. What is left out stays as it is.
type SearchEditRequest struct {
	Name  *string  `json:"name,omitempty" nullable:"false" doc:"At most 80 characters" example:"Foxes of November"`
	Query *Filters `json:"query,omitempty" nullable:"false"`
}

func searchView(s task.SavedSearch) (SavedSearch, error) {
	v := SavedSearch{ID: s.ID, Name: s.Name, Version: s.Version, CreatedAt: shown(s.CreatedAt)}
	if err := json.Unmarshal(s.Filters, &v.Query); err != nil {
		return v, fmt.Errorf("search %s: %w", s.ID, err)
	}
	return v, nil
}

func (s *service) registerSearches() {
	filters := Filters{Text: "fox", Status: []string{"COMPLETED"}, From: "2026-11-01", To: "2026-11-30"}
	saved := SavedSearch{ID: exampleID, Name: "Foxes of November", Query: filters, Version: 1, CreatedAt: exampleTime}
	add(s, s.operation(huma.Operation{
		OperationID: "list-searches", Method: http.MethodGet, Path: searchPath,
		Summary:     "List the saved searches",
		Description: "Oldest first; there are at most 200. GET /history asks for what one finds.",
		Responses:   example(http.StatusOK, "The saved searches", SearchList{Items: []SavedSearch{saved}}),
	}), s.searches)
	add(s, s.operation(huma.Operation{
		OperationID: "create-search", Method: http.MethodPost, Path: searchPath, DefaultStatus: http.StatusCreated,
		Summary:     "Save a search under a name",
		Description: "It is a folder whose tasks are those that match, whenever one looks.",
		RequestBody: bodyExample("Its name and filters", SearchRequest{Name: saved.Name, Query: filters}),
		Errors:      []int{http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType},
		Responses:   example(http.StatusCreated, "The saved search", saved),
	}), s.newSearch)
	add(s, s.operation(huma.Operation{
		OperationID: "edit-search", Method: http.MethodPatch, Path: searchPath + "/{id}",
		Summary:     "Change a saved search",
		Description: "What is left out stays as it is; filters are replaced as a whole.",
		RequestBody: bodyExample("What changes", SearchEditRequest{Query: &filters}),
		Errors:      []int{http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType},
		Responses:   example(http.StatusOK, "The saved search as it is now", saved),
	}), s.editSearch)
	add(s, s.operation(huma.Operation{
		OperationID: "delete-search", Method: http.MethodDelete, Path: searchPath + "/{id}", DefaultStatus: http.StatusNoContent,
		Summary:     "Forget a saved search",
		Description: "What it finds stays.",
		Errors:      []int{http.StatusNotFound, http.StatusConflict},
		Responses:   example(http.StatusNoContent, "Forgotten", nil),
	}), s.deleteSearch)
}

type searchListOutput struct{ Body SearchList }

func (s *service) searches(ctx context.Context, _ *struct{}) (*searchListOutput, error) {
	all, err := s.Library.Searches(ctx, requestOf(ctx).owner)
	if err != nil {
		return nil, fmt.Errorf("list: %w", err)
	}
	out := &searchListOutput{SearchList{Items: []SavedSearch{}}}
	for _, one := range all {
		v, err := searchView(one)
		if err != nil {
			return nil, err
		}
		out.Body.Items = append(out.Body.Items, v)
	}
	return out, nil
}

type searchInput struct{ Body SearchRequest }

type searchOutput struct{ Body SavedSearch }

func (s *service) newSearch(ctx context.Context, in *searchInput) (*searchOutput, error) {
	o := requestOf(ctx).owner
	filters, err := in.Body.Query.document(o)
	if err != nil {
		return nil, err
	}
	saved, err := s.Library.NewSearch(ctx, o, in.Body.Name, filters)
	return searchAnswer(saved, err)
}

// document is the filters as they are kept, once they are found to be right.
func (f *Filters) document(o task.Owner) ([]byte, error) {
	if _, err := f.query(o, "body.query"); err != nil {
		return nil, err
	}
	return json.Marshal(f)
}

func searchAnswer(saved task.SavedSearch, err error) (*searchOutput, error) {
	if err != nil {
		return nil, fmt.Errorf("save: %w", err)
	}
	v, err := searchView(saved)
	return &searchOutput{v}, err
}

type searchEditInput struct {
	ID      string  `path:"id" doc:"The saved search's id" example:"01KAZ3V5N8Q2W4E6R8T0YACDEF"`
	IfMatch ifMatch `header:"If-Match" doc:"The version in quotes: where it has another by now, nothing is changed" example:"\"1\""`
	Body    SearchEditRequest
}

func (s *service) editSearch(ctx context.Context, in *searchEditInput) (*searchOutput, error) {
	version, err := in.IfMatch.version()
	if err != nil {
		return nil, err
	}
	if err := known(task.ID(in.ID)); err != nil {
		return nil, err
	}
	o, e := requestOf(ctx).owner, task.SearchEdit{Name: in.Body.Name}
	if in.Body.Query != nil {
		if e.Filters, err = in.Body.Query.document(o); err != nil {
			return nil, err
		}
	}
	saved, err := s.Library.EditSearch(ctx, o, in.ID, version, e)
	return searchAnswer(saved, err)
}

type searchID struct {
	ID string `path:"id" doc:"The saved search's id" example:"01KAZ3V5N8Q2W4E6R8T0YACDEF"`
}

func (s *service) deleteSearch(ctx context.Context, in *searchID) (*deleteOutput, error) {
	if err := known(task.ID(in.ID)); err != nil {
		return nil, err
	}
	if err := s.Library.DeleteSearch(ctx, requestOf(ctx).owner, in.ID); err != nil {
		return nil, fmt.Errorf("delete %s: %w", in.ID, err)
	}
	return &deleteOutput{}, nil
}
