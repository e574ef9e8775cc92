package archive

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"volcimage/internal/catalog"
	"volcimage/internal/record"
	"volcimage/internal/task"
)

// The kinds of the records of imports, and of what became of their tasks.
const (
	kindImport   = "import"
	kindOutcomes = "import_tasks"
)

// Bounds of imports that come in pieces.
const (
	// PieceBytes is the size of each piece but the last. An event of Lambda has 6 MB,
	// in which bytes take four thirds of their size.
	PieceBytes = 4 << 20
	// MaxArchive is four times what an export makes of one part.
	MaxArchive = 1 << 30
	// maxIncoming is how many imports of an owner may be open or under way.
	maxIncoming = 2
	// intakeTime is how long a step goes on to begin tasks: who looks sees how far it is.
	intakeTime = 3 * time.Second
	// maxTasks is how many tasks one archive may have, as a part of an export.
	maxTasks = partTasks
)

// Pieces is where the pieces of archives lie until they are taken in.
type Pieces interface {
	Get(ctx context.Context, key string) ([]byte, error)
	Put(ctx context.Context, o task.Object) error
	List(ctx context.Context, prefix, after string, limit int) (page []task.Stored, next string, err error)
	DeletePrefix(ctx context.Context, prefix string, keep ...string) error
}

// Import is an import as its record says.
type Import struct {
	Progress
	Bytes int64 // of the archive
	Tasks int   // in the archive, once its manifest was read
	Taken int   // looked at so far
	// Imported, Present and Refused are what became of them.
	Imported, Present, Refused int
	Records                    int // folders, saved searches and templates that came in
}

// Pieces is how many pieces the archive comes in.
func (m *Import) Pieces() int { return int((m.Bytes + PieceBytes - 1) / PieceBytes) }

// pieceSize is how many bytes piece n has.
func (m *Import) pieceSize(n int) int64 { return min(PieceBytes, m.Bytes-int64(n)*PieceBytes) }

// Intake takes archives in that come in pieces: each is stored as it comes, in any
// order and as often as somebody likes; once all are there, steps take the tasks in.
// All its fields are read only once it is in use.
type Intake struct {
	Store  Store
	Pieces Pieces
	Hints  task.Hints
	Now    func() time.Time
	Log    *slog.Logger
	// Importer takes tasks in; only steps need it.
	Importer *Importer
	// IndexesAll is for a store whose step of the index takes all tasks of an owner: one
	// hint is enough for what a step took in.
	IndexesAll bool
}

func (x *Intake) steps() record.Steps[Import] {
	return record.Steps[Import]{
		Kind:  record.Kind[Import]{Name: kindImport, Step: task.ImportStep, Store: x.Store, Now: x.Now},
		Hints: x.Hints, Log: x.Log, Tries: func(m *Import) *int { return &m.Tries },
		End: func(m *Import, reason error) { m.end(reason, catalog.CodeImportFailed, x.Now()) },
	}
}

func importOf(r record.Of[Import]) Import {
	r.Doc.ID = task.ID(r.ID)
	return r.Doc
}

func (x *Intake) get(ctx context.Context, o task.Owner, id task.ID) (Import, error) {
	r, err := x.steps().Get(ctx, o, string(id))
	return importOf(r), err
}

// Open begins an import of an archive of so many bytes, whose pieces are to come.
func (x *Intake) Open(ctx context.Context, o task.Owner, bytes int64) (Import, error) {
	all, err := x.List(ctx, o)
	if err != nil {
		return Import{}, err
	}
	now, coming := x.Now(), 0
	for _, m := range all {
		if m.Status == Running || m.Status == Open && now.Before(m.CreatedAt.Add(Kept)) {
			coming++
		}
	}
	if coming >= maxIncoming {
		return Import{}, catalog.NewError(catalog.CodeImportBusy, nil)
	}
	r := x.steps().New(o, string(task.NewID(now)), Import{Progress: Progress{Status: Open, CreatedAt: now}, Bytes: bytes})
	err = x.steps().Save(ctx, &r)
	return importOf(r), err
}

// Put stores piece n, counted from 0, of an import that is open.
func (x *Intake) Put(ctx context.Context, o task.Owner, id task.ID, n int, data []byte) error {
	m, err := x.get(ctx, o, id)
	switch {
	case err != nil:
		return err
	case m.Status != Open:
		return catalog.NewError(catalog.CodeImportClosed, nil)
	case n < 0 || n >= m.Pieces():
		return wrong("path.n", fmt.Sprintf("there are %d pieces, counted from 0", m.Pieces()))
	case int64(len(data)) != m.pieceSize(n):
		return wrong("body", fmt.Sprintf("has %d bytes, piece %d of this archive has %d", len(data), n, m.pieceSize(n)))
	}
	return x.Pieces.Put(ctx, task.Object{Key: pieceKey(o, id, n), ContentType: "application/octet-stream", Data: data})
}

func wrong(location, rule string) error {
	return &task.Error{Kind: task.Invalid, Code: catalog.CodeInvalid, Fields: []task.FieldError{{Location: location, Message: rule}}}
}

// piecesOf is where an import's pieces lie. They go after a day by themselves.
func piecesOf(o task.Owner, id task.ID) string { return fmt.Sprintf("temp/imports/%s/%s/", o, id) }

func pieceKey(o task.Owner, id task.ID, n int) string {
	return fmt.Sprintf("%s%05d", piecesOf(o, id), n)
}

// Missing are the pieces that are not there, of an import that is open.
func (x *Intake) Missing(ctx context.Context, o task.Owner, m *Import) ([]int, error) {
	there := map[string]int64{}
	for after := ""; ; {
		page, next, err := x.Pieces.List(ctx, piecesOf(o, m.ID), after, m.Pieces()+1)
		if err != nil {
			return nil, fmt.Errorf("list the pieces of %s: %w", m.ID, err)
		}
		for _, p := range page {
			there[p.Key] = p.Bytes
		}
		if after = next; next == "" {
			break
		}
	}
	missing := []int{}
	for n := range m.Pieces() {
		if there[pieceKey(o, m.ID, n)] != m.pieceSize(n) {
			missing = append(missing, n)
		}
	}
	return missing, nil
}

// Start has an import go on by itself whose pieces are all there. One that was
// started stays as it is.
func (x *Intake) Start(ctx context.Context, o task.Owner, id task.ID) (Import, error) {
	r, err := x.steps().Get(ctx, o, string(id))
	m := importOf(r)
	if err != nil || m.Status != Open {
		return m, err
	}
	missing, err := x.Missing(ctx, o, &m)
	if err != nil {
		return m, err
	}
	if len(missing) > 0 {
		return m, catalog.NewError(catalog.CodeImportIncomplete, fmt.Errorf("%d pieces are missing", len(missing)))
	}
	r.Doc.Status = Running
	err = x.steps().Begin(ctx, &r)
	return importOf(r), err
}

// Get is the owner's import of that id, and what became of its tasks so far.
func (x *Intake) Get(ctx context.Context, o task.Owner, id task.ID) (Import, []Outcome, error) {
	m, err := x.get(ctx, o, id)
	if err != nil || m.Taken == 0 {
		return m, nil, err
	}
	known, err := x.outcomes(ctx, o, string(id), m.Taken)
	return m, known.Doc, err
}

// List is the owner's latest imports, newest first. Older ones are forgotten.
func (x *Intake) List(ctx context.Context, o task.Owner) ([]Import, error) {
	return latest(ctx, x.steps().Kind, o, importOf, func(id string) error { return x.forget(ctx, o, id) })
}

// Delete ends an import and removes its pieces. What came in stays.
func (x *Intake) Delete(ctx context.Context, o task.Owner, id task.ID) error {
	r, err := x.steps().Get(ctx, o, string(id))
	if err == nil {
		err = x.steps().Delete(ctx, r)
	}
	if err == nil {
		err = errors.Join(x.forget(ctx, o, r.ID), x.Pieces.DeletePrefix(ctx, piecesOf(o, id)))
	}
	if err != nil {
		return fmt.Errorf("delete import %s: %w", id, err)
	}
	return nil
}

// forget removes what became of an import's tasks.
func (x *Intake) forget(ctx context.Context, o task.Owner, id string) error {
	err := x.became().Remove(ctx, o, id, 0)
	if task.KindOf(err) == task.NotFound {
		return nil
	}
	return err
}

// Step takes in what comes next of the import that r names. A nil error means that
// the message may be deleted.
func (x *Intake) Step(ctx context.Context, r task.Ref) error { return x.steps().Take(ctx, r, x.take) }

// TakeOver goes on at once with an import that a process before this one had in hand.
// It is for one machine, and before the first step.
func (x *Intake) TakeOver(ctx context.Context, r task.Ref) error { return x.steps().TakeOver(ctx, r) }

// take takes in tasks for a while, or until none is left, which it tells.
func (x *Intake) take(ctx context.Context, r *record.Of[Import]) (done bool, err error) {
	until := x.Now().Add(intakeTime)
	o, m := r.Owner, &r.Doc
	a, err := x.open(ctx, o, task.ID(r.ID), m.Bytes)
	if err != nil {
		return false, err
	}
	if m.Tasks = len(a.manifest.Tasks); m.Taken == 0 {
		if m.Records, err = x.Importer.records(ctx, o, a); err != nil {
			return false, err
		}
	}
	known, err := x.outcomes(ctx, o, r.ID, m.Taken)
	if err != nil {
		return false, err
	}
	before := len(known.Doc)
	for begun := m.Taken; m.Taken < m.Tasks && (m.Taken == begun || x.Now().Before(until)); m.Taken++ {
		became, err := x.Importer.one(ctx, o, a, m.Taken, m.CreatedAt)
		if err != nil && m.Taken == begun {
			return false, err
		}
		if err != nil { // what was done is kept, and the next step meets it again
			x.Log.WarnContext(ctx, "a task of an import not taken in", "task_id", a.manifest.Tasks[m.Taken].ID, "error", err)
			break
		}
		m.count(became)
		known.Doc = append(known.Doc, became)
	}
	x.hintIndex(ctx, o, known.Doc[before:])
	if err := x.became().Save(ctx, &known); err != nil {
		return false, err
	}
	if m.Taken < m.Tasks {
		return false, nil
	}
	if err := x.Pieces.DeletePrefix(ctx, piecesOf(o, task.ID(r.ID))); err != nil { // they go after a day
		x.Log.WarnContext(ctx, "pieces of an import not removed", "task_id", r.ID, "error", err)
	}
	return true, nil
}

// hintIndex has what came in put into the index.
func (x *Intake) hintIndex(ctx context.Context, o task.Owner, came []Outcome) {
	for _, c := range came {
		if c.Became != Imported {
			continue
		}
		task.Hint(ctx, x.Hints, x.Log, task.Ref{Owner: o, Task: c.ID, N: task.IndexStep}, 0)
		if x.IndexesAll {
			return
		}
	}
}

func (m *Import) count(o Outcome) {
	switch o.Became {
	case Imported:
		m.Imported++
	case Present:
		m.Present++
	default:
		m.Refused++
	}
}

func (x *Intake) became() record.Kind[[]Outcome] {
	return record.Kind[[]Outcome]{Name: kindOutcomes, Store: x.Store, Now: x.Now}
}

// outcomes reads what became of the tasks that were looked at, so many.
func (x *Intake) outcomes(ctx context.Context, o task.Owner, id string, taken int) (record.Of[[]Outcome], error) {
	r, err := x.became().GetOrNew(ctx, o, id)
	r.Doc = slices.Clip(r.Doc[:min(taken, len(r.Doc))])
	return r, err
}

// open reads the list of files and the manifest of an archive of so many bytes.
func (x *Intake) open(ctx context.Context, o task.Owner, id task.ID, bytes int64) (*opened, error) {
	r := &pieces{size: bytes, get: func(n int) ([]byte, error) { return x.Pieces.Get(ctx, pieceKey(o, id, n)) }}
	a, err := open(r, bytes)
	switch {
	case task.KindOf(r.failed) == task.NotFound:
		return nil, final(catalog.CodeImportIncomplete, r.failed)
	case r.failed != nil:
		return nil, r.failed
	case err != nil:
		return nil, final(catalog.CodeNoArchive, err)
	case len(a.manifest.Tasks) > maxTasks:
		return nil, final(catalog.CodeNoArchive, fmt.Errorf("%d tasks, at most %d are taken", len(a.manifest.Tasks), maxTasks))
	}
	a.failed = &r.failed
	return a, nil
}
