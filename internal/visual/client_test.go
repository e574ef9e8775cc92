package visual

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"volcimage/internal/task"
)

const (
	testKey    = "AKLTEXAMPLE"
	testSecret = "SECRETEXAMPLE"
)

// logged is a log that may be read while it is written.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// dial makes a client of a server with that handler, and the client's log.
func dial(t *testing.T, h http.Handler) (*Client, *logged) {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return dialURL(t, Config{Endpoint: s.URL})
}

func dialURL(t *testing.T, cfg Config) (*Client, *logged) {
	t.Helper()
	log := &logged{}
	cfg.AccessKey, cfg.SecretKey = testKey, testSecret
	cfg.Log = slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	c, err := New(cfg)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return c, log
}

// say answers every request alike.
func say(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

var fox = task.Params{Model: "jimeng_t2i_v40", Prompt: "一只狐狸 <&>", Count: 1, Width: 2048, Height: 2048}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	for name, tt := range map[string]struct {
		cfg  Config
		want string
	}{
		"no access key":       {Config{SecretKey: "s"}, "keys"},
		"no secret key":       {Config{AccessKey: "a"}, "keys"},
		"no scheme":           {Config{AccessKey: "a", SecretKey: "s", Endpoint: "visual.example.com"}, "endpoint"},
		"another scheme":      {Config{AccessKey: "a", SecretKey: "s", Endpoint: "ftp://visual.example.com"}, "endpoint"},
		"a path":              {Config{AccessKey: "a", SecretKey: "s", Endpoint: "https://visual.example.com/api"}, "scheme and host alone"},
		"a query":             {Config{AccessKey: "a", SecretKey: "s", Endpoint: "https://visual.example.com?x=1"}, "scheme and host alone"},
		"a password":          {Config{AccessKey: "a", SecretKey: "s", Endpoint: "https://me:hidden@visual.example.com"}, "scheme and host alone"},
		"a port alone":        {Config{AccessKey: "a", SecretKey: "s", Endpoint: "https://:443"}, "endpoint"},
		"what is no address":  {Config{AccessKey: "a", SecretKey: "s", Endpoint: "https://hidden\x7f"}, "endpoint"},
		"a port that is none": {Config{AccessKey: "a", SecretKey: "s", Endpoint: "http://x:hidden"}, "endpoint"},
	} {
		_, err := New(tt.cfg)
		// "keys" also fits "access key and secret key are both needed".
		if err == nil || !strings.Contains(err.Error(), strings.TrimSuffix(tt.want, "s")) {
			t.Errorf("%s: error %v, want it to name %q", name, err, tt.want)
		}
		if err != nil && strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: the error quotes what may be secret: %v", name, err)
		}
	}
}

func TestDefaultsAreTheServicesOwn(t *testing.T) {
	c, err := New(Config{AccessKey: "a", SecretKey: "s"})
	if err != nil {
		t.Fatal(err)
	}
	info := c.sdk.ServiceInfo
	if info.Scheme != "https" || info.Host != "visual.volcengineapi.com" {
		t.Errorf("endpoint %s://%s, want https://visual.volcengineapi.com", info.Scheme, info.Host)
	}
	if info.Credentials.Region != "cn-north-1" || info.Credentials.Service != "cv" {
		t.Errorf("region %q, service %q, want cn-north-1, cv", info.Credentials.Region, info.Credentials.Service)
	}
	if c.sdk.CustomTimeout != 30*time.Second {
		t.Errorf("timeout %v, want 30s", c.sdk.CustomTimeout)
	}
	if c.sdk.Client == http.DefaultClient || c.sdk.Client.Transport == nil {
		t.Error("the client shares its transport with the process")
	}
}

func TestTheKeysGivenWinOverThoseTheSDKFinds(t *testing.T) {
	sent := func(t *testing.T) string {
		t.Helper()
		var got string
		c, _ := dial(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			got = r.Header.Get("Authorization") + " token=" + r.Header.Get("X-Security-Token")
			say(200, `{"code":10000,"data":{"task_id":"1"}}`)(w, r)
		}))
		if _, err := c.Submit(t.Context(), fox); err != nil {
			t.Fatal(err)
		}
		return got
	}
	check := func(t *testing.T, got string) {
		t.Helper()
		if !strings.Contains(got, "Credential="+testKey+"/") || !strings.HasSuffix(got, "token=") {
			t.Errorf("sent %q, want the credential of %s and no token", got, testKey)
		}
	}
	t.Run("in the environment", func(t *testing.T) {
		t.Setenv("VOLC_ACCESSKEY", "AKLTELSEWHERE")
		t.Setenv("VOLC_SECRETKEY", "elsewhere")
		check(t, sent(t))
	})
	t.Run("in the home folder", func(t *testing.T) {
		home := t.TempDir()
		t.Setenv("HOME", home)
		if err := os.MkdirAll(filepath.Join(home, ".volc"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(home, ".volc", "config"), []byte(`{"ak":"AKLTELSEWHERE","sk":"elsewhere"}`), 0o600); err != nil {
			t.Fatal(err)
		}
		check(t, sent(t))
	})
}

func TestTwoClientsDoNotShareAnything(t *testing.T) {
	a, _ := dialURL(t, Config{Endpoint: "http://a.example", Region: "r1", Service: "s1"})
	b, _ := dialURL(t, Config{Endpoint: "http://b.example"})
	if a.sdk.ServiceInfo == b.sdk.ServiceInfo || a.sdk.Client == b.sdk.Client || a.sdk.ServiceInfo.Host == b.sdk.ServiceInfo.Host {
		t.Error("two clients share configuration")
	}
	delete(a.sdk.ApiInfoList, actionSubmit)
	if b.sdk.ApiInfoList[actionSubmit] == nil {
		t.Error("two clients share the table of actions")
	}
}

func TestARequestIsWhatTheServiceExpects(t *testing.T) {
	type request struct {
		method, path string
		query        url.Values
		kind         string
		body         map[string]any
	}
	var got []request
	c, _ := dial(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		checkSignature(t, r, raw)
		var body map[string]any
		if err := json.Unmarshal(raw, &body); err != nil {
			t.Errorf("body %s: %v", raw, err)
		}
		got = append(got, request{r.Method, r.URL.Path, r.URL.Query(), r.Header.Get("Content-Type"), body})
		_, _ = io.WriteString(w, `{"code":10000,"data":{"task_id":"1","status":"in_queue"}}`)
	}))
	if _, err := c.Submit(t.Context(), fox); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Result(t.Context(), fox.Model, "7392616336519610409"); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 {
		t.Fatalf("%d requests, want 2", len(got))
	}
	for i, action := range []string{"CVSync2AsyncSubmitTask", "CVSync2AsyncGetResult"} {
		r := got[i]
		if r.method != "POST" || r.path != "/" || r.kind != "application/json" || r.query.Encode() != "Action="+action+"&Version=2022-08-31" {
			t.Errorf("request %d: %s %s?%s %s", i, r.method, r.path, r.query.Encode(), r.kind)
		}
	}
	if got[0].body["prompt"] != fox.Prompt {
		t.Errorf("prompt %q, want %q", got[0].body["prompt"], fox.Prompt)
	}
	options, ok := got[1].body["req_json"].(string)
	if !ok || options != `{"return_url":true,"logo_info":{"add_logo":false}}` {
		t.Errorf("req_json %#v, want a string that asks for links without a mark", got[1].body["req_json"])
	}
	if got[1].body["req_key"] != fox.Model || got[1].body["task_id"] != "7392616336519610409" || len(got[1].body) != 3 {
		t.Errorf("result body %v", got[1].body)
	}
}

func TestOneClientServesManyGoroutines(t *testing.T) {
	c, _ := dial(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		checkSignature(t, r, raw)
		switch r.URL.Query().Get("Action") {
		case actionSubmit:
			_, _ = io.WriteString(w, `{"code":10000,"data":{"task_id":"1"}}`)
		default:
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"code":61000,"message":"new","data":null}`)
		}
	}))
	var wg sync.WaitGroup
	for range 40 {
		wg.Go(func() {
			if id, err := c.Submit(context.Background(), fox); err != nil || id != "1" {
				t.Errorf("Submit = %q, %v", id, err)
			}
			if _, err := c.Result(context.Background(), fox.Model, "1"); task.CodeOf(err) != "provider_unknown_code" {
				t.Errorf("Result: %v", err)
			}
			c.UnknownCodes()
		})
	}
	wg.Wait()
	if got := c.UnknownCodes()["61000"]; got != 40 {
		t.Errorf("61000 counted %d times, want 40", got)
	}
}

// discard is a server's error log for what is broken on purpose.
func discard() *log.Logger { return log.New(io.Discard, "", 0) }
