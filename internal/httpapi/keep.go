package httpapi

import (
	"context"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"volcimage/internal/task"
)

// EditRequest changes what a person says of a task. What is left out stays as it is.
type EditRequest struct {
	Favourite *bool     `json:"favourite,omitempty" nullable:"false" doc:"Favourites are never removed by age or space"`
	Tags      *[]string `json:"tags,omitempty" nullable:"false" doc:"All tags of the task, at most 20 of 40 characters each; case, width and spaces do not make another tag. No comma, no double quote" example:"[\"fox\",\"冬天\"]"`
	Note      *string   `json:"note,omitempty" nullable:"false" doc:"At most 2,000 characters; empty for none" example:"For the card to grandmother"`
	Folder    *string   `json:"folder,omitempty" nullable:"false" doc:"Id of the folder to put it in; empty for none" example:"01KAZ3V5N8Q2W4E6R8T0YACDEF"`
}

func (e *EditRequest) edit() task.Edit {
	return task.Edit{Favourite: e.Favourite, Tags: e.Tags, Note: e.Note, Folder: e.Folder}
}

type editInput struct {
	ID      task.ID `path:"id" doc:"The task's id" example:"01KAZ3V5N8Q2W4E6R8T0YACDEF"`
	IfMatch ifMatch `header:"If-Match" doc:"The task's version in quotes: where it has another by now, nothing is changed" example:"\"7\""`
	Body    EditRequest
}

// ifMatch is a version in double quotes, as HTTP spells a tag.
type ifMatch string

// version is 0 where any will do.
func (m ifMatch) version() (int64, error) {
	if m == "" || m == "*" {
		return 0, nil
	}
	if quoted, err := strconv.Unquote(string(m)); err == nil && m[0] == '"' {
		if v, err := strconv.ParseInt(quoted, 10, 64); err == nil && v > 0 {
			return v, nil
		}
	}
	return 0, invalid("header.If-Match", "must be a version in double quotes", string(m))
}

func (s *service) registerKeep() {
	add(s, s.operation(huma.Operation{
		OperationID: "edit-task", Method: http.MethodPatch, Path: taskPath + "{id}",
		Summary:     "Mark a task as favourite, tag it, note something",
		Description: "What is left out stays as it is. A task in the bin is restored first.",
		RequestBody: bodyExample("What changes", EditRequest{Favourite: new(true), Tags: &[]string{"fox", "冬天"}, Note: new("For the card to grandmother")}),
		Errors:      []int{http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType},
		Responses:   example(http.StatusOK, "The task as it is now", nil),
	}), s.edit)
}

func (s *service) edit(ctx context.Context, in *editInput) (*taskOutput, error) {
	version, err := in.IfMatch.version()
	if err != nil {
		return nil, err
	}
	return s.one(ctx, &taskInput{in.ID}, "edit", func(ctx context.Context, o task.Owner, id task.ID) (task.Task, error) {
		return s.Library.Edit(ctx, o, id, version, in.Body.edit())
	})
}

// bodyExample describes the body of an operation.
func bodyExample(description string, body any) *huma.RequestBody {
	return &huma.RequestBody{
		Description: description,
		Content:     map[string]*huma.MediaType{"application/json": {Example: body}},
	}
}
