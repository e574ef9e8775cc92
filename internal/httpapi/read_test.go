package httpapi_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"volcimage/internal/catalog"
	"volcimage/internal/httpapi"
	"volcimage/internal/task"
)

func fox() task.Params {
	p, err := catalog.Complete(task.Params{Prompt: "A red fox, in \"fresh\" snow", Count: 2})
	if err != nil {
		panic(err)
	}
	return p
}

func TestTask(t *testing.T) {
	t.Run("a new task shows what was asked for and what is expected", func(t *testing.T) {
		a := newAPI(t)
		made := a.add(task.Local, fox())
		var got map[string]any
		a.do(t, "GET", "/api/v1/task/"+string(made.ID), "").into(t, 200, &got)
		want := map[string]any{
			"task_id": string(made.ID), "status": "PENDING", "prompt": `A red fox, in "fresh" snow`, "children": "/api/v1/history?parent=" + string(made.ID), "model": "jimeng_t2i_v40",
			"params":    map[string]any{"width": 2048., "height": 2048., "count": 2.},
			"images":    []any{map[string]any{"index": 0., "status": "waiting"}, map[string]any{"index": 1., "status": "waiting"}},
			"favourite": false, "tags": []any{},
			"error": nil, "progress": map[string]any{"stage": "waiting", "done": 0., "total": 2., "queued_at": "2026-11-30T08:00:00.001Z", "expected_ms": 15000.},
			"run": 1., "version": 0., "created_at": "2026-11-30T08:00:00.001Z", "started_at": nil, "finished_at": nil,
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("task (-want +got):\n%s", d)
		}
	})
	t.Run("a task that waits in a pause says so, and one that is drawn does not", func(t *testing.T) {
		a := newAPI(t)
		a.paused = true
		waits := a.add(task.Local, fox())
		var got httpapi.Task
		if a.do(t, "GET", "/api/v1/task/"+string(waits.ID), "").into(t, 200, &got); !got.Progress.Paused {
			t.Errorf("progress %+v, want paused", got.Progress)
		}
		a.finish(waits)
		var over httpapi.Task
		if a.do(t, "GET", "/api/v1/task/"+string(waits.ID), "").into(t, 200, &over); over.Progress.Paused {
			t.Errorf("once it is over: %+v", over.Progress)
		}
	})
	t.Run("a finished task has links, and nothing is expected of it", func(t *testing.T) {
		a := newAPI(t)
		made := a.add(task.Local, fox())
		a.finish(made)
		var got httpapi.Task
		a.do(t, "GET", "/api/v1/task/"+string(made.ID), "").into(t, 200, &got)
		if got.Status != task.Completed || got.Progress != (httpapi.Progress{Done: 2, Total: 2}) || got.FinishedAt == nil || a.expected != 0 {
			t.Errorf("status %s, progress %+v, finished %v, Expected asked %d times", got.Status, got.Progress, got.FinishedAt, a.expected)
		}
		im := got.Images[1]
		if im.Index != 1 || im.Format != "jpeg" || im.Width != 1328 || im.Bytes != 1<<20 || !im.ExpiresAt.Equal(a.now.Add(linkLife)) {
			t.Errorf("image %+v", im)
		}
		name := "A-red-fox-in-fresh-snow_" + string(made.ID[20:]) + "_2.jpg"
		if !strings.HasPrefix(im.URL, "/files/images/local/") || !strings.Contains(im.ThumbnailURL, ".thumb.jpg") || !strings.HasSuffix(im.DownloadURL, "&download="+name) {
			t.Errorf("links %s, %s, %s", im.URL, im.ThumbnailURL, im.DownloadURL)
		}
	})
	t.Run("a failure has the catalog's words and its own charge", func(t *testing.T) {
		a := newAPI(t)
		made := a.add(task.Local, fox())
		jobs := a.jobs[made.ID]
		made.JobGranted(jobs[0], a.now)
		made.JobFailed(jobs[0], task.Failure{Code: "prompt_refused", ProviderCode: "50411", RequestID: "req-1", Charged: task.ChargedNo}, a.now)
		made.JobFailed(jobs[1], task.Failure{Code: "output_refused", Charged: task.ChargedYes}, a.now)
		var got httpapi.Task
		a.do(t, "GET", "/api/v1/task/"+string(made.ID), "").into(t, 200, &got)
		row := catalog.FaultOf("prompt_refused")
		want := &httpapi.Failure{
			Code: "prompt_refused", Stage: row.Stage, Retryable: row.Retryable, Charged: task.ChargedNo,
			Title: row.Title, Message: row.Detail, ProviderCode: "50411", RequestID: "req-1",
		}
		if d := cmp.Diff(want, got.Images[0].Error); d != "" {
			t.Errorf("image's error (-want +got):\n%s", d)
		}
		if got.Error == nil || got.Error.Code != "prompt_refused" || got.Error.Charged != task.ChargedYes {
			t.Errorf("task's error %+v, want the first picture's, charged for the second", got.Error)
		}
	})
	t.Run("an unchanged task is 304", func(t *testing.T) {
		a := newAPI(t)
		made := a.add(task.Local, fox())
		target := "/api/v1/task/" + string(made.ID)
		first := a.do(t, "GET", target, "")
		tag := first.header.Get("ETag")
		if tag == "" || first.header.Get("Cache-Control") != "private, no-cache" {
			t.Fatalf("headers %v", first.header)
		}
		for _, match := range []string{tag, strings.TrimPrefix(tag, "W/"), `"other", ` + tag, "*"} {
			r := a.do(t, "GET", target, "", "If-None-Match", match)
			if r.status != 304 || len(r.body) != 0 || r.header.Get("Content-Type") != "" || r.header.Get("ETag") != tag {
				t.Errorf("If-None-Match %s: status %d, %d bytes, headers %v", match, r.status, len(r.body), r.header)
			}
		}
		if r := a.do(t, "GET", target, "", "If-None-Match", `"other"`); r.status != 200 {
			t.Errorf("status %d for another tag", r.status)
		}
		made.Version++
		if r := a.do(t, "GET", target, "", "If-None-Match", tag); r.status != 200 {
			t.Errorf("status %d after a change", r.status)
		}
	})
	t.Run("what cannot be an id is like what is not there", func(t *testing.T) {
		a := newAPI(t)
		made := string(a.add(task.Local, fox()).ID)
		for _, id := range []string{"01KAZ3V5N8Q2W4E6R8T0YACDEF", "x", "..%2Fx", strings.ToLower(made), "%ff", made + "0", "%00", "a%2Fb"} {
			for _, req := range []string{"GET %s", "POST %s/cancel", "POST %s/retry", "DELETE %s", "GET %s/images/0"} {
				method, path, _ := strings.Cut(fmt.Sprintf(req, "/api/v1/task/"+id), " ")
				a.do(t, method, path, "").problem(t, 404, "not_found")
			}
		}
	})
}

func TestAWaitingTaskIsMovedInItsLine(t *testing.T) {
	a := newAPI(t)
	id := string(a.submit(t))
	var got httpapi.Task
	a.do(t, "POST", "/api/v1/task/"+id+"/hold", "").into(t, 200, &got)
	if got.Progress.Stage != task.ImageHeld || got.Images[0].Status != task.ImageHeld || got.Progress.QueuedAt == nil {
		t.Errorf("held task: %+v", got)
	}
	a.do(t, "POST", "/api/v1/task/"+id+"/release", "").into(t, 200, &got)
	if got.Progress.Stage != task.ImageWaiting {
		t.Errorf("released task: %+v", got.Progress)
	}
	a.do(t, "POST", "/api/v1/task/"+id+"/next", "").into(t, 200, &got)
	a.do(t, "POST", "/api/v1/task/"+id+"/cancel", "").into(t, 200, &got)
	for _, verb := range []string{"hold", "release", "next"} {
		a.do(t, "POST", "/api/v1/task/"+id+"/"+verb, "").problem(t, 409, "not_waiting")
		a.do(t, "POST", "/api/v1/task/nothing/"+verb, "").problem(t, 404, "not_found")
	}
}

func TestWaitingTasksArePutInOrder(t *testing.T) {
	a := newAPI(t)
	first, second := string(a.submit(t)), string(a.submit(t))
	order := func(ids ...string) string { return `{"ids":["` + strings.Join(ids, `","`) + `"]}` }
	var got httpapi.Tasks
	a.do(t, "POST", "/api/v1/tasks/order", order(second, "no id", first)).into(t, 200, &got)
	if len(got.Items) != 2 || string(got.Items[0].ID) != second || got.Items[0].Progress.QueuedAt == nil {
		t.Errorf("those in order: %+v", got.Items)
	}
	many := make([]string, task.MaxArranged+1)
	for i := range many {
		many[i] = string(task.NewID(a.now))
	}
	for name, body := range map[string]string{"none": `{"ids":[]}`, "too many": order(many...), "one twice": order(first, first)} {
		if p := a.do(t, "POST", "/api/v1/tasks/order", body).problem(t, 422, "invalid_request"); !strings.HasPrefix(p.Errors[0].Location, "body.ids") {
			t.Errorf("%s: the wrong field is %s, want body.ids", name, p.Errors[0].Location)
		}
	}
	a.do(t, "POST", "/api/v1/tasks/order", order(many[1:]...)).problem(t, 409, "not_waiting")
}

func TestMoves(t *testing.T) {
	a := newAPI(t)
	id := string(a.submit(t))
	var got httpapi.Task
	a.do(t, "POST", "/api/v1/task/"+id+"/cancel", "").into(t, 200, &got)
	if got.Status != task.Cancelled || got.Images[0].Error.Code != "cancelled" || got.Images[0].Error.Charged != task.ChargedNo {
		t.Errorf("cancelled task: %+v", got)
	}
	a.do(t, "POST", "/api/v1/task/"+id+"/cancel", "").problem(t, 409, "not_cancellable")
	a.do(t, "POST", "/api/v1/task/"+id+"/retry", "").into(t, 200, &got)
	if got.Status != task.Pending || got.Run != 2 {
		t.Errorf("retried task: status %s, run %d", got.Status, got.Run)
	}
	a.do(t, "POST", "/api/v1/task/"+id+"/retry", "").problem(t, 409, "not_retryable")
	p := a.do(t, "POST", "/api/v1/task/"+id+"/cancel", "{}").problem(t, 422, "invalid_request")
	if locations(p) != "body" {
		t.Errorf("a body where none is due: %+v", p.Errors)
	}
	if r := a.do(t, "DELETE", "/api/v1/task/"+id, ""); r.status != 204 || len(r.body) != 0 {
		t.Errorf("delete: status %d, body %q", r.status, r.body)
	}
	if r := a.do(t, "DELETE", "/api/v1/task/"+id+"?now=true", ""); r.status != 204 {
		t.Errorf("delete for good: status %d, body %q", r.status, r.body)
	}
	a.do(t, "DELETE", "/api/v1/task/"+id, "").problem(t, 404, "not_found")
	a.do(t, "GET", "/api/v1/task/"+id, "").problem(t, 404, "not_found")
}

func TestTasks(t *testing.T) {
	a := newAPI(t)
	one, two := a.add(task.Local, fox()).ID, a.add(task.Local, fox()).ID
	var got httpapi.Tasks
	a.do(t, "GET", fmt.Sprintf("/api/v1/tasks?ids=%s,nope,%s,%s,01KAZ3V5N8Q2W4E6R8T0YACDEF", two, one, two), "").into(t, 200, &got)
	if len(got.Items) != 2 || got.Items[0].ID != two || got.Items[1].ID != one {
		t.Errorf("items %+v, want %s and %s", got.Items, two, one)
	}
	if a.expected != 1 {
		t.Errorf("Expected was asked %d times in one request, want 1", a.expected)
	}
	r := a.do(t, "GET", "/api/v1/tasks?ids=nope", "")
	if r.into(t, 200, &got); string(r.body) != `{"items":[]}`+"\n" {
		t.Errorf("none there: %s", r.body)
	}
	for _, target := range []string{"/api/v1/tasks", "/api/v1/tasks?ids=", "/api/v1/tasks?ids=" + strings.Repeat("x,", 50) + "x"} {
		if p := a.do(t, "GET", target, "").problem(t, 422, "invalid_request"); locations(p) != "query.ids" {
			t.Errorf("%.40s: %+v", target, p.Errors)
		}
	}
}

func TestHistory(t *testing.T) {
	fill := func(t *testing.T) *api {
		a := newAPI(t)
		for i := range 7 {
			p := fox()
			p.Prompt = fmt.Sprintf("fox %d", i)
			made := a.add(task.Local, p)
			if i%2 == 0 {
				a.finish(made)
			}
		}
		a.add("somebody", fox())
		return a
	}
	page := func(t *testing.T, a *api, query string) (prompts string, next string) {
		t.Helper()
		var got httpapi.History
		a.do(t, "GET", "/api/v1/history?"+query, "").into(t, 200, &got)
		for _, item := range got.Items {
			prompts += strings.TrimPrefix(item.Prompt, "fox ")
		}
		if got.NextCursor != nil {
			next = *got.NextCursor
		}
		return prompts, next
	}
	t.Run("pages follow each other, newest first", func(t *testing.T) {
		a := fill(t)
		var all, cursor string
		for range 4 {
			prompts, next := page(t, a, "limit=3&cursor="+cursor)
			all += prompts + "."
			if cursor = next; cursor == "" {
				break
			}
		}
		if all != "654.321.0." {
			t.Errorf("pages %q, want 654.321.0.", all)
		}
	})
	t.Run("filters", func(t *testing.T) {
		a := fill(t)
		for query, want := range map[string]string{
			"": "6543210", "status=active": "531", "status=COMPLETED": "6420", "status=COMPLETED,active": "6543210", "status=FAILED": "",
			"q=fox%203": "3", "model=jimeng_t2i_v40": "6543210", "model=gone": "", "from=2026-11-30": "6543210", "from=2026-12-01": "", "to=2026-11-29": "",
			"to=2026-11-30": "6543210", "from=2026-11-30T08:00:00.003Z&to=2026-11-30T09:00:00.005%2B01:00": "32", "limit=1": "6", "limit=100": "6543210",
		} {
			if got, _ := page(t, a, query); got != want {
				t.Errorf("%q: %q, want %q", query, got, want)
			}
		}
	})
	t.Run("an empty page is a list, and the end has no cursor", func(t *testing.T) {
		r := newAPI(t).do(t, "GET", "/api/v1/history", "")
		if got := string(r.body); got != `{"items":[],"next_cursor":null,"prev_cursor":null}`+"\n" {
			t.Errorf("got %s", got)
		}
	})
	t.Run("what is refused is named", func(t *testing.T) {
		a := fill(t)
		_, next := page(t, a, "limit=3&status=active,COMPLETED")
		for query, want := range map[string]string{
			"limit=0": "query.limit", "limit=101": "query.limit", "limit=x": "query.limit", "limit=1&limit=2": "query.limit", "Limit=1": "query.Limit",
			"page=2": "query.page", "status=done": "query.status[0]", "from=yesterday": "query.from", "to=2026-13-01": "query.to",
			"from=2026-11-30&to=2026-11-29": "query.to", "cursor=x": "query.cursor", "cursor=" + next: "query.cursor", "q=" + strings.Repeat("x", 201): "query.q",
			"cursor=" + next + "&status=COMPLETED,active,FAILED": "query.cursor", "a=1&b=2": "query.a query.b",
		} {
			if p := a.do(t, "GET", "/api/v1/history?"+query, "").problem(t, 422, "invalid_request"); locations(p) != want {
				t.Errorf("%q: %+v, want %s", query, p.Errors, want)
			}
		}
		if got, _ := page(t, a, "limit=2&status=COMPLETED,active&cursor="+next); got != "32" {
			t.Errorf("the cursor with its filters in another order: %q", got)
		}
	})
	t.Run("a query that cannot be decoded is 400", func(t *testing.T) {
		for _, query := range []string{"q=%zz", "q=%ff", "%ff=1", "q=a;b=c"} {
			newAPI(t).do(t, "GET", "/api/v1/history?"+query, "").problem(t, 400, "malformed_url")
		}
	})
}

func TestALabelIsShownWhereThereIsOne(t *testing.T) {
	a := newAPI(t)
	made := a.add(task.Local, fox())
	a.finish(made)
	made.Images[0].Label = &task.Label{ContentProducer: "studio-1", ProduceID: "7", Mark: &task.Mark{Position: "top-left", Language: "zh", Opacity: 1}}
	r := a.do(t, "GET", "/api/v1/task/"+string(made.ID), "")
	want := `"label":{"content_producer":"studio-1","produce_id":"7","mark":{"position":"top-left","language":"zh","opacity":1}}`
	if n := strings.Count(string(r.body), `"label"`); n != 1 || !strings.Contains(string(r.body), want) {
		t.Errorf("%d labels in %s, want %s", n, r.body, want)
	}
}

func TestImages(t *testing.T) {
	a := newAPI(t, func(c *httpapi.Config) {
		c.Now = func() time.Time { return time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC) }
	})
	made := a.add(task.Local, fox())
	target := "/api/v1/task/" + string(made.ID) + "/images/"
	a.do(t, "GET", target+"0", "").problem(t, 404, "not_found") // not drawn yet
	a.finish(made)
	for query, want := range map[string]string{
		"0": "/0-1.jpg?", "1": "/1-1.jpg?", "1?variant=original": "/1-1.jpg?", "1?variant=thumbnail": "/1-1.thumb.jpg?",
		"1?download=1": "_2.jpg", "1?download=1&variant=thumbnail": "_2_thumbnail.jpg",
		"1?recipe=0": "/1-1.jpg?", "1?recipe=1": "/1.jpg?", "0?recipe=1&download=1": "_1_recipe.jpg",
	} {
		r := a.do(t, "GET", target+query, "")
		if r.status != 302 || !strings.Contains(r.header.Get("Location"), want) || r.header.Get("Cache-Control") != "private, max-age=300" {
			t.Errorf("%s: status %d, headers %v; want %s in Location", query, r.status, r.header, want)
		}
	}
	for _, n := range []string{"2", "-1", "+1", "01", "x", "1.0", "99999999999999999999"} {
		a.do(t, "GET", target+n, "").problem(t, 404, "not_found")
	}
	for _, query := range []string{"0?variant=huge", "0?download=yes", "0?w=1", "0?recipe=2", "0?recipe=1&variant=thumbnail"} {
		a.do(t, "GET", target+query, "").problem(t, 422, "invalid_request")
	}
	if r := a.do(t, "HEAD", target+"0", ""); r.status != 302 || r.header.Get("Location") == "" {
		t.Errorf("HEAD: status %d, headers %v", r.status, r.header)
	}
	a.now = a.now.Add(-linkLife + time.Minute)
	if got := a.do(t, "GET", target+"0", "").header.Get("Cache-Control"); got != "private, max-age=60" {
		t.Errorf("Cache-Control %q for a link that ends in a minute", got)
	}
}

func TestService(t *testing.T) {
	t.Run("models are the catalog, with the times that were measured", func(t *testing.T) {
		r := newAPI(t).do(t, "GET", "/api/v1/models", "")
		var got httpapi.Models
		r.into(t, 200, &got)
		if got.DefaultModel != catalog.DefaultModel || len(got.Items) != len(catalog.Models()) || r.header.Get("ETag") == "" {
			t.Fatalf("default %s, %d models, headers %v", got.DefaultModel, len(got.Items), r.header)
		}
		for i, m := range catalog.Models() {
			v := got.Items[i]
			if v.ID != m.ID || v.Prompt.MaxRunes != m.PromptMaxRunes || v.ExpectedMS != 15_000 ||
				len(v.Fields) != len(m.Fields) || len(v.Size.Presets) != len(m.Size.Presets) || (v.CoherentSet != nil) != (m.SetMax > 0) || (v.Price != nil) != (m.PriceMicroCNY > 0) {
				t.Errorf("model %s: %+v", m.ID, v)
			}
			for j, f := range m.Fields {
				if w := v.Fields[j]; w.Name != f.Name || (w.Min != nil) != (f.Type != catalog.Boolean) || w.Min != nil && *w.Max != f.Max {
					t.Errorf("field %s of %s: %+v", f.Name, m.ID, w)
				}
			}
		}
		var raw struct {
			Items []map[string]json.RawMessage `json:"items"`
		}
		r.into(t, 200, &raw)
		if got := string(raw.Items[2]["coherent_set"]) + string(raw.Items[2]["price"]); got != "nullnull" {
			t.Errorf("coherent_set and price of a model without: %s", got)
		}
	})
	t.Run("storage", func(t *testing.T) {
		a := newAPI(t)
		a.finish(a.add(task.Local, fox()))
		var got httpapi.Storage
		a.do(t, "GET", "/api/v1/storage", "").into(t, 200, &got)
		if got.UsedBytes != 2*(1<<20+1<<14) || got.LimitBytes != 100<<30 || got.Images != 2 {
			t.Errorf("got %+v, want two pictures of a megabyte and their thumbnails", got)
		}
	})
}
