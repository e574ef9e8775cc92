package httpapi_test

import (
	"archive/zip"
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"volcimage/internal/archive"
	"volcimage/internal/embedded/disk"
	"volcimage/internal/httpapi"
	"volcimage/internal/task"
)

const exports = "/api/v1/exports"

// exporting is an API over a real table and picture store, whose hints are kept.
type exporting struct {
	*kept
	exporter *archive.Exporter
	objects  *disk.Store
	hints    []task.Ref
	now      time.Time
}

func (x *exporting) Send(_ context.Context, r task.Ref, _ time.Duration) error {
	x.hints = append(x.hints, r)
	return nil
}

func newExporting(t *testing.T, change ...func(*httpapi.Config)) *exporting {
	t.Helper()
	objects, err := disk.Open(filepath.Join(t.TempDir(), "objects"), disk.Options{Secret: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := objects.Close(); err != nil {
			t.Error(err)
		}
	})
	x := &exporting{objects: objects, now: time.Now()}
	clock := func() time.Time { return x.now }
	x.exporter = &archive.Exporter{Objects: objects, Hints: x, Now: clock, Log: slog.New(slog.DiscardHandler)}
	x.kept = newKept(t, append(change, func(c *httpapi.Config) { c.Exports, c.Now = x.exporter, clock })...)
	x.exporter.Store = x.db
	return x
}

func (x *exporting) finish(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for len(x.hints) > 0 {
		r := x.hints[0]
		x.hints = x.hints[1:]
		if err := x.exporter.Step(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAnExportIsAskedForFollowedFetchedAndDeleted(t *testing.T) {
	x := newExporting(t)
	id, _ := x.draw(t, task.Local, "a fox")
	var e httpapi.Export
	r := x.do(t, "POST", exports, `{"format":"zip","ids":["`+string(id)+`"]}`, "Accept-Language", "zh-CN")
	r.into(t, 202, &e)
	location := r.header.Get("Location")
	if e.Status != "running" || e.Selected != 1 || location != exports+"/"+string(e.ID) || e.KeptUntil != nil || len(e.Parts) != 0 {
		t.Errorf("begun: %s at %s", r.body, location)
	}
	x.finish(t)
	x.do(t, "GET", location, "").into(t, 200, &e)
	if e.Status != "done" || e.Tasks != 1 || len(e.Parts) != 1 || e.FinishedAt == nil || e.KeptUntil == nil {
		t.Fatalf("done: %+v", e)
	}
	w := httptest.NewRecorder()
	x.objects.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, e.Parts[0].URL, nil))
	z, err := zip.NewReader(bytes.NewReader(w.Body.Bytes()), int64(w.Body.Len()))
	if err != nil || len(z.File) < 2 || !strings.Contains(w.Header().Get("Content-Disposition"), "volcimage-") || w.Header().Get("Content-Type") != "application/zip" {
		t.Errorf("status %d, headers %v: %v", w.Code, w.Header(), err)
	}
	var all httpapi.ExportList
	x.do(t, "GET", exports, "").into(t, 200, &all)
	if len(all.Items) != 1 || all.Items[0].ID != e.ID || len(all.Items[0].Parts) != 0 {
		t.Errorf("list %+v", all)
	}
	x.now = x.now.Add(25 * time.Hour)
	if x.do(t, "GET", location, "").into(t, 200, &e); len(e.Parts) != 0 {
		t.Errorf("a day later: %+v, want no parts that may be gone", e)
	}
	if r := x.do(t, "DELETE", location, ""); r.status != 204 {
		t.Errorf("delete: %d %s", r.status, r.body)
	}
	x.do(t, "GET", location, "").problem(t, 404, "not_found")
	x.do(t, "DELETE", location, "").problem(t, 404, "not_found")
}

func TestAnExportThatCannotBeIsRefused(t *testing.T) {
	x := newExporting(t)
	for body, want := range map[string]string{
		`{"format":"rar"}`:                                        "body.format",
		`{"format":"zip","ids":[]}`:                               "body.ids",
		`{"format":"zip","ids":["a"],"q":"x"}`:                    "body.q",
		`{"format":"zip","everything":true}`:                      "body.everything",
		`{"q":"x"}`:                                               "body.format",
		`{"format":"zip","q":"` + strings.Repeat("x", 201) + `"}`: "body.q",
	} {
		p := x.do(t, "POST", exports, body).problem(t, 422, "invalid_request")
		if got := locations(p); got != want && got != "body" {
			t.Errorf("%s: names %q, want %q", body, got, want)
		}
	}
	for range 2 {
		x.do(t, "POST", exports, `{"format":"csv"}`)
	}
	x.do(t, "POST", exports, `{"format":"csv"}`).problem(t, 429, "export_busy")
	x.do(t, "GET", exports+"/x", "").problem(t, 404, "not_found")
}
