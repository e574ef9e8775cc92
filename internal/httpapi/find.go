package httpapi

import (
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"volcimage/internal/task"
)

// Counts is how many tasks there are of each kind.
type Counts struct {
	Status     map[task.Status]int64 `json:"status" doc:"By status; of those whose run is not over, up to 1,000" example:"{\"COMPLETED\":312}"`
	Tags       map[string]int64      `json:"tags" doc:"By tag, as it was last spelled; at most 1,000 entries in all" example:"{\"fox\":12}"`
	Folders    map[string]int64      `json:"folders" doc:"By the folder's id"`
	Favourites int64                 `json:"favourites" example:"7"`
	Bin        int64                 `json:"bin" doc:"In the bin, and counted nowhere else" example:"0"`
}

type countsOutput struct{ Body Counts }

func (s *service) counts(ctx context.Context, _ *struct{}) (*countsOutput, error) {
	c, err := s.Library.Counts(ctx, requestOf(ctx).owner)
	if err != nil {
		return nil, fmt.Errorf("count: %w", err)
	}
	return &countsOutput{Counts{Status: c.Statuses, Tags: c.Tags, Folders: c.Folders, Favourites: c.Favourites, Bin: c.Bin}}, nil
}

type suggestInput struct {
	Text string `query:"q" maxLength:"200" doc:"Text of the search box up to where is typed" example:"snow tag:f"`
}

// Suggestions are what the word that is typed may become.
type Suggestions struct {
	Word  string       `json:"word" doc:"The last word of q, which a suggestion stands for" example:"tag:f"`
	Items []Suggestion `json:"items" doc:"At most eight of a kind"`
}

// Suggestion is one of them.
type Suggestion struct {
	Kind  string `json:"kind" enum:"tag,model,operator,status,ratio"`
	Text  string `json:"text" doc:"The tag, the model's id, the name before a colon or the value behind it" example:"fox"`
	Count int64  `json:"count,omitempty" doc:"Tasks that have the tag" example:"12"`
}

type suggestOutput struct{ Body Suggestions }

func (s *service) suggest(ctx context.Context, in *suggestInput) (*suggestOutput, error) {
	word, all, err := s.Library.Suggest(ctx, requestOf(ctx).owner, in.Text)
	if err != nil {
		return nil, fmt.Errorf("suggest: %w", err)
	}
	out := &suggestOutput{Suggestions{Word: word, Items: make([]Suggestion, len(all))}}
	for i, a := range all {
		out.Body.Items[i] = Suggestion{Kind: a.Kind, Text: a.Text, Count: a.N}
	}
	return out, nil
}

func (s *service) registerFind() {
	add(s, s.operation(huma.Operation{
		OperationID: "get-counts", Method: http.MethodGet, Path: base + "/counts",
		Summary:     "Count tasks by status, tag and folder",
		Description: "A new task is counted by its status at once, by tag and folder within seconds.",
		Responses: example(http.StatusOK, "How many there are of each", Counts{
			Status: map[task.Status]int64{task.Completed: 312}, Tags: map[string]int64{"fox": 12}, Folders: map[string]int64{}, Favourites: 7,
		}),
	}), s.counts)
	add(s, s.operation(huma.Operation{
		OperationID: "suggest", Method: http.MethodGet, Path: base + "/suggest",
		Summary:     "Complete what is typed into the search box",
		Description: "Your tags, the models, the names that may stand before a colon and their values.",
		Responses:   example(http.StatusOK, "What the last word may become", Suggestions{Word: "tag:f", Items: []Suggestion{{Kind: "tag", Text: "fox", Count: 12}}}),
	}), s.suggest)
}
