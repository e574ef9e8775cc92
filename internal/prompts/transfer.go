package prompts

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"volcimage/internal/task"
)

// Outcome is what an import did with one template.
type Outcome string

// The outcomes of an import.
const (
	Imported  Outcome = "imported"
	Unchanged Outcome = "unchanged" // one with the same content was there
	Refused   Outcome = "refused"   // Fields says why
)

// Result is what became of one template of an import.
type Result struct {
	Outcome Outcome
	ID      string // empty where it was refused
	Fields  []task.FieldError
}

// Export lists the contents of the owner's own templates, by name.
func (s *Service) Export(ctx context.Context, o task.Owner) ([]Content, error) {
	own, err := s.own(ctx, o)
	if err != nil {
		return nil, err
	}
	all := []Content{}
	for _, t := range own {
		all = append(all, t.Content)
	}
	slices.SortStableFunc(all, func(a, b Content) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

// Import keeps each template that is not there yet with just that content, and says
// of each what it did. The same import again changes nothing.
func (s *Service) Import(ctx context.Context, o task.Owner, contents []Content) ([]Result, error) {
	own, err := s.own(ctx, o)
	if err != nil {
		return nil, err
	}
	there := map[string]string{} // id by content
	for _, t := range own {
		hash, err := hashOf(t.Content)
		if err != nil {
			return nil, err
		}
		there[hash] = t.ID
	}
	results := make([]Result, len(contents))
	for i, c := range contents {
		if results[i], err = s.take(ctx, o, fmt.Sprintf("body.templates[%d].", i), c, there); err != nil {
			return nil, err
		}
	}
	return results, nil
}

// take keeps one template, and notes it in there.
func (s *Service) take(ctx context.Context, o task.Owner, prefix string, c Content, there map[string]string) (Result, error) {
	c, err := c.tidy(prefix)
	var hash string
	if err == nil {
		hash, err = hashOf(c)
	}
	if id, ok := there[hash]; ok && err == nil {
		return Result{Outcome: Unchanged, ID: id}, nil
	}
	if len(there) >= MaxTemplates && err == nil {
		err = full(strings.TrimSuffix(prefix, "."))
	}
	var t Template
	var replayed bool
	if err == nil {
		t, replayed, err = s.create(ctx, o, idOf("content "+hash), c)
	}
	if replayed { // it was imported once, and changed since: it is not in there
		t, _, err = s.create(ctx, o, string(task.NewID(s.Now())), c)
	}
	var e *task.Error
	if errors.As(err, &e) && e.Kind == task.Invalid {
		return Result{Outcome: Refused, Fields: e.Fields}, nil
	}
	if err != nil {
		return Result{}, err
	}
	there[hash] = t.ID
	return Result{Outcome: Imported, ID: t.ID}, nil
}
