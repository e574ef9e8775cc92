package httpapi_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"volcimage/internal/apikey"
	"volcimage/internal/httpapi"
	"volcimage/internal/task"
)

// stored has one key of each owner in a table, as they are made by command.
type stored struct {
	rows map[string]task.APIKey
	fail error
}

func (s *stored) Key(_ context.Context, id string) (task.APIKey, error) {
	row, ok := s.rows[id]
	if s.fail != nil || !ok {
		return task.APIKey{}, cmp.Or(s.fail, error(task.ErrNotFound))
	}
	return row, nil
}

func (s *stored) add(t *testing.T, o task.Owner) (key, id string) {
	t.Helper()
	key, row, err := apikey.New(o, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	s.rows[row.ID] = row
	return key, row.ID
}

func keys() map[[32]byte]task.Owner {
	return map[[32]byte]task.Owner{sha256.Sum256([]byte("key-of-ann")): "ann", sha256.Sum256([]byte("key-of-bob")): "bob"}
}

func TestKeys(t *testing.T) {
	a := newAPI(t, func(c *httpapi.Config) { c.Keys = keys() })
	t.Run("C32 a wrong key is like none", func(t *testing.T) {
		for _, h := range [][]string{
			nil, {"X-Api-Key", "nope"}, {"X-Api-Key", "key-of-an"}, {"Authorization", "Bearer nope"}, {"Authorization", "Bearer "}, {"Authorization", "Basic key-of-ann"},
			{"Authorization", "key-of-ann"}, {"X-Api-Key", strings.Repeat("k", 5000)}, {"X-Api-Key", "nope", "Authorization", "Bearer key-of-ann"},
		} {
			for _, target := range []string{"/api/v1/models", "/api/v1/task/x", "/nowhere", "/api/v1/docsx"} {
				r := a.do(t, "GET", target, "", h...)
				p := r.problem(t, 401, "unauthorized")
				if r.header.Get("WWW-Authenticate") != `Bearer realm="volcimage"` || p.Errors != nil {
					t.Errorf("%v: headers %v, errors %v", h, r.header, p.Errors)
				}
			}
		}
	})
	t.Run("what says nothing of anybody needs no key", func(t *testing.T) {
		for _, target := range []string{"/api/v1/health", "/api/v1/openapi.json", "/api/v1/docs", "/api/v1/docs/start.js"} {
			if r := a.do(t, "GET", target, ""); r.status != 200 {
				t.Errorf("%s: status %d", target, r.status)
			}
		}
	})
	t.Run("C31 one owner's tasks are not there for another", func(t *testing.T) {
		ann, bob := []string{"X-Api-Key", "key-of-ann"}, []string{"Authorization", "bearer  key-of-bob"}
		id := string(a.submit(t, ann...))
		a.submit(t, ann...)
		for _, req := range []string{"GET /api/v1/task/" + id, "POST /api/v1/task/" + id + "/cancel", "POST /api/v1/task/" + id + "/retry", "DELETE /api/v1/task/" + id, "GET /api/v1/task/" + id + "/images/0"} {
			method, path, _ := strings.Cut(req, " ")
			a.do(t, method, path, "", bob...).problem(t, 404, "not_found")
		}
		var many httpapi.Tasks
		a.do(t, "GET", "/api/v1/tasks?ids="+id, "", bob...).into(t, 200, &many)
		if len(many.Items) != 0 {
			t.Errorf("bob sees %+v", many.Items)
		}
		var page httpapi.History
		a.do(t, "GET", "/api/v1/history?limit=1", "", ann...).into(t, 200, &page)
		if len(page.Items) != 1 || page.NextCursor == nil {
			t.Fatalf("ann's page: %+v", page)
		}
		a.do(t, "GET", "/api/v1/history?limit=1&cursor="+*page.NextCursor, "", bob...).problem(t, 422, "invalid_request")
		a.do(t, "GET", "/api/v1/task/"+id, "", ann...).into(t, 200, new(httpapi.Task))
		if !strings.Contains(a.log.String(), `"owner":"ann"`) || strings.Contains(a.log.String(), "key-of") {
			t.Errorf("log: %s", a.log)
		}
	})
}

func TestStoredKeys(t *testing.T) {
	table := &stored{rows: map[string]task.APIKey{}}
	a := newAPI(t, func(c *httpapi.Config) { c.Keys, c.KeyStore = map[[32]byte]task.Owner{}, table })
	ann, annID := table.add(t, "ann")
	bob, _ := table.add(t, "bob")
	second, _ := table.add(t, "ann")
	id := string(a.submit(t, "X-Api-Key", ann))
	t.Run("C31 a key stands for its owner, and for no other", func(t *testing.T) {
		a.do(t, "GET", "/api/v1/task/"+id, "", "Authorization", "Bearer "+second).into(t, 200, new(httpapi.Task))
		a.do(t, "GET", "/api/v1/task/"+id, "", "X-Api-Key", bob).problem(t, 404, "not_found")
	})
	t.Run("C32 an unknown id, a wrong secret and what only looks like a key are answered alike", func(t *testing.T) {
		unknown, _, err := apikey.New("ann", time.Now())
		if err != nil {
			t.Fatal(err)
		}
		want := a.do(t, "GET", "/api/v1/models", "", "X-Request-Id", "r")
		want.problem(t, 401, "unauthorized")
		for _, key := range []string{unknown, ann[:20] + bob[20:], strings.ToUpper(ann), ann + "a", ann[:71], "vi_" + annID + "_", "vi__", "vi_"} {
			got := a.do(t, "GET", "/api/v1/models", "", "X-Request-Id", "r", "X-Api-Key", key)
			if diff := gocmp.Diff(want.header, got.header); diff != "" || got.status != want.status || !bytes.Equal(got.body, want.body) {
				t.Errorf("%q: status %d, %s, headers (-none +this):\n%s", key, got.status, got.body, diff)
			}
		}
	})
	t.Run("C32 a key is refused from the request after it was revoked, another of its owner is not", func(t *testing.T) {
		row := table.rows[annID]
		row.RevokedAt = time.Now()
		table.rows[annID] = row
		a.do(t, "GET", "/api/v1/models", "", "X-Api-Key", ann).problem(t, 401, "unauthorized")
		a.do(t, "GET", "/api/v1/task/"+id, "", "X-Api-Key", second).into(t, 200, new(httpapi.Task))
	})
	t.Run("while the table fails nobody is let in by it, and the keys of the settings work", func(t *testing.T) {
		failing := &stored{rows: table.rows, fail: errors.New("table task_v3 is throttled")}
		a := newAPI(t, func(c *httpapi.Config) { c.Keys, c.KeyStore = keys(), failing })
		r := a.do(t, "GET", "/api/v1/models", "", "X-Api-Key", bob)
		r.problem(t, 503, "unavailable")
		if bytes.Contains(r.body, []byte("task_v3")) || !strings.Contains(a.log.String(), "task_v3") || strings.Contains(a.log.String(), bob[20:]) {
			t.Errorf("answer %s, log %s", r.body, a.log)
		}
		a.do(t, "GET", "/api/v1/models", "", "X-Api-Key", "key-of-ann").into(t, 200, new(httpapi.Models))
	})
	t.Run("where no key is asked for none is looked up", func(t *testing.T) {
		a := newAPI(t, func(c *httpapi.Config) { c.KeyStore = &stored{fail: errors.New("asked")} })
		a.submit(t, "X-Api-Key", bob)
		if !strings.Contains(a.log.String(), `"owner":"local"`) {
			t.Errorf("log %s", a.log)
		}
	})
}

func TestCORS(t *testing.T) {
	const site = "https://pictures.example"
	allow := func(origins ...string) func(*httpapi.Config) {
		return func(c *httpapi.Config) { c.AllowedOrigins = origins }
	}
	preflight := func(t *testing.T, a *api, origin, method, headers string) http.Header {
		t.Helper()
		r := a.do(t, "OPTIONS", "/api/v1/generate", "", "Origin", origin, "Access-Control-Request-Method", method, "Access-Control-Request-Headers", headers)
		if r.status != 204 {
			t.Errorf("preflight of %s: status %d", origin, r.status)
		}
		return r.header
	}
	t.Run("an allowed origin may ask and read, without credentials", func(t *testing.T) {
		a := newAPI(t, allow(site), func(c *httpapi.Config) { c.Keys = keys() })
		h := preflight(t, a, site, "POST", "content-type, Idempotency-Key,x-api-key")
		if h.Get("Access-Control-Allow-Origin") != site || !strings.Contains(h.Get("Access-Control-Allow-Methods"), "DELETE") ||
			!strings.Contains(h.Get("Access-Control-Allow-Headers"), "idempotency-key") || h.Get("Vary") != "Origin" || h.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("preflight: %v", h)
		}
		r := a.do(t, "POST", "/api/v1/generate", foxBody, "Origin", site, "Sec-Fetch-Site", "cross-site", "X-Api-Key", "key-of-ann")
		if r.status != 202 || r.header.Get("Access-Control-Allow-Origin") != site || !strings.Contains(r.header.Get("Access-Control-Expose-Headers"), "Location") {
			t.Errorf("status %d, headers %v", r.status, r.header)
		}
	})
	t.Run("C38 others get no headers and cannot change anything", func(t *testing.T) {
		a := newAPI(t, allow(site))
		for _, origin := range []string{"https://evil.example", "null", site + ".evil.example", "http://pictures.example", site + ":8443", "https://PICTURES.example"} {
			if h := preflight(t, a, origin, "POST", "content-type"); h.Get("Access-Control-Allow-Origin")+h.Get("Access-Control-Allow-Methods") != "" {
				t.Errorf("preflight of %s: %v", origin, h)
			}
			r := a.do(t, "POST", "/api/v1/generate", foxBody, "Origin", origin, "Sec-Fetch-Site", "cross-site")
			r.problem(t, 403, "forbidden")
			if r.header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s: %v", origin, r.header)
			}
			a.do(t, "POST", "/api/v1/generate", foxBody, "Origin", origin).problem(t, 403, "forbidden")
			if r := a.do(t, "GET", "/api/v1/models", "", "Origin", origin); r.status != 200 || r.header.Get("Access-Control-Allow-Origin") != "" || !strings.Contains(r.header.Get("Vary"), "Origin") {
				t.Errorf("read by %s: status %d, headers %v", origin, r.status, r.header)
			}
		}
	})
	t.Run("C38 odd methods and headers are not allowed", func(t *testing.T) {
		a := newAPI(t, allow(site))
		for _, c := range [][2]string{{"TRACE", ""}, {"post", ""}, {"POST", "x-evil"}, {"POST", "content-type,cookie"}} {
			if h := preflight(t, a, site, c[0], c[1]); h.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%v: %v", c, h)
			}
		}
	})
	t.Run("the page itself and programs need no permission", func(t *testing.T) {
		a := newAPI(t)
		a.submit(t)
		a.submit(t, "Origin", "http://localhost:8080")
		a.submit(t, "Origin", "http://localhost:8080", "Sec-Fetch-Site", "same-origin")
	})
	t.Run("every origin, where there are no keys", func(t *testing.T) {
		a := newAPI(t, allow("*"))
		r := a.do(t, "POST", "/api/v1/generate", foxBody, "Origin", "https://any.example", "Sec-Fetch-Site", "cross-site")
		if r.status != 202 || r.header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("status %d, headers %v", r.status, r.header)
		}
		if h := preflight(t, a, "https://any.example", "DELETE", ""); h.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("preflight: %v", h)
		}
	})
}
