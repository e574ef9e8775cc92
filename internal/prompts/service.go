package prompts

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"slices"
	"strings"
	"time"

	"volcimage/internal/catalog"
	"volcimage/internal/record"
	"volcimage/internal/search"
	"volcimage/internal/task"
)

// Store is what templates and used prompts need of the table.
type Store interface {
	record.Store
	List(ctx context.Context, q task.Query) (task.Page, error)
}

// Service keeps templates and knows the prompts that were used. All its fields are read only once it is in use.
type Service struct {
	Store Store
	Now   func() time.Time
}

// templates are the records of templates.
func (s *Service) templates() record.Kind[document] {
	return record.Kind[document]{Name: "template", Store: s.Store, Now: s.Now}
}

func templateOf(r record.Of[document]) Template {
	return Template{ID: r.ID, Version: r.Version, UpdatedAt: r.UpdatedAt, Content: r.Doc.Content}
}

// Filter narrows a list of templates; what is left zero lets all pass.
type Filter struct {
	Text string // words of name, description, text or tags, in any order
	Tag  string
}

// List has the owner's own, the one that was changed last first, and then
// those that are built in.
func (s *Service) List(ctx context.Context, o task.Owner, lang Language, f Filter) ([]Template, error) {
	own, err := s.own(ctx, o)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(own, func(a, b Template) int { return b.UpdatedAt.Compare(a.UpdatedAt) })
	words := strings.Fields(search.Fold(f.Text))
	var found []Template
	for _, t := range append(own, builtIn(lang)...) {
		if t.has(words) && (f.Tag == "" || slices.ContainsFunc(t.Tags, func(tag string) bool { return task.SameTag(tag, f.Tag) })) {
			found = append(found, t)
		}
	}
	return found, nil
}

// has tells whether all folded words stand somewhere in the template.
func (t *Template) has(words []string) bool {
	if len(words) == 0 {
		return true
	}
	text := search.Fold(strings.Join(append([]string{t.Name, t.Description, t.Text}, t.Tags...), "\n"))
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
}

// own lists the owner's templates in order of id.
func (s *Service) own(ctx context.Context, o task.Owner) ([]Template, error) {
	rows, err := s.templates().List(ctx, o, MaxTemplates)
	return record.Each(rows, templateOf), err
}

// Get is the owner's own template or a built-in one.
func (s *Service) Get(ctx context.Context, o task.Owner, id string, lang Language) (Template, error) {
	if t, ok := builtInOf(id, lang); ok {
		return t, nil
	}
	r, err := s.templates().Get(ctx, o, id)
	return templateOf(r), err
}

// Create keeps a new template. The same key and content answer the template that
// they made before, replayed, as it is now; the same key with another content
// [task.ErrKeyReused].
func (s *Service) Create(ctx context.Context, o task.Owner, c Content, key string) (t Template, replayed bool, err error) {
	if c, err = c.tidy("body."); err != nil {
		return Template{}, false, err
	}
	id := string(task.NewID(s.Now()))
	if key != "" {
		id = idOf("key " + key)
	}
	own, err := s.own(ctx, o)
	if err != nil {
		return Template{}, false, err
	}
	if len(own) >= MaxTemplates && !slices.ContainsFunc(own, func(t Template) bool { return t.ID == id }) {
		return Template{}, false, full("body")
	}
	return s.create(ctx, o, id, c)
}

// full refuses a template too many.
func full(location string) error {
	return invalid(task.FieldError{Location: location, Message: fmt.Sprintf("there are %d templates, the most that are kept: delete some first", MaxTemplates)})
}

// create keeps a template under an id, unless it is there.
func (s *Service) create(ctx context.Context, o task.Owner, id string, c Content) (t Template, replayed bool, err error) {
	made, err := hashOf(c)
	if err != nil {
		return Template{}, false, err
	}
	r := s.templates().New(o, id, document{Content: c, Made: made})
	err = s.templates().Save(ctx, &r)
	if task.KindOf(err) != task.Conflict {
		return templateOf(r), false, err
	}
	there, err := s.templates().Get(ctx, o, id)
	if err == nil && there.Doc.Made != made {
		err = task.ErrKeyReused
	}
	return templateOf(there), err == nil, err
}

// Replace gives the owner's template another content, unless version is neither 0
// nor the template's: [task.ErrStale].
func (s *Service) Replace(ctx context.Context, o task.Owner, id string, version int64, c Content) (Template, error) {
	c, err := c.tidy("body.")
	if err == nil {
		err = changeable(id)
	}
	if err != nil {
		return Template{}, err
	}
	r, err := s.templates().Edit(ctx, o, id, version, func(r *record.Of[document]) error {
		r.Doc.Content = c
		return nil
	})
	return templateOf(r), err
}

// Delete removes the owner's template, unless version is neither 0 nor the
// template's: [task.ErrStale].
func (s *Service) Delete(ctx context.Context, o task.Owner, id string, version int64) error {
	if err := changeable(id); err != nil {
		return err
	}
	return s.templates().Remove(ctx, o, id, version)
}

// changeable refuses a template that is built in.
func changeable(id string) error {
	if _, ok := builtInOf(id, English); ok {
		return catalog.NewError(catalog.CodeBuiltIn, nil)
	}
	return nil
}

// idOf is the id of what is always made under the same one. Ids that were chosen
// begin with a digit, built-in ones are in small letters.
func idOf(what string) string {
	sum := sha256.Sum256([]byte(what))
	return "T" + base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:16])
}

func invalid(fields ...task.FieldError) error {
	return &task.Error{Kind: task.Invalid, Code: catalog.CodeInvalid, Fields: fields}
}
