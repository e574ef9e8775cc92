package visualtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// rig is an emulator on a real port, and a caller that signs by its clock.
type rig struct {
	t   *testing.T
	srv *Server
	url string
	*clock
}

// newRig starts an emulator without limits, unless cfg sets some.
func newRig(t *testing.T, cfg Config) *rig {
	t.Helper()
	c := &clock{t: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	cfg.AccessKey, cfg.SecretKey, cfg.Now = "AK", "SK", c.now
	for _, limit := range []*int{&cfg.Concurrency, &cfg.QPS, &cfg.QueryQPS} {
		if *limit == 0 {
			*limit = -1
		}
	}
	srv := New(cfg)
	h := httptest.NewServer(srv)
	t.Cleanup(h.Close)
	return &rig{t, srv, h.URL, c}
}

// reply is what came back. err is a connection that ended without an answer.
type reply struct {
	http int
	envelope
	gateway gatewayEnvelope
	raw     string
	err     error
}

// task is the id in the reply to a submit.
func (r reply) task() string {
	data, _ := r.Data.(map[string]any)
	id, _ := data["task_id"].(string)
	return id
}

// result is the data in the reply to a query.
func (r reply) result() resultData {
	var d resultData
	b, _ := json.Marshal(r.Data)
	_ = json.Unmarshal(b, &d) // of another shape: the zero value fails the test
	return d
}

func (r reply) String() string { return fmt.Sprintf("HTTP %d %s %v", r.http, r.raw, r.err) }

// request is a signed call of an action.
func (g *rig) request(action, body string) *http.Request {
	g.t.Helper()
	req, err := http.NewRequestWithContext(g.t.Context(), http.MethodPost, g.url+"/?Action="+action+"&Version="+version, strings.NewReader(body))
	if err != nil {
		g.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	signFor(req, body, "AK", "SK", g.now())
	return req
}

func signFor(req *http.Request, body, access, secret string, at time.Time) {
	req.Header.Set("X-Date", at.UTC().Format(dateForm))
	req.Header.Set("X-Content-Sha256", hexSHA256([]byte(body)))
	c := credential{
		accessKey: access, date: at.UTC().Format("20060102"), region: region, service: service,
		headers: []string{"content-type", "host", "x-content-sha256", "x-date"},
	}
	authorize(req, body, secret, c)
}

func authorize(req *http.Request, body, secret string, c credential) {
	req.Header.Set("Authorization", fmt.Sprintf("HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s",
		c.accessKey, c.scope(), strings.Join(c.headers, ";"), sign(req, hexSHA256([]byte(body)), secret, c)))
}

func (g *rig) do(req *http.Request) reply {
	g.t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return reply{err: err}
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	r := reply{http: resp.StatusCode, raw: string(b), err: err}
	_ = json.Unmarshal(b, &r.envelope) // HTML and halves stay zero
	_ = json.Unmarshal(b, &r.gateway)
	return r
}

func (g *rig) submitBody(body string) reply {
	g.t.Helper()
	return g.do(g.request(actionSubmit, body))
}

const smallModel = "jimeng_t2i_v31"

// submit asks for a small picture of the model that takes seeds.
func (g *rig) submit(prompt string) reply {
	g.t.Helper()
	text, err := json.Marshal(prompt)
	if err != nil {
		g.t.Fatal(err)
	}
	return g.submitBody(fmt.Sprintf(`{"req_key":%q,"prompt":%s,"width":512,"height":512}`, smallModel, text))
}

// accepted submits and insists.
func (g *rig) accepted(prompt string) string {
	g.t.Helper()
	r := g.submit(prompt)
	if r.http != http.StatusOK || r.Code != codeSuccess || r.task() == "" {
		g.t.Fatalf("submit %q: %v", prompt, r)
	}
	return r.task()
}

func (g *rig) query(task string) reply {
	g.t.Helper()
	return g.queryBody(fmt.Sprintf(`{"req_key":%q,"task_id":%q,"req_json":"{\"return_url\":true}"}`, smallModel, task))
}

func (g *rig) queryBody(body string) reply {
	g.t.Helper()
	return g.do(g.request(actionResult, body))
}

// link submits, and is the one link of the result.
func (g *rig) link(prompt string) string {
	g.t.Helper()
	r := g.query(g.accepted(prompt))
	if links := r.result().Links; len(links) == 1 {
		return links[0]
	}
	g.t.Fatalf("query %q: %v", prompt, r)
	return ""
}

// get downloads; the error is of the connection.
func (g *rig) get(link string) (status int, header http.Header, body []byte, err error) {
	g.t.Helper()
	req, err := http.NewRequestWithContext(g.t.Context(), http.MethodGet, link, nil)
	if err != nil {
		g.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err = io.ReadAll(resp.Body)
	return resp.StatusCode, resp.Header, body, err
}

// control sends a control request and returns the status and body.
func (g *rig) control(method, path, body string) (int, string) {
	g.t.Helper()
	req, err := http.NewRequestWithContext(g.t.Context(), method, g.url+path, bytes.NewReader([]byte(body)))
	if err != nil {
		g.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	r := g.do(req)
	return r.http, r.raw
}

// wantCode fails the test unless the reply is a business answer of that kind.
func wantCode(t *testing.T, what string, r reply, status, code int) {
	t.Helper()
	if r.http != status || r.Code != code || r.Status != code || r.RequestID == "" || r.TimeElapsed == "" {
		t.Errorf("%s: got %v; want HTTP %d with code %d and a whole envelope", what, r, status, code)
	}
}
