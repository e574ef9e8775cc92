package prompts

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"volcimage/internal/search"
	"volcimage/internal/task"
)

// Bounds of templates. Runes are Unicode code points.
const (
	// MaxTemplates is how many of their own an owner may have: a list reads them all.
	MaxTemplates        = 200
	MaxNameRunes        = 80
	MaxDescriptionRunes = 300
	MaxTextRunes        = task.MaxTypedRunes
)

// Template is a text from which prompts are made, with placeholders.
type Template struct {
	ID        string
	BuiltIn   bool
	Version   int64     // 0 where it is built in
	UpdatedAt time.Time // zero where it is built in
	CoverFile string    // address of a built-in template's cover on the page's site
	Content
}

// Content is what a person writes of a template.
type Content struct {
	Name        string   `json:"name"`
	Description string   `json:"description,omitempty"`
	Text        string   `json:"text"`
	Tags        []string `json:"tags,omitempty"`
	// Ratio is the aspect that suits it, as a preset of the catalog names it.
	Ratio string `json:"ratio,omitempty"`
	Model string `json:"model,omitempty"` // id of the catalog; one that is gone is kept
	Cover *Cover `json:"cover,omitempty"`
}

// Cover names a picture of a task of the same owner. It may be gone.
type Cover struct {
	Task  task.ID `json:"task_id"`
	Image int     `json:"index"`
}

// document is a template's record.
type document struct {
	Content
	// Made is the hash of the content that the record was made with: a request that
	// is repeated is known by it, whatever was changed since.
	Made string `json:"made"`
}

func hashOf(c Content) (string, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("hash template: %w", err)
	}
	return fmt.Sprintf("%x", sha256.Sum256(text)), nil
}

// tidy is the content as it is kept, or an error that names every wrong field.
// prefix is where the content stands in the request.
func (c Content) tidy(prefix string) (Content, error) {
	w := wrong{prefix: prefix}
	c.Name = task.TidyTag(c.Name)
	c.Description = strings.TrimSpace(c.Description)
	c.Text = strings.TrimSpace(strings.ReplaceAll(c.Text, "\r\n", "\n"))
	w.text("name", c.Name, MaxNameRunes, "")
	w.text("description", c.Description, MaxDescriptionRunes, "\n\t")
	w.text("text", c.Text, MaxTextRunes, "\n\t")
	if c.Name == "" {
		w.add("name", "must not be empty")
	}
	if c.Text == "" {
		w.add("text", "must not be empty")
	}
	c.Tags = w.tags(c.Tags)
	if c.Ratio != "" && !slices.Contains(search.Ratios(), c.Ratio) {
		w.add("ratio", "must be one of "+strings.Join(search.Ratios(), ", "))
	}
	w.text("model", c.Model, 64, "")
	if c.Cover != nil && (!c.Cover.Task.Valid() || c.Cover.Image < 0) {
		w.add("cover", "names no picture")
	}
	return c, w.err()
}

// wrong collects what is wrong with a template.
type wrong struct {
	prefix string
	fields []task.FieldError
}

func (w *wrong) add(field, rule string) {
	w.fields = append(w.fields, task.FieldError{Location: w.prefix + field, Message: rule})
}

func (w *wrong) text(field, s string, runes int, allowed string) {
	if n := utf8.RuneCountInString(s); n > runes {
		w.add(field, fmt.Sprintf("has %d characters, at most %d are taken", n, runes))
	}
	if strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune(allowed, r) }) {
		w.add(field, "takes no control characters")
	}
}

// tags are the tags as they are kept, each once.
func (w *wrong) tags(tags []string) (kept []string) {
	if len(tags) > task.MaxTags {
		w.add("tags", fmt.Sprintf("at most %d tags, these are %d", task.MaxTags, len(tags)))
	}
	for i, tag := range tags {
		tidy := task.TidyTag(tag)
		if rule := task.CheckTag(tidy); rule != "" {
			w.add(fmt.Sprintf("tags[%d]", i), rule)
		}
		if !slices.ContainsFunc(kept, func(has string) bool { return task.SameTag(has, tidy) }) {
			kept = append(kept, tidy)
		}
	}
	return kept
}

func (w *wrong) err() error {
	if w.fields == nil {
		return nil
	}
	return invalid(w.fields...)
}
