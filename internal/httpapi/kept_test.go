package httpapi_test

import (
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"volcimage/internal/embedded/disk"
	"volcimage/internal/embedded/sqlite"
	"volcimage/internal/httpapi"
	"volcimage/internal/library"
	"volcimage/internal/recipe"
	"volcimage/internal/task"
)

// kept is an API over the library itself and a table on disk.
type kept struct {
	*api
	db   *sqlite.DB
	lib  *library.Service
	last time.Time // when the last task was made
}

func newKept(t *testing.T, change ...func(*httpapi.Config)) *kept {
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
	k := &kept{db: db}
	k.lib = &library.Service{
		Store: db, Hints: db.Queue(sqlite.QueueConfig{}), Objects: objects, Inscribe: recipe.Inscribe,
		Now: func() time.Time { return time.Now().UTC() }, Log: slog.New(slog.DiscardHandler),
	}
	k.api = newAPI(t, append([]func(*httpapi.Config){func(c *httpapi.Config) { c.Library = k.lib }}, change...)...)
	return k
}

// draw makes a task of an owner with one stored picture, and answers its address.
func (k *kept) draw(t *testing.T, o task.Owner, prompt string) (task.ID, string) {
	t.Helper()
	k.last = later(time.Now(), k.last.Add(time.Millisecond)) // ids of one millisecond have no order
	fresh, jobs := task.New(o, task.Params{Prompt: prompt, Model: "jimeng_t2i_v40", Count: 1, Width: 2048, Height: 2048}, k.last)
	made, _, err := k.db.Create(t.Context(), task.Submission{Task: fresh, Jobs: jobs})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	jobs[0].Grant(now)
	made.JobGranted(jobs[0], now)
	jobs[0].Slot = false
	made.JobDone(jobs[0], []task.Image{{
		Format: "jpeg", Width: 2048, Height: 2048, Bytes: 1000, ThumbnailBytes: 10,
		Key: "images/" + string(made.ID) + ".jpg", ThumbnailKey: "images/" + string(made.ID) + ".thumb.jpg",
	}}, now)
	c := task.Change{Task: &made, Jobs: jobs, Usage: task.Usage{Bytes: 1010, Images: 1}}
	if err := k.db.Save(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	return made.ID, "/api/v1/task/" + string(made.ID)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
