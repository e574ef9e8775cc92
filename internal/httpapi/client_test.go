package httpapi_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"volcimage/internal/httpapi"
	"volcimage/internal/task"
)

// api is a whole API over the event path, with the log it wrote.
type api struct {
	*store
	handler http.Handler
	client  *function
	log     *bytes.Buffer
}

func newAPI(t testing.TB, change ...func(*httpapi.Config)) *api {
	t.Helper()
	a := &api{store: newStore(), log: &bytes.Buffer{}}
	c := httpapi.Config{
		Submit: a.store, Library: a.store, Templates: struct{ httpapi.Templates }{}, Mode: "demo", StorageLimit: 100 << 30,
		Health: func(context.Context) map[string]error {
			return map[string]error{"store": nil, "queue": nil, "objects": nil}
		},
		Log: slog.New(slog.NewJSONHandler(a.log, nil)),
	}
	for _, f := range change {
		f(&c)
	}
	h, err := httpapi.New(c)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	a.handler, a.client = h, newFunction(h)
	return a
}

// reply is an answer that was read to its end, and unpacked.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// do sends a request; headers are given as name, value, name, value.
func (a *api) do(t testing.TB, method, target, body string, headers ...string) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://localhost:8080"+target, strings.NewReader(body))
	if err != nil {
		t.Fatalf("%s %s: %v", method, target, err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
		if headers[i+1] == "" {
			r.Header.Del(headers[i])
		}
	}
	res, err := a.client.send(r)
	if err != nil {
		t.Fatalf("%s %s: %v", method, target, err)
	}
	return read(t, res)
}

func read(t testing.TB, res *http.Response) reply {
	t.Helper()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	if res.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			t.Fatalf("unpack: %v", err)
		}
		if body, err = io.ReadAll(z); err != nil {
			t.Fatalf("unpack: %v", err)
		}
	}
	return reply{res.StatusCode, res.Header, body}
}

// into reads a good answer.
func (r reply) into(t testing.TB, status int, v any) {
	t.Helper()
	if r.status != status {
		t.Fatalf("status %d, want %d: %s", r.status, status, r.body)
	}
	if err := json.Unmarshal(r.body, v); err != nil {
		t.Fatalf("unmarshal %s: %v", r.body, err)
	}
}

// problem checks that the answer is a complete problem document of that code.
func (r reply) problem(t testing.TB, status int, code task.Code) httpapi.Problem {
	t.Helper()
	var p httpapi.Problem
	if got := r.header.Get("Content-Type"); got != "application/problem+json" {
		t.Fatalf("content type %q, want a problem; status %d: %s", got, r.status, r.body)
	}
	r.into(t, status, &p)
	if p.Code != code || p.Status != status || p.Type != "urn:volcimage:problem:"+string(code) {
		t.Fatalf("problem %s with status %d and type %s, want %s with %d: %s", p.Code, p.Status, p.Type, code, status, r.body)
	}
	if p.Title == "" || p.Detail == "" || p.Message.ZH == "" || p.Message.EN == "" || p.Stage == "" || p.Charged == "" {
		t.Errorf("problem lacks words: %s", r.body)
	}
	if p.RequestID == "" || p.RequestID != r.header.Get("X-Request-Id") {
		t.Errorf("request_id %q, header %q", p.RequestID, r.header.Get("X-Request-Id"))
	}
	return p
}

// locations are the fields that a problem names.
func locations(p httpapi.Problem) string {
	var names []string
	for _, f := range p.Errors {
		names = append(names, f.Location)
	}
	return strings.Join(names, " ")
}

const foxBody = `{"prompt":"A red fox in fresh snow"}`

// submit makes a task by the API.
func (a *api) submit(t testing.TB, headers ...string) task.ID {
	t.Helper()
	var made httpapi.Accepted
	a.do(t, "POST", "/api/v1/generate", foxBody, headers...).into(t, 202, &made)
	return made.ID
}
