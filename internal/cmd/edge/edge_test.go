package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"
)

// stack answers with what it was asked, but for one file that is not there.
func stack(t *testing.T) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/site-bucket/none.js" {
			w.WriteHeader(http.StatusNotFound)
		}
		if r.URL.Path == "/api/v1/task/linked" {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Location", "http://"+r.Context().Value(http.LocalAddrContextKey).(net.Addr).String()+"/pictures/a.png?X-Amz-Signature=f")
			fmt.Fprintf(w, `{"url":%q,"prompt":"http://pictures/"}`, w.Header().Get("Location"))
			return
		}
		body, _ := io.ReadAll(r.Body) // of a test's request
		fmt.Fprintf(w, "%s %s%s auth=%q cookie=%q body=%q", r.Method, r.Host, r.RequestURI, r.Header.Get("Authorization"), r.Header.Get("Cookie"), body)
	}))
	t.Cleanup(s.Close)
	return s
}

func settings(stack string) func(string) string {
	return func(name string) string {
		return map[string]string{
			"AWS_ENDPOINT_URL": stack, "API_URL": "https://abc.lambda-url.us-east-1.on.aws/",
			"SITE_BUCKET": "site-bucket", "PICTURE_BUCKET": "pictures",
		}[name]
	}
}

func TestEdge(t *testing.T) {
	s := stack(t)
	h, err := newEdge(settings(s.URL))
	if err != nil {
		t.Fatal(err)
	}
	host := strings.TrimPrefix(s.URL, "http://")
	ask := func(method, target, body string) *http.Response {
		r := httptest.NewRequest(method, "http://127.0.0.1:8080"+target, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer x")
		r.Header.Set("Cookie", "a=b")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Result()
	}
	for name, c := range map[string]struct{ method, target, body, want string }{
		"the api gets the request as it was, under its own host": {
			"POST", "/api/v1/generate?a=b%2Fc", "{}", `POST abc.lambda-url.us-east-1.on.aws/api/v1/generate?a=b%2Fc auth="Bearer x" cookie="a=b" body="{}"`,
		},
		"an escaped path to the api stays escaped": {
			"GET", "/api/v1/task/a%2Fb", "", `GET abc.lambda-url.us-east-1.on.aws/api/v1/task/a%2Fb auth="Bearer x" cookie="a=b" body=""`,
		},
		"a picture is asked for under the host that its link was signed for, without keys and cookies": {
			"GET", "/pictures/local/01J/0.png?X-Amz-Signature=f", "", `GET ` + host + `/pictures/local/01J/0.png?X-Amz-Signature=f auth="" cookie="" body=""`,
		},
		"the root is the page":                     {"GET", "/?lang=zh", "", `GET ` + host + `/site-bucket/index.html auth="" cookie="" body=""`},
		"a file of the page comes from its bucket": {"GET", "/app.js", "", `GET ` + host + `/site-bucket/app.js auth="" cookie="" body=""`},
	} {
		t.Run(name, func(t *testing.T) {
			r := ask(c.method, c.target, c.body)
			got, err := io.ReadAll(r.Body)
			if err != nil || r.StatusCode != http.StatusOK || string(got) != c.want {
				t.Errorf("%s %s: %d %s (%v), want %s", c.method, c.target, r.StatusCode, got, err, c.want)
			}
		})
	}
	t.Run("the page's answers carry its policy, found or not, and the api's do not", func(t *testing.T) {
		for target, want := range map[string]bool{"/": true, "/none.js": true, "/api/v1/health": false} {
			if got := ask("GET", target, "").Header.Get("Content-Security-Policy") != ""; got != want {
				t.Errorf("%s: policy %v, want %v", target, got, want)
			}
		}
	})
	t.Run("links to pictures lead here, in bodies and redirects", func(t *testing.T) {
		r := ask("GET", "/api/v1/task/linked", "")
		got, err := io.ReadAll(r.Body)
		if want := `{"url":"/pictures/a.png?X-Amz-Signature=f","prompt":"http://pictures/"}`; err != nil || string(got) != want || r.Header.Get("Content-Length") != strconv.Itoa(len(want)) {
			t.Errorf("body %s of %s bytes (%v), want %s", got, r.Header.Get("Content-Length"), err, want)
		}
		if got, want := r.Header.Get("Location"), "/pictures/a.png?X-Amz-Signature=f"; got != want {
			t.Errorf("Location %q, want %q", got, want)
		}
	})
	t.Run("page and pictures can only be read", func(t *testing.T) {
		for _, target := range []string{"/", "/pictures/local/x.png", "/other/x"} {
			if got := ask("PUT", target, "x").StatusCode; got != http.StatusMethodNotAllowed {
				t.Errorf("PUT %s: %d, want 405", target, got)
			}
		}
	})
}

func TestSettings(t *testing.T) {
	for name, wrong := range map[string]string{
		"AWS_ENDPOINT_URL": "stack:4566", "API_URL": "", "SITE_BUCKET": "", "PICTURE_BUCKET": "a/b",
	} {
		_, err := newEdge(func(n string) string {
			if n == name {
				return wrong
			}
			return settings("http://stack:4566")(n)
		})
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s=%q: error %v, want one that names it", name, wrong, err)
		}
	}
}

func TestServe(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	s := stack(t)
	env := func(name string) string {
		if name == "EDGE_ADDR" {
			return addr
		}
		return settings(s.URL)(name)
	}
	if err := run(t.Context(), []string{"health"}, env); err == nil {
		t.Error("health is well where nothing listens")
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, nil, env) }()
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if err = run(t.Context(), []string{"health"}, env); err == nil || time.Now().After(end) {
			break
		}
	}
	if err != nil {
		t.Errorf("health of a serving edge: %v", err)
	}
	s.Close()
	if err := run(t.Context(), []string{"health"}, env); err == nil {
		t.Error("health is well where the stack is gone")
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("after the signal: %v", err)
	}
	if err := run(t.Context(), []string{"other"}, env); err == nil {
		t.Error("an unknown command is no error")
	}
}
