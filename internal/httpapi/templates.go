package httpapi

import (
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"volcimage/internal/catalog"
	"volcimage/internal/prompts"
	"volcimage/internal/task"
	"volcimage/internal/wildcard"
)

// Templates keeps what prompts are made from.
type Templates interface {
	List(ctx context.Context, o task.Owner, lang prompts.Language, f prompts.Filter) ([]prompts.Template, error)
	Get(ctx context.Context, o task.Owner, id string, lang prompts.Language) (prompts.Template, error)
	Create(ctx context.Context, o task.Owner, c prompts.Content, key string) (t prompts.Template, replayed bool, err error)
	Replace(ctx context.Context, o task.Owner, id string, version int64, c prompts.Content) (prompts.Template, error)
	Delete(ctx context.Context, o task.Owner, id string, version int64) error
	Export(ctx context.Context, o task.Owner) ([]prompts.Content, error)
	Import(ctx context.Context, o task.Owner, contents []prompts.Content) ([]prompts.Result, error)
	Used(ctx context.Context, o task.Owner, text string, before task.ID, limit int) (prompts.UsedPage, error)
}

const templatesPath = base + "/templates"

// maxImport is in bytes: as many of the longest templates as are kept.
const maxImport = 2 << 20

// TemplateRequest is what a person writes of a template.
type TemplateRequest struct {
	Name        string        `json:"name" minLength:"1" maxLength:"80" example:"Film portrait"`
	Description string        `json:"description,omitempty" maxLength:"300" example:"Half-length, backlit, fine grain"`
	Text        string        `json:"text" minLength:"1" maxLength:"2000" doc:"The prompt, with placeholders: a name in two pairs of braces, behind = its default" example:"Film portrait of {{person=a woman in her twenties}}, {{place}}, fine grain"`
	Tags        []string      `json:"tags,omitempty" maxItems:"20" doc:"At most 20 of 40 characters each" example:"[\"portrait\",\"photo\"]"`
	Ratio       string        `json:"ratio,omitempty" doc:"The aspect that suits it, as a preset of GET /api/v1/models names it" example:"3:4"`
	Model       string        `json:"model,omitempty" maxLength:"64" doc:"The model that suits it" example:"jimeng_t2i_v40"`
	Cover       *CoverRequest `json:"cover,omitempty" nullable:"false" doc:"A picture of your own; it may be deleted later"`
}

// CoverRequest names a picture.
type CoverRequest struct {
	TaskID task.ID `json:"task_id" pattern:"^[0-7][0-9A-HJKMNP-TV-Z]{25}$" example:"01KAZ3V5N8Q2W4E6R8T0YACDEF"`
	Index  int     `json:"index" minimum:"0" example:"0"`
}

func (r *TemplateRequest) content() prompts.Content {
	c := prompts.Content{Name: r.Name, Description: r.Description, Text: r.Text, Tags: r.Tags, Ratio: r.Ratio, Model: r.Model}
	if r.Cover != nil {
		c.Cover = &prompts.Cover{Task: r.Cover.TaskID, Image: r.Cover.Index}
	}
	return c
}

// requestOfContent is the body that makes a template of that content.
func requestOfContent(c prompts.Content) TemplateRequest {
	r := TemplateRequest{Name: c.Name, Description: c.Description, Text: c.Text, Tags: c.Tags, Ratio: c.Ratio, Model: c.Model}
	if c.Cover != nil {
		r.Cover = &CoverRequest{TaskID: c.Cover.Task, Index: c.Cover.Image}
	}
	return r
}

// spoken is the language that a request asks for.
type spoken string

// of is that of Accept-Language where none is given.
func (l spoken) of(ctx context.Context) prompts.Language {
	switch {
	case l != "":
		return prompts.Language(l)
	case requestOf(ctx).chinese:
		return prompts.Chinese
	}
	return prompts.English
}

type templatesInput struct {
	Language spoken `query:"language" enum:"zh,en" doc:"Of the built-in templates; that of Accept-Language where none is given"`
	Text     string `query:"q" maxLength:"200" doc:"Words of name, description, text or tags, in any order" example:"portrait"`
	Tag      string `query:"tag" maxLength:"40" doc:"Those with this tag" example:"photo"`
}

type templateInput struct {
	Language spoken `query:"language" enum:"zh,en" doc:"Of a built-in template; that of Accept-Language where none is given"`
	ID       string `path:"template" maxLength:"40" doc:"The template's id" example:"film-portrait"`
}

type templatesOutput struct{ Body TemplateList }

type templateOutput struct{ Body Template }

func (s *service) listTemplates(ctx context.Context, in *templatesInput) (*templatesOutput, error) {
	found, err := s.Templates.List(ctx, requestOf(ctx).owner, in.Language.of(ctx), prompts.Filter{Text: in.Text, Tag: in.Tag})
	if err != nil {
		return nil, err
	}
	items, err := s.templateViews(ctx, found)
	if err != nil {
		return nil, err
	}
	return &templatesOutput{TemplateList{Items: items}}, nil
}

func (s *service) getTemplate(ctx context.Context, in *templateInput) (*templateOutput, error) {
	t, err := s.Templates.Get(ctx, requestOf(ctx).owner, in.ID, in.Language.of(ctx))
	return s.templateOutput(ctx, t, err)
}

func (s *service) templateOutput(ctx context.Context, t prompts.Template, err error) (*templateOutput, error) {
	if err != nil {
		return nil, err
	}
	views, err := s.templateViews(ctx, []prompts.Template{t})
	if err != nil {
		return nil, err
	}
	return &templateOutput{views[0]}, nil
}

type createTemplateInput struct {
	Key  string `header:"Idempotency-Key" maxLength:"200" pattern:"^[ -~]*$" patternDescription:"printable ASCII" doc:"Repeating a request with its key makes nothing twice" example:"6f1c2a7e-3c59-4b1e-9a55-0d8f6b1f0a11"`
	Body TemplateRequest
}

type createTemplateOutput struct {
	Location string `header:"Location" doc:"Address of the template"`
	Replayed string `header:"Idempotent-Replayed" doc:"true where the key was used before: nothing was made"`
	Body     Template
}

func (s *service) createTemplate(ctx context.Context, in *createTemplateInput) (*createTemplateOutput, error) {
	t, replayed, err := s.Templates.Create(ctx, requestOf(ctx).owner, in.Body.content(), in.Key)
	made, err := s.templateOutput(ctx, t, err)
	if err != nil {
		return nil, err
	}
	out := &createTemplateOutput{Location: templatesPath + "/" + t.ID, Body: made.Body}
	if replayed {
		out.Replayed = "true"
	}
	return out, nil
}

type replaceTemplateInput struct {
	ID      string  `path:"template" maxLength:"40" doc:"The template's id" example:"01KAZ3V5N8Q2W4E6R8T0YACDEF"`
	IfMatch ifMatch `header:"If-Match" doc:"The template's version in quotes: where it has another by now, nothing is changed" example:"\"7\""`
	Body    TemplateRequest
}

func (s *service) replaceTemplate(ctx context.Context, in *replaceTemplateInput) (*templateOutput, error) {
	version, err := in.IfMatch.version()
	if err != nil {
		return nil, err
	}
	t, err := s.Templates.Replace(ctx, requestOf(ctx).owner, in.ID, version, in.Body.content())
	return s.templateOutput(ctx, t, err)
}

type deleteTemplateInput struct {
	ID      string  `path:"template" maxLength:"40" doc:"The template's id" example:"01KAZ3V5N8Q2W4E6R8T0YACDEF"`
	IfMatch ifMatch `header:"If-Match" doc:"The template's version in quotes: where it has another by now, it stays" example:"\"7\""`
}

func (s *service) deleteTemplate(ctx context.Context, in *deleteTemplateInput) (*deleteOutput, error) {
	version, err := in.IfMatch.version()
	if err != nil {
		return nil, err
	}
	if err := s.Templates.Delete(ctx, requestOf(ctx).owner, in.ID, version); err != nil {
		return nil, err
	}
	return &deleteOutput{}, nil
}

// FillRequest has what is put in the place of placeholders.
type FillRequest struct {
	Values map[string]string `json:"values,omitempty" doc:"By name; of those left out the default is taken" example:"{\"person\":\"an old fisherman\"}"`
}

type fillInput struct {
	Language spoken `query:"language" enum:"zh,en" doc:"Of a built-in template; that of Accept-Language where none is given"`
	ID       string `path:"template" maxLength:"40" doc:"The template's id" example:"film-portrait"`
	Body     FillRequest
}

// Filled is a prompt that a template makes.
type Filled struct {
	Prompt string `json:"prompt" doc:"As POST /api/v1/generate takes it; its choices are made there"`
	Ratio  string `json:"ratio,omitempty" example:"3:4"`
	Model  string `json:"model,omitempty" example:"jimeng_t2i_v40"`
}

type fillOutput struct{ Body Filled }

func (s *service) fillTemplate(ctx context.Context, in *fillInput) (*fillOutput, error) {
	t, err := s.Templates.Get(ctx, requestOf(ctx).owner, in.ID, in.Language.of(ctx))
	if err != nil {
		return nil, err
	}
	read, e := wildcard.ParseTemplate(t.Text), &task.Error{Kind: task.Invalid, Code: catalog.CodeInvalid}
	names := map[string]bool{}
	for _, p := range read.Placeholders() {
		names[p.Name] = true
	}
	for name, value := range in.Body.Values {
		if !names[name] {
			e.Fields = append(e.Fields, task.FieldError{Location: "body.values." + name, Message: "the template has no such placeholder", Value: value})
		}
	}
	prompt, missing := read.Fill(in.Body.Values)
	for _, name := range missing {
		e.Fields = append(e.Fields, task.FieldError{Location: "body.values." + name, Message: "is required: the placeholder has no default"})
	}
	if e.Fields != nil {
		sortFields(e)
		return nil, fmt.Errorf("fill %s: %w", t.ID, e)
	}
	return &fillOutput{Filled{Prompt: prompt, Ratio: t.Ratio, Model: t.Model}}, nil
}

// TemplatesDocument is what an export has and an import takes.
type TemplatesDocument struct {
	Templates []TemplateRequest `json:"templates"`
}

// ImportRequest is what an export has.
type ImportRequest struct {
	Templates []TemplateEntryRequest `json:"templates" maxItems:"200"`
}

// TemplateEntryRequest is a template of an import. Its bounds are those of a
// template; one that passes them is refused by itself.
type TemplateEntryRequest struct {
	Name        string        `json:"name" example:"Film portrait"`
	Description string        `json:"description,omitempty"`
	Text        string        `json:"text" example:"Film portrait of {{person=a woman in her twenties}}"`
	Tags        []string      `json:"tags,omitempty"`
	Ratio       string        `json:"ratio,omitempty"`
	Model       string        `json:"model,omitempty"`
	Cover       *CoverRequest `json:"cover,omitempty" nullable:"false"`
}

type exportOutput struct {
	Disposition string `header:"Content-Disposition"`
	Body        TemplatesDocument
}

func (s *service) exportTemplates(ctx context.Context, _ *struct{}) (*exportOutput, error) {
	all, err := s.Templates.Export(ctx, requestOf(ctx).owner)
	if err != nil {
		return nil, err
	}
	out := &exportOutput{Disposition: task.Link{Filename: "templates.json"}.Disposition(), Body: TemplatesDocument{Templates: []TemplateRequest{}}}
	for _, c := range all {
		out.Body.Templates = append(out.Body.Templates, requestOfContent(c))
	}
	return out, nil
}

type importInput struct{ Body ImportRequest }

// ImportResult is what became of one template of an import.
type ImportResult struct {
	Outcome prompts.Outcome `json:"outcome" enum:"imported,unchanged,refused" doc:"unchanged: one with the same content was there"`
	ID      string          `json:"template_id,omitempty" example:"01KAZ3V5N8Q2W4E6R8T0YACDEF"`
	Errors  []ProblemField  `json:"errors,omitempty" doc:"Why it was refused"`
}

// ImportResults are what became of each template of an import, in its order.
type ImportResults struct {
	Items []ImportResult `json:"items"`
}

type importOutput struct{ Body ImportResults }

func (s *service) importTemplates(ctx context.Context, in *importInput) (*importOutput, error) {
	var contents []prompts.Content
	for _, t := range in.Body.Templates {
		r := TemplateRequest(t)
		contents = append(contents, r.content())
	}
	results, err := s.Templates.Import(ctx, requestOf(ctx).owner, contents)
	if err != nil {
		return nil, err
	}
	out := &importOutput{ImportResults{Items: []ImportResult{}}}
	for _, r := range results {
		out.Body.Items = append(out.Body.Items, ImportResult{Outcome: r.Outcome, ID: r.ID, Errors: problemFields(r.Fields)})
	}
	return out, nil
}

func (s *service) registerTemplates() {
	body := bodyExample("The template", TemplateRequest{Name: "Film portrait", Text: "Film portrait of {{person=a woman in her twenties}}, {{place}}, fine grain", Tags: []string{"portrait"}, Ratio: "3:4"})
	writes := []int{http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType}
	changes := append([]int{http.StatusNotFound, http.StatusPreconditionFailed}, writes...)
	add(s, s.operation(huma.Operation{
		OperationID: "list-templates", Method: http.MethodGet, Path: templatesPath,
		Summary:     "List templates",
		Description: "Your own, at most 200, the one changed last first; then those that are built in.",
		Responses:   example(http.StatusOK, "The templates", TemplateList{Items: []Template{templateExample()}}),
	}), s.listTemplates)
	add(s, s.operation(huma.Operation{
		OperationID: "get-template", Method: http.MethodGet, Path: templatesPath + "/{template}",
		Summary: "Read a template", Description: "One of your own or a built-in one.",
		Errors:    []int{http.StatusNotFound},
		Responses: example(http.StatusOK, "The template", templateExample()),
	}), s.getTemplate)
	add(s, s.operation(huma.Operation{
		OperationID: "create-template", Method: http.MethodPost, Path: templatesPath, DefaultStatus: http.StatusCreated,
		Summary: "Keep a template", Description: "Send an Idempotency-Key, and repeating the request makes nothing twice.",
		RequestBody: body, Errors: writes,
		Responses: example(http.StatusCreated, "The template was made, or was made before with the same key", templateExample()),
	}), s.createTemplate)
	add(s, s.operation(huma.Operation{
		OperationID: "replace-template", Method: http.MethodPut, Path: templatesPath + "/{template}",
		Summary: "Write a template anew", Description: "What is left out is empty afterwards. Built-in ones stay as they are.",
		RequestBody: body, Errors: changes,
		Responses: example(http.StatusOK, "The template as it is now", templateExample()),
	}), s.replaceTemplate)
	add(s, s.operation(huma.Operation{
		OperationID: "delete-template", Method: http.MethodDelete, Path: templatesPath + "/{template}", DefaultStatus: http.StatusNoContent,
		Summary: "Delete a template", Description: "For good. Built-in ones stay.",
		Errors:    []int{http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed},
		Responses: example(http.StatusNoContent, "Deleted", nil),
	}), s.deleteTemplate)
	add(s, s.operation(huma.Operation{
		OperationID: "fill-template", Method: http.MethodPost, Path: templatesPath + "/{template}/fill",
		Summary: "Make a prompt of a template", Description: "Puts values in the place of placeholders. Nothing is drawn.",
		RequestBody: bodyExample("What to put in", FillRequest{Values: map[string]string{"person": "an old fisherman"}}),
		Errors:      []int{http.StatusNotFound, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType},
		Responses:   example(http.StatusOK, "The prompt", Filled{Prompt: "Film portrait of an old fisherman, on a pier, fine grain", Ratio: "3:4"}),
	}), s.fillTemplate)
	s.registerTemplateFiles(writes)
}

func (s *service) registerTemplateFiles(writes []int) {
	entry := TemplateEntryRequest{Name: "Film portrait", Text: "Film portrait of {{person=a woman in her twenties}}"}
	add(s, s.operation(huma.Operation{
		OperationID: "export-templates", Method: http.MethodGet, Path: templatesPath + "/export",
		Summary: "Export your templates", Description: "All of your own, by name, as a file that an import takes.",
		Responses: example(http.StatusOK, "The templates", TemplatesDocument{Templates: []TemplateRequest{TemplateRequest(entry)}}),
	}), s.exportTemplates)
	add(s, s.operation(huma.Operation{
		OperationID: "import-templates", Method: http.MethodPost, Path: templatesPath + "/import", MaxBodyBytes: maxImport + 1,
		Summary:     "Import templates",
		Description: "Takes what an export made, at most 2 MiB. One that is there with the same content stays as it is, so that the same import again changes nothing. Each is taken or refused by itself.",
		RequestBody: bodyExample("An export", ImportRequest{Templates: []TemplateEntryRequest{entry}}), Errors: writes,
		Responses: example(http.StatusOK, "What became of each", ImportResults{Items: []ImportResult{{Outcome: prompts.Imported, ID: exampleID}}}),
	}), s.importTemplates)
}
