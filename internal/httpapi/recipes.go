package httpapi

import (
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"volcimage/internal/catalog"
	"volcimage/internal/recipe"
	"volcimage/internal/task"
	"volcimage/internal/wildcard"
)

// maxPicture is in bytes. A function's event has 6 MB at most, in which a body of
// bytes takes four thirds of its size.
const maxPicture = 4 << 20

// pictureTypes are what a picture may be sent as. No page of another origin can send
// any of them without asking first.
var pictureTypes = []string{"image/png", "image/jpeg", "image/webp", "application/octet-stream"}

type recipeInput struct {
	RawBody []byte
}

// Recipe is what a picture says of how it was made, as far as it can be done again here.
type Recipe struct {
	Tool    recipe.Tool     `json:"tool" enum:"volcimage,automatic1111,comfyui,invokeai,fooocus" doc:"The program that wrote it" example:"automatic1111"`
	Request GenerateRequest `json:"request" doc:"A body for POST /api/v1/generate, which takes it as it is"`
	Typed   string          `json:"typed,omitempty" doc:"What the person typed, in recipes of ours where it differs"`
	TaskID  task.ID         `json:"task_id,omitempty" doc:"The task that drew the picture, in recipes of ours. It need not be here"`
	Index   *int            `json:"index,omitempty" nullable:"false" doc:"The picture's index in that task"`
	Left    []Left          `json:"left" doc:"What could not be taken over, or not as it was; at most 64"`
}

// Left is a setting of a recipe that could not be taken over, or not as it was.
type Left struct {
	Name    string        `json:"name" doc:"As the recipe calls it" example:"Sampler"`
	Value   string        `json:"value" doc:"Cut at 200 characters" example:"Euler a"`
	Why     recipe.Why    `json:"why" enum:"not_taken,other_model,no_such_model,out_of_bounds,too_long,syntax"`
	Instead string        `json:"instead,omitempty" doc:"What was taken in its place"`
	Message catalog.Words `json:"message" doc:"The reason, for people"`
}

type recipeOutput struct{ Body Recipe }

func (s *service) registerFiles() {
	op := s.operation(huma.Operation{
		OperationID: "read-recipe", Method: http.MethodPost, Path: base + "/recipes", MaxBodyBytes: maxPicture + 1,
		Summary: "Read the recipe in a picture",
		Description: "The body is a PNG, JPEG or WebP, of which at most 4 MiB are taken; of a larger one send the part that holds the recipe: " +
			"the beginning of a PNG or JPEG, a WebP without its picture's data. Nothing is kept of it. Recipes of this service, AUTOMATIC1111, ComfyUI, InvokeAI and Fooocus are read.",
		RequestBody: pictureBody(),
		Errors:      []int{http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType},
		Responses: example(http.StatusOK, "What can be done again here, and what was left", Recipe{
			Tool: recipe.Automatic1111, Request: requestFor(task.Params{Prompt: "a red fox in fresh snow", Model: "jimeng_t2i_v40", Width: 1664, Height: 2496, Count: 1}),
			Left: []Left{leftOf(recipe.Left{Name: "Sampler", Value: "Euler a", Why: recipe.NotTaken})},
		}),
	})
	add(s, op, s.readRecipe)
}

func pictureBody() *huma.RequestBody {
	b := &huma.RequestBody{Description: "A picture", Required: true, Content: map[string]*huma.MediaType{}}
	for _, t := range pictureTypes {
		b.Content[t] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	}
	return b
}

func (s *service) readRecipe(_ context.Context, in *recipeInput) (*recipeOutput, error) {
	found, err := recipe.Read(in.RawBody)
	if err != nil {
		return nil, fmt.Errorf("read %d bytes: %w", len(in.RawBody), err)
	}
	params, left := recipe.Adopt(found)
	out := &recipeOutput{Recipe{Tool: found.Tool, Request: requestFor(params), Typed: found.Typed, Left: []Left{}}}
	if found.Task.Valid() {
		out.Body.TaskID, out.Body.Index = found.Task, &found.Index
	}
	for _, l := range left {
		out.Body.Left = append(out.Body.Left, leftOf(l))
	}
	return out, nil
}

func leftOf(l recipe.Left) Left {
	return Left{Name: l.Name, Value: l.Value, Why: l.Why, Instead: l.Instead, Message: l.Why.Words()}
}

// requestFor is the body that asks for params.
func requestFor(p task.Params) GenerateRequest {
	return GenerateRequest{Prompt: wildcard.Escape(p.Prompt), VariantRequest: VariantRequest{
		Model: p.Model, Count: p.Count, CoherentSet: p.CoherentSet, Width: p.Width, Height: p.Height, Size: p.Size,
		Seed: p.Seed, Scale: p.Scale, UsePreLLM: p.UsePreLLM, MinRatio: p.MinRatio, MaxRatio: p.MaxRatio,
	}}
}
