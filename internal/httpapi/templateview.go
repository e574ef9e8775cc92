package httpapi

import (
	"context"
	"fmt"
	"slices"
	"time"

	"volcimage/internal/prompts"
	"volcimage/internal/task"
	"volcimage/internal/wildcard"
)

// TemplateList is a list of templates.
type TemplateList struct {
	Items []Template `json:"items"`
}

// Template is a template as the API shows it.
type Template struct {
	ID           string         `json:"template_id" example:"film-portrait"`
	BuiltIn      bool           `json:"built_in" doc:"It comes with the service, and is neither changed nor deleted"`
	Name         string         `json:"name" example:"Film portrait"`
	Description  string         `json:"description,omitempty"`
	Text         string         `json:"text" example:"Film portrait of {{person=a woman in her twenties}}"`
	Parts        []TemplatePart `json:"parts" doc:"The text cut at its placeholders: put together with values they are the prompt"`
	Placeholders []Placeholder  `json:"placeholders" doc:"Each once, in order"`
	Tags         []string       `json:"tags"`
	Ratio        string         `json:"ratio,omitempty" doc:"The aspect that suits it" example:"3:4"`
	Model        string         `json:"model,omitempty" doc:"The model that suits it" example:"jimeng_t2i_v40"`
	Cover        *CoverView     `json:"cover,omitempty" doc:"Left out where there is none, or its picture is gone"`
	Version      int64          `json:"version,omitempty" doc:"Grows with every change; none where it is built in" example:"1"`
	UpdatedAt    *time.Time     `json:"updated_at,omitempty" nullable:"false"`
}

// TemplatePart is a text, or a placeholder where there is a name.
type TemplatePart struct {
	Text string `json:"text,omitempty"`
	Name string `json:"name,omitempty"`
}

// Placeholder is a value that a template asks for.
type Placeholder struct {
	Name    string `json:"name" example:"person"`
	Default string `json:"default" doc:"Empty: it has to be filled in" example:"a woman in her twenties"`
}

// CoverView is the picture on a template.
type CoverView struct {
	TaskID       task.ID    `json:"task_id,omitempty" doc:"Left out where the template is built in" example:"01KAZ3V5N8Q2W4E6R8T0YACDEF"`
	Index        int        `json:"index" example:"0"`
	ThumbnailURL string     `json:"thumbnail_url" doc:"Shows a small JPEG until expires_at; of a template that is built in a file beside the page"`
	ExpiresAt    *time.Time `json:"expires_at" doc:"null where it does not end"`
}

func templateExample() Template {
	return templateView(prompts.Template{ID: "film-portrait", BuiltIn: true, Content: prompts.Content{
		Name: "Film portrait", Text: "Film portrait of {{person=a woman in her twenties}}, fine grain", Tags: []string{"portrait"}, Ratio: "3:4",
	}})
}

func templateView(t prompts.Template) Template {
	v := Template{
		ID: t.ID, BuiltIn: t.BuiltIn, Name: t.Name, Description: t.Description, Text: t.Text, Parts: []TemplatePart{}, Placeholders: []Placeholder{},
		Tags: append([]string{}, t.Tags...), Ratio: t.Ratio, Model: t.Model, Version: t.Version, UpdatedAt: shownIfSet(t.UpdatedAt),
	}
	if t.CoverFile != "" {
		v.Cover = &CoverView{ThumbnailURL: t.CoverFile}
	}
	read := wildcard.ParseTemplate(t.Text)
	for _, p := range read.Parts {
		v.Parts = append(v.Parts, TemplatePart{Text: p.Text, Name: p.Name})
	}
	for _, p := range read.Placeholders() {
		v.Placeholders = append(v.Placeholders, Placeholder{Name: p.Name, Default: p.Default})
	}
	return v
}

// coversAtOnce is how many tasks are read together.
const coversAtOnce = 50

// templateViews shows templates with the covers that are there.
func (s *service) templateViews(ctx context.Context, ts []prompts.Template) ([]Template, error) {
	var ids []task.ID
	for _, t := range ts {
		if t.Cover != nil && !slices.Contains(ids, t.Cover.Task) {
			ids = append(ids, t.Cover.Task)
		}
	}
	covers := map[task.ID]task.Task{}
	for some := range slices.Chunk(ids, coversAtOnce) {
		found, err := s.Library.GetMany(ctx, requestOf(ctx).owner, some)
		if err != nil {
			return nil, fmt.Errorf("read covers: %w", err)
		}
		for _, t := range found {
			covers[t.ID] = t
		}
	}
	views := make([]Template, len(ts))
	for i, t := range ts {
		views[i] = templateView(t)
		if t.Cover == nil {
			continue
		}
		var err error
		if views[i].Cover, err = s.coverView(covers[t.Cover.Task], t.Cover.Image); err != nil {
			return nil, fmt.Errorf("link cover of %s: %w", t.ID, err)
		}
	}
	return views, nil
}

// coverView is nil where the picture is not there.
func (s *service) coverView(t task.Task, n int) (*CoverView, error) {
	if n >= len(t.Images) || t.Images[n].Status != task.ImageDone {
		return nil, nil
	}
	l, err := s.Library.Link(task.Link{Key: t.Images[n].ThumbnailKey})
	if err != nil {
		return nil, err
	}
	return &CoverView{TaskID: t.ID, Index: n, ThumbnailURL: l.URL, ExpiresAt: shownIfSet(l.ExpiresAt)}, nil
}
