package submit

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode/utf8"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
	"volcimage/internal/wildcard"
)

// drawing is what one task is to be drawn from.
type drawing struct {
	params task.Params // complete, with the prompt as it is sent
	typed  string      // what that was made from
}

// drawings are the tasks that an order asks for, variants of one prompt together.
func drawings(order task.Order) ([]drawing, error) {
	typed := strings.TrimSpace(order.Params.Prompt)
	prompt := wildcard.Parse(typed)
	if err := check(order, typed, prompt); err != nil {
		return nil, err
	}
	variants := variantsOf(order)
	sent := []string{prompt.Expand(rand.IntN)}
	if order.EveryChoice {
		var few bool
		if sent, few = prompt.All(task.MaxOrder / len(variants)); !few {
			return nil, invalid("every_choice", "asks for more than %d tasks: fewer choices in the prompt, or fewer variants", task.MaxOrder)
		}
	}
	var all []drawing
	for _, text := range sent {
		for _, p := range variants {
			p.Prompt = text
			d, err := newDrawing(p, typed)
			if err != nil {
				return nil, err
			}
			all = append(all, d)
		}
	}
	return all, nil
}

func variantsOf(order task.Order) []task.Params {
	if order.Variants == nil {
		return []task.Params{order.Params}
	}
	return order.Variants
}

func newDrawing(p task.Params, typed string) (drawing, error) {
	p, err := catalog.Complete(p)
	if err != nil {
		return drawing{}, err
	}
	chooseSeed(&p)
	return drawing{params: p, typed: typed}, nil
}

// chooseSeed takes a seed for a model that has one: the provider does not say
// which it chose, and without it the picture could not be made again.
func chooseSeed(p *task.Params) {
	m, _ := catalog.Lookup(p.Model)
	f, ok := m.Field("seed")
	if !ok || p.Seed != nil {
		return
	}
	seed := rand.Int64N(int64(f.Max) + 1)
	p.Seed = &seed
}

// check refuses an order that some choices would make a wrong one, so that it does
// not depend on luck whether it is taken. The error names every wrong field.
func check(order task.Order, typed string, prompt wildcard.Prompt) error {
	variants := variantsOf(order)
	if n := len(variants); n < 1 || n > task.MaxOrder {
		return invalid("variants", "must be 1 to %d", task.MaxOrder)
	}
	e := &task.Error{Kind: task.Invalid, Code: catalog.CodeInvalid}
	switch n := utf8.RuneCountInString(typed); {
	case n > task.MaxTypedRunes:
		e.Fields = invalid("prompt", "is %d characters long with all its choices, at most %d are taken", n, task.MaxTypedRunes).Fields
	case n > 0 && strings.TrimSpace(prompt.Emptiest()) == "":
		e.Fields = invalid("prompt", "some of its choices leave nothing to draw").Fields
	}
	for i, p := range variants {
		p.Prompt = prompt.Longest()
		var wrong *task.Error
		if _, err := catalog.Complete(p); errors.As(err, &wrong) {
			for _, f := range wrong.Fields {
				if order.Variants != nil && f.Location != "body.prompt" {
					f.Location = fmt.Sprintf("body.variants[%d].%s", i, strings.TrimPrefix(f.Location, "body."))
				}
				if !slices.Contains(e.Fields, f) {
					e.Fields = append(e.Fields, f)
				}
			}
		}
	}
	if e.Fields == nil {
		return nil
	}
	return e
}

func invalid(field, rule string, args ...any) *task.Error {
	return &task.Error{Kind: task.Invalid, Code: catalog.CodeInvalid,
		Fields: []task.FieldError{{Location: "body." + field, Message: fmt.Sprintf(rule, args...)}}}
}

// again is what another task of t's kind is drawn from.
func again(t task.Task, a task.Again) (drawing, error) {
	p := t.Params
	if a.Image != nil {
		n := *a.Image
		switch {
		case n < 0 || n >= len(t.Images):
			return drawing{}, invalid("image", "there is no picture %d, the task has %d", n, len(t.Images))
		case p.CoherentSet:
			return drawing{}, invalid("image", "a coherent set is drawn as a whole")
		}
		p = p.ForJob(t.Images[n].Job, 0)
		if seed := t.Images[n].Seed; seed != nil { // of the call that succeeded
			p.Seed = seed
		}
	}
	if a.Variation {
		p.Seed = nil
	}
	typed := t.Typed
	if typed == "" {
		typed = p.Prompt
	}
	return newDrawing(p, typed)
}
