package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"volcimage/internal/catalog"
	"volcimage/internal/httpapi"
	"volcimage/internal/task"
)

func TestHealth(t *testing.T) {
	a := newAPI(t)
	r := a.do(t, "GET", "/api/v1/health", "")
	if got, want := string(r.body), `{"status":"ok","mode":"demo","checks":{"objects":"ok","queue":"ok","store":"ok"}}`+"\n"; got != want || r.header.Get("Cache-Control") != "no-store" {
		t.Errorf("got %s with %v, want %s", got, r.header, want)
	}
	a = newAPI(t, func(c *httpapi.Config) {
		c.Health = func(ctx context.Context) map[string]error {
			if _, ok := ctx.Deadline(); !ok {
				t.Error("the checks have no deadline")
			}
			return map[string]error{
				"store": nil, "queue": errors.New("open /var/secret.db: denied"),
				"provider": fmt.Errorf("ask: %w", httpapi.Warning{Err: errors.New("7 of 20 calls failed")}),
			}
		}
	})
	var got httpapi.Health
	r = a.do(t, "GET", "/api/v1/health", "")
	r.into(t, 503, &got)
	if got.Status != "failing" || got.Checks["queue"] != "failing" || got.Checks["store"] != "ok" || got.Checks["provider"] != "warning" || bytes.Contains(r.body, []byte("secret")) {
		t.Errorf("got %s", r.body)
	}
	if !strings.Contains(a.log.String(), "secret.db") || !strings.Contains(a.log.String(), "7 of 20") {
		t.Errorf("the log does not say why: %s", a.log)
	}
	t.Run("a warning alone is 200", func(t *testing.T) {
		a := newAPI(t, func(c *httpapi.Config) {
			c.Health = func(context.Context) map[string]error {
				return map[string]error{"disk": httpapi.Warning{Err: errors.New("x")}}
			}
		})
		var got httpapi.Health
		a.do(t, "GET", "/api/v1/health", "").into(t, 200, &got)
		if got.Status != "ok" || got.Checks["disk"] != "warning" {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("numbers and version are for those who have a key", func(t *testing.T) {
		numbers := func(c *httpapi.Config) {
			c.Numbers = func(context.Context) map[string]int64 { return map[string]int64{"dead_letters": 3} }
			c.Version = "1a2b3c4"
		}
		withKeys := newAPI(t, numbers, func(c *httpapi.Config) { c.Keys = keys() })
		for _, c := range []struct {
			a    *api
			key  string
			want int64
		}{{newAPI(t, numbers), "", 3}, {withKeys, "", 0}, {withKeys, "nope", 0}, {withKeys, "key-of-ann", 3}} {
			var got httpapi.Health
			c.a.do(t, "GET", "/api/v1/health", "", "X-Api-Key", c.key).into(t, 200, &got)
			if got.Numbers["dead_letters"] != c.want || (got.Version == "1a2b3c4") != (c.want > 0) {
				t.Errorf("key %q: numbers %v of version %q, want %d", c.key, got.Numbers, got.Version, c.want)
			}
		}
	})
}

func TestUnknownAddresses(t *testing.T) {
	a := newAPI(t)
	for _, target := range []string{"/", "/api/v1", "/api/v2/task/x", "/api/v1/generate/", "/api//v1/models", "/api/v1/./models", "/api/v1/docs/", "/api/v1/docs/nope.js", "/api/v1/schemas/Task.json", "/api/v1/openapi.yaml"} {
		a.do(t, "GET", target, "").problem(t, 404, "not_found")
	}
	for target, allow := range map[string]string{
		"GET /api/v1/generate": "POST", "PUT /api/v1/task/x": "DELETE, GET, HEAD, PATCH", "OPTIONS /api/v1/models": "GET, HEAD", "BREW /api/v1/health": "GET, HEAD",
	} {
		method, path, _ := strings.Cut(target, " ")
		r := a.do(t, method, path, "")
		r.problem(t, 405, "method_not_allowed")
		if got := r.header.Get("Allow"); got != allow {
			t.Errorf("%s: Allow %q, want %q", target, got, allow)
		}
	}
}

func TestAddressesThatCannotBeDecoded(t *testing.T) {
	a := newAPI(t)
	for _, path := range []string{"/api/v1/task/%zz", "/api/v1/task/%", "/api/v1/task/a\nb", "/%"} {
		e, err := eventOf(httptest.NewRequestWithContext(t.Context(), "GET", "/", nil))
		if err != nil {
			t.Fatal(err)
		}
		e.RawPath = path
		res, err := a.client.invoke(t.Context(), e)
		if err != nil {
			t.Fatalf("%q: %v", path, err)
		}
		read(t, res).problem(t, 400, "malformed_url")
	}
}

func TestHead(t *testing.T) {
	a := newAPI(t)
	get, head := a.do(t, "GET", "/api/v1/models", ""), a.do(t, "HEAD", "/api/v1/models", "")
	if head.status != 200 || len(head.body) != 0 || head.header.Get("ETag") != get.header.Get("ETag") || head.header.Get("Content-Type") != "application/json" ||
		head.header.Get("Content-Length") != strconv.Itoa(len(get.body)) {
		t.Errorf("HEAD: status %d, %d bytes, headers %v", head.status, len(head.body), head.header)
	}
}

func TestErrorsOfOurs(t *testing.T) {
	secret := errors.New("open /data/volcimage.db: table task_v3: arn:aws:dynamodb:x")
	for name, fail := range map[string]error{
		"plain": secret, "internal with a code": &task.Error{Kind: task.Internal, Code: "stalled", Err: secret},
	} {
		t.Run("C39 "+name+" errors show nothing internal", func(t *testing.T) {
			a := newAPI(t)
			id := string(a.submit(t))
			a.fail = fail
			for _, req := range []string{
				"GET /api/v1/task/" + id, "POST /api/v1/task/" + id + "/cancel", "POST /api/v1/task/" + id + "/retry", "DELETE /api/v1/task/" + id,
				"GET /api/v1/history", "GET /api/v1/tasks?ids=" + id, "GET /api/v1/storage", "GET /api/v1/task/" + id + "/images/0",
			} {
				method, path, _ := strings.Cut(req, " ")
				a.log.Reset()
				r := a.do(t, method, path, "")
				r.problem(t, 500, "internal")
				if bytes.Contains(r.body, []byte("volcimage.db")) || bytes.Contains(r.body, []byte("arn:")) {
					t.Errorf("%s shows %s", req, r.body)
				}
				if !strings.Contains(a.log.String(), "volcimage.db") {
					t.Errorf("%s: the log does not say why: %s", req, a.log)
				}
			}
		})
	}
	t.Run("C39 a panic is 500 and its stack is logged", func(t *testing.T) {
		a := newAPI(t)
		a.hook = func(context.Context) error { panic("boom") }
		r := a.do(t, "GET", "/api/v1/storage", "")
		r.problem(t, 500, "internal")
		if log := a.log.String(); !strings.Contains(log, "boom") || !strings.Contains(log, "fake_test.go") || bytes.Contains(r.body, []byte("boom")) {
			t.Errorf("body %s, log %s", r.body, log)
		}
		if r.header.Get("Content-Security-Policy") == "" {
			t.Error("no security headers")
		}
	})
	t.Run("each kind has its status", func(t *testing.T) {
		for kind, want := range map[task.Kind]struct {
			status int
			code   task.Code
		}{
			task.Invalid: {422, "invalid_request"}, task.Denied: {401, "unauthorized"}, task.NotFound: {404, "not_found"}, task.Conflict: {409, "conflict"},
			task.Limited: {429, "rate_limited"}, task.Refused: {422, "content_risk"}, task.Throttled: {503, "provider_throttled"}, task.Unavailable: {503, "unavailable"},
			task.Unknown: {502, "provider_outcome_unknown"}, task.Misconfigured: {503, "provider_keys"}, task.Internal: {500, "internal"},
		} {
			a := newAPI(t)
			a.fail = &task.Error{Kind: kind, RetryAfter: 1500 * time.Millisecond}
			r := a.do(t, "GET", "/api/v1/storage", "")
			r.problem(t, want.status, want.code)
			if got := r.header.Get("Retry-After"); kind != task.Internal && got != "2" {
				t.Errorf("%s: Retry-After %q, want 2", want.code, got)
			}
		}
	})
	t.Run("every fault of the catalog can be told", func(t *testing.T) {
		for _, f := range catalog.Faults() {
			a := newAPI(t)
			a.fail = &task.Error{Kind: f.Kind, Code: f.Code}
			r := a.do(t, "GET", "/api/v1/storage", "")
			code := f.Code
			if f.Kind == task.Internal {
				code = catalog.CodeInternal
			}
			r.problem(t, r.status, code)
			if r.status < 400 {
				t.Errorf("%s: status %d", f.Code, r.status)
			}
		}
	})
}

func TestTimeout(t *testing.T) {
	for name, limit := range map[string]time.Duration{"the function's own": 10 * time.Second, "the gateway's": time.Minute} {
		t.Run("an answer comes before "+name+" time is over", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := newAPI(t)
				a.hook = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
				ctx, cancel := context.WithTimeout(t.Context(), limit)
				defer cancel()
				r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://localhost/api/v1/storage", nil)
				if err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				res, err := a.client.send(r)
				if err != nil {
					t.Fatal(err)
				}
				if took := time.Since(began); took >= limit || took > 25*time.Second || took < 9*time.Second {
					t.Errorf("it took %s of %s", took, limit)
				}
				read(t, res).problem(t, 504, "deadline")
			})
		})
	}
}

func TestLanguage(t *testing.T) {
	a := newAPI(t)
	words := catalog.FaultOf(catalog.CodeNotFound)
	for accept, want := range map[string]catalog.Words{
		"": {EN: words.Title.EN}, "zh-CN,zh;q=0.9,en;q=0.8": {EN: words.Title.ZH}, "en,zh;q=0.5": {EN: words.Title.EN}, "zh;q=0, en": {EN: words.Title.EN},
		"fr, zh;q=0.1": {EN: words.Title.ZH}, "zh;q=x": {EN: words.Title.EN}, "ZH-hant": {EN: words.Title.ZH}, "*": {EN: words.Title.EN},
	} {
		p := a.do(t, "GET", "/nowhere", "", "Accept-Language", accept).problem(t, 404, "not_found")
		if p.Title != want.EN {
			t.Errorf("%q: title %q, want %q", accept, p.Title, want.EN)
		}
	}
}

func TestRequestID(t *testing.T) {
	a := newAPI(t)
	for _, id := range []string{"abc-1.2_Z", "JKJaXmPLvHcESHA="} { // the second as API Gateway makes them
		if got := a.do(t, "GET", "/api/v1/health", "", "X-Request-Id", id).header.Get("X-Request-Id"); got != id {
			t.Errorf("the sane id %q came back as %q", id, got)
		}
	}
	for _, id := range []string{"", "a b", "a\"b", strings.Repeat("x", 65), "é"} {
		if got := a.do(t, "GET", "/api/v1/health", "", "X-Request-Id", id).header.Get("X-Request-Id"); got == id || len(got) < 20 {
			t.Errorf("id %q came back as %q", id, got)
		}
	}
}

func TestC40Log(t *testing.T) {
	a := newAPI(t)
	id := string(a.submit(t))
	a.log.Reset()
	a.do(t, "GET", "/api/v1/history?q=secretword", "", "X-Request-Id", "r1", "X-Api-Key", "secretkey")
	a.do(t, "GET", "/api/v1/task/"+id, "")
	a.do(t, "POST", "/api/v1/generate", `{"prompt":"secretprompt","count":9}`)
	lines := strings.Split(strings.TrimSpace(a.log.String()), "\n")
	if len(lines) != 3 || strings.Contains(a.log.String(), "secret") || strings.Contains(a.log.String(), id) {
		t.Fatalf("log: %s", a.log)
	}
	var line map[string]any
	if err := json.Unmarshal([]byte(lines[0]), &line); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{
		"msg": "request", "method": "GET", "route": "GET /api/v1/history", "status": 200., "owner": "local", "request_id": "r1",
	} {
		if line[name] != want {
			t.Errorf("%s is %v, want %v", name, line[name], want)
		}
	}
	if line["ms"] == nil || line["bytes"] == 0. || !strings.Contains(lines[2], `"code":"invalid_request"`) {
		t.Errorf("lines %s and %s", lines[0], lines[2])
	}
}

func TestC37SecurityHeaders(t *testing.T) {
	a := newAPI(t)
	for _, target := range []string{"GET /api/v1/models", "GET /nowhere", "POST /api/v1/health", "GET /api/v1/docs", "GET /api/v1/docs/start.js"} {
		method, path, _ := strings.Cut(target, " ")
		r := a.do(t, method, path, "")
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
			"Strict-Transport-Security": "max-age=31536000",
		} {
			if got := r.header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", target, name, got, want)
			}
		}
		csp := r.header.Get("Content-Security-Policy")
		if !strings.HasPrefix(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: policy %q", target, csp)
		}
	}
	if got := a.do(t, "GET", "/nowhere", "").header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control of an error is %q", got)
	}
}

func TestGzip(t *testing.T) {
	a := newAPI(t)
	for accept, want := range map[string]string{
		"gzip": "gzip", "br, gzip;q=0.5": "gzip", "*": "gzip", "": "", "br": "", "gzip;q=0": "", "gzip;q=x": "", "identity": "",
	} {
		r := a.do(t, "GET", "/api/v1/models", "", "Accept-Encoding", accept)
		if got := r.header.Get("Content-Encoding"); got != want || r.header.Get("Vary") != "Accept-Encoding" || !json.Valid(r.body) {
			t.Errorf("Accept-Encoding %q: encoding %q, Vary %q", accept, got, r.header.Get("Vary"))
		}
	}
	if r := a.do(t, "GET", "/api/v1/health", "", "Accept-Encoding", "gzip"); r.header.Get("Content-Encoding") != "" {
		t.Errorf("a short answer is compressed: %v", r.header)
	}
	if r := a.do(t, "GET", "/api/v1/models", "", "Accept-Encoding", "gzip", "If-None-Match", a.do(t, "GET", "/api/v1/models", "").header.Get("ETag")); r.status != 304 || r.header.Get("Vary") != "Accept-Encoding" {
		t.Errorf("the plain body's tag does not stand for the compressed one: status %d, Vary %q", r.status, r.header.Get("Vary"))
	}
}

func TestConfig(t *testing.T) {
	good := func() httpapi.Config {
		s := newStore()
		return httpapi.Config{Submit: s, Library: s, Templates: struct{ httpapi.Templates }{}, Mode: "live", Health: func(context.Context) map[string]error { return nil }}
	}
	for name, change := range map[string]func(*httpapi.Config){
		"no library":                  func(c *httpapi.Config) { c.Library = nil },
		"an unknown mode":             func(c *httpapi.Config) { c.Mode = "test" },
		"every origin with keys":      func(c *httpapi.Config) { c.AllowedOrigins, c.Keys = []string{"*"}, keys() },
		"an origin with a path":       func(c *httpapi.Config) { c.AllowedOrigins = []string{"https://a.example/"} },
		"an origin without a scheme":  func(c *httpapi.Config) { c.AllowedOrigins = []string{"a.example"} },
		"an origin of another scheme": func(c *httpapi.Config) { c.AllowedOrigins = []string{"ftp://a.example"} },
	} {
		c := good()
		change(&c)
		if _, err := httpapi.New(c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := httpapi.New(good()); err != nil {
		t.Errorf("a good configuration: %v", err)
	}
}
