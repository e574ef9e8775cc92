package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"volcimage/internal/archive"
	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

// Imports takes archives in.
type Imports interface {
	Open(ctx context.Context, o task.Owner, bytes int64) (archive.Import, error)
	Put(ctx context.Context, o task.Owner, id task.ID, n int, data []byte) error
	// Missing are the pieces that are not there, of one that is open.
	Missing(ctx context.Context, o task.Owner, m *archive.Import) ([]int, error)
	Start(ctx context.Context, o task.Owner, id task.ID) (archive.Import, error)
	Get(ctx context.Context, o task.Owner, id task.ID) (archive.Import, []archive.Outcome, error)
	List(ctx context.Context, o task.Owner) ([]archive.Import, error)
	Delete(ctx context.Context, o task.Owner, id task.ID) error
}

const importsPath = base + "/imports"

// ArchiveRequest begins an import.
type ArchiveRequest struct {
	Bytes int64 `json:"bytes" minimum:"1" maximum:"1073741824" doc:"Size of the archive: one ZIP of an export" example:"9437184"`
}

// Import is an import: what is there of its archive, and how far it is.
type Import struct {
	ID         task.ID          `json:"import_id" example:"01KAZ3V5N8Q2W4E6R8T0YACDEF"`
	Status     string           `json:"status" enum:"open,running,done,failed" doc:"open: pieces are taken"`
	Bytes      int64            `json:"bytes" doc:"Size of the archive"`
	PieceBytes int64            `json:"piece_bytes" doc:"Size of each piece but the last" example:"4194304"`
	Pieces     int              `json:"pieces" example:"3"`
	Missing    []int            `json:"missing,omitempty" nullable:"false" doc:"Pieces that are not there yet, while it is open; left out of lists"`
	Tasks      int              `json:"tasks" doc:"In the archive; 0 until it was opened"`
	Imported   int              `json:"imported" doc:"Tasks that came in so far"`
	Present    int              `json:"present" doc:"Tasks that were there, and stay as they are"`
	Refused    int              `json:"refused" doc:"Tasks that were not taken"`
	Records    int              `json:"records" doc:"Folders, saved searches and templates that came in"`
	Results    []ImportedResult `json:"results,omitempty" nullable:"false" doc:"What became of each task so far; left out of lists"`
	Error      *Failure         `json:"error,omitempty" doc:"Why it failed"`
	CreatedAt  time.Time        `json:"created_at"`
	FinishedAt *time.Time       `json:"finished_at" doc:"null until it is over"`
}

// ImportedResult is what became of one task of an archive.
type ImportedResult struct {
	ID      task.ID        `json:"task_id" doc:"As the archive has it" example:"01KAZ3V5N8Q2W4E6R8T0YACDEF"`
	Outcome string         `json:"outcome" enum:"imported,present,refused"`
	Reason  archive.Reason `json:"reason,omitempty" enum:"not_valid,file_missing,file_changed,not_a_picture"`
	Message *catalog.Words `json:"message,omitempty" doc:"The reason, for people"`
	Detail  string         `json:"detail,omitempty" doc:"More of the reason, for those who know archives"`
}

type archiveInput struct{ Body ArchiveRequest }

type importIDInput struct {
	ID task.ID `path:"id" doc:"The import's id" example:"01KAZ3V5N8Q2W4E6R8T0YACDEF"`
}

type pieceInput struct {
	ID      task.ID `path:"id" doc:"The import's id" example:"01KAZ3V5N8Q2W4E6R8T0YACDEF"`
	N       int     `path:"n" minimum:"0" maximum:"255" doc:"Which piece, counted from 0" example:"0"`
	RawBody []byte
}

type begunImportOutput struct {
	Location string `header:"Location" doc:"Address of the import"`
	Body     Import
}

type oneImportOutput struct{ Body Import }

// ImportList is the latest imports, newest first.
type ImportList struct {
	Items []Import `json:"items"`
}

type importsOutput struct{ Body ImportList }

func importExample() Import {
	return Import{
		ID: exampleID, Status: archive.Open, Bytes: 9 << 20, PieceBytes: archive.PieceBytes, Pieces: 3, Missing: []int{0, 1, 2}, CreatedAt: exampleTime,
	}
}

func (s *service) registerImports() {
	piece := pieceBody()
	add(s, s.operation(huma.Operation{
		OperationID: "open-import", Method: http.MethodPost, Path: importsPath, DefaultStatus: http.StatusCreated,
		Summary:     "Begin to import an archive",
		Description: "Of one ZIP of an export. Upload its pieces next, then start it. Two may be open or under way at once; pieces go after a day.",
		RequestBody: bodyExample("How large the archive is", ArchiveRequest{Bytes: 9 << 20}),
		Errors:      []int{http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusTooManyRequests},
		Responses:   example(http.StatusCreated, "It is open", importExample()),
	}), s.openImport)
	add(s, s.operation(huma.Operation{
		OperationID: "put-import-piece", Method: http.MethodPut, Path: importsPath + "/{id}/pieces/{n}", DefaultStatus: http.StatusNoContent,
		MaxBodyBytes: archive.PieceBytes + 1,
		Summary:      "Upload a piece of an archive",
		Description:  "The bytes from n × piece_bytes on: piece_bytes of them, or what is left. In any order, and again where it is not sure that one arrived.",
		RequestBody:  piece,
		Errors:       []int{http.StatusNotFound, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType},
		Responses:    example(http.StatusNoContent, "It is there", nil),
	}), s.putPiece)
	add(s, s.operation(huma.Operation{
		OperationID: "start-import", Method: http.MethodPost, Path: importsPath + "/{id}/start", DefaultStatus: http.StatusAccepted,
		Summary:     "Take the archive in",
		Description: "Once all pieces are there. It goes on by itself; follow it at its address. Asking again changes nothing.",
		Errors:      []int{http.StatusNotFound, http.StatusConflict},
		Responses:   example(http.StatusAccepted, "It has begun", nil),
	}), s.startImport)
	add(s, s.operation(huma.Operation{
		OperationID: "list-imports", Method: http.MethodGet, Path: importsPath,
		Summary:     "List imports, newest first",
		Description: "The latest 50, without what became of each task.",
		Responses:   example(http.StatusOK, "Imports", nil),
	}), s.listImports)
	add(s, s.operation(huma.Operation{
		OperationID: "get-import", Method: http.MethodGet, Path: importsPath + "/{id}",
		Summary:     "Read an import",
		Description: "While it is open with the pieces that are missing, then with what became of each task.",
		Errors:      []int{http.StatusNotFound},
		Responses:   example(http.StatusOK, "The import", importExample()),
	}), s.getImport)
	add(s, s.operation(huma.Operation{
		OperationID: "delete-import", Method: http.MethodDelete, Path: importsPath + "/{id}", DefaultStatus: http.StatusNoContent,
		Summary:     "End an import and remove its pieces",
		Description: "What came in stays.",
		Errors:      []int{http.StatusNotFound, http.StatusConflict},
		Responses:   example(http.StatusNoContent, "Deleted", nil),
	}), s.deleteImport)
}

// bytesType is what a piece is sent as. No page of another origin can send it without
// asking first.
const bytesType = "application/octet-stream"

func pieceBody() *huma.RequestBody {
	schema := &huma.Schema{Type: huma.TypeString, Format: "binary"}
	return &huma.RequestBody{Description: "The piece", Required: true, Content: map[string]*huma.MediaType{bytesType: {Schema: schema}}}
}

func (s *service) openImport(ctx context.Context, in *archiveInput) (*begunImportOutput, error) {
	m, err := s.Imports.Open(ctx, requestOf(ctx).owner, in.Body.Bytes)
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	view := importOf(&m)
	for n := range m.Pieces() {
		view.Missing = append(view.Missing, n)
	}
	return &begunImportOutput{importsPath + "/" + string(m.ID), view}, nil
}

func (s *service) putPiece(ctx context.Context, in *pieceInput) (*deleteOutput, error) {
	if err := known(in.ID); err != nil {
		return nil, err
	}
	if err := s.Imports.Put(ctx, requestOf(ctx).owner, in.ID, in.N, in.RawBody); err != nil {
		return nil, fmt.Errorf("put piece %d of %s: %w", in.N, in.ID, err)
	}
	return &deleteOutput{}, nil
}

func (s *service) startImport(ctx context.Context, in *importIDInput) (*oneImportOutput, error) {
	if err := known(in.ID); err != nil {
		return nil, err
	}
	m, err := s.Imports.Start(ctx, requestOf(ctx).owner, in.ID)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", in.ID, err)
	}
	return &oneImportOutput{importOf(&m)}, nil
}

func (s *service) listImports(ctx context.Context, _ *struct{}) (*importsOutput, error) {
	all, err := s.Imports.List(ctx, requestOf(ctx).owner)
	if err != nil {
		return nil, fmt.Errorf("list: %w", err)
	}
	out := &importsOutput{ImportList{Items: make([]Import, len(all))}}
	for i := range all {
		out.Body.Items[i] = importOf(&all[i])
	}
	return out, nil
}

func (s *service) getImport(ctx context.Context, in *importIDInput) (*oneImportOutput, error) {
	if err := known(in.ID); err != nil {
		return nil, err
	}
	o := requestOf(ctx).owner
	m, outcomes, err := s.Imports.Get(ctx, o, in.ID)
	if err != nil {
		return nil, fmt.Errorf("get: %w", err)
	}
	view := importOf(&m)
	if m.Status == archive.Open {
		if view.Missing, err = s.Imports.Missing(ctx, o, &m); err != nil {
			return nil, err
		}
	}
	for _, b := range outcomes {
		r := ImportedResult{ID: b.ID, Outcome: b.Became, Reason: b.Reason, Detail: b.Why}
		if b.Reason != "" {
			words := b.Reason.Words()
			r.Message = &words
		}
		view.Results = append(view.Results, r)
	}
	return &oneImportOutput{view}, nil
}

func (s *service) deleteImport(ctx context.Context, in *importIDInput) (*deleteOutput, error) {
	if err := known(in.ID); err != nil {
		return nil, err
	}
	if err := s.Imports.Delete(ctx, requestOf(ctx).owner, in.ID); err != nil {
		return nil, fmt.Errorf("delete: %w", err)
	}
	return &deleteOutput{}, nil
}

// importOf is an import without its pieces and without what became of each task.
func importOf(m *archive.Import) Import {
	out := Import{
		ID: m.ID, Status: m.Status, Bytes: m.Bytes, PieceBytes: archive.PieceBytes, Pieces: m.Pieces(), Tasks: m.Tasks,
		Imported: m.Imported, Present: m.Present, Refused: m.Refused, Records: m.Records,
		CreatedAt: shown(m.CreatedAt), FinishedAt: shownIfSet(m.FinishedAt),
	}
	if m.Code != "" {
		out.Error = failureOf(&task.Failure{Code: m.Code, Charged: task.ChargedNo})
	}
	return out
}
