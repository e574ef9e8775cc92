package httpapi

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

// GenerateRequest asks for pictures. Which fields a model takes, and within which
// bounds, GET /api/v1/models tells.
type GenerateRequest struct {
	Prompt string `json:"prompt" minLength:"1" doc:"What to draw, in Chinese or English. Of {red|green|blue} one is taken" example:"A red fox in fresh snow, morning light"`
	VariantRequest
	Parent task.ID `json:"parent,omitempty" pattern:"^[0-7][0-9A-HJKMNP-TV-Z]{25}$" doc:"The task that this one was made from; it may be gone" example:"01KAZ3V5N8Q2W4E6R8T0YACDEF"`
}

// VariantRequest is what a prompt is drawn with.
type VariantRequest struct {
	Model       string   `json:"model,omitempty" doc:"An id of GET /api/v1/models; its default_model where none is given" example:"jimeng_t2i_v40"`
	Width       int      `json:"width,omitempty" minimum:"1" doc:"Pixels; together with height. Area and ratio have bounds of each model" example:"2048"`
	Height      int      `json:"height,omitempty" minimum:"1" doc:"Pixels; together with width" example:"2048"`
	Size        int      `json:"size,omitempty" doc:"Area in pixels instead of width and height: the model chooses the ratio"`
	Count       int      `json:"count,omitempty" doc:"Pictures; each is charged" example:"1"`
	CoherentSet bool     `json:"coherent_set,omitempty" doc:"Several pictures that belong together, as many as the prompt asks for; each is charged"`
	Seed        *int64   `json:"seed,omitempty" nullable:"false" doc:"The same seed and settings draw a like picture"`
	Scale       *float64 `json:"scale,omitempty" nullable:"false" doc:"How closely to follow the prompt; its range differs from model to model"`
	UsePreLLM   *bool    `json:"use_pre_llm,omitempty" nullable:"false" doc:"The provider expands the prompt first"`
	MinRatio    *float64 `json:"min_ratio,omitempty" nullable:"false" doc:"Least width ÷ height, where the model chooses"`
	MaxRatio    *float64 `json:"max_ratio,omitempty" nullable:"false" doc:"Greatest width ÷ height, where the model chooses"`
}

// TransformSchema bounds the prompt as it is typed. What is sent of it is checked
// where the request is accepted.
func (GenerateRequest) TransformSchema(r huma.Registry, s *huma.Schema) *huma.Schema {
	boundPrompt(s)
	return VariantRequest{}.TransformSchema(r, s)
}

// TransformSchema puts the catalog's widest bounds into the description. The
// model's own are checked where the request is accepted.
func (VariantRequest) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	models := catalog.Models()
	count, low, high := 0, models[0].Size.MinArea, 0
	for _, m := range models {
		count = max(count, m.CountMax)
		if m.Size.AreaField {
			low, high = min(low, m.Size.MinArea), max(high, m.Size.MaxArea)
		}
		for _, f := range m.Fields {
			widen(s.Properties[f.Name], f)
		}
	}
	between(s.Properties["count"], 1, float64(count))
	between(s.Properties["size"], float64(low), float64(high))
	s.PrecomputeMessages()
	return s
}

func boundPrompt(s *huma.Schema) {
	most := task.MaxTypedRunes
	s.Properties["prompt"].MaxLength = &most
}

func widen(s *huma.Schema, f catalog.Field) {
	if s == nil || f.Type == catalog.Boolean {
		return
	}
	low, high := f.Min, f.Max
	if f.Random != nil {
		low = min(low, float64(*f.Random))
	}
	if s.Minimum != nil {
		low, high = min(low, *s.Minimum), max(high, *s.Maximum)
	}
	between(s, low, high)
}

func between(s *huma.Schema, low, high float64) { s.Minimum, s.Maximum = &low, &high }

func (v *VariantRequest) params(prompt string) task.Params {
	return task.Params{
		Prompt: prompt, Model: v.Model, Count: v.Count, CoherentSet: v.CoherentSet,
		Width: v.Width, Height: v.Height, Size: v.Size,
		Seed: v.Seed, Scale: v.Scale, UsePreLLM: v.UsePreLLM, MinRatio: v.MinRatio, MaxRatio: v.MaxRatio,
	}
}

// hashOf is the hash of a request in canonical form: spaces, the order of fields and
// the spelling of characters do not count. kind keeps requests of different
// operations apart that look alike.
func hashOf(kind string, request any) ([32]byte, error) {
	text, err := json.Marshal(request)
	if err != nil {
		return [32]byte{}, fmt.Errorf("hash request: %w", err)
	}
	return sha256.Sum256(append([]byte(kind), text...)), nil
}

type generateInput struct {
	Key  string `header:"Idempotency-Key" maxLength:"200" pattern:"^[ -~]*$" patternDescription:"printable ASCII" doc:"Repeating a request with its key makes nothing twice; remembered for a day" example:"6f1c2a7e-3c59-4b1e-9a55-0d8f6b1f0a11"`
	Body GenerateRequest
}

type generateOutput struct {
	Location string `header:"Location" doc:"Address of the task"`
	Replayed string `header:"Idempotent-Replayed" doc:"true where the key was used before: nothing was made"`
	Body     Accepted
}

// Accepted is a task that was just made.
type Accepted struct {
	ID        task.ID     `json:"task_id" example:"01KAZ3V5N8Q2W4E6R8T0YACDEF"`
	Status    task.Status `json:"status" enum:"PENDING,PROCESSING,COMPLETED,PARTIAL,FAILED,CANCELLED"`
	CreatedAt time.Time   `json:"created_at"`
}

func accepted(t task.Task) Accepted {
	return Accepted{ID: t.ID, Status: t.Status, CreatedAt: shown(t.CreatedAt)}
}

func (s *service) generate(ctx context.Context, in *generateInput) (*generateOutput, error) {
	hash, err := hashOf("", in.Body)
	if err != nil {
		return nil, err
	}
	placed, err := s.Submit.SubmitMany(ctx, requestOf(ctx).owner, task.Order{
		Params: in.Body.params(in.Body.Prompt), Parent: in.Body.Parent, Key: in.Key, BodyHash: hash,
	})
	if err != nil {
		return nil, fmt.Errorf("submit: %w", err)
	}
	return newGenerateOutput(placed[0].Task, placed[0].Replayed), nil
}

func newGenerateOutput(t task.Task, replayed bool) *generateOutput {
	out := &generateOutput{Location: taskPath + string(t.ID), Body: accepted(t)}
	if replayed {
		out.Replayed = "true"
	}
	return out
}
