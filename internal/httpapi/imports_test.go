package httpapi_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"volcimage/internal/archive"
	"volcimage/internal/httpapi"
	"volcimage/internal/picture"
	"volcimage/internal/task"
	"volcimage/internal/visual/visualtest/paint"
)

const imports = "/api/v1/imports"

// moving is an API by which libraries go out and come in.
type moving struct {
	*exporting
	intake *archive.Intake
}

func newMoving(t *testing.T) *moving {
	t.Helper()
	m := &moving{intake: &archive.Intake{Log: slog.New(slog.DiscardHandler)}}
	m.exporting = newExporting(t, func(c *httpapi.Config) { c.Imports = m.intake })
	clock := func() time.Time { return m.now }
	m.intake.Store, m.intake.Pieces, m.intake.Hints, m.intake.Now = m.db, m.objects, m, clock
	m.intake.Importer = &archive.Importer{Store: m.db, Objects: m.objects, Pictures: &picture.Verifier{}, Now: clock}
	return m
}

// takeIn takes the steps of imports that are hinted at.
func (m *moving) takeIn(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for len(m.hints) > 0 {
		r := m.hints[0]
		m.hints = m.hints[1:]
		if err := m.intake.Step(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
}

// picture gives a drawn task a real picture, and all that a person may say of it.
func (m *moving) picture(t *testing.T, prompt string) task.Task {
	t.Helper()
	id, _ := m.draw(t, task.Local, prompt)
	row, err := m.db.Task(t.Context(), task.Local, id)
	if err != nil {
		t.Fatal(err)
	}
	data, err := paint.Encode(paint.Draw(paint.Spec{Prompt: prompt, Model: "m", Width: 96, Height: 64}), "jpeg", "{}")
	if err != nil {
		t.Fatal(err)
	}
	p, err := (&picture.Verifier{}).Verify(data)
	if err != nil {
		t.Fatal(err)
	}
	im := &row.Images[0]
	im.Width, im.Height, im.Bytes, im.ThumbnailBytes = p.Width, p.Height, int64(len(p.Data)), int64(len(p.Thumbnail))
	for key, data := range map[string][]byte{im.Key: p.Data, im.ThumbnailKey: p.Thumbnail} {
		if err := m.objects.Put(t.Context(), task.Object{Key: key, Data: data}); err != nil {
			t.Fatal(err)
		}
	}
	row.Favourite, row.Tags, row.Note = true, []string{"雪", "fox"}, "for the card"
	if err := m.db.Save(t.Context(), task.Change{Task: &row}); err != nil {
		t.Fatal(err)
	}
	return row
}

func (m *moving) fetch(t *testing.T, url string) []byte {
	t.Helper()
	w := httptest.NewRecorder()
	m.objects.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, url, nil))
	if w.Code != http.StatusOK {
		t.Fatalf("GET %s: %d %s", url, w.Code, w.Body)
	}
	return w.Body.Bytes()
}

// exported is the one part of an export of everything.
func (m *moving) exported(t *testing.T) []byte {
	t.Helper()
	location := m.do(t, "POST", exports, `{"format":"zip"}`).header.Get("Location")
	m.finish(t)
	var e httpapi.Export
	m.do(t, "GET", location, "").into(t, 200, &e)
	if e.Status != "done" || len(e.Parts) != 1 {
		t.Fatalf("export %+v", e)
	}
	return m.fetch(t, e.Parts[0].URL)
}

// imported uploads an archive and has it taken in.
func (m *moving) imported(t *testing.T, part []byte) httpapi.Import {
	t.Helper()
	var x httpapi.Import
	r := m.do(t, "POST", imports, fmt.Sprintf(`{"bytes":%d}`, len(part)))
	r.into(t, 201, &x)
	location := r.header.Get("Location")
	if x.Status != "open" || len(x.Missing) != x.Pieces || location != imports+"/"+string(x.ID) {
		t.Errorf("opened: %s at %s", r.body, location)
	}
	for _, n := range x.Missing {
		from := int64(n) * x.PieceBytes
		body := string(part[from:min(int64(len(part)), from+x.PieceBytes)])
		if r := m.do(t, "PUT", fmt.Sprintf("%s/pieces/%d", location, n), body, "Content-Type", "application/octet-stream"); r.status != 204 {
			t.Fatalf("piece %d: %d %s", n, r.status, r.body)
		}
	}
	m.do(t, "POST", location+"/start", "").into(t, 202, &x)
	m.takeIn(t)
	var over httpapi.Import
	m.do(t, "GET", location, "").into(t, 200, &over)
	return over
}

func TestALibraryThatWasExportedAndWipedComesBackByHTTP(t *testing.T) {
	from, to := newMoving(t), newMoving(t)
	var made []task.Task
	for i := range 3 {
		made = append(made, from.picture(t, strings.Repeat("雪狐 ", i+1)))
	}
	var folder httpapi.Folder
	from.do(t, "POST", "/api/v1/folders", `{"name":"冬天"}`).into(t, 201, &folder)
	from.do(t, "PATCH", "/api/v1/task/"+string(made[0].ID), `{"folder":"`+folder.ID+`"}`).into(t, 200, &httpapi.Task{})
	part := from.exported(t)

	x := to.imported(t, part)
	if x.Status != "done" || x.Imported != 3 || x.Records != 1 || x.Tasks != 3 || len(x.Results) != 3 || x.Missing != nil || x.FinishedAt == nil {
		t.Errorf("import %+v", x)
	}
	for i, r := range x.Results {
		if r.ID != made[i].ID || r.Outcome != "imported" || r.Reason != "" {
			t.Errorf("result %+v, want %s imported", r, made[i].ID)
		}
	}
	for _, tk := range made {
		var before, after httpapi.Task
		from.do(t, "GET", "/api/v1/task/"+string(tk.ID), "").into(t, 200, &before)
		to.do(t, "GET", "/api/v1/task/"+string(tk.ID), "").into(t, 200, &after)
		links := cmpopts.IgnoreFields(httpapi.Image{}, "URL", "ThumbnailURL", "DownloadURL", "ExpiresAt")
		if diff := cmp.Diff(before, after, links, cmpopts.IgnoreFields(httpapi.Task{}, "Version")); diff != "" {
			t.Errorf("task (-exported +imported):\n%s", diff)
		}
		for _, address := range []func(*httpapi.Image) string{
			func(im *httpapi.Image) string { return im.URL }, func(im *httpapi.Image) string { return im.ThumbnailURL },
		} {
			if !bytes.Equal(from.fetch(t, address(&before.Images[0])), to.fetch(t, address(&after.Images[0]))) {
				t.Errorf("a picture of %s is not byte for byte as it was", tk.ID)
			}
		}
	}
	var folders httpapi.FolderList
	to.do(t, "GET", "/api/v1/folders", "").into(t, 200, &folders)
	if len(folders.Items) != 1 || folders.Items[0].Name != "冬天" || folders.Items[0].ID != folder.ID {
		t.Errorf("folders %+v", folders)
	}
	to.now = to.now.Add(time.Second)
	if again := to.imported(t, part); again.Present != 3 || again.Imported != 0 || again.Records != 0 {
		t.Errorf("the same again: %+v, want all present", again)
	}
	var all httpapi.ImportList
	to.do(t, "GET", imports, "").into(t, 200, &all)
	if len(all.Items) != 2 || all.Items[1].ID != x.ID || all.Items[1].Results != nil {
		t.Errorf("list %+v", all)
	}
	if r := to.do(t, "DELETE", imports+"/"+string(x.ID), ""); r.status != 204 {
		t.Errorf("delete: %d %s", r.status, r.body)
	}
	to.do(t, "GET", imports+"/"+string(x.ID), "").problem(t, 404, "not_found")
}

func TestAnImportThatCannotBeIsRefused(t *testing.T) {
	m := newMoving(t)
	for body, want := range map[string]string{
		`{}`: "body.bytes", `{"bytes":0}`: "body.bytes", `{"bytes":1073741825}`: "body.bytes", `{"bytes":1,"from":"http://x"}`: "body.from",
	} {
		p := m.do(t, "POST", imports, body).problem(t, 422, "invalid_request")
		if got := locations(p); got != want && got != "body" {
			t.Errorf("%s: names %q, want %q", body, got, want)
		}
	}
	location := m.do(t, "POST", imports, `{"bytes":6}`).header.Get("Location")
	bytesType := []string{"Content-Type", "application/octet-stream"}
	m.do(t, "PUT", location+"/pieces/0", "", bytesType...).problem(t, 422, "invalid_request")
	m.do(t, "PUT", location+"/pieces/0", "<html", bytesType...).problem(t, 422, "invalid_request")
	m.do(t, "PUT", location+"/pieces/1", "<html>", bytesType...).problem(t, 422, "invalid_request")
	m.do(t, "PUT", location+"/pieces/x", "<html>", bytesType...).problem(t, 422, "invalid_request")
	m.do(t, "PUT", location+"/pieces/0", "<html>", "Content-Type", "text/html").problem(t, 415, "unsupported_media_type")
	m.do(t, "PUT", location+"/pieces/0", strings.Repeat("x", archive.PieceBytes+1), bytesType...).problem(t, 413, "body_too_large")
	m.do(t, "POST", location+"/start", "").problem(t, 409, "import_incomplete")
	m.do(t, "PUT", location+"/pieces/0", "<html>", bytesType...)
	m.do(t, "POST", location+"/start", "")
	m.takeIn(t)
	var x httpapi.Import
	m.do(t, "GET", location, "").into(t, 200, &x)
	if x.Status != "failed" || x.Error == nil || x.Error.Code != "no_archive" || x.Error.Charged != "no" {
		t.Errorf("import of a page: %+v", x)
	}
	m.do(t, "PUT", location+"/pieces/0", "<html>", bytesType...).problem(t, 409, "import_closed")
	m.do(t, "GET", imports+"/x", "").problem(t, 404, "not_found")
}
