package httpapi

import (
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"volcimage/internal/task"
)

// ManyRequest asks for several tasks of one prompt.
type ManyRequest struct {
	Prompt      string           `json:"prompt" minLength:"1" doc:"What to draw. Its choices are made once, for all tasks alike" example:"A {red|white} fox in fresh snow"`
	Variants    []VariantRequest `json:"variants" minItems:"1" maxItems:"12" doc:"What to draw it with: a task each"`
	EveryChoice bool             `json:"every_choice,omitempty" doc:"The tasks once for every way to make the choices, at most 12 in all"`
	Parent      task.ID          `json:"parent,omitempty" pattern:"^[0-7][0-9A-HJKMNP-TV-Z]{25}$" doc:"The task that these were made from; it may be gone" example:"01KAZ3V5N8Q2W4E6R8T0YACDEF"`
}

// TransformSchema bounds the prompt as it is typed.
func (ManyRequest) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	boundPrompt(s)
	s.PrecomputeMessages()
	return s
}

type manyInput struct {
	Key  string `header:"Idempotency-Key" maxLength:"200" pattern:"^[ -~]*$" patternDescription:"printable ASCII" doc:"Repeating a request with its key makes what is still missing, and nothing twice; remembered for a day" example:"6f1c2a7e-3c59-4b1e-9a55-0d8f6b1f0a11"`
	Body ManyRequest
}

type manyOutput struct {
	Replayed string `header:"Idempotent-Replayed" doc:"true where the key was used before and all tasks were there: nothing was made"`
	Body     ManyAccepted
}

// ManyAccepted are the tasks of one request.
type ManyAccepted struct {
	Items []Accepted `json:"items" doc:"In the order of the variants, all of one way to make the choices together"`
}

func (s *service) registerMany() {
	add(s, s.operation(huma.Operation{
		OperationID: "generate-many", Method: http.MethodPost, Path: base + "/generate/many", DefaultStatus: http.StatusAccepted,
		Summary:     "Ask for one prompt with several models or sizes",
		Description: "Makes a task for each, or none where a field is wrong or the day's limit would be passed. Send an Idempotency-Key, and repeating the request makes what a broken one left out.",
		RequestBody: bodyExample("What to draw, and with what", ManyRequest{
			Prompt:   "一只{红|白}狐狸站在新雪里,清晨的光",
			Variants: []VariantRequest{{Model: "jimeng_t2i_v40", Width: 2048, Height: 2048}, {Model: "jimeng_t2i_v31", Width: 1472, Height: 1104}},
		}),
		Errors:    []int{http.StatusNotFound, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusTooManyRequests},
		Responses: example(http.StatusAccepted, "The tasks were made, or were made before with the same key", ManyAccepted{Items: []Accepted{acceptedExample()}}),
	}), s.many)
	add(s, s.operation(huma.Operation{
		OperationID: "again", Method: http.MethodPost, Path: taskPath + "{id}/again", DefaultStatus: http.StatusAccepted,
		Summary:     "Ask for what a task asked for once more",
		Description: "Makes a task with the prompt that was sent and, where the model has one, the same seed; its parent is this one. The body may be left out.",
		RequestBody: bodyExample("What is to be other", AgainRequest{Variation: true}),
		Errors:      []int{http.StatusNotFound, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusTooManyRequests},
		Responses:   example(http.StatusAccepted, "The task was made, or was made before with the same key", acceptedExample()),
	}), s.again)
}

func (s *service) many(ctx context.Context, in *manyInput) (*manyOutput, error) {
	hash, err := hashOf("many ", in.Body)
	if err != nil {
		return nil, err
	}
	order := task.Order{
		Params: task.Params{Prompt: in.Body.Prompt}, EveryChoice: in.Body.EveryChoice,
		Parent: in.Body.Parent, Key: in.Key, BodyHash: hash,
	}
	for _, v := range in.Body.Variants {
		order.Variants = append(order.Variants, v.params(""))
	}
	placed, err := s.Submit.SubmitMany(ctx, requestOf(ctx).owner, order)
	if err != nil {
		return nil, fmt.Errorf("submit %d: %w", len(order.Variants), err)
	}
	out := &manyOutput{Replayed: "true"}
	for _, p := range placed {
		out.Body.Items = append(out.Body.Items, accepted(p.Task))
		if !p.Replayed {
			out.Replayed = ""
		}
	}
	return out, nil
}

// AgainRequest says what is to be other this time.
type AgainRequest struct {
	Variation bool `json:"variation,omitempty" doc:"Draw with another seed. A model without seeds never draws the same twice"`
	Image     *int `json:"image,omitempty" nullable:"false" minimum:"0" doc:"Index of the one picture to draw, with its own seed; all of them where it is left out" example:"0"`
}

type againInput struct {
	ID   task.ID `path:"id" doc:"The task's id" example:"01KAZ3V5N8Q2W4E6R8T0YACDEF"`
	Key  string  `header:"Idempotency-Key" maxLength:"200" pattern:"^[ -~]*$" patternDescription:"printable ASCII" doc:"Repeating a request with its key makes nothing twice; remembered for a day" example:"6f1c2a7e-3c59-4b1e-9a55-0d8f6b1f0a11"`
	Body *AgainRequest
}

func (s *service) again(ctx context.Context, in *againInput) (*generateOutput, error) {
	if err := known(in.ID); err != nil {
		return nil, err
	}
	if in.Body == nil {
		in.Body = &AgainRequest{}
	}
	hash, err := hashOf("again "+string(in.ID)+" ", in.Body)
	if err != nil {
		return nil, err
	}
	t, replayed, err := s.Submit.Again(ctx, requestOf(ctx).owner, in.ID, task.Again{
		Variation: in.Body.Variation, Image: in.Body.Image, Key: in.Key, BodyHash: hash,
	})
	if err != nil {
		return nil, fmt.Errorf("%s again: %w", in.ID, err)
	}
	return newGenerateOutput(t, replayed), nil
}
