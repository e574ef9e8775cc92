package recipe

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"volcimage/internal/task"
)

// Schema names the form of a [Recipe], as docs/recipe.md describes it. A later form
// ends in another number, and keeps the meaning of the fields that this one has.
const Schema = schemaPrefix + "1"

const schemaPrefix = "urn:volcimage:recipe:"

// Recipe is how one picture was made: what is written into its file, as JSON. It is
// that of one picture: where a task has several, each has its own seed here.
type Recipe struct {
	Schema string `json:"schema"`
	Prompt string `json:"prompt"`          // as it was sent
	Typed  string `json:"typed,omitempty"` // what the person typed, where that differs
	Model  string `json:"model"`

	Width       int  `json:"width,omitempty"` // pixels, as asked for
	Height      int  `json:"height,omitempty"`
	Size        int  `json:"size,omitempty"` // area in pixels, where the model chose the ratio
	CoherentSet bool `json:"coherent_set,omitempty"`

	Seed      *int64   `json:"seed,omitempty"` // of this picture
	Scale     *float64 `json:"scale,omitempty"`
	UsePreLLM *bool    `json:"use_pre_llm,omitempty"`
	MinRatio  *float64 `json:"min_ratio,omitempty"`
	MaxRatio  *float64 `json:"max_ratio,omitempty"`

	Task      task.ID   `json:"task_id"`
	Index     int       `json:"index"` // of the picture in its task, from 0
	CreatedAt time.Time `json:"created_at"`
}

// Of is the recipe of picture n of the task.
func Of(t *task.Task, n int) Recipe {
	p := t.Params
	r := Recipe{
		Schema: Schema, Prompt: p.Prompt, Typed: t.Typed, Model: p.Model,
		Width: p.Width, Height: p.Height, Size: p.Size, CoherentSet: p.CoherentSet,
		Seed: p.Seed, Scale: p.Scale, UsePreLLM: p.UsePreLLM, MinRatio: p.MinRatio, MaxRatio: p.MaxRatio,
		Task: t.ID, Index: n, CreatedAt: t.CreatedAt.UTC().Truncate(time.Millisecond),
	}
	if s := t.Images[n].Seed; s != nil {
		r.Seed = s
	}
	return r
}

// text is the recipe as it is written. XML cannot hold U+FFFE and U+FFFF, so they
// are escaped as JSON escapes what it cannot hold.
func (r Recipe) text() (string, error) {
	b, err := json.Marshal(r)
	if err != nil {
		return "", fmt.Errorf("write recipe: %w", err)
	}
	return noncharacters.Replace(string(b)), nil
}

var noncharacters = strings.NewReplacer("\ufffe", `\ufffe`, "\uffff", `\uffff`)

// parse reads a recipe of ours. Fields that it does not know are left: a later
// version may say more.
func parse(text string) (Recipe, bool) {
	var r Recipe
	if err := json.Unmarshal([]byte(text), &r); err != nil || !strings.HasPrefix(r.Schema, schemaPrefix) {
		return Recipe{}, false
	}
	return r, true
}

// found is the recipe as something read from a file: as little to be trusted as
// what others wrote.
func (r Recipe) found() Found {
	return Found{
		Tool: Ours, Typed: r.Typed, Task: r.Task, Index: r.Index,
		Params: task.Params{
			Prompt: r.Prompt, Model: r.Model, Width: r.Width, Height: r.Height, Size: r.Size, CoherentSet: r.CoherentSet,
			Seed: r.Seed, Scale: r.Scale, UsePreLLM: r.UsePreLLM, MinRatio: r.MinRatio, MaxRatio: r.MaxRatio,
		},
	}
}
