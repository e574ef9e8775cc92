package archive

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"volcimage/internal/catalog"
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
	Hints   Hints
	Now     func() time.Time
	Log     *slog.Logger

	// PartBytes bounds a part's pictures, PartTasks its tasks; a task with its
	// pictures is never split. 0: the defaults.
	PartBytes int64
	PartTasks int
}

func (x *Exporter) steps() steps[Export] {
	return steps[Export]{Kind, task.ExportStep, func(e *Export) *Progress { return &e.Progress }, x.Store, x.Hints, x.Now, x.Log}
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
	e := Export{Progress: Progress{ID: task.NewID(now), Status: Running, CreatedAt: now, nextAt: now}, Order: order}
	if err := x.steps().save(ctx, o, &e); err != nil {
		return Export{}, err
	}
	x.steps().hint(ctx, o, e.ID, 0)
	return e, nil
}

// Get is the owner's export of that id.
func (x *Exporter) Get(ctx context.Context, o task.Owner, id task.ID) (Export, error) {
	e, _, err := x.steps().get(ctx, o, id)
	if err == nil && e.Status == Running && e.nextAt.IsZero() { // an older program began it, and no index has it
		x.steps().hint(ctx, o, id, 0)
	}
	return e, err
}

// List is the owner's latest exports, newest first. Older ones are forgotten.
func (x *Exporter) List(ctx context.Context, o task.Owner) ([]Export, error) {
	return x.steps().list(ctx, o, func(task.ID) error { return nil }) // parts go by themselves
}

// Step makes the next part of the export that r names. A nil error means that the
// message may be deleted.
func (x *Exporter) Step(ctx context.Context, r task.Ref) error {
	return x.steps().step(ctx, r, catalog.CodeExportFailed, func(ctx context.Context, e *Export) error { return x.part(ctx, r.Owner, e) })
}

// TakeOver goes on at once with an export that a process before this one had in hand.
// It is for one machine, and before the first step.
func (x *Exporter) TakeOver(ctx context.Context, r task.Ref) error { return x.steps().takeOver(ctx, r) }

// Delete ends an export and removes its parts.
func (x *Exporter) Delete(ctx context.Context, o task.Owner, id task.ID) error {
	r, err := x.Store.Record(ctx, o, Kind, string(id))
	if err == nil {
		err = x.Store.DeleteRecord(ctx, r)
	}
	if err == nil {
		err = x.Objects.DeletePrefix(ctx, prefix(o, id))
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
func prefix(o task.Owner, id task.ID) string { return fmt.Sprintf("temp/exports/%s/%s/", o, id) }
