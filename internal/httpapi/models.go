package httpapi

import (
	"context"
	"slices"

	"volcimage/internal/catalog"
)

// Models is the catalog as the API shows it: all that a form for any model needs.
type Models struct {
	DefaultModel string  `json:"default_model" example:"jimeng_t2i_v40"`
	Items        []Model `json:"items"`
}

// Model is one model.
type Model struct {
	ID          string        `json:"id" example:"jimeng_t2i_v40"`
	Name        catalog.Words `json:"name"`
	Description catalog.Words `json:"description"`
	Prompt      ModelPrompt   `json:"prompt"`
	Count       ModelCount    `json:"count"`
	CoherentSet *ModelSet     `json:"coherent_set" doc:"null where the model has no sets"`
	Size        ModelSize     `json:"size"`
	Fields      []ModelField  `json:"fields" doc:"What the model takes beside prompt, size and count"`
	Output      ModelOutput   `json:"output"`
	ExpectedMS  int64         `json:"expected_ms" doc:"How long a picture likely takes: as measured here, or else the catalog's value" example:"15000"`
	Price       *ModelPrice   `json:"price" doc:"null where it is not known"`
	Limits      ModelLimits   `json:"limits"`
}

// ModelPrompt bounds the prompt, in characters.
type ModelPrompt struct {
	MaxRunes     int `json:"max_runes" example:"800"`
	AdvisedRunes int `json:"advised_runes" doc:"More is taken, but the vendor advises against it" example:"800"`
}

// ModelCount bounds the pictures of one task.
type ModelCount struct {
	Min int `json:"min" example:"1"`
	Max int `json:"max" example:"4"`
}

// ModelSet bounds the pictures of a coherent set.
type ModelSet struct {
	Max int `json:"max" example:"15"`
}

// ModelSize is which pictures the model draws.
type ModelSize struct {
	MinArea   int              `json:"min_area" doc:"width × height" example:"1048576"`
	MaxArea   int              `json:"max_area" example:"16777216"`
	MinRatio  float64          `json:"min_ratio" doc:"width ÷ height" example:"0.3333333333333333"`
	MaxRatio  float64          `json:"max_ratio" example:"3"`
	AreaField bool             `json:"area_field" doc:"Whether size can be given instead of width and height"`
	Default   catalog.Preset   `json:"default"`
	Presets   []catalog.Preset `json:"presets"`
}

// ModelField is a parameter beyond prompt, size and count.
type ModelField struct {
	Name    string        `json:"name" example:"scale"`
	Type    catalog.Type  `json:"type" enum:"integer,number,boolean"`
	Min     *float64      `json:"min" doc:"Least value; null for a boolean"`
	Max     *float64      `json:"max" doc:"Greatest value; null for a boolean"`
	MaxOpen bool          `json:"max_open" doc:"The greatest value itself is excluded"`
	Step    float64       `json:"step" doc:"For sliders; not a rule"`
	Default any           `json:"default" doc:"What the model takes when nothing is sent"`
	Random  *int64        `json:"random" doc:"The value that stands for a random one; null where there is none"`
	Label   catalog.Words `json:"label"`
	Help    catalog.Words `json:"help"`
}

// ModelOutput is what comes out.
type ModelOutput struct {
	Format string `json:"format" enum:"png,jpeg"`
}

// ModelPrice is what one picture costs.
type ModelPrice struct {
	MicroCNY int64 `json:"micro_cny" doc:"Millionths of a yuan" example:"220000"`
}

// ModelLimits is what the provider carries out at the same time.
type ModelLimits struct {
	Concurrency int `json:"concurrency" example:"5"`
}

type modelsOutput struct{ Body *Models }

// listModels is the catalog, with the times that this installation has measured.
func (s *service) listModels(ctx context.Context, _ *struct{}) (*modelsOutput, error) {
	v := Models{DefaultModel: s.models.DefaultModel, Items: slices.Clone(s.models.Items)}
	for i := range v.Items {
		expected, err := s.Library.Expected(ctx, v.Items[i].ID)
		if err != nil {
			return nil, err
		}
		v.Items[i].ExpectedMS = expected.Milliseconds()
	}
	return &modelsOutput{&v}, nil
}

func modelsView() *Models {
	v := &Models{DefaultModel: catalog.DefaultModel}
	for _, m := range catalog.Models() {
		v.Items = append(v.Items, modelView(m))
	}
	return v
}

func modelView(m catalog.Model) Model {
	v := Model{
		ID: m.ID, Name: m.Name, Description: m.Description,
		Prompt: ModelPrompt{MaxRunes: m.PromptMaxRunes, AdvisedRunes: m.PromptAdvisedRunes},
		Count:  ModelCount{Min: 1, Max: m.CountMax},
		Size: ModelSize{
			MinArea: m.Size.MinArea, MaxArea: m.Size.MaxArea, MinRatio: m.Size.MinRatio, MaxRatio: m.Size.MaxRatio,
			AreaField: m.Size.AreaField, Default: m.Size.Default, Presets: m.Size.Presets,
		},
		Fields: []ModelField{}, Output: ModelOutput{Format: m.Format},
		ExpectedMS: m.Expected.Milliseconds(), Limits: ModelLimits{Concurrency: m.Concurrency},
	}
	if m.SetMax > 0 {
		v.CoherentSet = &ModelSet{Max: m.SetMax}
	}
	if m.PriceMicroCNY > 0 {
		v.Price = &ModelPrice{MicroCNY: m.PriceMicroCNY}
	}
	for _, f := range m.Fields {
		v.Fields = append(v.Fields, fieldView(f))
	}
	return v
}

func fieldView(f catalog.Field) ModelField {
	v := ModelField{
		Name: f.Name, Type: f.Type, MaxOpen: f.MaxOpen, Step: f.Step, Default: f.Default, Random: f.Random,
		Label: f.Label, Help: f.Help,
	}
	if f.Type != catalog.Boolean {
		v.Min, v.Max = &f.Min, &f.Max
	}
	return v
}
