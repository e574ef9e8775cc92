package archive_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"volcimage/internal/archive"
	"volcimage/internal/embedded/disk"
	"volcimage/internal/embedded/sqlite"
	"volcimage/internal/task"
)

// stage is an exporter over a real table and a real picture store.
type stage struct {
	*archive.Exporter
	db      *sqlite.DB
	objects *disk.Store
	hints   *hints
	now     time.Time
}

type hints struct {
	sent  []task.Ref
	delay time.Duration // of all of them
}

func (h *hints) Send(_ context.Context, r task.Ref, delay time.Duration) error {
	h.sent, h.delay = append(h.sent, r), h.delay+delay
	return nil
}

func newStage(t *testing.T) *stage {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	objects, err := disk.Open(filepath.Join(t.TempDir(), "objects"), disk.Options{Secret: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(db.Close(), objects.Close()); err != nil {
			t.Error(err)
		}
	})
	s := &stage{db: db, objects: objects, hints: &hints{}, now: time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)}
	s.Exporter = &archive.Exporter{
		Store: db, Objects: objects, Hints: s.hints, Now: func() time.Time { return s.now }, Log: slog.New(slog.DiscardHandler),
	}
	return s
}

// draw stores a finished task of one picture of those bytes.
func (s *stage) draw(t *testing.T, o task.Owner, prompt, bytes string) task.Task {
	t.Helper()
	s.now = s.now.Add(time.Second)
	tk, jobs := task.New(o, task.Params{Prompt: prompt, Model: "jimeng_t2i_v40", Count: 1, Width: 1024, Height: 1024}, s.now)
	made, _, err := s.db.Create(t.Context(), task.Submission{Task: tk, Jobs: jobs})
	if err != nil {
		t.Fatal(err)
	}
	key := fmt.Sprintf("images/%s/%s/0/1/0", o, tk.ID)
	im := task.Image{Format: "png", Width: 1024, Height: 1024, Bytes: int64(len(bytes)), Key: key + ".png", ThumbnailKey: key + ".thumb.jpg"}
	for k, data := range map[string]string{im.Key: bytes, im.ThumbnailKey: "small " + bytes} {
		if err := s.objects.Put(t.Context(), task.Object{Key: k, Data: []byte(data)}); err != nil {
			t.Fatal(err)
		}
	}
	jobs[0].Grant(s.now)
	made.JobGranted(jobs[0], s.now)
	jobs[0].Slot = false
	made.JobDone(jobs[0], []task.Image{im}, s.now)
	made.Tags, made.Note, made.Favourite = []string{"雪"}, "=1+1", true
	if err := s.db.Save(t.Context(), task.Change{Task: &made, Jobs: jobs, Usage: task.Usage{Images: 1}}); err != nil {
		t.Fatal(err)
	}
	return made
}

// finish takes every step that is hinted at, as the queue would, and reads ann's export.
func (s *stage) finish(t *testing.T, e archive.Export) archive.Export {
	t.Helper()
	for range 100 {
		if len(s.hints.sent) == 0 {
			break
		}
		r := s.hints.sent[0]
		s.hints.sent = s.hints.sent[1:]
		s.now, s.hints.delay = s.now.Add(s.hints.delay), 0
		s.step(t, r)
	}
	got, err := s.Get(t.Context(), "ann", e.ID)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func (s *stage) step(t *testing.T, r task.Ref) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := s.Step(ctx, r); err != nil {
		t.Fatalf("step: %v", err)
	}
}

func (s *stage) begin(t *testing.T, o task.Owner, order archive.Order) archive.Export {
	t.Helper()
	e, err := s.Begin(t.Context(), o, order)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func (s *stage) read(t *testing.T, p archive.Part) []byte {
	t.Helper()
	data, err := s.objects.Get(t.Context(), p.Key)
	if err != nil || int64(len(data)) != p.Bytes {
		t.Fatalf("part of %d bytes, want %d: %v", len(data), p.Bytes, err)
	}
	return data
}

// unpacked are the files of a part by name.
func (s *stage) unpacked(t *testing.T, p archive.Part) map[string]string {
	t.Helper()
	data := s.read(t, p)
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		if f.Modified.Year() != 2026 || f.Flags&8 != 0 && f.Method == zip.Store {
			t.Errorf("%s is of %v, flags %x; want its own time, and its size in front of it", f.Name, f.Modified, f.Flags)
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		files[f.Name] = string(text)
	}
	return files
}

func (s *stage) manifest(t *testing.T, text string) archive.Manifest {
	t.Helper()
	var m archive.Manifest
	if err := json.Unmarshal([]byte(text), &m); err != nil || m.Format != archive.Format {
		t.Fatalf("manifest %s: %v", text, err)
	}
	return m
}

func ids(m archive.Manifest) (all []task.ID) {
	for _, t := range m.Tasks {
		all = append(all, t.ID)
	}
	return all
}

func TestEverythingIsPackedInPartsThatAreWholeInThemselves(t *testing.T) {
	s := newStage(t)
	var want []task.ID
	for i := range 7 {
		want = append(want, s.draw(t, "ann", fmt.Sprintf("<b>fox</b> %d 狐狸", i), strings.Repeat("x", 1000)).ID)
	}
	s.draw(t, "bob", "not ann's", "y")
	s.PartBytes = 3 * 1006 * 2 // two tasks' pictures and thumbnails, and the third passes it
	got := s.finish(t, s.begin(t, "ann", archive.Order{Format: archive.ZIP, Language: "zh"}))
	if got.Status != archive.Done || len(got.Parts) < 2 || got.Tasks != 7 || got.Images != 7 {
		t.Fatalf("export %+v", got)
	}
	var all []task.ID
	for n, p := range got.Parts {
		files := s.unpacked(t, p)
		m := s.manifest(t, files["manifest.json"])
		if m.Part != n+1 || m.Export != got.ID || len(m.Tasks) != p.Tasks || len(files) != 2+2*p.Images {
			t.Errorf("part %d: manifest of part %d with %d tasks, %d files", n+1, m.Part, len(m.Tasks), len(files))
		}
		for _, tk := range m.Tasks {
			im := tk.Images[0]
			if files[im.File] != strings.Repeat("x", 1000) || files[im.Thumbnail] == "" || len(im.SHA256) != 64 {
				t.Errorf("%s: picture %+v", tk.ID, im)
			}
			if page := files["index.html"]; !strings.Contains(page, `href="`+im.File+`"`) || !strings.Contains(page, "狐狸") || strings.Contains(page, "<b>fox") || !strings.Contains(page, "图片归档") {
				t.Errorf("the page does not show %s, or as it must not", tk.ID)
			}
			if tk.Note != "=1+1" || !tk.Favourite || !slices.Equal(tk.Tags, []string{"雪"}) {
				t.Errorf("%s: kept as %+v", tk.ID, tk)
			}
		}
		all = append(all, ids(m)...)
	}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Errorf("tasks (-want +got):\n%s", diff)
	}
}

func TestASelectionIsPackedInItsOrder(t *testing.T) {
	s := newStage(t)
	var made []task.ID
	for i := range 4 {
		made = append(made, s.draw(t, "ann", fmt.Sprint("fox ", i), "x").ID)
	}
	foreign := s.draw(t, "bob", "bob's", "x").ID
	s.PartTasks = 1
	got := s.finish(t, s.begin(t, "ann", archive.Order{Format: archive.ZIP, IDs: []task.ID{made[2], foreign, made[0], "01KAZ3V5N8Q2W4E6R8T0YACDEF"}}))
	var all []task.ID
	for _, p := range got.Parts {
		all = append(all, ids(s.manifest(t, s.unpacked(t, p)["manifest.json"]))...)
	}
	if want := []task.ID{made[2], made[0]}; got.Status != archive.Done || !slices.Equal(all, want) {
		t.Errorf("export is %s of %v, want %v", got.Status, all, want)
	}
}

func TestWhatIsMissingInTheBinOrNotOverIsToldOrLeft(t *testing.T) {
	s := newStage(t)
	lost := s.draw(t, "ann", "lost", "x")
	if err := s.objects.DeletePrefix(t.Context(), "images/ann/"+string(lost.ID)+"/"); err != nil {
		t.Fatal(err)
	}
	binned := s.draw(t, "ann", "binned", "x")
	binned.BinnedAt = s.now
	if err := s.db.Save(t.Context(), task.Change{Task: &binned}); err != nil {
		t.Fatal(err)
	}
	pending, jobs := task.New("ann", task.Params{Prompt: "p", Model: "m", Count: 1}, s.now)
	if _, _, err := s.db.Create(t.Context(), task.Submission{Task: pending, Jobs: jobs}); err != nil {
		t.Fatal(err)
	}
	got := s.finish(t, s.begin(t, "ann", archive.Order{Format: archive.ZIP}))
	m := s.manifest(t, s.unpacked(t, got.Parts[0])["manifest.json"])
	if len(m.Tasks) != 1 || m.Tasks[0].ID != lost.ID || !m.Tasks[0].Images[0].Missing || m.Tasks[0].Images[0].File != "" {
		t.Errorf("packed %+v", m.Tasks)
	}
}

func TestAnEmptyLibraryHasAnEmptyPart(t *testing.T) {
	for _, format := range []string{archive.ZIP, archive.JSON, archive.CSV} {
		s := newStage(t)
		if got := s.finish(t, s.begin(t, "ann", archive.Order{Format: format})); got.Status != archive.Done || len(got.Parts) != 1 || got.Parts[0].Bytes == 0 {
			t.Errorf("%s: %+v", format, got)
		}
	}
}

func TestC41TheHistoryAsATableHarmsNoSpreadsheet(t *testing.T) {
	s := newStage(t)
	evil := []string{"=HYPERLINK(\"http://x\")", "+1", "-1", "@x", "\t=1", "\r=1", " =1", "＝1",
		"a \"quoted\", word\nand a line", "a\",=1", `<img src=x onerror=alert(1)>`, "fox \u202e xof", "plain"}
	for _, prompt := range evil {
		s.draw(t, "ann", prompt, "x")
	}
	got := s.finish(t, s.begin(t, "ann", archive.Order{Format: archive.CSV}))
	text, ok := strings.CutPrefix(string(s.read(t, got.Parts[0])), "\ufeff")
	if !ok || !strings.Contains(text, "\r\n") {
		t.Error("no mark of UTF-8, or lines that end otherwise than RFC 4180 says")
	}
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(rows) != 1+len(evil) {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for i, row := range rows[1:] {
		prompt := row[5]
		if strings.IndexAny(strings.TrimLeft(prompt, " "), "=+-@\t\r＝") == 0 || strings.TrimPrefix(prompt, "'") != strings.TrimPrefix(evil[i], "\r") { // RFC 4180 knows no lone CR
			t.Errorf("%q became %q", evil[i], prompt)
		}
		if row[15] != "'=1+1" || row[14] != "雪" || row[13] != "true" || row[12] != "1" {
			t.Errorf("row %q", row)
		}
	}
}

func TestTheHistoryAsJSONIsTheManifest(t *testing.T) {
	s := newStage(t)
	made := s.draw(t, "ann", "fox", "x")
	got := s.finish(t, s.begin(t, "ann", archive.Order{Format: archive.JSON}))
	m := s.manifest(t, string(s.read(t, got.Parts[0])))
	if len(m.Tasks) != 1 || m.Tasks[0].ID != made.ID || m.Tasks[0].Images[0].File != "" {
		t.Errorf("manifest %+v", m)
	}
}

type brokenObjects struct{ *disk.Store }

func (brokenObjects) PutFrom(context.Context, string, string, io.ReadSeeker) error {
	return errors.New("no space left on device")
}

func TestAnExportThatCannotBeStoredFailsInTheEnd(t *testing.T) {
	s := newStage(t)
	s.draw(t, "ann", "fox", "x")
	s.Objects = brokenObjects{s.objects}
	got := s.finish(t, s.begin(t, "ann", archive.Order{Format: archive.ZIP}))
	if got.Status != archive.Failed || got.Code != "export_failed" || got.Tries != 5 || got.FinishedAt.IsZero() {
		t.Errorf("export %+v", got)
	}
}

func TestExportsAreBoundedAndSomebodyElsesAreNotThere(t *testing.T) {
	s := newStage(t)
	first := s.begin(t, "ann", archive.Order{Format: archive.CSV})
	s.begin(t, "ann", archive.Order{Format: archive.CSV})
	if _, err := s.Begin(t.Context(), "ann", archive.Order{Format: archive.CSV}); task.CodeOf(err) != "export_busy" {
		t.Errorf("a third: %v, want export_busy", err)
	}
	s.begin(t, "bob", archive.Order{Format: archive.CSV})
	if _, err := s.Get(t.Context(), "bob", first.ID); task.KindOf(err) != task.NotFound {
		t.Errorf("bob reads ann's: %v", err)
	}
	s.finish(t, first)
	if err := s.Delete(t.Context(), "ann", first.ID); err != nil {
		t.Fatal(err)
	}
	if all, err := s.List(t.Context(), "ann"); err != nil || len(all) != 1 {
		t.Errorf("%d exports left, %v; want one", len(all), err)
	}
	for range 60 {
		s.now = s.now.Add(time.Second)
		s.finish(t, s.begin(t, "ann", archive.Order{Format: archive.CSV}))
	}
	if all, err := s.List(t.Context(), "ann"); err != nil || len(all) != 50 || all[0].CreatedAt.Before(all[1].CreatedAt) {
		t.Errorf("%d exports, %v; want the latest 50, newest first", len(all), err)
	}
}
