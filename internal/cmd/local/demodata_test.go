package main

import (
	"bytes"
	"context"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"volcimage/internal/catalog"
	"volcimage/internal/embedded/sqlite"
	"volcimage/internal/submit"
	"volcimage/internal/task"
)

func TestDemoDataIsFoundAndIndexedAnew(t *testing.T) {
	data := t.TempDir()
	var out strings.Builder
	if err := run(t.Context(), []string{"demo-data", "x"}, &out); err == nil {
		t.Error("x tasks were made")
	}
	if err := demoData(t.Context(), data, "40", &out); err != nil || !strings.Contains(out.String(), "made 40 tasks") {
		t.Fatalf("%q, %v", out.String(), err)
	}
	if err := reindex(t.Context(), data, &out); err != nil {
		t.Fatal(err)
	}
	err := withDatabase(t.Context(), data, func(db *sqlite.DB) error {
		if due, err := db.Due(t.Context(), time.Now(), 100); err != nil || len(due) != 1 || due[0].N != task.IndexStep {
			t.Errorf("due %v, %v; want the index", due, err)
		}
		page, err := db.List(t.Context(), task.Query{Owner: task.Local, Text: "light", Limit: 100})
		if err != nil || len(page.Tasks) != 20 {
			t.Errorf("%d tasks have light in them, %v; want every other", len(page.Tasks), err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestDemoDataIsAsTheServiceWouldHaveMadeIt(t *testing.T) {
	data := t.TempDir()
	if err := demoData(t.Context(), data, "400", io.Discard); err != nil {
		t.Fatal(err)
	}
	err := withDatabase(t.Context(), data, func(db *sqlite.DB) error {
		again := &submit.Service{
			Store: db, Hints: db.Queue(sqlite.QueueConfig{}), Now: time.Now, Log: slog.New(slog.DiscardHandler),
			Grant: func(context.Context) error { return nil },
		}
		statuses := map[task.Status]int{}
		var stored, images int64
		for _, tk := range allTasks(t, db) {
			statuses[tk.Status]++
			stored, images = stored+tk.StoredBytes(), images+int64(tk.Done())
			for _, im := range tk.Images {
				if im.Status == task.ImageDone {
					holdsWhatItSays(t, data, &tk, im)
				}
			}
			if _, _, err := again.Again(t.Context(), task.Local, tk.ID, task.Again{}); err != nil {
				t.Errorf("once more with %+v: %v", tk.Params, err)
			}
		}
		for _, s := range []task.Status{task.Completed, task.Failed, task.Cancelled, task.Partial} {
			if statuses[s] == 0 {
				t.Errorf("no task is %s: %v", s, statuses)
			}
		}
		usage, err := db.Usage(t.Context())
		if err != nil || len(usage) != 1 || usage[0].Bytes != stored || usage[0].Images != images {
			t.Errorf("usage %+v, %v; want %d bytes in %d pictures", usage, err, stored, images)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if left, err := filepath.Glob(filepath.Join(data, "demo*")); err != nil || len(left) > 0 {
		t.Errorf("%v stay, %v", left, err)
	}
}

func allTasks(t *testing.T, db *sqlite.DB) (all []task.Task) {
	t.Helper()
	for q := (task.Query{Owner: task.Local, Limit: 100}); ; {
		page, err := db.List(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page.Tasks...)
		if q.Before = page.Next; q.Before == "" {
			return all
		}
	}
}

// holdsWhatItSays checks a picture's files against the row that names them.
func holdsWhatItSays(t *testing.T, data string, tk *task.Task, im task.Image) {
	t.Helper()
	file, err := os.ReadFile(filepath.Join(data, objectsDir, im.Key))
	if err != nil {
		t.Error(err)
		return
	}
	c, format, err := image.DecodeConfig(bytes.NewReader(file))
	m, _ := catalog.Lookup(tk.Params.Model)
	if err != nil || c.Width != tk.Params.Width || c.Height != tk.Params.Height || format != m.Format || im.Format != format || im.Width != c.Width || int64(len(file)) != im.Bytes {
		t.Errorf("%s: a %s of %d × %d, %d bytes, %v; the row says %+v of %+v", im.Key, format, c.Width, c.Height, len(file), err, im, tk.Params)
	}
	if small, err := os.Stat(filepath.Join(data, objectsDir, im.ThumbnailKey)); err != nil || small.Size() != im.ThumbnailBytes {
		t.Errorf("%s: %v", im.ThumbnailKey, err)
	}
}
