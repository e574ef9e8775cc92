package archive

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"volcimage/internal/task"
)

// ImportStore is what an import needs of the table.
type ImportStore interface {
	Task(ctx context.Context, o task.Owner, id task.ID) (task.Task, error)
	Create(ctx context.Context, s task.Submission) (t task.Task, replayed bool, err error)
	Save(ctx context.Context, c task.Change) error
	Records(ctx context.Context, o task.Owner, kind, after string, limit int) ([]task.Record, error)
	SaveRecord(ctx context.Context, r *task.Record) error
}

// ImportObjects is the picture store.
type ImportObjects interface {
	Put(ctx context.Context, o task.Object) error
}

// Pictures checks bytes and makes their thumbnail.
type Pictures interface {
	Verify(data []byte) (task.Picture, error)
}

// Importer puts parts of archives into a library. Doing so again changes nothing:
// what is there stays, and what a break left half done is completed.
type Importer struct {
	Store    ImportStore
	Objects  ImportObjects
	Pictures Pictures
	Now      func() time.Time
}

// Report is what came of a part.
type Report struct {
	Imported, Present int
	Records           int // folders, saved searches and templates that were not there
	Refused           []Outcome
}

// Outcome is what became of one task of an archive.
type Outcome struct {
	ID     task.ID
	Became string // [Imported], [Present] or [Refused]
	// Reason says why it was refused, and Why says more, for whoever knows archives.
	Reason Reason `json:",omitempty"`
	Why    string `json:",omitempty"`
}

// What may become of a task of an archive.
const (
	Imported = "imported"
	Present  = "present" // it was there, and stays as it is
	Refused  = "refused"
)

// Bounds on an archive, which anybody may have made.
const (
	maxManifest = 64 << 20 // bytes, unpacked
	maxEntries  = 50_000
	maxFile     = 64 << 20 // bytes of a picture
	maxImages   = 64       // of a task
)

// Import takes everything in a part of an archive. What is wrong with one task keeps no
// other from being taken; an error ends the import, which may then be done again.
func (m *Importer) Import(ctx context.Context, o task.Owner, r io.ReaderAt, size int64) (Report, error) {
	var report Report
	a, err := open(r, size)
	if err != nil {
		return report, err
	}
	if report.Records, err = m.records(ctx, o, a); err != nil {
		return report, err
	}
	since := m.Now()
	for i := range a.manifest.Tasks {
		became, err := m.one(ctx, o, a, i, since)
		if err != nil {
			return report, err
		}
		switch became.Became {
		case Imported:
			report.Imported++
		case Present:
			report.Present++
		default:
			report.Refused = append(report.Refused, became)
		}
	}
	return report, nil
}

// one takes in the i-th task. One that came in since then came in by this import,
// which died before it said so.
func (m *Importer) one(ctx context.Context, o task.Owner, a *opened, i int, since time.Time) (Outcome, error) {
	x := &a.manifest.Tasks[i]
	came, err := m.task(ctx, o, a, x)
	var refused *refusal
	switch {
	case errors.As(err, &refused):
		return Outcome{task.ID(short(string(x.ID))), Refused, refused.reason, short(refused.why)}, nil
	case err != nil:
		return Outcome{}, fmt.Errorf("import %s: %w", x.ID, err)
	case came.Before(since):
		return Outcome{ID: x.ID, Became: Present}, nil
	}
	return Outcome{ID: x.ID, Became: Imported}, nil
}

// opened is a part whose manifest is read.
type opened struct {
	files    map[string]*zip.File
	manifest Manifest
	// failed is why the archive itself could not be read, where that may pass; nil:
	// it lies in a file.
	failed *error
}

func open(r io.ReaderAt, size int64) (*opened, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("not a ZIP: %w", err)
	}
	if len(z.File) > maxEntries {
		return nil, fmt.Errorf("%d files, at most %d are taken", len(z.File), maxEntries)
	}
	a := &opened{files: make(map[string]*zip.File, len(z.File))}
	for _, f := range z.File {
		if a.files[f.Name] == nil {
			a.files[f.Name] = f
		}
	}
	text, err := a.read("manifest.json", maxManifest)
	if err != nil {
		return nil, fmt.Errorf("manifest.json: %w", err)
	}
	if err := json.Unmarshal(text, &a.manifest); err != nil {
		return nil, fmt.Errorf("manifest.json: %w", err)
	}
	if !strings.HasPrefix(a.manifest.Format, formatPrefix) {
		return nil, fmt.Errorf("manifest.json: format %.60q is not %s", a.manifest.Format, Format)
	}
	return a, nil
}

// read unpacks one file, whose size is judged by what comes.
func (a *opened) read(name string, most int64) ([]byte, error) {
	f := a.files[name]
	if f == nil {
		return nil, errors.New("is not in the archive")
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && int64(len(data)) > most {
		err = fmt.Errorf("is over %d bytes", most)
	}
	return data, errors.Join(err, r.Close())
}

// records keeps the records that are not there, and tells how many.
func (m *Importer) records(ctx context.Context, o task.Owner, a *opened) (n int, err error) {
	for _, kind := range recordKinds {
		there, err := m.Store.Records(ctx, o, kind, "", maxRecords)
		if err != nil {
			return n, fmt.Errorf("list %ss: %w", kind, err)
		}
		room := maxRecords - len(there)
		for _, x := range a.manifest.Records {
			if x.Kind != kind || room <= 0 {
				continue
			}
			added, err := m.record(ctx, o, x)
			if err != nil {
				return n, err
			}
			if added {
				n, room = n+1, room-1
			}
		}
	}
	return n, nil
}

// blame is why an archive could not be read, or the refusal where it could.
func (a *opened) blame(refusal error) error {
	if a.failed != nil && *a.failed != nil {
		return *a.failed
	}
	return refusal
}

// record keeps a record that is not there.
func (m *Importer) record(ctx context.Context, o task.Owner, x Record) (added bool, err error) {
	if x.ID == "" || len(x.ID) > maxRecordID || len(x.Doc) > task.MaxRecord || !json.Valid(x.Doc) {
		return false, nil
	}
	var doc bytes.Buffer // the manifest is laid out for people
	if err := json.Compact(&doc, x.Doc); err != nil {
		return false, fmt.Errorf("import %s %s: %w", x.Kind, x.ID, err)
	}
	r := task.Record{Owner: o, Kind: x.Kind, ID: x.ID, UpdatedAt: m.Now(), Doc: doc.Bytes()}
	err = m.Store.SaveRecord(ctx, &r)
	if task.KindOf(err) == task.Conflict {
		return false, nil // it is there
	}
	if err != nil {
		return false, fmt.Errorf("import %s %s: %w", x.Kind, x.ID, err)
	}
	return true, nil
}

const maxRecordID = 100

// task takes one task: its pictures first, then a row that is not over yet, and last,
// in one change, all that the archive says of it and the space it takes. A row of the
// second step is completed by the next import. It answers when the task came in, the
// zero time where it was made here.
func (m *Importer) task(ctx context.Context, o task.Owner, a *opened, x *Task) (came time.Time, err error) {
	final, jobs, err := x.rows(o)
	if err != nil {
		return came, err
	}
	row, err := m.Store.Task(ctx, o, x.ID)
	absent := task.KindOf(err) == task.NotFound
	switch {
	case err == nil && (row.ImportedAt.IsZero() || row.Status.Over() || !row.DeletedAt.IsZero()):
		return row.ImportedAt, nil
	case err != nil && !absent:
		return came, err
	}
	if err := m.pictures(ctx, a, x, &final); err != nil {
		return came, err
	}
	final.ImportedAt = m.Now().UTC()
	if absent {
		if err := m.begin(ctx, final, jobs); err != nil {
			return came, err
		}
	}
	return final.ImportedAt, m.complete(ctx, final)
}

func (m *Importer) begin(ctx context.Context, final task.Task, jobs []*task.Job) error {
	final.Status, final.FinishedAt = task.Pending, time.Time{}
	var waiting []task.Image
	for _, j := range jobs {
		waiting = append(waiting, task.Image{Job: j.N, Status: task.ImageWaiting})
	}
	final.Images = waiting
	_, _, err := m.Store.Create(ctx, task.Submission{Task: final, Jobs: jobs})
	return err
}

const completeTries = 20

// complete puts what the archive says into the row.
func (m *Importer) complete(ctx context.Context, final task.Task) error {
	usage := task.Usage{Bytes: final.StoredBytes(), Images: int64(final.Done())}
	for range completeTries {
		row, err := m.Store.Task(ctx, final.Owner, final.ID)
		if err != nil {
			return err
		}
		final.Version, final.Indexed, final.Marks, final.MarkedBytes = row.Version, row.Indexed, row.Marks, row.MarkedBytes
		err = m.Store.Save(ctx, task.Change{Task: &final, Usage: usage})
		if task.KindOf(err) != task.Conflict {
			return err
		}
	}
	return task.ErrConflict
}

// pictures checks the task's pictures and stores them.
func (m *Importer) pictures(ctx context.Context, a *opened, x *Task, t *task.Task) error {
	for i := range t.Images {
		if t.Images[i].Status != task.ImageDone {
			continue
		}
		if err := m.picture(ctx, a, &x.Images[i], &t.Images[i], fmt.Sprintf("images/%s/%s/%d/1/%d", t.Owner, t.ID, t.Images[i].Job, i)); err != nil {
			return err
		}
	}
	return nil
}

func (m *Importer) picture(ctx context.Context, a *opened, x *Image, im *task.Image, base string) error {
	data, err := a.read(x.File, maxFile)
	if err != nil {
		return a.blame(refuse(FileMissing, "%s: %v", x.File, err))
	}
	if sum(data) != x.SHA256 {
		return refuse(FileChanged, "%s is not as it was: its checksum differs", x.File)
	}
	p, err := m.Pictures.Verify(data)
	if err != nil {
		return refuse(NoPicture, "%s: %v", x.File, err)
	}
	if small, err := a.read(x.Thumbnail, maxFile); err == nil && sum(small) == x.ThumbnailSum {
		if s, err := m.Pictures.Verify(small); err == nil && s.Format == "jpeg" && max(s.Width, s.Height) <= maxThumbnail {
			p.Thumbnail = s.Data // as it was, not made anew
		}
	}
	ext := p.Format
	if ext == "jpeg" {
		ext = "jpg"
	}
	im.Format, im.Width, im.Height = p.Format, p.Width, p.Height
	im.Bytes, im.ThumbnailBytes = int64(len(p.Data)), int64(len(p.Thumbnail))
	im.Key, im.ThumbnailKey = base+"."+ext, base+".thumb.jpg"
	for _, o := range []task.Object{
		{Key: im.Key, ContentType: "image/" + p.Format, Data: p.Data},
		{Key: im.ThumbnailKey, ContentType: "image/jpeg", Data: p.Thumbnail},
	} {
		if err := m.Objects.Put(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

// maxThumbnail is the longer side of the largest thumbnail that may be set.
const maxThumbnail = 2048
