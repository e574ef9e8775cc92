package stack

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"volcimage/internal/archive"
	"volcimage/internal/aws/s3"
	"volcimage/internal/picture"
	"volcimage/internal/task"
)

// ahead gives a step its time.
func ahead(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// exported is the one part of an export of everything, by its signed link.
func (s *service) exported(t *testing.T, o task.Owner) string {
	t.Helper()
	now := func() time.Time { return s.now }
	x := &archive.Exporter{Store: s.store, Objects: s.library.Objects.(*s3.Store), Hints: s.worker.Hints, Now: now, Log: slog.New(slog.DiscardHandler)}
	e, err := x.Begin(t.Context(), o, archive.Order{Format: archive.ZIP})
	if err != nil {
		t.Fatalf("Begin: %v", err)
	}
	ref := task.Ref{Owner: o, Task: e.ID, N: task.ExportStep}
	s.wantDue(t, ref, true)
	if err := x.Step(ahead(t), ref); err != nil {
		t.Fatalf("Step: %v", err)
	}
	s.wantDue(t, ref, false)
	if e, err = x.Get(t.Context(), o, e.ID); err != nil || e.Status != archive.Done || len(e.Parts) != 1 {
		t.Fatalf("export %+v, %v", e, err)
	}
	link, err := x.Link(&e, 0)
	if err != nil {
		t.Fatalf("Link: %v", err)
	}
	_, part := get(t, link.URL)
	return part
}

func (s *service) wantDue(t *testing.T, ref task.Ref, want bool) {
	t.Helper()
	due, err := s.store.Due(t.Context(), s.now.Add(time.Hour), 100)
	if got := slices.Contains(due, ref); err != nil || got != want {
		t.Errorf("the step of %s is due: %v, %v; want %v", ref.Task, got, err, want)
	}
}

func TestALibraryGoesOutAndComesInAgainOnAWS(t *testing.T) {
	const o task.Owner = "team"
	from, to := newService(t, &provider{}), newService(t, &provider{})
	made, _, err := from.submit.Submit(t.Context(), o, task.Order{Params: task.Params{Prompt: "雪地里的狐狸", Model: "jimeng_t2i_v40", Count: 1}})
	if err != nil {
		t.Fatalf("Submit: %v", err)
	}
	for range 2 { // begin, collect
		from.step(t, task.Ref{Owner: o, Task: made.ID})
	}
	if made, err = from.library.Edit(t.Context(), o, made.ID, 0, task.Edit{Favourite: new(true), Tags: &[]string{"雪"}, Note: new("for the card")}); err != nil {
		t.Fatalf("Edit: %v", err)
	}
	part := from.exported(t, o)

	objects, now := to.library.Objects.(*s3.Store), func() time.Time { return to.now }
	x := &archive.Intake{
		Store: to.store, Pieces: objects, Hints: to.worker.Hints, Now: now, Log: slog.New(slog.DiscardHandler),
		Importer: &archive.Importer{Store: to.store, Objects: objects, Pictures: &picture.Verifier{}, Now: now},
	}
	m, err := x.Open(t.Context(), o, int64(len(part)))
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	if _, err := x.Start(t.Context(), o, m.ID); task.CodeOf(err) != "import_incomplete" {
		t.Errorf("start without its pieces: %v", err)
	}
	for n := range m.Pieces() {
		piece := part[n*archive.PieceBytes : min(len(part), (n+1)*archive.PieceBytes)]
		if err := x.Put(t.Context(), o, m.ID, n, []byte(piece)); err != nil {
			t.Fatalf("Put: %v", err)
		}
	}
	if _, err := x.Start(t.Context(), o, m.ID); err != nil {
		t.Fatalf("Start: %v", err)
	}
	ref := task.Ref{Owner: o, Task: m.ID, N: task.ImportStep}
	if err := x.Step(ahead(t), ref); err != nil {
		t.Fatalf("Step: %v", err)
	}
	got, outcomes, err := x.Get(t.Context(), o, m.ID)
	if err != nil || got.Status != archive.Done || got.Imported != 1 || len(outcomes) != 1 {
		t.Fatalf("import %+v, %+v, %v", got, outcomes, err)
	}
	s := to.completed(t, made)
	ignored := cmpopts.IgnoreFields(task.Task{}, "Version", "ImportedAt", "Indexed", "Marks", "MarkedBytes", "QueuedAt")
	if diff := cmp.Diff(made, s, ignored, cmpopts.IgnoreFields(task.Image{}, "Key", "ThumbnailKey")); diff != "" {
		t.Errorf("task (-exported +imported):\n%s", diff)
	}
	to.wantPicture(t, s.Images[0])
	if left, _, err := objects.List(t.Context(), "temp/imports/", "", 10); err != nil || len(left) != 0 {
		t.Errorf("%d pieces are left, %v", len(left), err)
	}
}

func TestTheRestOfAChangeIsDoneByItselfOnAWS(t *testing.T) {
	const o task.Owner = "team"
	s := newService(t, &provider{})
	var ids []task.ID
	for range 3 {
		s.now = s.now.Add(time.Second)
		made, _, err := s.submit.Submit(t.Context(), o, task.Order{Params: task.Params{Prompt: "a fox", Model: "jimeng_t2i_v40", Count: 1}})
		if err != nil {
			t.Fatalf("Submit: %v", err)
		}
		ids = append(ids, made.ID)
	}
	rest := task.Rest{Action: task.Action{Name: task.ActFavourite}, Query: task.Query{Owner: o, Text: "fox", Before: ids[2]}, Left: 2}
	if err := s.library.KeepRest(t.Context(), o, rest, false); err != nil {
		t.Fatalf("KeepRest: %v", err)
	}
	s.now = s.now.Add(time.Minute)
	due, err := s.store.Due(t.Context(), s.now, 100)
	if err != nil {
		t.Fatalf("Due: %v", err)
	}
	i := slices.IndexFunc(due, func(r task.Ref) bool { return r.N == task.RestStep })
	if i < 0 {
		t.Fatalf("due %v, want the rest", due)
	}
	if err := s.library.RestStep(ahead(t), due[i]); err != nil {
		t.Fatalf("RestStep: %v", err)
	}
	s.wantDue(t, due[i], false)
	for n, want := range []bool{true, true, false} {
		if got, err := s.library.Get(t.Context(), o, ids[n]); err != nil || got.Favourite != want {
			t.Errorf("task %d: favourite %v, %v; want %v", n, got.Favourite, err, want)
		}
	}
}
