package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"volcimage/internal/task"
)

// addLine has what a person may do with what waits for a slot at the provider.
func (s *service) addLine() {
	move := func(verb, summary, description string) huma.Operation {
		return s.operation(huma.Operation{
			OperationID: verb + "-task", Method: http.MethodPost, Path: taskPath + "{id}/" + verb,
			Summary: summary, Description: description,
			Errors:    []int{http.StatusNotFound, http.StatusConflict},
			Responses: example(http.StatusOK, "The task", nil),
		})
	}
	add(s, move("hold", "Hold a waiting task back",
		"What of it was not begun yet is not begun until it is released; what was goes on. Holding it again changes nothing."), s.hold)
	add(s, move("release", "Let a held task wait again", "In its old place in the line."), s.release)
	add(s, move("next", "Put a waiting task in front",
		"Before everything else of yours that waits; one that is held is released. It does not pass what others wait for."), s.next)
	add(s, s.operation(huma.Operation{
		OperationID: "arrange-tasks", Method: http.MethodPost, Path: base + "/tasks/order",
		Summary:     "Put waiting tasks into an order",
		Description: "All at once, among the places that they have in your line: what else waits, of yours or of others, stays where it is. Those of which nothing waits any more, or that are not there, are passed over.",
		RequestBody: bodyExample("The order", OrderRequest{IDs: []task.ID{exampleID, "01KAZ3V5N8Q2W4E6R8T0YACDEG"}}),
		Errors:      []int{http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType},
		Responses:   example(http.StatusOK, "Those that wait, in that order", Tasks{Items: []Task{taskExample()}}),
	}), s.arrange)
}

// OrderRequest is in which order tasks are to be begun.
type OrderRequest struct {
	IDs []task.ID `json:"ids" minItems:"1" maxItems:"20" uniqueItems:"true" doc:"Tasks that wait, the first to be begun first"`
}

type orderInput struct{ Body OrderRequest }

func (s *service) arrange(ctx context.Context, in *orderInput) (*tasksOutput, error) {
	ids := slices.DeleteFunc(in.Body.IDs, func(id task.ID) bool { return !id.Valid() }) // like one that is not there
	line, err := s.Submit.Arrange(ctx, requestOf(ctx).owner, ids)
	if err != nil {
		return nil, fmt.Errorf("arrange %d tasks: %w", len(ids), err)
	}
	items, err := s.viewer(ctx).tasks(line)
	if err != nil {
		return nil, err
	}
	return &tasksOutput{Tasks{Items: items}}, nil
}
