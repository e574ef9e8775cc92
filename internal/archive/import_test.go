package archive_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"volcimage/internal/archive"
	"volcimage/internal/embedded/disk"
	"volcimage/internal/picture"
	"volcimage/internal/task"
	"volcimage/internal/visual/visualtest/paint"
)

func (s *stage) importer() *archive.Importer {
	return &archive.Importer{Store: s.db, Objects: s.objects, Pictures: &picture.Verifier{}, Now: func() time.Time { return s.now }}
}

// sketched is a small real picture, labelled as the provider does.
func sketched(t *testing.T, prompt, format string) []byte {
	t.Helper()
	spec := paint.Spec{Prompt: prompt, Model: "m", Width: 96, Height: 64}
	data, err := paint.Encode(paint.Draw(spec), format, spec.Mark(paint.Meta{}))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// paint stores a finished task of one real picture, with all that may be said of one.
func (s *stage) paint(t *testing.T, prompt, format string) task.Task {
	t.Helper()
	data := sketched(t, prompt, format)
	made := s.draw(t, "ann", prompt, string(data))
	p, err := (&picture.Verifier{}).Verify(data)
	if err != nil {
		t.Fatal(err)
	}
	im := &made.Images[0]
	if format == "jpeg" {
		im.Key = strings.TrimSuffix(im.Key, "png") + "jpg"
	}
	for key, data := range map[string][]byte{im.Key: data, im.ThumbnailKey: p.Thumbnail} {
		if err := s.objects.Put(t.Context(), task.Object{Key: key, Data: data}); err != nil {
			t.Fatal(err)
		}
	}
	seed := int64(7)
	im.Format, im.Width, im.Height, im.Bytes, im.ThumbnailBytes, im.Seed = format, 96, 64, int64(len(data)), int64(len(p.Thumbnail)), &seed
	im.Label = &task.Label{ContentProducer: "studio", ProduceID: "9", Mark: &task.Mark{Position: "top-left", Language: "zh", Opacity: 1}}
	made.Typed, made.Parent, made.Folder, made.Params.Seed = "a {fox|hare}", made.ID, "f1", &seed
	if err := s.db.Save(t.Context(), task.Change{Task: &made}); err != nil {
		t.Fatal(err)
	}
	return made
}

// whole is the one part of an export of everything.
func (s *stage) whole(t *testing.T) []byte {
	t.Helper()
	got := s.finish(t, s.begin(t, "ann", archive.Order{Format: archive.ZIP}))
	if got.Status != archive.Done || len(got.Parts) != 1 {
		t.Fatalf("export %+v", got)
	}
	return s.read(t, got.Parts[0])
}

func (s *stage) take(t *testing.T, part []byte) archive.Report {
	t.Helper()
	s.now = s.now.Add(time.Second)
	r, err := s.importer().Import(t.Context(), "ann", bytes.NewReader(part), int64(len(part)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestExportWipeImportGivesTheSameLibrary(t *testing.T) {
	from, to := newStage(t), newStage(t)
	var made []task.Task
	for i, format := range []string{"png", "jpeg", "png"} {
		made = append(made, from.paint(t, strings.Repeat("雪狐 ", i+1), format))
	}
	folder := task.Record{Owner: "ann", Kind: "folder", ID: "f1", UpdatedAt: from.now, Doc: []byte(`{"name":"冬天"}`)}
	if err := from.db.SaveRecord(t.Context(), &folder); err != nil {
		t.Fatal(err)
	}
	part := from.whole(t)
	if r := to.take(t, part); r.Imported != 3 || r.Records != 1 || r.Present != 0 || r.Refused != nil {
		t.Fatalf("import: %+v", r)
	}
	for _, want := range made {
		got, err := to.db.Task(t.Context(), "ann", want.ID)
		if err != nil {
			t.Fatal(err)
		}
		if got.ImportedAt != to.now {
			t.Errorf("imported at %v, want %v", got.ImportedAt, to.now)
		}
		ignored := cmpopts.IgnoreFields(task.Task{}, "Version", "ImportedAt", "Indexed", "Marks")
		if diff := cmp.Diff(want, got, ignored, cmpopts.IgnoreFields(task.Image{}, "Key", "ThumbnailKey")); diff != "" {
			t.Errorf("task (-exported +imported):\n%s", diff)
		}
		for i := range want.Images {
			for _, keys := range [][2]string{{want.Images[i].Key, got.Images[i].Key}, {want.Images[i].ThumbnailKey, got.Images[i].ThumbnailKey}} {
				before, err1 := from.objects.Get(t.Context(), keys[0])
				after, err2 := to.objects.Get(t.Context(), keys[1])
				if err1 != nil || err2 != nil || !bytes.Equal(before, after) {
					t.Errorf("%s is not byte for byte as it was: %v, %v", keys[1], err1, err2)
				}
			}
		}
	}
	if r, err := to.db.Record(t.Context(), "ann", "folder", "f1"); err != nil || string(r.Doc) != `{"name":"冬天"}` {
		t.Errorf("folder %s, %v", r.Doc, err)
	}
	usage, err := to.db.Usage(t.Context())
	if err != nil || len(usage) != 1 || usage[0].Images != 3 {
		t.Errorf("usage %+v, %v; want three pictures", usage, err)
	}
	t.Run("and again changes nothing", func(t *testing.T) {
		if r := to.take(t, part); r.Imported != 0 || r.Present != 3 || r.Records != 0 {
			t.Errorf("import: %+v", r)
		}
		if again, err := to.db.Usage(t.Context()); err != nil || !slices.Equal(again, usage) {
			t.Errorf("usage %+v, %v; want %+v", again, err, usage)
		}
	})
	t.Run("and what comes out of it again has the same pictures", func(t *testing.T) {
		first, second := unzipped(t, part), unzipped(t, to.whole(t))
		for _, name := range slices.Sorted(maps.Keys(first)) {
			if strings.HasPrefix(name, "pictures/") && first[name] != second[name] {
				t.Errorf("%s differs: %d bytes, %d; %v", name, len(first[name]), len(second[name]), slices.Sorted(maps.Keys(second)))
			}
		}
	})
}

func unzipped(t *testing.T, part []byte) map[string]string {
	t.Helper()
	s := newStage(t)
	if err := s.objects.Put(t.Context(), task.Object{Key: "temp/x.zip", Data: part}); err != nil {
		t.Fatal(err)
	}
	return s.unpacked(t, archive.Part{Key: "temp/x.zip", Bytes: int64(len(part))})
}

// failing breaks off after so many puts.
type failing struct {
	*disk.Store
	left int
}

func (f *failing) Put(ctx context.Context, o task.Object) error {
	if f.left--; f.left < 0 {
		return errors.New("no space left on device")
	}
	return f.Store.Put(ctx, o)
}

func TestAnImportThatBrokeOffGoesOn(t *testing.T) {
	from := newStage(t)
	for _, prompt := range []string{"one", "two", "three"} {
		from.paint(t, prompt, "png")
	}
	part := from.whole(t)
	for puts := range 6 {
		to := newStage(t)
		m := to.importer()
		m.Objects = &failing{to.objects, puts}
		if _, err := m.Import(t.Context(), "ann", bytes.NewReader(part), int64(len(part))); err == nil {
			t.Fatalf("after %d puts: no error", puts)
		}
		r := to.take(t, part)
		usage, err := to.db.Usage(t.Context())
		if r.Imported+r.Present != 3 || r.Refused != nil || err != nil || usage[0].Images != 3 {
			t.Errorf("after %d puts: %+v, usage %+v, %v", puts, r, usage, err)
		}
	}
}

// dying has its last writes fail, so that rows are begun and not completed.
type dying struct{ archive.ImportStore }

func (dying) Save(context.Context, task.Change) error { return errors.New("the table is gone") }

func TestARowThatWasBegunIsCompleted(t *testing.T) {
	from, to := newStage(t), newStage(t)
	made := from.paint(t, "fox", "png")
	part := from.whole(t)
	m := to.importer()
	m.Store = dying{to.db}
	if _, err := m.Import(t.Context(), "ann", bytes.NewReader(part), int64(len(part))); err == nil {
		t.Fatal("no error")
	}
	if row, err := to.db.Task(t.Context(), "ann", made.ID); err != nil || row.Status != task.Pending {
		t.Fatalf("row %+v, %v; want it begun", row, err)
	}
	if r := to.take(t, part); r.Imported != 1 {
		t.Errorf("import: %+v", r)
	}
	if row, err := to.db.Task(t.Context(), "ann", made.ID); err != nil || row.Status != task.Completed || row.Note != made.Note {
		t.Errorf("row %+v, %v", row, err)
	}
}

// changed is a part whose manifest or files are others.
func changed(t *testing.T, part []byte, change func(*archive.Manifest, map[string]string)) []byte {
	t.Helper()
	files := unzipped(t, part)
	var m archive.Manifest
	if err := json.Unmarshal([]byte(files["manifest.json"]), &m); err != nil {
		t.Fatal(err)
	}
	change(&m, files)
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	files["manifest.json"] = string(text)
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, data := range files {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(data))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWhatIsWrongWithOneTaskKeepsNoOther(t *testing.T) {
	from := newStage(t)
	bad, good := from.paint(t, "bad", "png"), from.paint(t, "good", "png")
	part := from.whole(t)
	for name, change := range map[string]func(*archive.Manifest, map[string]string){
		"a picture that was changed":  func(m *archive.Manifest, f map[string]string) { f[m.Tasks[0].Images[0].File] += "x" },
		"a picture that is not there": func(m *archive.Manifest, f map[string]string) { delete(f, m.Tasks[0].Images[0].File) },
		"a path out of the archive":   func(m *archive.Manifest, _ map[string]string) { m.Tasks[0].Images[0].File = "../../etc/passwd" },
		"an id that is none":          func(m *archive.Manifest, _ map[string]string) { m.Tasks[0].ID = "../x" },
		"an id of another time":       func(m *archive.Manifest, _ map[string]string) { m.Tasks[0].ID = "01KAZ3V5N8Q2W4E6R8T0YACDEF" },
		"a status that is none":       func(m *archive.Manifest, _ map[string]string) { m.Tasks[0].Status = "PENDING" },
		"a prompt without end":        func(m *archive.Manifest, _ map[string]string) { m.Tasks[0].Prompt = strings.Repeat("x", 5000) },
		"more tags than there may be": func(m *archive.Manifest, _ map[string]string) {
			m.Tasks[0].Tags = strings.Split(strings.Repeat("x", 30), "")
		},
		"more pictures than there may be":   func(m *archive.Manifest, _ map[string]string) { m.Tasks[0].Images = make([]archive.Image, 65) },
		"a picture of a job that cannot be": func(m *archive.Manifest, _ map[string]string) { m.Tasks[0].Images[0].Job = -1 },
		"what is no picture, checksum and all": func(m *archive.Manifest, f map[string]string) {
			f[m.Tasks[0].Images[0].File] = "<html>"
			m.Tasks[0].Images[0].SHA256 = "e7d1a25d4a4c38e27e22d0bd1b0cd5bfe2c3b2a3d4b1d0f2e1c0b0a0f0e0d0c0"
		},
	} {
		t.Run(name, func(t *testing.T) {
			to := newStage(t)
			r := to.take(t, changed(t, part, change))
			if r.Imported != 1 || len(r.Refused) != 1 || r.Refused[0].Why == "" || r.Refused[0].Reason.Words().EN == "" {
				t.Fatalf("import: %+v", r)
			}
			if _, err := to.db.Task(t.Context(), "ann", bad.ID); task.KindOf(err) != task.NotFound {
				t.Errorf("the bad one is there: %v", err)
			}
			if _, err := to.db.Task(t.Context(), "ann", good.ID); err != nil {
				t.Errorf("the good one is not: %v", err)
			}
		})
	}
}

func TestAPictureThatWasMissingIsOneThatFailed(t *testing.T) {
	from, to := newStage(t), newStage(t)
	made := from.paint(t, "fox", "png")
	if err := from.objects.DeletePrefix(t.Context(), "images/ann/"); err != nil {
		t.Fatal(err)
	}
	to.take(t, from.whole(t))
	if got, err := to.db.Task(t.Context(), "ann", made.ID); err != nil || got.Status != task.Failed || got.Failure().Code != "storage_failed" {
		t.Errorf("task %+v, %v", got, err)
	}
}

func TestWhatIsNoArchiveIsRefusedInWords(t *testing.T) {
	s := newStage(t)
	from := newStage(t)
	from.paint(t, "fox", "png")
	other := changed(t, from.whole(t), func(m *archive.Manifest, _ map[string]string) { m.Format = "something else" })
	for name, part := range map[string][]byte{"nothing": nil, "a page": []byte("<html>"), "another ZIP": other} {
		if _, err := s.importer().Import(t.Context(), "ann", bytes.NewReader(part), int64(len(part))); err == nil || len(err.Error()) < 10 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzImport(f *testing.F) {
	f.Add([]byte(`{"format":"urn:volcimage:archive:1","tasks":[{"task_id":"01KAZ3V5N8Q2W4E6R8T0YACDEF","status":"FAILED","images":[{"status":"failed"}],"created_at":"2025-11-26T00:00:00Z"}]}`))
	f.Add([]byte(`{"format":"urn:volcimage:archive:1","records":[{"kind":"folder","id":"x","doc":{}}]}`))
	f.Fuzz(func(t *testing.T, manifest []byte) {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		w, err := z.Create("manifest.json")
		if err == nil {
			_, err = w.Write(manifest)
		}
		if err := errors.Join(err, z.Close()); err != nil {
			t.Fatal(err)
		}
		m := &archive.Importer{Store: accepting{t}, Objects: &failing{left: 0}, Pictures: &picture.Verifier{}, Now: time.Now}
		_, _ = m.Import(t.Context(), "ann", bytes.NewReader(b.Bytes()), int64(b.Len())) // whatever it is, it does not panic
	})
}

// accepting checks that no row is written that cannot be.
type accepting struct{ t *testing.T }

func (accepting) Task(context.Context, task.Owner, task.ID) (task.Task, error) {
	return task.Task{}, task.ErrNotFound
}

func (a accepting) Create(_ context.Context, s task.Submission) (task.Task, bool, error) {
	if !s.Task.ID.Valid() || len(s.Jobs) == 0 || len(s.Task.Images) == 0 || len(s.Task.Tags) > task.MaxTags {
		a.t.Errorf("created %+v", s)
	}
	return task.Task{}, false, errors.New("no more")
}

func (accepting) Save(context.Context, task.Change) error { return nil }

func (accepting) Record(context.Context, task.Owner, string, string) (task.Record, error) {
	return task.Record{}, task.ErrNotFound
}

func (accepting) Records(context.Context, task.Owner, string, string, int) ([]task.Record, error) {
	return nil, nil
}

func (a accepting) SaveRecord(_ context.Context, r *task.Record) error {
	if !json.Valid(r.Doc) || len(r.Doc) > task.MaxRecord {
		a.t.Errorf("saved %+v", r)
	}
	return nil
}
