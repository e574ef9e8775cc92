package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"volcimage/internal/search"
	"volcimage/internal/task"
)

type promptsInput struct {
	Limit  int     `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"Prompts in an answer, at most"`
	Cursor task.ID `query:"cursor" maxLength:"100" doc:"next_cursor of the page before"`
	Text   string  `query:"q" maxLength:"200" doc:"As in GET /api/v1/history" example:"fox"`
}

// Prompts is one page of prompts, the one used last first, each once.
type Prompts struct {
	Items      []Prompt `json:"items"`
	NextCursor *task.ID `json:"next_cursor" doc:"Continues the list; null at its end. A page may be short, even empty, and still have one"`
}

// Prompt is a prompt as it was typed.
type Prompt struct {
	Prompt string    `json:"prompt" doc:"As it was typed, with its choices" example:"A {red|white} fox in fresh snow"`
	TaskID task.ID   `json:"task_id" doc:"The task that used it last" example:"01KAZ3V5N8Q2W4E6R8T0YACDEF"`
	Model  string    `json:"model" doc:"What that was drawn with" example:"jimeng_t2i_v40"`
	UsedAt time.Time `json:"used_at"`
}

type promptsOutput struct{ Body Prompts }

func (s *service) registerPrompts() {
	add(s, s.operation(huma.Operation{
		OperationID: "list-prompts", Method: http.MethodGet, Path: base + "/prompts",
		Summary:     "List the prompts that were used",
		Description: "Those of the tasks that are kept, as they were typed. One that is used all along comes again on a later page.",
		Responses: example(http.StatusOK, "A page", Prompts{Items: []Prompt{
			{Prompt: "A {red|white} fox in fresh snow", TaskID: exampleID, Model: "jimeng_t2i_v40", UsedAt: exampleTime},
		}}),
	}), s.listPrompts)
}

func (s *service) listPrompts(ctx context.Context, in *promptsInput) (*promptsOutput, error) {
	if in.Cursor != "" && !in.Cursor.Valid() {
		return nil, invalid("query.cursor", "is not a cursor of this list", string(in.Cursor))
	}
	if _, err := search.Understand(task.Query{Text: in.Text}); err != nil {
		return nil, invalid("query.q", err.Error(), in.Text)
	}
	page, err := s.Templates.Used(ctx, requestOf(ctx).owner, in.Text, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &promptsOutput{Prompts{Items: []Prompt{}}}
	for _, p := range page.Prompts {
		out.Body.Items = append(out.Body.Items, Prompt{Prompt: p.Prompt, TaskID: p.Task, Model: p.Model, UsedAt: shown(p.At)})
	}
	if page.Next != "" {
		out.Body.NextCursor = &page.Next
	}
	return out, nil
}
