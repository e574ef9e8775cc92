package archive

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"volcimage/internal/catalog"
	"volcimage/internal/record"
	"volcimage/internal/task"
)

// Kind is that of the records of exports.
const Kind = "export"

// The formats of an export's parts.
const (
	ZIP  = "zip"  // pictures, manifest and page
	JSON = "json" // the manifest alone
	CSV  = "csv"  // a table
)

// Objects is the picture store.
type Objects interface {
	Get(ctx context.Context, key string) ([]byte, error)
	PutFrom(ctx context.Context, key, contentType string, body io.ReadSeeker) error
	Link(l task.Link) (task.SignedLink, error)
	DeletePrefix(ctx context.Context, prefix string, keep ...string) error
}

// Order is what somebody asks to have exported: tasks by id, or those that a search
// finds; all where neither is given.
type Order struct {
	Format   string
	IDs      []task.ID `json:",omitempty"`
	Text     string    `json:",omitempty"` // in the language of the search box
	Language string    // of the page in the archive: "zh" or "en"
}

// Export is an export as its record says.
type Export struct {
	Progress
	Order
	Tasks, Images int
	Bytes         int64 // of all parts
	Parts         []Part

	// After is the last task that is packed: an id, or how many of IDs.
	After task.ID `json:",omitempty"`
	Taken int     `json:",omitempty"`
}

// Part is one file of an export.
type Part struct {
	Key           string
	Bytes         int64
	Tasks, Images int
}

// Bounds of exports.
const (
	// MaxIDs is how many tasks may be named one by one.
	MaxIDs = 1000
	// maxRunning is how many exports of an owner may be under way.
	maxRunning = 2
	maxParts   = 1500 // so that the record stays below its bound
)

// Exporter makes exports. All its fields are read only once it is in use.
type Exporter struct {
	Store   Store
	Objects Objects
	Hints   task.Hints
	Now     func() time.Time
	Log     *slog.Logger

	// PartBytes bounds a part's pictures, PartTasks its tasks; a task with its
	// pictures is never split. 0: the defaults.
	PartBytes int64
	PartTasks int
}

func (x *Exporter) steps() record.Steps[Export] {
	return record.Steps[Export]{
		Kind:  record.Kind[Export]{Name: Kind, Step: task.ExportStep, Store: x.Store, Now: x.Now},
		Hints: x.Hints, Log: x.Log, Tries: func(e *Export) *int { return &e.Tries },
		End: func(e *Export, reason error) { e.end(reason, catalog.CodeExportFailed, x.Now()) },
	}
}

func exportOf(r record.Of[Export]) Export {
	r.Doc.ID = task.ID(r.ID)
	return r.Doc
}

// Begin makes an export and hints its first step.
func (x *Exporter) Begin(ctx context.Context, o task.Owner, order Order) (Export, error) {
	all, err := x.List(ctx, o)
	if err != nil {
		return Export{}, err
	}
	running := 0
	for _, e := range all {
		if e.Status == Running {
			running++
		}
	}
	if running >= maxRunning {
		return Export{}, catalog.NewError(catalog.CodeExportBusy, nil)
	}
	now := x.Now()
	r := x.steps().New(o, string(task.NewID(now)), Export{Progress: Progress{Status: Running, CreatedAt: now}, Order: order})
	if err := x.steps().Begin(ctx, &r); err != nil {
		return Export{}, err
	}
	return exportOf(r), nil
}

// Get is the owner's export of that id.
func (x *Exporter) Get(ctx context.Context, o task.Owner, id task.ID) (Export, error) {
	r, err := x.steps().Get(ctx, o, string(id))
	if err == nil && r.Doc.Status == Running && r.NextAt.IsZero() { // an older program began it, and no index has it
		err = task.ButConflict(x.steps().Begin(ctx, &r))
	}
	return exportOf(r), err
}

// List is the owner's latest exports, newest first. Older ones are forgotten.
func (x *Exporter) List(ctx context.Context, o task.Owner) ([]Export, error) {
	return latest(ctx, x.steps().Kind, o, exportOf, func(string) error { return nil }) // parts go by themselves
}

// Step makes the next part of the export that r names. A nil error means that the
// message may be deleted.
func (x *Exporter) Step(ctx context.Context, r task.Ref) error { return x.steps().Take(ctx, r, x.part) }

// TakeOver goes on at once with an export that a process before this one had in hand.
// It is for one machine, and before the first step.
func (x *Exporter) TakeOver(ctx context.Context, r task.Ref) error { return x.steps().TakeOver(ctx, r) }

// Delete ends an export and removes its parts.
func (x *Exporter) Delete(ctx context.Context, o task.Owner, id task.ID) error {
	r, err := x.steps().Get(ctx, o, string(id))
	if err == nil {
		err = x.steps().Delete(ctx, r)
	}
	if err == nil {
		err = x.Objects.DeletePrefix(ctx, prefix(o, r.ID))
	}
	if err != nil {
		return fmt.Errorf("delete export %s: %w", id, err)
	}
	return nil
}

// Link is an address for part n of an export.
func (x *Exporter) Link(e *Export, n int) (task.SignedLink, error) {
	name := fmt.Sprintf("volcimage-%s-%d.%s", e.CreatedAt.UTC().Format(time.DateOnly), n+1, e.Format)
	return x.Objects.Link(task.Link{Key: e.Parts[n].Key, Filename: name})
}

// prefix is where the parts of an export lie. They go after a day by themselves.
func prefix(o task.Owner, id string) string { return fmt.Sprintf("temp/exports/%s/%s/", o, id) }
