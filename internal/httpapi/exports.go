package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"volcimage/internal/archive"
	"volcimage/internal/task"
)

// Exports takes a library out.
type Exports interface {
	Begin(ctx context.Context, o task.Owner, order archive.Order) (archive.Export, error)
	Get(ctx context.Context, o task.Owner, id task.ID) (archive.Export, error)
	List(ctx context.Context, o task.Owner) ([]archive.Export, error)
	Delete(ctx context.Context, o task.Owner, id task.ID) error
	// Link is an address for part n, which is there.
	Link(e *archive.Export, n int) (task.SignedLink, error)
}

const exportsPath = base + "/exports"

// ExportRequest asks for tasks as files: those named, those that a search finds, or all.
type ExportRequest struct {
	Format string    `json:"format" enum:"zip,json,csv" doc:"zip: pictures, a manifest and a page that opens without the service; json, csv: the history alone" example:"zip"`
	IDs    []task.ID `json:"ids,omitempty" nullable:"false" minItems:"1" maxItems:"1000" doc:"These tasks, in this order; those that are not there are left out"`
	Text   string    `json:"q,omitempty" maxLength:"200" doc:"What the search box finds, as in GET /api/v1/history" example:"tag:fox"`
}

// Export is an export: what was asked for, and how far it is.
type Export struct {
	ID         task.ID    `json:"export_id" example:"01KAZ3V5N8Q2W4E6R8T0YACDEF"`
	Format     string     `json:"format" enum:"zip,json,csv"`
	Status     string     `json:"status" enum:"running,done,failed"`
	Text       string     `json:"q,omitempty" doc:"The search, where there was one"`
	Selected   int        `json:"selected,omitempty" doc:"How many tasks were named; left out where none was"`
	Tasks      int        `json:"tasks" doc:"Packed so far"`
	Images     int        `json:"images" doc:"Pictures packed so far"`
	Bytes      int64      `json:"bytes" doc:"Of all parts so far"`
	Parts      []Part     `json:"parts" doc:"Files to download, each whole in itself; left out of lists"`
	Error      *Failure   `json:"error,omitempty" doc:"Why it failed"`
	CreatedAt  time.Time  `json:"created_at"`
	FinishedAt *time.Time `json:"finished_at" doc:"null while it is under way"`
	KeptUntil  *time.Time `json:"kept_until" doc:"Until then the parts can be fetched, at least; null while it is under way"`
}

// Part is one file of an export.
type Part struct {
	Bytes     int64     `json:"bytes"`
	Tasks     int       `json:"tasks"`
	Images    int       `json:"images"`
	URL       string    `json:"url" doc:"Downloads the file, in pieces too (Range), until expires_at"`
	ExpiresAt time.Time `json:"expires_at" doc:"Ask again for another address"`
}

type exportInput struct {
	Language string `header:"Accept-Language" doc:"Of the page in the archive"`
	Body     ExportRequest
}

type exportIDInput struct {
	ID task.ID `path:"id" doc:"The export's id" example:"01KAZ3V5N8Q2W4E6R8T0YACDEF"`
}

type begunExportOutput struct {
	Location string `header:"Location" doc:"Address of the export"`
	Body     Export
}

type oneExportOutput struct{ Body Export }

// ExportList is the latest exports, newest first.
type ExportList struct {
	Items []Export `json:"items"`
}

type exportsOutput struct{ Body ExportList }

func (s *service) registerExports() {
	add(s, s.operation(huma.Operation{
		OperationID: "begin-export", Method: http.MethodPost, Path: exportsPath, DefaultStatus: http.StatusAccepted,
		Summary:     "Export pictures with their history",
		Description: "Goes on by itself; follow it at Location. Two may be under way at once.",
		RequestBody: bodyExample("What to export", ExportRequest{Format: archive.ZIP, Text: "tag:fox"}),
		Errors:      []int{http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusTooManyRequests},
		Responses:   example(http.StatusAccepted, "It has begun", nil),
	}), s.beginExport)
	add(s, s.operation(huma.Operation{
		OperationID: "list-exports", Method: http.MethodGet, Path: exportsPath,
		Summary:     "List exports, newest first",
		Description: "The latest 50, without their parts.",
		Responses:   example(http.StatusOK, "Exports", nil),
	}), s.listExports)
	add(s, s.operation(huma.Operation{
		OperationID: "get-export", Method: http.MethodGet, Path: exportsPath + "/{id}",
		Summary:     "Read an export",
		Description: "With an address for each part that is there, while it goes on too.",
		Errors:      []int{http.StatusNotFound},
		Responses:   example(http.StatusOK, "The export", nil),
	}), s.getExport)
	add(s, s.operation(huma.Operation{
		OperationID: "delete-export", Method: http.MethodDelete, Path: exportsPath + "/{id}", DefaultStatus: http.StatusNoContent,
		Summary:     "End an export and remove its parts",
		Description: "Its tasks and pictures stay. Parts go by themselves after a day.",
		Errors:      []int{http.StatusNotFound, http.StatusConflict},
		Responses:   example(http.StatusNoContent, "Deleted", nil),
	}), s.deleteExport)
}

func (s *service) beginExport(ctx context.Context, in *exportInput) (*begunExportOutput, error) {
	if in.Body.IDs != nil && in.Body.Text != "" {
		return nil, invalid("body.q", "cannot be given together with ids", in.Body.Text)
	}
	order := archive.Order{Format: in.Body.Format, IDs: in.Body.IDs, Text: in.Body.Text, Language: "en"}
	if prefersChinese(in.Language) {
		order.Language = "zh"
	}
	e, err := s.Exports.Begin(ctx, requestOf(ctx).owner, order)
	if err != nil {
		return nil, fmt.Errorf("begin: %w", err)
	}
	view, err := s.exportView(&e)
	return &begunExportOutput{exportsPath + "/" + string(e.ID), view}, err
}

func (s *service) listExports(ctx context.Context, _ *struct{}) (*exportsOutput, error) {
	all, err := s.Exports.List(ctx, requestOf(ctx).owner)
	if err != nil {
		return nil, fmt.Errorf("list: %w", err)
	}
	out := &exportsOutput{ExportList{Items: make([]Export, len(all))}}
	for i := range all {
		out.Body.Items[i] = exportOf(&all[i])
	}
	return out, nil
}

func (s *service) getExport(ctx context.Context, in *exportIDInput) (*oneExportOutput, error) {
	if err := known(in.ID); err != nil {
		return nil, err
	}
	e, err := s.Exports.Get(ctx, requestOf(ctx).owner, in.ID)
	if err != nil {
		return nil, fmt.Errorf("get: %w", err)
	}
	view, err := s.exportView(&e)
	return &oneExportOutput{view}, err
}

func (s *service) deleteExport(ctx context.Context, in *exportIDInput) (*deleteOutput, error) {
	if err := known(in.ID); err != nil {
		return nil, err
	}
	if err := s.Exports.Delete(ctx, requestOf(ctx).owner, in.ID); err != nil {
		return nil, fmt.Errorf("delete: %w", err)
	}
	return &deleteOutput{}, nil
}

// exportView is an export with its parts as far as they can be fetched.
func (s *service) exportView(e *archive.Export) (Export, error) {
	out := exportOf(e)
	if out.KeptUntil != nil && s.Now().After(*out.KeptUntil) {
		return out, nil
	}
	for n, p := range e.Parts {
		l, err := s.Exports.Link(e, n)
		if err != nil {
			return out, fmt.Errorf("link part %d of %s: %w", n, e.ID, err)
		}
		out.Parts = append(out.Parts, Part{p.Bytes, p.Tasks, p.Images, l.URL, shown(l.ExpiresAt)})
	}
	return out, nil
}

// exportOf is an export without its parts.
func exportOf(e *archive.Export) Export {
	out := Export{
		ID: e.ID, Format: e.Format, Status: e.Status, Text: e.Text, Selected: len(e.IDs), Tasks: e.Tasks, Images: e.Images, Bytes: e.Bytes,
		Parts: []Part{}, CreatedAt: shown(e.CreatedAt), FinishedAt: shownIfSet(e.FinishedAt),
	}
	if e.Code != "" {
		out.Error = failureOf(&task.Failure{Code: e.Code, Charged: task.ChargedNo})
	}
	if !e.FinishedAt.IsZero() {
		until := shown(e.FinishedAt.Add(archive.Kept))
		out.KeptUntil = &until
	}
	return out
}
