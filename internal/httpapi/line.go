package httpapi

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"
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
}
