package archive

import (
	"context"
	"encoding/json"
	"errors"
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

// The states of an export.
const (
	Running = "running"
	Done    = "done"
	Failed  = "failed"
)

// Store is what exports need of the table.
type Store interface {
	Record(ctx context.Context, o task.Owner, kind, id string) (task.Record, error)
	Records(ctx context.Context, o task.Owner, kind, after string, limit int) ([]task.Record, error)
	SaveRecord(ctx context.Context, r *task.Record) error
	DeleteRecord(ctx context.Context, r task.Record) error
	List(ctx context.Context, q task.Query) (task.Page, error)
	Tasks(ctx context.Context, o task.Owner, ids []task.ID) ([]task.Task, error)
}

// Objects is the picture store.
type Objects interface {
	Get(ctx context.Context, key string) ([]byte, error)
	PutFrom(ctx context.Context, key, contentType string, body io.ReadSeeker) error
	Link(l task.Link) (task.SignedLink, error)
	DeletePrefix(ctx context.Context, prefix string, keep ...string) error
}

// Hints puts an export's next step into the queue.
type Hints interface {
	Send(ctx context.Context, r task.Ref, delay time.Duration) error
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
	ID task.ID `json:"-"`
	Order
	Status        string
	Tasks, Images int
	Bytes         int64 // of all parts
	Parts         []Part
	CreatedAt     time.Time
	FinishedAt    time.Time
	Code          task.Code `json:",omitempty"` // why it failed

	// After is the last task that is packed: an id, or how many of IDs.
	After task.ID `json:",omitempty"`
	Taken int     `json:",omitempty"`
	// LeaseUntil keeps two steps from making the same part.
	LeaseUntil time.Time
	Tries      int // failed steps since the last part

	version int64
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
	// maxListed is how many exports an owner sees; older ones are forgotten.
	maxListed = 50
	// Kept is how long parts can be fetched after they were made, at least.
	Kept = 24 * time.Hour
	// standing is how long an export may stand still before whoever looks at it sends
	// it on.
	standing = time.Minute
	maxTries = 5
	maxParts = 1500 // so that the record stays below its bound
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
	e := Export{ID: task.NewID(now), Order: order, Status: Running, CreatedAt: now}
	if err := x.save(ctx, o, &e); err != nil {
		return Export{}, err
	}
	x.hint(ctx, o, &e, 0)
	return e, nil
}

// Get is the owner's export of that id. One that stands still is sent on.
func (x *Exporter) Get(ctx context.Context, o task.Owner, id task.ID) (Export, error) {
	r, err := x.Store.Record(ctx, o, Kind, string(id))
	if err != nil {
		return Export{}, fmt.Errorf("read export %s: %w", id, err)
	}
	e, err := read(r)
	if err == nil && e.Status == Running && x.Now().After(r.UpdatedAt.Add(standing)) && x.Now().After(e.LeaseUntil) {
		x.hint(ctx, o, &e, 0)
	}
	return e, err
}

// List is the owner's latest exports, newest first. Older ones are forgotten.
func (x *Exporter) List(ctx context.Context, o task.Owner) ([]Export, error) {
	rows, err := x.Store.Records(ctx, o, Kind, "", 2*maxListed)
	if err != nil {
		return nil, fmt.Errorf("list exports: %w", err)
	}
	for len(rows) > maxListed {
		if err := x.Store.DeleteRecord(ctx, rows[0]); err != nil && task.KindOf(err) != task.Conflict {
			return nil, fmt.Errorf("forget export %s: %w", rows[0].ID, err)
		}
		rows = rows[1:]
	}
	all := make([]Export, len(rows))
	for i, r := range rows {
		if all[len(rows)-1-i], err = read(r); err != nil {
			return nil, err
		}
	}
	return all, nil
}

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

func (x *Exporter) hint(ctx context.Context, o task.Owner, e *Export, delay time.Duration) {
	r := task.Ref{Owner: o, Task: e.ID, N: task.ExportStep}
	if err := x.Hints.Send(ctx, r, delay); err != nil { // whoever looks at it sends another
		x.Log.WarnContext(ctx, "hint not sent", "task_id", e.ID, "job", task.ExportStep, "error", err)
	}
}

func read(r task.Record) (Export, error) {
	var e Export
	if err := json.Unmarshal(r.Doc, &e); err != nil {
		return Export{}, fmt.Errorf("read export %s: %w", r.ID, err)
	}
	e.ID, e.version = task.ID(r.ID), r.Version
	return e, nil
}

func (x *Exporter) save(ctx context.Context, o task.Owner, e *Export) error {
	doc, err := json.Marshal(e)
	if err == nil && len(doc) > task.MaxRecord {
		err = errors.New("the record is full")
	}
	if err != nil {
		return fmt.Errorf("write export %s: %w", e.ID, err)
	}
	r := task.Record{Owner: o, Kind: Kind, ID: string(e.ID), Version: e.version, UpdatedAt: x.Now(), Doc: doc}
	if err := x.Store.SaveRecord(ctx, &r); err != nil {
		return fmt.Errorf("save export %s: %w", e.ID, err)
	}
	e.version = r.Version
	return nil
}
