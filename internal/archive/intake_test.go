package archive_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"volcimage/internal/archive"
	"volcimage/internal/task"
)

// intake takes archives into the stage's library.
func (s *stage) intake() *archive.Intake {
	return &archive.Intake{
		Store: s.db, Pieces: s.objects, Hints: s.hints, Now: func() time.Time { return s.now }, Log: slog.New(slog.DiscardHandler),
		Importer: s.importer(),
	}
}

// upload opens an import and stores the archive's pieces, but for those left out.
func (s *stage) upload(t *testing.T, x *archive.Intake, part []byte, without ...int) archive.Import {
	t.Helper()
	m, err := x.Open(t.Context(), "ann", int64(len(part)))
	if err != nil {
		t.Fatal(err)
	}
	for n := range m.Pieces() {
		if slices.Contains(without, n) {
			continue
		}
		if err := x.Put(t.Context(), "ann", m.ID, n, piece(part, n)); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func piece(part []byte, n int) []byte {
	return part[n*archive.PieceBytes : min(len(part), (n+1)*archive.PieceBytes)]
}

// taken takes the steps that are hinted at, and reads what came of the import.
func (s *stage) taken(t *testing.T, x *archive.Intake, id task.ID) (archive.Import, []archive.Outcome) {
	t.Helper()
	for len(s.hints.sent) > 0 {
		r := s.hints.sent[0]
		s.hints.sent = s.hints.sent[1:]
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		if err := x.Step(ctx, r); err != nil {
			t.Fatal(err)
		}
		cancel()
	}
	m, outcomes, err := x.Get(t.Context(), "ann", id)
	if err != nil {
		t.Fatal(err)
	}
	return m, outcomes
}

// padded is an archive of more than two pieces.
func padded(t *testing.T, part []byte) []byte {
	t.Helper()
	noise := make([]byte, 2*archive.PieceBytes)
	for i := range noise { // what does not pack
		noise[i] = byte(i*i>>3 ^ i*7 ^ i>>11)
	}
	return append(noise, part...) // a ZIP counts from its end
}

func TestAnArchiveInPiecesComesIn(t *testing.T) {
	from, to := newStage(t), newStage(t)
	made := []task.Task{from.paint(t, "fox", "png"), from.paint(t, "雪", "jpeg")}
	part := padded(t, from.whole(t))
	x := to.intake()
	m := to.upload(t, x, part, 1)
	if _, err := x.Start(t.Context(), "ann", m.ID); task.CodeOf(err) != "import_incomplete" {
		t.Errorf("start without a piece: %v, want import_incomplete", err)
	}
	if missing, err := x.Missing(t.Context(), "ann", &m); err != nil || !slices.Equal(missing, []int{1}) {
		t.Errorf("missing %v, %v; want piece 1", missing, err)
	}
	for range 2 { // a piece may come again
		if err := x.Put(t.Context(), "ann", m.ID, 1, piece(part, 1)); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // and so may the start
		if _, err := x.Start(t.Context(), "ann", m.ID); err != nil {
			t.Fatal(err)
		}
	}
	got, outcomes := to.taken(t, x, m.ID)
	if got.Status != archive.Done || got.Imported != 2 || got.Present+got.Refused != 0 || got.FinishedAt.IsZero() {
		t.Errorf("import %+v", got)
	}
	for i, tk := range made {
		row, err := to.db.Task(t.Context(), "ann", tk.ID)
		if err != nil || row.Note != tk.Note || !bytes.Equal(to.object(t, row.Images[0].Key), from.object(t, tk.Images[0].Key)) {
			t.Errorf("task %s: %+v, %v", tk.ID, row, err)
		}
		if outcomes[i] != (archive.Outcome{ID: tk.ID, Became: archive.Imported}) {
			t.Errorf("outcome %+v, want %s imported", outcomes[i], tk.ID)
		}
	}
	if left, _, err := to.objects.List(t.Context(), "temp/imports/", "", 10); err != nil || len(left) != 0 {
		t.Errorf("%d pieces are left, %v", len(left), err)
	}
	if err := x.Put(t.Context(), "ann", m.ID, 0, piece(part, 0)); task.CodeOf(err) != "import_closed" {
		t.Errorf("a piece after the end: %v, want import_closed", err)
	}
	to.now = to.now.Add(time.Second)
	again := to.upload(t, x, part)
	if _, err := x.Start(t.Context(), "ann", again.ID); err != nil {
		t.Fatal(err)
	}
	if got, _ := to.taken(t, x, again.ID); got.Present != 2 || got.Imported != 0 {
		t.Errorf("the same again: %+v, want both present", got)
	}
}

func TestWhatComesInIsHintedIntoTheIndex(t *testing.T) {
	from := newStage(t)
	made := []task.Task{from.paint(t, "fox", "png"), from.paint(t, "雪", "jpeg"), from.paint(t, "owl", "png")}
	part := from.whole(t)
	for _, whole := range []bool{false, true} {
		to := newStage(t)
		x := to.intake()
		x.IndexesAll = whole
		m := to.upload(t, x, part)
		if _, err := x.Start(t.Context(), "ann", m.ID); err != nil {
			t.Fatal(err)
		}
		to.hints.sent = nil
		if err := x.Step(within(t, time.Minute), task.Ref{Owner: "ann", Task: m.ID, N: task.ImportStep}); err != nil {
			t.Fatal(err)
		}
		var want []task.Ref
		for _, tk := range made {
			want = append(want, task.Ref{Owner: "ann", Task: tk.ID, N: task.IndexStep})
		}
		if whole {
			want = want[:1]
		}
		if !slices.Equal(to.hints.sent, want) {
			t.Errorf("a step takes all: %t; hints %v, want %v", whole, to.hints.sent, want)
		}
	}
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func (s *stage) object(t *testing.T, key string) []byte {
	t.Helper()
	data, err := s.objects.Get(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestAnImportWhoseStepDiedGoesOnAndTellsWhatCameIn(t *testing.T) {
	from, to := newStage(t), newStage(t)
	for _, prompt := range []string{"one", "two"} {
		from.paint(t, prompt, "png")
	}
	part := from.whole(t)
	x := to.intake()
	m := to.upload(t, x, part)
	if _, err := x.Start(t.Context(), "ann", m.ID); err != nil {
		t.Fatal(err)
	}
	r := to.hints.sent[0]
	x.Store = &dead{Store: to.db, writes: 1} // it leases the import, takes tasks in, and dies
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := x.Step(ctx, r); err == nil {
		t.Fatal("a step that could save nothing answers no error")
	}
	x.Store = to.db
	to.now = to.now.Add(2 * time.Minute)
	if due, err := to.db.Due(t.Context(), to.now, 10); err != nil || !slices.Contains(due, r) {
		t.Fatalf("due %v, %v; want the import", due, err)
	}
	if got, _ := to.taken(t, x, m.ID); got.Status != archive.Done || got.Imported != 2 || got.Present != 0 {
		t.Errorf("import %+v, want two that came in by it", got)
	}
}

func TestWhatAnImportRefusesIsToldOfEachTask(t *testing.T) {
	from, to := newStage(t), newStage(t)
	bad, good := from.paint(t, "bad", "png"), from.paint(t, "good", "png")
	part := changed(t, from.whole(t), func(m *archive.Manifest, f map[string]string) { f[m.Tasks[0].Images[0].File] += "x" })
	x := to.intake()
	m := to.upload(t, x, part)
	if _, err := x.Start(t.Context(), "ann", m.ID); err != nil {
		t.Fatal(err)
	}
	got, outcomes := to.taken(t, x, m.ID)
	if got.Status != archive.Done || got.Imported != 1 || got.Refused != 1 || len(outcomes) != 2 {
		t.Fatalf("import %+v, %+v", got, outcomes)
	}
	if outcomes[0].ID != bad.ID || outcomes[0].Reason != archive.FileChanged || outcomes[1] != (archive.Outcome{ID: good.ID, Became: archive.Imported}) {
		t.Errorf("outcomes %+v", outcomes)
	}
}

func TestAnImportOfWhatIsNoArchiveFailsInWords(t *testing.T) {
	from := newStage(t)
	from.paint(t, "fox", "png")
	whole := from.whole(t)
	many := changed(t, whole, func(m *archive.Manifest, _ map[string]string) { m.Tasks = make([]archive.Task, 1001) })
	for name, part := range map[string][]byte{"a page": []byte("<html>"), "a half": whole[:len(whole)/2], "too many tasks": many} {
		to := newStage(t)
		x := to.intake()
		m := to.upload(t, x, part)
		if _, err := x.Start(t.Context(), "ann", m.ID); err != nil {
			t.Fatal(err)
		}
		if got, _ := to.taken(t, x, m.ID); got.Status != archive.Failed || got.Code != "no_archive" || got.Tries != 1 {
			t.Errorf("%s: %+v, want it to fail at once", name, got)
		}
	}
	t.Run("pieces that went meanwhile", func(t *testing.T) {
		to := newStage(t)
		x := to.intake()
		m := to.upload(t, x, whole)
		if _, err := x.Start(t.Context(), "ann", m.ID); err != nil {
			t.Fatal(err)
		}
		if err := to.objects.DeletePrefix(t.Context(), "temp/imports/"); err != nil {
			t.Fatal(err)
		}
		if got, _ := to.taken(t, x, m.ID); got.Status != archive.Failed || got.Code != "import_incomplete" {
			t.Errorf("import %+v", got)
		}
	})
}

// flaky pieces cannot be read for a while.
type flaky struct {
	archive.Pieces
	left int
}

func (f *flaky) Get(ctx context.Context, key string) ([]byte, error) {
	if f.left--; f.left >= 0 {
		return nil, errors.New("the store does not answer")
	}
	return f.Pieces.Get(ctx, key)
}

func TestAnImportIsTriedAgainWhereTheStoreFails(t *testing.T) {
	from := newStage(t)
	from.paint(t, "fox", "png")
	part := from.whole(t)
	for failures, want := range map[int]string{3: archive.Done, 5: archive.Failed} {
		to := newStage(t)
		x := to.intake()
		x.Pieces = &flaky{to.objects, failures}
		m := to.upload(t, x, part)
		if _, err := x.Start(t.Context(), "ann", m.ID); err != nil {
			t.Fatal(err)
		}
		for range 6 {
			to.now = to.now.Add(time.Minute)
			if got, _ := to.taken(t, x, m.ID); got.Status != archive.Running {
				break
			}
			to.hints.sent = []task.Ref{{Owner: "ann", Task: m.ID, N: task.ImportStep}}
		}
		if got, _ := to.taken(t, x, m.ID); got.Status != want {
			t.Errorf("after %d failures: %+v, want it %s", failures, got, want)
		}
	}
}

func TestImportsAreBoundedAndSomebodyElsesAreNotThere(t *testing.T) {
	s := newStage(t)
	x := s.intake()
	open := func() (archive.Import, error) {
		s.now = s.now.Add(time.Second)
		return x.Open(t.Context(), "ann", archive.PieceBytes+1)
	}
	first, err := open()
	if err != nil {
		t.Fatal(err)
	}
	for n, data := range map[int][]byte{-1: nil, 2: {1}, 1: {1, 2}, 0: make([]byte, 5)} {
		if err := x.Put(t.Context(), "ann", first.ID, n, data); task.KindOf(err) != task.Invalid {
			t.Errorf("piece %d of %d bytes: %v, want it refused", n, len(data), err)
		}
	}
	if err := x.Put(t.Context(), "bob", first.ID, 1, []byte{1}); task.KindOf(err) != task.NotFound {
		t.Errorf("bob puts into ann's: %v", err)
	}
	if _, err := open(); err != nil {
		t.Fatal(err)
	}
	if _, err := open(); task.CodeOf(err) != "import_busy" {
		t.Errorf("a third: %v, want import_busy", err)
	}
	s.now = s.now.Add(25 * time.Hour) // nobody goes on with those
	for range 60 {
		m, err := open()
		if err != nil {
			t.Fatal(err)
		}
		s.now = s.now.Add(25 * time.Hour)
		if m.Status != archive.Open {
			t.Fatalf("import %+v", m)
		}
	}
	if all, err := x.List(t.Context(), "ann"); err != nil || len(all) != 50 || all[0].CreatedAt.Before(all[1].CreatedAt) {
		t.Errorf("%d imports, %v; want the latest 50, newest first", len(all), err)
	}
	if err := x.Delete(t.Context(), "ann", first.ID); task.KindOf(err) != task.NotFound {
		t.Errorf("delete one that is forgotten: %v", err)
	}
}
