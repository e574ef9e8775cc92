package httpapi_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"volcimage/internal/embedded/sqlite"
	"volcimage/internal/httpapi"
	"volcimage/internal/submit"
	"volcimage/internal/task"
)

// newOrdering is an API whose submits are written to the table.
func newOrdering(t *testing.T) *kept {
	t.Helper()
	var s submit.Service
	k := newKept(t, func(c *httpapi.Config) { c.Submit = &s })
	s = submit.Service{
		Store: k.db, Hints: k.db.Queue(sqlite.QueueConfig{}), Grant: func(context.Context) error { return nil },
		Now: time.Now, Log: slog.New(slog.DiscardHandler),
	}
	return k
}

func (k *kept) task(t *testing.T, id task.ID) httpapi.Task {
	t.Helper()
	var v httpapi.Task
	k.do(t, "GET", "/api/v1/task/"+string(id), "").into(t, 200, &v)
	return v
}

func TestChoices(t *testing.T) {
	a := newOrdering(t)
	var made httpapi.Accepted
	a.do(t, "POST", "/api/v1/generate", `{"prompt":"a {red|red} fox","parent":"01KAZ3V5N8Q2W4E6R8T0YACDEF"}`).into(t, 202, &made)
	if v := a.task(t, made.ID); v.Prompt != "a red fox" || v.Typed != "a {red|red} fox" || v.Parent != "01KAZ3V5N8Q2W4E6R8T0YACDEF" {
		t.Errorf("prompt %q, typed %q, parent %q", v.Prompt, v.Typed, v.Parent)
	}
	a.do(t, "POST", "/api/v1/generate", `{"prompt":"a {red} fox"}`).into(t, 202, &made)
	if r := a.do(t, "GET", "/api/v1/task/"+string(made.ID), ""); strings.Contains(string(r.body), `"typed"`) || strings.Contains(string(r.body), `"parent"`) {
		t.Errorf("a prompt without choices: %s", r.body)
	}
	for body, want := range map[string]string{
		`{"prompt":"` + strings.Repeat("星", task.MaxTypedRunes+1) + `"}`: "body.prompt",
		`{"prompt":"{a|` + strings.Repeat("星", 801) + `}"}`:              "body.prompt",
		`{"prompt":"{a|}"}`:                   "body.prompt",
		`{"prompt":"a fox","parent":"a fox"}`: "body.parent",
		`{"prompt":"a fox","typed":"a fox"}`:  "body.typed",
	} {
		if p := a.do(t, "POST", "/api/v1/generate", body).problem(t, 422, "invalid_request"); locations(p) != want {
			t.Errorf("%.40s: %q, want %s", body, locations(p), want)
		}
	}
}

func TestGenerateMany(t *testing.T) {
	const target = "/api/v1/generate/many"
	t.Run("each variant is a task of one prompt", func(t *testing.T) {
		a := newOrdering(t)
		body := `{"prompt":"a {red|green|blue|white} fox","variants":[{"model":"jimeng_t2i_v40","width":2560,"height":1440},{"model":"jimeng_t2i_v31","seed":7,"count":2}]}`
		var made, again httpapi.ManyAccepted
		r := a.do(t, "POST", target, body, "Idempotency-Key", "k")
		r.into(t, 202, &made)
		if len(made.Items) != 2 || r.header.Get("Idempotent-Replayed") != "" {
			t.Fatalf("made %+v, replayed %q", made, r.header.Get("Idempotent-Replayed"))
		}
		one, two := a.task(t, made.Items[0].ID), a.task(t, made.Items[1].ID)
		if one.Prompt != two.Prompt || one.Params.Width != 2560 || two.Model != "jimeng_t2i_v31" || *two.Params.Seed != 7 || len(two.Images) != 2 {
			t.Errorf("made %+v and %+v", one, two)
		}
		r = a.do(t, "POST", target, strings.ReplaceAll(body, `,"`, ` , "`), "Idempotency-Key", "k")
		r.into(t, 202, &again)
		if r.header.Get("Idempotent-Replayed") != "true" || again.Items[0].ID != one.ID || again.Items[1].ID != two.ID {
			t.Errorf("repeated: %+v, replayed %q", again, r.header.Get("Idempotent-Replayed"))
		}
		a.do(t, "POST", target, strings.Replace(body, "fox", "hare", 1), "Idempotency-Key", "k").problem(t, 409, "idempotency_mismatch")
		a.do(t, "POST", "/api/v1/generate", `{"prompt":"a fox"}`, "Idempotency-Key", "k").problem(t, 409, "idempotency_mismatch")
	})
	t.Run("every choice is a task", func(t *testing.T) {
		a := newOrdering(t)
		var made httpapi.ManyAccepted
		a.do(t, "POST", target, `{"prompt":"a {red|green|blue} fox","variants":[{},{"model":"jimeng_t2i_v31"}],"every_choice":true}`).into(t, 202, &made)
		if len(made.Items) != 6 || a.task(t, made.Items[5].ID).Prompt != "a blue fox" {
			t.Errorf("made %+v, want six", made)
		}
	})
	t.Run("wrong fields are named and nothing is made", func(t *testing.T) {
		a := newOrdering(t)
		for body, want := range map[string]string{
			`{"prompt":"a fox"}`:               "body.variants",
			`{"prompt":"a fox","variants":[]}`: "body.variants",
			`{"prompt":"a fox","variants":[` + strings.Repeat("{},", 12) + `{}]}`: "body.variants",
			`{"prompt":"a fox","variants":[{},{"seed":7}]}`:                       "body.variants[1].seed",
			`{"prompt":"a fox","variants":[{"width":100,"height":100}]}`:          "body.variants[0].width",
			`{"prompt":"a fox","variants":[{"wdith":100}]}`:                       "body.variants[0].wdith",
			`{"prompt":"a fox","variants":[{"prompt":"a hare"}]}`:                 "body.variants[0].prompt",
			`{"prompt":"a fox","variants":[{"Model":"x"}]}`:                       "body.variants[0].Model",
			`{"prompt":"a fox","variants":[{"count":1,"count":2}]}`:               "body.variants[0].count",
			`{"prompt":"a fox","variants":[{"count":1e0}]}`:                       "body.variants[0].count",
			`{"prompt":"a fox","variants":[{"count":null}]}`:                      "body.variants[0].count",
			`{"prompt":"a fox","variants":[7]}`:                                   "body.variants[0]",
			`{"prompt":"{1|2|3|4|5|6|7}","variants":[{},{}],"every_choice":true}`: "body.every_choice",
		} {
			if p := a.do(t, "POST", target, body).problem(t, 422, "invalid_request"); locations(p) != want {
				t.Errorf("%.60s: %q, want %s", body, locations(p), want)
			}
		}
		var h httpapi.History
		a.do(t, "GET", "/api/v1/history", "").into(t, 200, &h)
		if len(h.Items) > 0 {
			t.Errorf("%d tasks were made", len(h.Items))
		}
	})
}

func TestAgain(t *testing.T) {
	a := newOrdering(t)
	var made, again httpapi.Accepted
	a.do(t, "POST", "/api/v1/generate", `{"prompt":"a {red|white} fox","model":"jimeng_t2i_v31","count":2}`).into(t, 202, &made)
	first := a.task(t, made.ID)
	target := "/api/v1/task/" + string(made.ID) + "/again"
	t.Run("without a body it draws the same", func(t *testing.T) {
		r := a.do(t, "POST", target, "", "Idempotency-Key", "k")
		r.into(t, 202, &again)
		v := a.task(t, again.ID)
		if r.header.Get("Location") != "/api/v1/task/"+string(again.ID) || v.Parent != first.ID || v.Prompt != first.Prompt ||
			v.Typed != first.Typed || *v.Params.Seed != *first.Params.Seed || len(v.Images) != 2 {
			t.Errorf("%+v", v)
		}
		r = a.do(t, "POST", target, "{}", "Idempotency-Key", "k")
		var twin httpapi.Accepted
		if r.into(t, 202, &twin); twin.ID != again.ID || r.header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("with an empty body and the same key: %s, want %s", twin.ID, again.ID)
		}
		a.do(t, "POST", target, `{"variation":true}`, "Idempotency-Key", "k").problem(t, 409, "idempotency_mismatch")
	})
	t.Run("one picture, with another seed", func(t *testing.T) {
		a.do(t, "POST", target, `{"variation":true,"image":1}`).into(t, 202, &again)
		if v := a.task(t, again.ID); len(v.Images) != 1 || *v.Params.Seed == *first.Params.Seed+1 {
			t.Errorf("%+v", v)
		}
	})
	t.Run("those made from it are listed where it says", func(t *testing.T) {
		if first.Children != "/api/v1/history?parent="+string(first.ID) {
			t.Errorf("children at %q", first.Children)
		}
		for range 2 { // before they are indexed, and after
			var h httpapi.History
			a.do(t, "GET", first.Children, "").into(t, 200, &h)
			if len(h.Items) != 2 || h.Items[0].ID != again.ID || h.Items[1].Parent != first.ID {
				t.Errorf("children %+v", h.Items)
			}
			a.do(t, "GET", h.Items[0].Children, "").into(t, 200, &h)
			if len(h.Items) != 0 {
				t.Errorf("children of the last: %+v", h.Items)
			}
			a.indexed(t)
		}
	})
	t.Run("what is not there is refused", func(t *testing.T) {
		for body, want := range map[string]string{
			`{"image":2}`: "body.image", `{"image":-1}`: "body.image", `{"image":null}`: "body.image", `{"seed":7}`: "body.seed", `[]`: "body",
		} {
			if p := a.do(t, "POST", target, body).problem(t, 422, "invalid_request"); locations(p) != want {
				t.Errorf("%s: %q, want %s", body, locations(p), want)
			}
		}
		for _, id := range []string{"01KAZ3V5N8Q2W4E6R8T0YACDEF", "x"} {
			a.do(t, "POST", "/api/v1/task/"+id+"/again", "").problem(t, 404, "not_found")
		}
		a.do(t, "POST", target, "{}", "Content-Type", "text/plain").problem(t, 415, "unsupported_media_type")
	})
}
