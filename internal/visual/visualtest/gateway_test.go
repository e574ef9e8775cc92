package visualtest

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/volcengine/volc-sdk-golang/service/visual"
)

// The vendor's algorithm, with values that its SDK computes too.
func TestSignatureVector(t *testing.T) {
	const body = `{"req_key":"jimeng_t2i_v40","prompt":"一只猫","force_single":true}`
	req := httptest.NewRequest(http.MethodPost, "https://visual.volcengineapi.com/?Action=CVSync2AsyncSubmitTask&Version=2022-08-31", strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Date", "20260102T030405Z")
	hash := hexSHA256([]byte(body))
	req.Header.Set("X-Content-Sha256", hash)
	c := credential{
		accessKey: "AKLTEXAMPLE", date: "20260102", region: region, service: service,
		headers: []string{"content-type", "host", "x-content-sha256", "x-date"},
	}
	check := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s: got %s, want %s", what, got, want)
		}
	}
	check("body hash", hash, "1e25a24695382b10fe62821d4e95f6bab9a5de2b2ab8aa62b43970f319dc439c")
	check("canonical request", hexSHA256([]byte(canonical(req, hash, c))), "55199421c465f6360fb31dec39f6c761b1bf06db57dee850093d5c4f3e18fdcf")
	check("signature", sign(req, hash, "SECRETEXAMPLE", c), "ea7d85e211314e5489d2e8209bcaaee1a23085d02a0fb81ad8e1f7a872cf7796")

	req.Header.Set("X-Security-Token", "TOKEN")
	c.headers = []string{"content-type", "host", "x-content-sha256", "x-date", "x-security-token"}
	check("signature with token", sign(req, hash, "SECRETEXAMPLE", c), "650b202e427b824828b9cdffd006552e9bba56b73c38a8dcad6bf50edbb273b8")

	req.Host = "visual.volcengineapi.com:443"
	check("signature with default port", sign(req, hash, "SECRETEXAMPLE", c), "650b202e427b824828b9cdffd006552e9bba56b73c38a8dcad6bf50edbb273b8")
}

func TestGateway(t *testing.T) {
	const body = `{"req_key":"jimeng_t2i_v31","prompt":"海"}`
	resign := func(r *http.Request, change func(*credential)) {
		at, err := time.Parse(dateForm, r.Header.Get("X-Date"))
		if err != nil {
			panic(err)
		}
		c := credential{accessKey: "AK", date: at.Format("20060102"), region: region, service: service, headers: []string{"host", "x-date"}}
		change(&c)
		authorize(r, body, "SK", c)
	}
	redate := func(d time.Duration) func(*http.Request, *rig) {
		return func(r *http.Request, g *rig) { signFor(r, body, "AK", "SK", g.now().Add(d)) }
	}
	for _, c := range []struct {
		name         string
		change       func(*http.Request, *rig)
		status, code int
	}{
		{"no action", func(r *http.Request, _ *rig) { r.URL.RawQuery = "Version=" + version }, 400, 100002},
		{"no version", func(r *http.Request, _ *rig) { r.URL.RawQuery = "Action=" + actionSubmit }, 400, 100002},
		{"an unknown action", func(r *http.Request, _ *rig) { r.URL.RawQuery = "Action=CVProcess&Version=" + version }, 404, 100008},
		{"another version", func(r *http.Request, _ *rig) { r.URL.RawQuery = "Action=" + actionSubmit + "&Version=2024-06-06" }, 404, 100008},
		{"not a POST", func(r *http.Request, _ *rig) { r.Method = http.MethodPut }, 405, 100008},
		{"no Authorization", func(r *http.Request, _ *rig) { r.Header.Del("Authorization") }, 401, 100003},
		{"another algorithm", func(r *http.Request, _ *rig) { r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=a") }, 400, 100004},
		{"headers out of order", func(r *http.Request, _ *rig) {
			resign(r, func(c *credential) { c.headers = []string{"x-date", "host"} })
		}, 400, 100004},
		{"no signature", func(r *http.Request, _ *rig) {
			h, _, _ := strings.Cut(r.Header.Get("Authorization"), ", Signature")
			r.Header.Set("Authorization", h)
		}, 401, 100005},
		{"no X-Date", func(r *http.Request, _ *rig) { r.Header.Del("X-Date") }, 400, 100006},
		{"16 minutes late", redate(-16 * time.Minute), 400, 100006},
		{"16 minutes early", redate(16 * time.Minute), 400, 100006},
		{"the scope of another day", func(r *http.Request, _ *rig) { resign(r, func(c *credential) { c.date = "20260101" }) }, 400, 100006},
		{"another service", func(r *http.Request, _ *rig) { resign(r, func(c *credential) { c.service = "iam" }) }, 404, 100007},
		{"another region", func(r *http.Request, _ *rig) { resign(r, func(c *credential) { c.region = "cn-beijing" }) }, 401, 100010},
		{"an unknown key", func(r *http.Request, g *rig) { signFor(r, body, "AK2", "SK", g.now()) }, 401, 100009},
		{"another secret", func(r *http.Request, g *rig) { signFor(r, body, "AK", "SK2", g.now()) }, 401, 100010},
		{"another body", func(r *http.Request, g *rig) { signFor(r, "{}", "AK", "SK", g.now()) }, 401, 100010},
		{"another content type than signed", func(r *http.Request, _ *rig) { r.Header.Set("Content-Type", "text/plain") }, 401, 100010},
		{"host not signed", func(r *http.Request, _ *rig) { resign(r, func(c *credential) { c.headers = []string{"x-date"} }) }, 401, 100010},
	} {
		t.Run(c.name+" is refused at the gateway", func(t *testing.T) {
			g := newRig(t, Config{})
			req := g.request(actionSubmit, body)
			c.change(req, g)
			r := g.do(req)
			m := r.gateway.ResponseMetadata
			if r.http != c.status || m.Error == nil || m.Error.CodeN != c.code || m.RequestID == "" {
				t.Errorf("got %v; want HTTP %d, CodeN %d", r, c.status, c.code)
			}
			if s := g.srv.Stats(); s.Submits != 0 || s.Tasks != 0 {
				t.Errorf("it reached the model: %+v", s)
			}
		})
	}
	t.Run("a signature of host and date alone, or 14 minutes off, is accepted", func(t *testing.T) {
		g := newRig(t, Config{})
		req := g.request(actionSubmit, body)
		req.Header.Del("X-Content-Sha256")
		resign(req, func(*credential) {})
		wantCode(t, "two headers", g.do(req), 200, codeSuccess)
		req = g.request(actionSubmit, body)
		signFor(req, body, "AK", "SK", g.now().Add(-14*time.Minute))
		wantCode(t, "14 minutes late", g.do(req), 200, codeSuccess)
	})
	t.Run("signature failures are counted", func(t *testing.T) {
		g := newRig(t, Config{})
		req := g.request(actionSubmit, body)
		signFor(req, body, "AK", "wrong", g.now())
		g.do(req)
		if got := g.srv.Stats().SignatureFailures; got != 1 {
			t.Errorf("signature_failures %d, want 1", got)
		}
	})
	t.Run("a body over 1 MiB is refused", func(t *testing.T) {
		g := newRig(t, Config{})
		r := g.submitBody(`{"x":"` + strings.Repeat("a", maxBody) + `"}`)
		if r.http != http.StatusRequestEntityTooLarge {
			t.Errorf("got HTTP %d, want 413", r.http)
		}
	})
	t.Run("an emulator without credentials lets nobody in", func(t *testing.T) {
		srv := New(Config{})
		req := httptest.NewRequest(http.MethodPost, "/?Action="+actionSubmit+"&Version="+version, strings.NewReader(body))
		signFor(req, body, "", "", time.Now())
		w := httptest.NewRecorder()
		srv.ServeHTTP(w, req)
		if w.Code != http.StatusUnauthorized {
			t.Errorf("got HTTP %d, want 401", w.Code)
		}
	})
}

// The vendor's own SDK, as the product's client uses it.
func TestOfficialSDK(t *testing.T) {
	srv := New(Config{AccessKey: DemoAccessKey, SecretKey: DemoSecretKey, QPS: -1})
	h := httptest.NewServer(srv)
	defer h.Close()
	newClient := func(secret string) *visual.Visual {
		v := visual.NewInstance()
		v.SetHost(strings.TrimPrefix(h.URL, "http://"))
		v.Client.SetScheme("http")
		v.Client.SetAccessKey(DemoAccessKey)
		v.Client.SetSecretKey(secret)
		return v
	}
	call := func(v *visual.Visual, action string, body map[string]any) (out reply) {
		t.Helper()
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		raw, status, err := v.Client.CtxJson(context.Background(), action, url.Values{}, string(text))
		if err := json.Unmarshal(raw, &out.envelope); err != nil {
			t.Fatalf("%s: %q: %v", action, raw, err)
		}
		out.http, out.raw, out.err = status, string(raw), err
		return out
	}
	t.Run("submits, queries and finds a picture", func(t *testing.T) {
		v := newClient(DemoSecretKey)
		// <, > and & are escaped by Go's encoder; what is signed is what is sent.
		r := call(v, actionSubmit, map[string]any{"req_key": smallModel, "prompt": "海 <&>", "width": 512, "height": 512, "seed": 7})
		wantCode(t, "submit", r, 200, codeSuccess)
		r = call(v, actionResult, map[string]any{"req_key": smallModel, "task_id": r.task(), "req_json": `{"return_url":true}`})
		wantCode(t, "query", r, 200, codeSuccess)
		resp, err := http.Get(r.result().Links[0])
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "image/jpeg" {
			t.Errorf("picture: HTTP %d, %s", resp.StatusCode, resp.Header.Get("Content-Type"))
		}
	})
	t.Run("a wrong secret is 401 with an error", func(t *testing.T) {
		r := call(newClient("wrong"), actionSubmit, map[string]any{"req_key": smallModel, "prompt": "海"})
		if r.http != http.StatusUnauthorized || r.err == nil || !strings.Contains(r.raw, "SignatureDoesNotMatch") {
			t.Errorf("got %v, want 401 SignatureDoesNotMatch", r)
		}
	})
	t.Run("an unknown parameter is 400 with the envelope", func(t *testing.T) {
		r := call(newClient(DemoSecretKey), actionSubmit, map[string]any{"req_key": smallModel, "prompt": "海", "negative_prompt": "x"})
		wantCode(t, "submit", r, 400, codeInvalid)
	})
}
