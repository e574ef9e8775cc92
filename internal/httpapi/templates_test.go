package httpapi_test

import (
	"strings"
	"testing"
	"time"

	"volcimage/internal/httpapi"
	"volcimage/internal/prompts"
	"volcimage/internal/task"
)

const templates = "/api/v1/templates"

func newTemplates(t *testing.T) *kept {
	t.Helper()
	var s prompts.Service
	k := newKept(t, func(c *httpapi.Config) { c.Templates = &s })
	s = prompts.Service{Store: k.db, Now: time.Now}
	return k
}

func TestTemplates(t *testing.T) {
	a := newTemplates(t)
	const body = `{"name":"狐狸","text":"a {{colour={red|white}}} fox in {{place}}","tags":["fox"],"ratio":"3:4","model":"jimeng_t2i_v40"}`
	var made, read httpapi.Template
	r := a.do(t, "POST", templates, body, "Idempotency-Key", "k")
	r.into(t, 201, &made)
	target := templates + "/" + made.ID
	if r.header.Get("Location") != target || made.BuiltIn || made.Version != 1 || made.UpdatedAt == nil ||
		len(made.Parts) != 4 || len(made.Placeholders) != 2 || made.Placeholders[0] != (httpapi.Placeholder{Name: "colour", Default: "{red|white}"}) {
		t.Errorf("made %+v at %q", made, r.header.Get("Location"))
	}
	r = a.do(t, "POST", templates, body, "Idempotency-Key", "k")
	if r.into(t, 201, &read); read.ID != made.ID || r.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("repeated: %s, want %s", read.ID, made.ID)
	}
	a.do(t, "POST", templates, `{"name":"x","text":"y"}`, "Idempotency-Key", "k").problem(t, 409, "idempotency_mismatch")

	var filled httpapi.Filled
	a.do(t, "POST", target+"/fill", `{"values":{"place":"雪地"}}`).into(t, 200, &filled)
	if filled.Prompt != "a {red|white} fox in 雪地" || filled.Ratio != "3:4" || filled.Model != "jimeng_t2i_v40" {
		t.Errorf("filled %+v", filled)
	}
	if p := a.do(t, "POST", target+"/fill", `{"values":{"plaice":"x"}}`).problem(t, 422, "invalid_request"); locations(p) != "body.values.place body.values.plaice" {
		t.Errorf("wrong values: %q", locations(p))
	}

	read = httpapi.Template{}
	a.do(t, "PUT", target, `{"name":"fox","text":"a fox"}`, "If-Match", `"1"`).into(t, 200, &read)
	if read.Version != 2 || read.Name != "fox" || read.Ratio != "" || len(read.Placeholders) != 0 {
		t.Errorf("replaced %+v", read)
	}
	a.do(t, "PUT", target, `{"name":"fox","text":"a fox"}`, "If-Match", `"1"`).problem(t, 412, "version_changed")
	a.do(t, "GET", target, "").into(t, 200, &read)
	if r := a.do(t, "DELETE", target, ""); r.status != 204 {
		t.Errorf("delete: %d", r.status)
	}
	a.do(t, "GET", target, "").problem(t, 404, "not_found")
	a.do(t, "PUT", target, `{"name":"fox","text":"a fox"}`).problem(t, 404, "not_found")
	for _, method := range []string{"PUT", "DELETE"} {
		body := map[string]string{"PUT": `{"name":"fox","text":"a fox"}`}[method]
		a.do(t, method, templates+"/film-portrait", body).problem(t, 409, "built_in")
	}
	for body, want := range map[string]string{
		`{"text":"x"}`: "body.name", `{"name":" ","text":"x"}`: "body.name", `{"name":"x","text":"y","ratio":"5:4"}`: "body.ratio",
		`{"name":"x","text":"y","built_in":true}`: "body.built_in", `{"name":"x","text":"y","cover":{"task_id":"z","index":0}}`: "body.cover.task_id",
		`{"name":"x","text":"y","cover":{"task_id":"01KAZ3V5N8Q2W4E6R8T0YACDEF","index":0,"url":"z"}}`: "body.cover.url",
	} {
		if p := a.do(t, "POST", templates, body).problem(t, 422, "invalid_request"); locations(p) != want {
			t.Errorf("%s: %q, want %s", body, locations(p), want)
		}
	}
}

func TestBuiltInTemplatesSpeakTheReadersLanguage(t *testing.T) {
	a := newTemplates(t)
	for target, want := range map[string]string{
		templates + "/film-portrait": "Film portrait", templates + "/film-portrait?language=zh": "胶片人像",
	} {
		var read httpapi.Template
		if a.do(t, "GET", target, "").into(t, 200, &read); read.Name != want || !read.BuiltIn {
			t.Errorf("%s is %q, want %q", target, read.Name, want)
		}
	}
	var list httpapi.TemplateList
	a.do(t, "GET", templates+"?q=portrait", "", "Accept-Language", "zh-CN").into(t, 200, &list)
	if len(list.Items) != 0 {
		t.Errorf("found %d by an English word", len(list.Items))
	}
	a.do(t, "GET", templates+"?tag=%E4%BA%BA%E5%83%8F", "", "Accept-Language", "zh-CN").into(t, 200, &list)
	if len(list.Items) < 3 {
		t.Errorf("found %d by tag", len(list.Items))
	}
	a.do(t, "GET", templates+"?language=fr", "").problem(t, 422, "invalid_request")
}

func TestACoverIsShownAsLongAsItsPictureIsThere(t *testing.T) {
	a := newTemplates(t)
	id, target := a.draw(t, task.Local, "a fox")
	cover := func(body string) *httpapi.CoverView {
		var made httpapi.Template
		a.do(t, "POST", templates, body).into(t, 201, &made)
		return made.Cover
	}
	with := `{"name":"fox","text":"a fox","cover":{"task_id":"` + string(id) + `","index":0}}`
	if c := cover(with); c == nil || !strings.Contains(c.ThumbnailURL, "thumb") || c.ExpiresAt == nil {
		t.Errorf("cover %+v", c)
	}
	if c := cover(strings.Replace(with, `"index":0`, `"index":1`, 1)); c != nil {
		t.Errorf("cover of a picture that is not there: %+v", c)
	}
	theirs, _ := a.draw(t, "bob", "a hare")
	if c := cover(strings.Replace(with, string(id), string(theirs), 1)); c != nil {
		t.Errorf("cover of somebody else's picture: %+v", c)
	}
	if r := a.do(t, "DELETE", target+"?now=true", ""); r.status != 204 {
		a.do(t, "DELETE", target, "")
	}
	var list httpapi.TemplateList
	a.do(t, "GET", templates+"?q=fox", "").into(t, 200, &list)
	for _, x := range list.Items {
		if x.Cover != nil && !x.BuiltIn {
			t.Errorf("cover of a deleted picture: %+v", x.Cover)
		}
		if x.BuiltIn && (x.Cover == nil || x.Cover.ThumbnailURL != "/covers/"+x.ID+".jpg" || x.Cover.TaskID != "") {
			t.Errorf("cover of %s: %+v, want the file beside the page", x.ID, x.Cover)
		}
	}
}

func TestTemplatesAreExportedAndImported(t *testing.T) {
	a := newTemplates(t)
	for _, name := range []string{"b", "a"} {
		a.do(t, "POST", templates, `{"name":"`+name+`","text":"a {{x=fox}}","tags":["t"]}`).into(t, 201, new(httpapi.Template))
	}
	r := a.do(t, "GET", templates+"/export", "")
	if r.status != 200 || !strings.Contains(r.header.Get("Content-Disposition"), "templates.json") {
		t.Fatalf("export: %d, %v", r.status, r.header)
	}
	other := newTemplates(t)
	var results httpapi.ImportResults
	for _, want := range []string{"imported imported", "unchanged unchanged"} {
		other.do(t, "POST", templates+"/import", string(r.body)).into(t, 200, &results)
		if got := string(results.Items[0].Outcome + " " + results.Items[1].Outcome); got != want {
			t.Errorf("import: %s, want %s", got, want)
		}
	}
	if back := other.do(t, "GET", templates+"/export", ""); string(back.body) != string(r.body) {
		t.Errorf("exported\n%s\nand after the import\n%s", r.body, back.body)
	}
	other.do(t, "POST", templates+"/import", `{"templates":[{"name":"c","text":"c"},{"name":"","text":"d"}]}`).into(t, 200, &results)
	if results.Items[0].Outcome != "imported" || results.Items[1].Outcome != "refused" || results.Items[1].Errors[0].Location != "body.templates[1].name" {
		t.Errorf("import %+v", results)
	}
	long := strings.Repeat("星", prompts.MaxTextRunes)
	large := `{"templates":[` + strings.Repeat(`{"name":"x","text":"`+long+`"},`, 99) + `{"name":"y","text":"y"}]}`
	other.do(t, "POST", templates+"/import", large).into(t, 200, &results)
	if len(results.Items) != 100 || results.Items[1].Outcome != "unchanged" {
		t.Errorf("a large import: %d results", len(results.Items))
	}
	other.do(t, "POST", templates+"/import", `{"templates":[{"name":"`+strings.Repeat("x", 2<<20)+`","text":"y"}]}`).problem(t, 413, "body_too_large")
}
