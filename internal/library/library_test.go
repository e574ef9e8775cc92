package library_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"volcimage/internal/embedded/disk"
	"volcimage/internal/embedded/sqlite"
	"volcimage/internal/library"
	"volcimage/internal/recipe"
	"volcimage/internal/task"
)

func newService(t *testing.T) (*library.Service, *sqlite.DB) {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	objects, err := disk.Open(filepath.Join(t.TempDir(), "objects"), disk.Options{Secret: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := objects.Close(); err != nil {
			t.Error(err)
		}
	})
	return &library.Service{
		Store: db, Hints: db.Queue(sqlite.QueueConfig{}), Objects: objects, Inscribe: recipe.Inscribe, Now: time.Now, Log: slog.New(slog.DiscardHandler), AtOnce: 4,
	}, db
}

// create stores a task of ann.
func create(t *testing.T, db *sqlite.DB) task.Task {
	t.Helper()
	tk, jobs := task.New("ann", task.Params{Prompt: "a fox", Model: "jimeng_t2i_v40", Count: 1}, time.Now())
	if _, _, err := db.Create(t.Context(), task.Submission{Task: tk, Jobs: jobs}); err != nil {
		t.Fatal(err)
	}
	return tk
}

func TestSomebodyElsesTaskIsNotThere(t *testing.T) {
	s, db := newService(t)
	made := create(t, db)
	for name, try := range map[string]func(context.Context, task.Owner) error{
		"read":   func(ctx context.Context, o task.Owner) error { _, err := s.Get(ctx, o, made.ID); return err },
		"cancel": func(ctx context.Context, o task.Owner) error { _, err := s.Cancel(ctx, o, made.ID); return err },
		"delete": func(ctx context.Context, o task.Owner) error { return s.Delete(ctx, o, made.ID) },
		"bin":    func(ctx context.Context, o task.Owner) error { _, _, err := s.Bin(ctx, o, made.ID); return err },
		"restore": func(ctx context.Context, o task.Owner) error {
			_, _, err := s.Restore(ctx, o, made.ID)
			return err
		},
	} {
		if err := try(t.Context(), "bob"); task.KindOf(err) != task.NotFound {
			t.Errorf("%s by bob: %v, want not found", name, err)
		}
	}
	if many, err := s.GetMany(t.Context(), "bob", []task.ID{made.ID}); err != nil || len(many) != 0 {
		t.Errorf("bob reads %d of ann's tasks, %v; want none", len(many), err)
	}
	if page, err := s.List(t.Context(), task.Query{Owner: "bob", Limit: 10}); err != nil || len(page.Tasks) != 0 {
		t.Errorf("bob lists %d of ann's tasks, %v; want none", len(page.Tasks), err)
	}
	if _, err := s.Get(t.Context(), "ann", made.ID); err != nil {
		t.Errorf("ann reads her task: %v", err)
	}
}

func TestADeletedTaskIsGoneForEveryReaderAtOnce(t *testing.T) {
	s, db := newService(t)
	made, other := create(t, db), create(t, db)
	if err := s.Delete(t.Context(), "ann", made.ID); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(t.Context(), "ann", made.ID); task.KindOf(err) != task.NotFound {
		t.Errorf("a second delete: %v, want not found", err)
	}
	many, err := s.GetMany(t.Context(), "ann", []task.ID{made.ID, other.ID})
	if err != nil || len(many) != 1 || many[0].ID != other.ID {
		t.Errorf("%d tasks read, %v; want only the other one", len(many), err)
	}
	due, err := db.Due(t.Context(), time.Now().Add(time.Second), 10)
	due = slices.DeleteFunc(due, func(r task.Ref) bool { return r.N == task.IndexStep })
	if err != nil || len(due) != 1 {
		t.Errorf("%d jobs due for removal, %v; want one", len(due), err)
	}
}

func TestACancelOfAnEndedTaskIsAConflict(t *testing.T) {
	s, db := newService(t)
	made := create(t, db)
	got, err := s.Cancel(t.Context(), "ann", made.ID)
	if err != nil || got.Status != task.Cancelled || got.Charged() != task.ChargedNo {
		t.Fatalf("cancel: %s, charged %s, %v; want CANCELLED, no", got.Status, got.Charged(), err)
	}
	if _, err := s.Cancel(t.Context(), "ann", made.ID); task.CodeOf(err) != "not_cancellable" {
		t.Errorf("a second cancel: %v, want not_cancellable", err)
	}
}

func TestExpectedIsMeasuredOrTheCatalogs(t *testing.T) {
	s, db := newService(t)
	before, err := s.Expected(t.Context(), "jimeng_t2i_v40")
	if err != nil || before <= 0 {
		t.Fatalf("expected %v, %v; want the catalog's", before, err)
	}
	slots, err := db.Slots(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	slots.Finished("jimeng_t2i_v40", 3*time.Second)
	if err := db.Save(t.Context(), task.Change{Slots: slots}); err != nil {
		t.Fatal(err)
	}
	if after, err := s.Expected(t.Context(), "jimeng_t2i_v40"); err != nil || after != 3*time.Second {
		t.Errorf("expected %v, %v; want the measured 3s", after, err)
	}
}
