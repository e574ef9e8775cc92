package prompts

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"volcimage/internal/catalog"
	"volcimage/internal/search"
	"volcimage/internal/task"
)

// Store is what templates and used prompts need of the table.
type Store interface {
	Record(ctx context.Context, o task.Owner, kind, id string) (task.Record, error)
	Records(ctx context.Context, o task.Owner, kind, after string, limit int) ([]task.Record, error)
	SaveRecord(ctx context.Context, r *task.Record) error
	DeleteRecord(ctx context.Context, r task.Record) error
	List(ctx context.Context, q task.Query) (task.Page, error)
}

// Service keeps templates and knows the prompts that were used. All its fields are read only once it is in use.
type Service struct {
	Store Store
	Now   func() time.Time
}

// kindTemplate is the kind of a template's record.
const kindTemplate = "template"

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
	rows, err := s.Store.Records(ctx, o, kindTemplate, "", MaxTemplates)
	if err != nil {
		return nil, fmt.Errorf("list templates: %w", err)
	}
	all := make([]Template, len(rows))
	for i, r := range rows {
		if all[i], err = templateOf(r); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func templateOf(r task.Record) (Template, error) {
	var d document
	if err := json.Unmarshal(r.Doc, &d); err != nil {
		return Template{}, fmt.Errorf("read template %s: %w", r.ID, err)
	}
	return Template{ID: r.ID, Version: r.Version, UpdatedAt: r.UpdatedAt, Content: d.Content}, nil
}

// Get is the owner's own template or a built-in one.
func (s *Service) Get(ctx context.Context, o task.Owner, id string, lang Language) (Template, error) {
	if t, ok := builtInOf(id, lang); ok {
		return t, nil
	}
	r, err := s.Store.Record(ctx, o, kindTemplate, id)
	if err != nil {
		return Template{}, fmt.Errorf("read template %s: %w", id, err)
	}
	return templateOf(r)
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
	r := task.Record{Owner: o, Kind: kindTemplate, ID: id}
	err = s.save(ctx, &r, document{Content: c, Made: made})
	if task.KindOf(err) == task.Conflict {
		there, err := s.Store.Record(ctx, o, kindTemplate, id)
		return replay(there, made, err)
	}
	if err != nil {
		return Template{}, false, err
	}
	t, err = templateOf(r)
	return t, false, err
}

// replay answers the template that is there already, if that content made it.
func replay(r task.Record, made string, err error) (Template, bool, error) {
	var d document
	if err == nil {
		err = json.Unmarshal(r.Doc, &d)
	}
	switch {
	case err != nil:
		return Template{}, false, fmt.Errorf("read template %s: %w", r.ID, err)
	case d.Made != made:
		return Template{}, false, task.ErrKeyReused
	}
	t, err := templateOf(r)
	return t, true, err
}

func (s *Service) save(ctx context.Context, r *task.Record, d document) error {
	doc, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("write template %s: %w", r.ID, err)
	}
	r.Doc, r.UpdatedAt = doc, s.Now()
	if err := s.Store.SaveRecord(ctx, r); err != nil {
		return fmt.Errorf("save template %s: %w", r.ID, err)
	}
	return nil
}

// Replace gives the owner's template another content, unless version is neither 0
// nor the template's: [task.ErrStale].
func (s *Service) Replace(ctx context.Context, o task.Owner, id string, version int64, c Content) (t Template, err error) {
	if c, err = c.tidy("body."); err != nil {
		return Template{}, err
	}
	err = s.change(ctx, o, id, version, func(r *task.Record) error {
		var d document
		if err := json.Unmarshal(r.Doc, &d); err != nil {
			return fmt.Errorf("read template %s: %w", id, err)
		}
		if err := s.save(ctx, r, document{Content: c, Made: d.Made}); err != nil {
			return err
		}
		t, err = templateOf(*r)
		return err
	})
	return t, err
}

// Delete removes the owner's template, unless version is neither 0 nor the
// template's.
func (s *Service) Delete(ctx context.Context, o task.Owner, id string, version int64) error {
	return s.change(ctx, o, id, version, func(r *task.Record) error {
		if err := s.Store.DeleteRecord(ctx, *r); err != nil {
			return fmt.Errorf("delete template %s: %w", id, err)
		}
		return nil
	})
}

// changeTries bounds how often a change is made anew because somebody came between.
const changeTries = 20

// change changes a template's record, anew where somebody came between. Where version
// is not 0 the template must be of that version, otherwise change answers
// [task.ErrStale].
func (s *Service) change(ctx context.Context, o task.Owner, id string, version int64, do func(*task.Record) error) error {
	for range changeTries {
		r, err := s.changeable(ctx, o, id, version)
		if err != nil {
			return err
		}
		if err := do(&r); task.KindOf(err) != task.Conflict {
			return err
		}
	}
	return fmt.Errorf("change template %s: %w", id, task.ErrConflict)
}

// changeable reads a template that is the owner's own.
func (s *Service) changeable(ctx context.Context, o task.Owner, id string, version int64) (task.Record, error) {
	if _, ok := builtInOf(id, English); ok {
		return task.Record{}, catalog.NewError(catalog.CodeBuiltIn, nil)
	}
	r, err := s.Store.Record(ctx, o, kindTemplate, id)
	if err != nil {
		return r, fmt.Errorf("read template %s: %w", id, err)
	}
	if version != 0 && version != r.Version {
		return r, task.ErrStale
	}
	return r, nil
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
