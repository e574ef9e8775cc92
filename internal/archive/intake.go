package archive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"volcimage/internal/catalog"
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
	Hints  Hints
	Now    func() time.Time
	Log    *slog.Logger
	// Importer takes tasks in; only steps need it.
	Importer *Importer
	// IndexesAll is for a store whose step of the index takes all tasks of an owner: one
	// hint is enough for what a step took in.
	IndexesAll bool
}

func (x *Intake) steps() steps[Import] {
	return steps[Import]{kindImport, task.ImportStep, func(m *Import) *Progress { return &m.Progress }, x.Store, x.Hints, x.Now, x.Log}
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
	m := Import{Progress: Progress{ID: task.NewID(now), Status: Open, CreatedAt: now}, Bytes: bytes}
	return m, x.steps().save(ctx, o, &m)
}

// Put stores piece n, counted from 0, of an import that is open.
func (x *Intake) Put(ctx context.Context, o task.Owner, id task.ID, n int, data []byte) error {
	m, _, err := x.steps().get(ctx, o, id)
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
	m, _, err := x.steps().get(ctx, o, id)
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
	m.Status, m.nextAt = Running, x.Now()
	if err := x.steps().save(ctx, o, &m); err != nil {
		return m, err
	}
	x.steps().hint(ctx, o, id, 0)
	return m, nil
}

// Get is the owner's import of that id, and what became of its tasks so far.
func (x *Intake) Get(ctx context.Context, o task.Owner, id task.ID) (Import, []Outcome, error) {
	m, _, err := x.steps().get(ctx, o, id)
	if err != nil || m.Taken == 0 {
		return m, nil, err
	}
	known, _, err := x.outcomes(ctx, o, &m)
	return m, known, err
}

// List is the owner's latest imports, newest first. Older ones are forgotten.
func (x *Intake) List(ctx context.Context, o task.Owner) ([]Import, error) {
	return x.steps().list(ctx, o, func(id task.ID) error { return x.forget(ctx, o, id) })
}

// Delete ends an import and removes its pieces. What came in stays.
func (x *Intake) Delete(ctx context.Context, o task.Owner, id task.ID) error {
	_, r, err := x.steps().get(ctx, o, id)
	if err == nil {
		err = x.Store.DeleteRecord(ctx, r)
	}
	if err == nil {
		err = errors.Join(x.forget(ctx, o, id), x.Pieces.DeletePrefix(ctx, piecesOf(o, id)))
	}
	if err != nil {
		return fmt.Errorf("delete import %s: %w", id, err)
	}
	return nil
}

// forget removes what became of an import's tasks.
func (x *Intake) forget(ctx context.Context, o task.Owner, id task.ID) error {
	r, err := x.Store.Record(ctx, o, kindOutcomes, string(id))
	if err == nil {
		err = x.Store.DeleteRecord(ctx, r)
	}
	if k := task.KindOf(err); k == task.NotFound || k == task.Conflict {
		return nil
	}
	return err
}

// Step takes in what comes next of the import that r names. A nil error means that
// the message may be deleted.
func (x *Intake) Step(ctx context.Context, r task.Ref) error {
	return x.steps().step(ctx, r, catalog.CodeImportFailed, func(ctx context.Context, m *Import) error { return x.take(ctx, r.Owner, m) })
}

// TakeOver goes on at once with an import that a process before this one had in hand.
// It is for one machine, and before the first step.
func (x *Intake) TakeOver(ctx context.Context, r task.Ref) error { return x.steps().takeOver(ctx, r) }

// take takes in tasks for a while, or until none is left.
func (x *Intake) take(ctx context.Context, o task.Owner, m *Import) error {
	until := x.Now().Add(intakeTime)
	a, err := x.open(ctx, o, m)
	if err != nil {
		return err
	}
	if m.Tasks = len(a.manifest.Tasks); m.Taken == 0 {
		if m.Records, err = x.Importer.records(ctx, o, a); err != nil {
			return err
		}
	}
	known, row, err := x.outcomes(ctx, o, m)
	if err != nil {
		return err
	}
	before := len(known)
	for begun := m.Taken; m.Taken < m.Tasks && (m.Taken == begun || x.Now().Before(until)); m.Taken++ {
		became, err := x.Importer.one(ctx, o, a, m.Taken, m.CreatedAt)
		if err != nil && m.Taken == begun {
			return err
		}
		if err != nil { // what was done is kept, and the next step meets it again
			x.Log.WarnContext(ctx, "a task of an import not taken in", "task_id", a.manifest.Tasks[m.Taken].ID, "error", err)
			break
		}
		m.count(became)
		known = append(known, became)
	}
	x.hintIndex(ctx, o, known[before:])
	if row.Doc, err = json.Marshal(known); err != nil {
		return fmt.Errorf("write outcomes: %w", err)
	}
	row.UpdatedAt = x.Now()
	if err := x.Store.SaveRecord(ctx, &row); err != nil {
		return fmt.Errorf("save outcomes: %w", err)
	}
	if m.Taken == m.Tasks {
		m.end(Done, "", x.Now())
		if err := x.Pieces.DeletePrefix(ctx, piecesOf(o, m.ID)); err != nil { // they go after a day
			x.Log.WarnContext(ctx, "pieces of an import not removed", "task_id", m.ID, "error", err)
		}
	}
	return nil
}

// hintIndex has what came in put into the index. Where it fails the janitor does that.
func (x *Intake) hintIndex(ctx context.Context, o task.Owner, came []Outcome) {
	for _, c := range came {
		if c.Became != Imported {
			continue
		}
		sendHint(ctx, x.Hints, x.Log, task.Ref{Owner: o, Task: c.ID, N: task.IndexStep}, 0)
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

// outcomes reads what became of the tasks that were looked at.
func (x *Intake) outcomes(ctx context.Context, o task.Owner, m *Import) (known []Outcome, r task.Record, err error) {
	r, err = x.Store.Record(ctx, o, kindOutcomes, string(m.ID))
	if task.KindOf(err) == task.NotFound {
		return nil, task.Record{Owner: o, Kind: kindOutcomes, ID: string(m.ID)}, nil
	}
	if err == nil {
		err = json.Unmarshal(r.Doc, &known)
	}
	if err != nil {
		return nil, r, fmt.Errorf("read outcomes of %s: %w", m.ID, err)
	}
	return slices.Clip(known[:min(m.Taken, len(known))]), r, nil
}

// open reads the archive's list of files and its manifest.
func (x *Intake) open(ctx context.Context, o task.Owner, m *Import) (*opened, error) {
	r := &pieces{size: m.Bytes, get: func(n int) ([]byte, error) { return x.Pieces.Get(ctx, pieceKey(o, m.ID, n)) }}
	a, err := open(r, m.Bytes)
	switch {
	case task.KindOf(r.failed) == task.NotFound:
		return nil, &final{catalog.CodeImportIncomplete, r.failed}
	case r.failed != nil:
		return nil, r.failed
	case err != nil:
		return nil, &final{catalog.CodeNoArchive, err}
	case len(a.manifest.Tasks) > maxTasks:
		return nil, &final{catalog.CodeNoArchive, fmt.Errorf("%d tasks, at most %d are taken", len(a.manifest.Tasks), maxTasks)}
	}
	a.failed = &r.failed
	return a, nil
}
