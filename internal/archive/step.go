package archive

import (
	"archive/zip"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"volcimage/internal/catalog"
	"volcimage/internal/record"
	"volcimage/internal/task"
)

// What bounds a part where nobody says otherwise. A function has 512 MB of disk and two
// minutes.
const (
	partBytes = 256 << 20
	partTasks = 1000
	tableRows = 20_000
)

var errTooMany = final(catalog.CodeExportFailed, errors.New("more parts than an export may have"))

// part makes one part of what comes next, and tells whether it is the last.
func (x *Exporter) part(ctx context.Context, r *record.Of[Export]) (last bool, err error) {
	e := &r.Doc
	if len(e.Parts) == maxParts {
		return false, errTooMany
	}
	f, err := os.CreateTemp("", "export-*")
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	w := x.writer(f, r)
	if err := x.records(ctx, r.Owner, e, w); err != nil {
		return false, err
	}
	over, err := x.fill(ctx, r.Owner, e, w)
	if err != nil {
		return false, err
	}
	if w.tasks() > 0 || over && len(e.Parts) == 0 { // an empty export has an empty part
		err = x.store(ctx, r, f, w)
	}
	return over, err
}

// records puts what lies beside the tasks into the first part of an export of all.
func (x *Exporter) records(ctx context.Context, o task.Owner, e *Export, w writer) error {
	p, ok := w.(*zipPart)
	if !ok || len(e.Parts) > 0 || e.IDs != nil || e.Text != "" {
		return nil
	}
	for _, kind := range recordKinds {
		rows, err := x.Store.Records(ctx, o, kind, "", maxRecords)
		if err != nil {
			return fmt.Errorf("read %ss: %w", kind, err)
		}
		for _, r := range rows {
			p.manifest.Records = append(p.manifest.Records, Record{kind, r.ID, r.Doc})
		}
	}
	return nil
}

// maxRecords is more than an owner may have of a kind.
const maxRecords = 1000

// store ends the part's file and puts it where it can be fetched.
func (x *Exporter) store(ctx context.Context, r *record.Of[Export], f *os.File, w writer) error {
	if err := w.finish(); err != nil {
		return err
	}
	size, err := f.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return err
	}
	e := &r.Doc
	// The version keeps a part that lost its race apart from the one that won.
	p := Part{Key: fmt.Sprintf("%s%d-%d.%s", prefix(r.Owner, r.ID), len(e.Parts)+1, r.Version, e.Format), Bytes: size, Tasks: w.tasks(), Images: w.pictures()}
	if err := x.Objects.PutFrom(ctx, p.Key, contentTypes[e.Format], f); err != nil {
		return err
	}
	e.Parts = append(e.Parts, p)
	e.Tasks, e.Images, e.Bytes = e.Tasks+p.Tasks, e.Images+p.Images, e.Bytes+p.Bytes
	return nil
}

var contentTypes = map[string]string{ZIP: "application/zip", JSON: "application/json", CSV: "text/csv; charset=utf-8"}

// fill writes tasks until the part is full or the time is half over; over tells
// whether none is left.
func (x *Exporter) fill(ctx context.Context, o task.Owner, e *Export, w writer) (over bool, err error) {
	end, _ := ctx.Deadline() // a step has one
	half := x.Now().Add(time.Until(end) / 2)
	for {
		tasks, next, over, err := x.next(ctx, o, e)
		if err != nil {
			return false, err
		}
		for i := range tasks {
			t := &tasks[i]
			if w.full() || x.Now().After(half) && w.tasks() > 0 {
				return false, nil
			}
			if t.Status.Over() && t.DeletedAt.IsZero() && t.BinnedAt.IsZero() {
				if err := w.add(ctx, t); err != nil {
					return false, err
				}
			}
			e.passed(t.ID)
		}
		if e.After, e.Taken = next.After, next.Taken; over {
			return true, nil
		}
	}
}

// passed notes that the export is behind that task.
func (e *Export) passed(id task.ID) {
	if e.IDs == nil {
		e.After = id
		return
	}
	for e.Taken < len(e.IDs) && e.IDs[e.Taken] != id {
		e.Taken++ // those that are not there
	}
	e.Taken = min(e.Taken+1, len(e.IDs))
}

const pageSize = 50

// next reads the tasks that follow, oldest first, and where the export is behind them.
func (x *Exporter) next(ctx context.Context, o task.Owner, e *Export) (tasks []task.Task, behind Export, over bool, err error) {
	if e.IDs != nil {
		ids := e.IDs[e.Taken:min(e.Taken+pageSize, len(e.IDs))]
		behind.Taken = e.Taken + len(ids)
		if len(ids) > 0 {
			tasks, err = x.Store.Tasks(ctx, o, ids)
		}
		return tasks, behind, behind.Taken == len(e.IDs), err
	}
	page, err := x.Store.List(ctx, task.Query{Owner: o, Text: e.Text, Limit: pageSize, Oldest: true, Before: e.After})
	behind.After = page.Next
	return page.Tasks, behind, page.Next == "", err
}

// writer writes one part in one format.
type writer interface {
	add(ctx context.Context, t *task.Task) error
	full() bool
	tasks() int
	pictures() int
	finish() error
}

func (x *Exporter) writer(f io.Writer, r *record.Of[Export]) writer {
	e := &r.Doc
	m := Manifest{Format: Format, Export: task.ID(r.ID), Part: len(e.Parts) + 1, ExportedAt: x.Now().UTC().Truncate(time.Second)}
	switch e.Format {
	case CSV:
		return &csvPart{w: f}
	case JSON:
		return &jsonPart{w: f, manifest: m}
	default:
		return &zipPart{
			pack: pack{zip: zip.NewWriter(f), get: x.Objects.Get, manifest: m}, language: e.Language,
			most: cmp.Or(x.PartBytes, partBytes), mostTasks: cmp.Or(x.PartTasks, partTasks),
		}
	}
}

type zipPart struct {
	pack
	language  string
	most      int64
	mostTasks int
}

func (p *zipPart) full() bool    { return p.bytes >= p.most || p.tasks() >= p.mostTasks }
func (p *zipPart) tasks() int    { return len(p.manifest.Tasks) }
func (p *zipPart) pictures() int { return p.images }
func (p *zipPart) finish() error { return p.pack.finish(p.language) }

type jsonPart struct {
	w        io.Writer
	manifest Manifest
}

func (p *jsonPart) add(_ context.Context, t *task.Task) error {
	p.manifest.Tasks = append(p.manifest.Tasks, newTask(t))
	return nil
}

func (p *jsonPart) full() bool    { return p.tasks() >= tableRows }
func (p *jsonPart) tasks() int    { return len(p.manifest.Tasks) }
func (p *jsonPart) pictures() int { return 0 }

func (p *jsonPart) finish() error {
	e := json.NewEncoder(p.w)
	e.SetIndent("", " ")
	return e.Encode(p.manifest)
}

type csvPart struct {
	w     io.Writer
	table *table
	rows  int
}

func (p *csvPart) begin() (err error) {
	if p.table == nil {
		p.table, err = newTable(p.w)
	}
	return err
}

func (p *csvPart) add(_ context.Context, t *task.Task) error {
	if err := p.begin(); err != nil {
		return err
	}
	p.rows++
	return p.table.add(t)
}

func (p *csvPart) full() bool    { return p.rows >= tableRows }
func (p *csvPart) tasks() int    { return p.rows }
func (p *csvPart) pictures() int { return 0 }

func (p *csvPart) finish() error {
	return errors.Join(p.begin(), p.table.finish())
}
