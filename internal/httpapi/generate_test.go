package httpapi_test

import (
	"strings"
	"testing"

	"volcimage/internal/httpapi"
	"volcimage/internal/task"
)

func TestGenerate(t *testing.T) {
	t.Run("a request is accepted with the address of its task", func(t *testing.T) {
		a := newAPI(t)
		r := a.do(t, "POST", "/api/v1/generate",
			`{"prompt":"一只狐狸","model":"jimeng_t2i_v31","width":1328,"height":1328,"count":2,"seed":7,"use_pre_llm":false}`)
		var made httpapi.Accepted
		r.into(t, 202, &made)
		if made.Status != task.Pending || !made.ID.Valid() || made.CreatedAt.IsZero() {
			t.Errorf("answer %+v", made)
		}
		if got, want := r.header.Get("Location"), "/api/v1/task/"+string(made.ID); got != want {
			t.Errorf("Location %q, want %q", got, want)
		}
		if got := r.header.Get("Idempotent-Replayed"); got != "" {
			t.Errorf("Idempotent-Replayed %q for a new task", got)
		}
		p := a.tasks[made.ID].Params
		if p.Prompt != "一只狐狸" || p.Model != "jimeng_t2i_v31" || p.Count != 2 || p.Seed == nil || *p.Seed != 7 || p.UsePreLLM == nil || *p.UsePreLLM {
			t.Errorf("params %+v", p)
		}
	})
	t.Run("every field reaches the use case", func(t *testing.T) {
		a := newAPI(t)
		var made httpapi.Accepted
		a.do(t, "POST", "/api/v1/generate", `{"prompt":"x","size":4194304,"scale":0.7,"min_ratio":0.5,"max_ratio":2,"coherent_set":true,"count":1}`).into(t, 202, &made)
		p := a.tasks[made.ID].Params
		if p.Size != 4194304 || *p.Scale != 0.7 || *p.MinRatio != 0.5 || *p.MaxRatio != 2 || !p.CoherentSet {
			t.Errorf("params %+v", p)
		}
	})
	t.Run("the same key and request make one task, however it is written", func(t *testing.T) {
		a := newAPI(t)
		key := []string{"Idempotency-Key", "a, b"}
		first := a.submit(t, key...)
		r := a.do(t, "POST", "/api/v1/generate", " {\"prompt\" : \"A red fox in fresh sn\\u006fw\"}\n", key...)
		var again httpapi.Accepted
		r.into(t, 202, &again)
		if again.ID != first || r.header.Get("Idempotent-Replayed") != "true" || len(a.tasks) != 1 {
			t.Errorf("second answer %s, replayed %q, %d tasks; want %s", again.ID, r.header.Get("Idempotent-Replayed"), len(a.tasks), first)
		}
	})
	t.Run("the key arrives as it was sent", func(t *testing.T) {
		a := newAPI(t)
		a.submit(t, "Idempotency-Key", "a,b , c")
		if _, ok := a.keys["locala,b , c"]; !ok {
			t.Errorf("keys %v", a.keys)
		}
	})
	t.Run("the same key with another request is refused and changes nothing", func(t *testing.T) {
		a := newAPI(t)
		first := a.submit(t, "Idempotency-Key", "k")
		before := *a.tasks[first]
		a.do(t, "POST", "/api/v1/generate", `{"prompt":"another"}`, "Idempotency-Key", "k").problem(t, 409, "idempotency_mismatch")
		if len(a.tasks) != 1 || a.tasks[first].Version != before.Version {
			t.Errorf("%d tasks, version %d", len(a.tasks), a.tasks[first].Version)
		}
	})
	t.Run("a key must be printable and short", func(t *testing.T) {
		a := newAPI(t)
		for _, key := range []string{strings.Repeat("k", 201), "schlüssel", "a\tb"} {
			p := a.do(t, "POST", "/api/v1/generate", foxBody, "Idempotency-Key", key).problem(t, 422, "invalid_request")
			if got := locations(p); got != "header.Idempotency-Key" {
				t.Errorf("key %q: locations %q", key, got)
			}
		}
		a.submit(t, "Idempotency-Key", strings.Repeat("k", 200))
	})
	t.Run("C35 the day's limit is 429 with the time to wait", func(t *testing.T) {
		a := newAPI(t)
		a.fail = task.ErrDailyLimit
		r := a.do(t, "POST", "/api/v1/generate", foxBody)
		r.problem(t, 429, "daily_limit")
		if got := r.header.Get("Retry-After"); got == "" {
			t.Error("no Retry-After")
		}
	})
}

func TestGenerateRefuses(t *testing.T) {
	deep := strings.Repeat("[", 50) + strings.Repeat("]", 50)
	for _, c := range []struct {
		why, body string
		status    int
		code      task.Code
		locations string
	}{
		{"an empty prompt", `{"prompt":""}`, 422, "invalid_request", "body.prompt"},
		{"a prompt of spaces", `{"prompt":"  \n"}`, 422, "invalid_request", "body.prompt"},
		{"no prompt", `{}`, 422, "invalid_request", "body.prompt"},
		{"a prompt over the limit in characters", `{"prompt":"` + strings.Repeat("星", 801) + `"}`, 422, "invalid_request", "body.prompt"},
		{"an unknown field", `{"prompt":"x","hight":5}`, 422, "invalid_request", "body.hight"},
		{"a field that is not for callers", `{"prompt":"x","owner":"eve","status":"COMPLETED"}`, 422, "invalid_request", "body.owner body.status"},
		{"a name in another case", `{"prompt":"x","PROMPT":"y"}`, 422, "invalid_request", "body.PROMPT"},
		{"only a name in another case", `{"Prompt":"x"}`, 422, "invalid_request", "body.Prompt body.prompt"},
		{"a name given twice", `{"prompt":"x","prompt":"y"}`, 422, "invalid_request", "body.prompt"},
		{"a name given twice, once escaped", `{"prompt":"x","\u0070rompt":"y"}`, 422, "invalid_request", "body.prompt"},
		{"deep nesting", `{"prompt":` + deep + `}`, 422, "invalid_request", "body.prompt"},
		{"a wrong type", `{"prompt":"x","width":"5"}`, 422, "invalid_request", "body.width"},
		{"null", `{"prompt":"x","scale":null}`, 422, "invalid_request", "body.scale"},
		{"null for a whole number", `{"prompt":"x","count":null}`, 422, "invalid_request", "body.count"},
		{"a fraction for a whole number", `{"prompt":"x","count":1.5}`, 422, "invalid_request", "body.count"},
		{"an exponent for a whole number", `{"prompt":"x","width":1e3,"height":1024}`, 422, "invalid_request", "body.width"},
		{"a number that no float holds", `{"prompt":"x","scale":1e999}`, 422, "invalid_request", "body.scale"},
		{"a number that no integer holds", `{"prompt":"x","seed":99999999999999999999}`, 422, "invalid_request", "body.seed"},
		{"a count of none", `{"prompt":"x","count":0}`, 422, "invalid_request", "body.count"},
		{"too many pictures", `{"prompt":"x","count":5}`, 422, "invalid_request", "body.count"},
		{"an unknown model", `{"prompt":"x","model":"nope"}`, 422, "invalid_request", "body.model"},
		{"a field of another model", `{"prompt":"x","seed":5}`, 422, "invalid_request", "body.seed"},
		{"a size that the model refuses", `{"prompt":"x","width":100,"height":100}`, 422, "invalid_request", "body.width"},
		{"half a size", `{"prompt":"x","width":2048}`, 422, "invalid_request", "body.height"},
		{"a list", `[]`, 422, "invalid_request", "body"},
		{"a text", `"x"`, 422, "invalid_request", "body"},
		{"nothing but null", `null`, 422, "invalid_request", "body"},
		{"broken JSON", `{"prompt":"x"`, 400, "malformed_json", ""},
		{"a comma too many", `{"prompt":"x",}`, 400, "malformed_json", ""},
		{"data behind the object", foxBody + ` {}`, 400, "malformed_json", ""},
		{"text that is not UTF-8", "{\"prompt\":\"\xff\"}", 400, "malformed_json", ""},
		{"half a surrogate pair", `{"prompt":"\ud83d"}`, 400, "malformed_json", ""},
		{"the other half", `{"prompt":"\ude00 \\ud83d"}`, 400, "malformed_json", ""},
		{"a pair of first halves", `{"prompt":"\ud83d\ud83d"}`, 400, "malformed_json", ""},
		{"no body", ` `, 400, "malformed_json", ""},
		{"more than 32 KiB", `{"prompt":"` + strings.Repeat("x", 32<<10) + `"}`, 413, "body_too_large", ""},
		{"a megabyte", strings.Repeat("[", 1<<20), 413, "body_too_large", ""},
	} {
		t.Run("C33 "+c.why, func(t *testing.T) {
			a := newAPI(t)
			p := a.do(t, "POST", "/api/v1/generate", c.body).problem(t, c.status, c.code)
			if got := locations(p); got != c.locations {
				t.Errorf("locations %q, want %q: %+v", got, c.locations, p.Errors)
			}
			if len(a.tasks) != 0 {
				t.Errorf("%d tasks were made", len(a.tasks))
			}
		})
	}
	t.Run("a whole pair of surrogates is a character", func(t *testing.T) {
		a := newAPI(t)
		var made httpapi.Accepted
		a.do(t, "POST", "/api/v1/generate", `{"prompt":"\ud83d\ude00 \\ud83d"}`).into(t, 202, &made)
		if got := a.tasks[made.ID].Params.Prompt; got != `😀 \ud83d` {
			t.Errorf("prompt %q", got)
		}
	})
	t.Run("a body of exactly 32 KiB is read", func(t *testing.T) {
		body := `{"prompt":"` + strings.Repeat("x", 32<<10-13) + `"}`
		newAPI(t).do(t, "POST", "/api/v1/generate", body).problem(t, 422, "invalid_request")
	})
	t.Run("the problem says rule and value, and cuts what is long", func(t *testing.T) {
		p := newAPI(t).do(t, "POST", "/api/v1/generate", `{"prompt":"x","count":9,"secret":"`+strings.Repeat("星", 5000)+`"}`).problem(t, 422, "invalid_request")
		for _, f := range p.Errors {
			value, _ := f.Value.(string)
			switch f.Location {
			case "body.count":
				if f.Value != 9. || f.Message == "" {
					t.Errorf("count: %+v", f)
				}
			case "body.secret":
				if n := len([]rune(value)); n != 201 || !strings.HasPrefix(value, "星") || strings.Contains(value, "prompt") {
					t.Errorf("value of %d characters: %.50s", n, value)
				}
			default:
				t.Errorf("unexpected %+v", f)
			}
		}
	})
	t.Run("thousands of wrong fields get a short answer", func(t *testing.T) {
		var b strings.Builder
		b.WriteString(`{"prompt":"x"`)
		for i := range 2000 {
			b.WriteString(`,"f` + strings.Repeat("x", i%10) + string(rune('a'+i%26)) + strings.Repeat("y", i/260) + `":1`)
		}
		r := newAPI(t).do(t, "POST", "/api/v1/generate", b.String()[:20000]+`":1}`)
		if len(r.body) > 8<<10 {
			t.Errorf("%d bytes: %.200s", len(r.body), r.body)
		}
	})
}

func TestContentType(t *testing.T) {
	for value, ok := range map[string]bool{
		"application/json": true, "application/json; charset=utf-8": true, "Application/JSON;charset=\"UTF-8\"": true,
		"": false, "text/plain": false, "application/x+json": false, "application/problem+json": false,
		"application/json; charset=latin1": false, "application/json; version=1": false, "application/json, text/plain": false,
		"application/jsonx": false, "application/x-www-form-urlencoded": false,
	} {
		r := newAPI(t).do(t, "POST", "/api/v1/generate", foxBody, "Content-Type", value)
		if ok && r.status != 202 {
			t.Errorf("%q: status %d, want 202: %s", value, r.status, r.body)
		}
		if !ok {
			r.problem(t, 415, "unsupported_media_type")
		}
	}
	newAPI(t).do(t, "POST", "/api/v1/generate", foxBody, "Content-Encoding", "gzip").problem(t, 415, "unsupported_media_type")
}
