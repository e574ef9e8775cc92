package recipe

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

// Adopt makes of what was found a request that the catalog takes, and tells what it
// had to leave or change. It never fails: what no model takes is left.
func Adopt(f Found) (task.Params, []Left) {
	a := adoption{params: f.Params, left: f.Left}
	a.params.Count = 0
	a.model()
	a.prompt()
	for range maxRounds {
		complete, err := catalog.Complete(a.params)
		if err == nil {
			return complete, a.left
		}
		a.mend(err)
	}
	// What is still refused is none of the fields that a recipe has.
	p, err := catalog.Complete(task.Params{Prompt: a.params.Prompt})
	if err != nil {
		p = task.Params{Prompt: a.params.Prompt, Model: catalog.DefaultModel, Count: 1}
	}
	return p, a.left
}

// maxRounds is more than the fields that can be refused one after another.
const maxRounds = 8

type adoption struct {
	params task.Params
	left   []Left
}

func (a *adoption) leave(name string, value any, why Why, instead string) {
	f := Found{}
	if f.leave(name, value, why); f.Left != nil && len(a.left) < maxLeft {
		f.Left[0].Instead = instead
		a.left = append(a.left, f.Left[0])
	}
}

// model keeps a model that is offered here.
func (a *adoption) model() {
	if a.params.Model == "" {
		return
	}
	if _, ok := catalog.Lookup(a.params.Model); !ok {
		a.leave("model", a.params.Model, NoSuchModel, catalog.DefaultModel)
		a.params.Model = ""
	}
}

// prompt keeps as much of the prompt as the model takes.
func (a *adoption) prompt() {
	p := strings.ReplaceAll(strings.ToValidUTF8(a.params.Prompt, "\ufffd"), "\x00", "")
	p = strings.TrimSpace(p)
	m, _ := catalog.Lookup(cmp.Or(a.params.Model, catalog.DefaultModel)) // model() has seen to it that it is there
	if n := utf8.RuneCountInString(p); n > m.PromptMaxRunes {
		a.leave("prompt", fmt.Sprintf("%d", n), TooLong, fmt.Sprintf("%d", m.PromptMaxRunes))
		p = strings.TrimSpace(string([]rune(p)[:m.PromptMaxRunes]))
	}
	a.params.Prompt = p
}

// mend takes out what the catalog refuses.
func (a *adoption) mend(err error) {
	var e *task.Error
	if !errors.As(err, &e) {
		return
	}
	sized := false
	for _, f := range e.Fields {
		switch name := strings.TrimPrefix(f.Location, "body."); name {
		case "width", "height", "size":
			if !sized {
				a.resize()
			}
			sized = true
		default:
			a.drop(name, f.Value)
		}
	}
}

// drop takes out a field, unless it was taken out with another.
func (a *adoption) drop(name string, value any) {
	p := &a.params
	before := *p
	switch name {
	case "seed":
		p.Seed = nil
	case "scale":
		p.Scale = nil
	case "use_pre_llm":
		p.UsePreLLM = nil
	case "min_ratio", "max_ratio":
		p.MinRatio, p.MaxRatio = nil, nil
	case "coherent_set":
		p.CoherentSet = false
	}
	if *p != before {
		a.leave(name, value, OutOfBounds, "")
	}
}

// resize takes the model's own size that comes nearest to the ratio that was asked
// for, the smallest of those.
func (a *adoption) resize() {
	p := &a.params
	w, h, area := p.Width, p.Height, p.Size
	p.Width, p.Height, p.Size = 0, 0, 0
	if w == 0 || h == 0 {
		a.leave("size", fmt.Sprint(max(w, h, area)), OutOfBounds, "")
		return
	}
	m, _ := catalog.Lookup(cmp.Or(p.Model, catalog.DefaultModel)) // model() has seen to it that it is there
	best := slices.MinFunc(m.Size.Presets, func(a, b catalog.Preset) int {
		return cmp.Or(cmp.Compare(apart(a, w, h), apart(b, w, h)), cmp.Compare(a.Width*a.Height, b.Width*b.Height))
	})
	p.Width, p.Height = best.Width, best.Height
	a.leave("size", fmt.Sprintf("%d × %d", w, h), OutOfBounds, fmt.Sprintf("%d × %d", best.Width, best.Height))
}

// apart is how far the ratio of a size is from w / h, in steps of two hundredths:
// sizes of the same ratio are rounded.
func apart(s catalog.Preset, w, h int) float64 {
	const step = 0.02
	return math.Round(math.Abs(math.Log(float64(s.Width)/float64(s.Height)*float64(h)/float64(w))) / step)
}
