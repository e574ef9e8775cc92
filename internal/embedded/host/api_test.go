package host

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

type (
	apiRequest  = events.APIGatewayV2HTTPRequest
	apiResponse = events.APIGatewayV2HTTPResponse
)

var quiet = slog.New(slog.DiscardHandler)

// answering is a function with that answer; it keeps the last event.
func answering(res apiResponse, last *apiRequest) Function {
	return NewFunction(func(_ context.Context, e apiRequest) (apiResponse, error) {
		if last != nil {
			*last = e
		}
		return res, nil
	})
}

func serve(h http.Handler, r *http.Request) *http.Response {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func readAll(t *testing.T, r io.Reader) string {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestAPIRequest(t *testing.T) {
	t.Run("a request becomes the event of payload version 2.0", func(t *testing.T) {
		var got apiRequest
		server := httptest.NewServer(API(answering(apiResponse{StatusCode: 200}, &got), quiet))
		defer server.Close()
		address := server.URL + "/api/v1/task/a%2Fb?tag=x&tag=y&q=%E6%98%9F"
		r, err := http.NewRequest(http.MethodPost, address, strings.NewReader(`{"prompt":"星空"}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header = http.Header{
			"Content-Type": {"application/json"}, "X-Two": {"1", "2"}, "Cookie": {"a=1; b=2"}, "User-Agent": {"test"},
			"Accept-Encoding": {"gzip"}, "Te": {"trailers"},
		}
		res, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()

		host := strings.TrimPrefix(server.URL, "http://")
		c := &got.RequestContext
		if len(c.RequestID) < 20 || time.Since(time.UnixMilli(c.TimeEpoch)).Abs() > time.Minute || c.Time == "" {
			t.Errorf("request id %q, time %q %d", c.RequestID, c.Time, c.TimeEpoch)
		}
		c.RequestID, c.Time, c.TimeEpoch = "", "", 0
		want := apiRequest{
			Version: "2.0", RouteKey: "$default",
			RawPath: "/api/v1/task/a%2Fb", RawQueryString: "tag=x&tag=y&q=%E6%98%9F",
			Cookies: []string{"a=1", "b=2"},
			Headers: map[string]string{
				"host": host, "content-type": "application/json", "content-length": "19", "x-two": "1,2", "user-agent": "test", "accept-encoding": "gzip",
			},
			QueryStringParameters: map[string]string{"tag": "x,y", "q": "星"},
			RequestContext: events.APIGatewayV2HTTPRequestContext{
				RouteKey: "$default", Stage: "$default", AccountID: "anonymous", APIID: "local", DomainName: host,
				HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{
					Method: "POST", Path: "/api/v1/task/a/b", Protocol: "HTTP/1.1", SourceIP: "127.0.0.1", UserAgent: "test",
				},
			},
			Body: `{"prompt":"星空"}`,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("event (-want +got):\n%s", diff)
		}
	})
	t.Run("a body that is no text travels in base 64", func(t *testing.T) {
		var got apiRequest
		body := "\xff\x00\x89PNG"
		serve(API(answering(apiResponse{StatusCode: 200}, &got), quiet), httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body)))
		if want := base64.StdEncoding.EncodeToString([]byte(body)); !got.IsBase64Encoded || got.Body != want {
			t.Errorf("body %q, base 64: %v; want %q", got.Body, got.IsBase64Encoded, want)
		}
	})
	t.Run("a header's bytes that are no text are replaced, and the request arrives", func(t *testing.T) {
		var got apiRequest
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("X-Note", "caf\xe9")
		res := serve(API(answering(apiResponse{StatusCode: 200}, &got), quiet), r)
		if res.StatusCode != http.StatusOK || got.Headers["x-note"] != "caf\ufffd" {
			t.Errorf("status %d, header %q", res.StatusCode, got.Headers["x-note"])
		}
	})
	t.Run("the largest body passes, one byte more does not reach the function", func(t *testing.T) {
		for chunked, most := range map[bool]int{false: maxBody, true: largeBody} {
			for _, size := range []int{most, most + 1} {
				called := false
				f := Function(func(context.Context, []byte) ([]byte, error) {
					called = true
					return []byte(`{"statusCode":200}`), nil
				})
				r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(strings.Repeat("x", size)))
				if chunked {
					r.ContentLength = -1
				}
				res := serve(API(f, quiet), r)
				if fits := size <= most; called != fits || fits != (res.StatusCode == http.StatusOK) {
					t.Errorf("%d bytes, chunked %v: status %d, called %v", size, chunked, res.StatusCode, called)
				} else if !fits {
					wantProblem(t, res, 413, "body_too_large")
				}
			}
		}
	})
	t.Run("of large bodies a few are on their way at once, and small ones pass them", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var inside, most atomic.Int32
			f := Function(func(context.Context, []byte) ([]byte, error) {
				most.Store(max(most.Load(), inside.Add(1)))
				time.Sleep(10 * time.Second)
				inside.Add(-1)
				return []byte(`{"statusCode":200}`), nil
			})
			h := API(f, quiet)
			var busy atomic.Int32
			send := func(size int) {
				res := serve(h, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(strings.Repeat("x", size))))
				if res.StatusCode == http.StatusServiceUnavailable {
					busy.Add(1)
				}
			}
			var all sync.WaitGroup
			for range 3 * largeBodies {
				all.Go(func() { send(largeBody + 1) })
			}
			synctest.Wait()
			if n := inside.Load(); n != largeBodies {
				t.Errorf("%d large bodies are on their way, want %d", n, largeBodies)
			}
			all.Go(func() { send(largeBody) })
			synctest.Wait()
			if n := inside.Load(); n != largeBodies+1 {
				t.Error("a small body waits for the large ones")
			}
			all.Wait()
			// The second lot waits 10 s of the 15 that it may, the third would wait 20.
			if most.Load() != largeBodies+1 || busy.Load() != largeBodies {
				t.Errorf("at most %d at once, %d sent away", most.Load(), busy.Load())
			}
		})
	})
	t.Run("a body that breaks off does not reach the function", func(t *testing.T) {
		f := Function(func(context.Context, []byte) ([]byte, error) {
			t.Error("the function was called")
			return nil, nil
		})
		r := httptest.NewRequest(http.MethodPost, "/", io.MultiReader(strings.NewReader("{"), broken{}))
		wantProblem(t, serve(API(f, quiet), r), 400, "malformed_json")
	})
	t.Run("the function goes on when the client hangs up, up to its deadline", func(t *testing.T) {
		f := Function(func(ctx context.Context, _ []byte) ([]byte, error) {
			deadline, ok := ctx.Deadline()
			if left := time.Until(deadline); !ok || left > apiTimeout || left < apiTimeout-5*time.Second {
				t.Errorf("deadline %v, %v; want one in %v", deadline, ok, apiTimeout)
			}
			return []byte(`{"statusCode":202}`), ctx.Err()
		})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if res := serve(API(f, quiet), httptest.NewRequestWithContext(ctx, http.MethodPost, "/", nil)); res.StatusCode != http.StatusAccepted {
			t.Errorf("status %d, want 202", res.StatusCode)
		}
	})
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// wantProblem checks a problem document; it closes nothing, bodies are in memory.
func wantProblem(t *testing.T, res *http.Response, status int, code string) {
	t.Helper()
	var p problem
	body := readAll(t, res.Body)
	if err := json.Unmarshal([]byte(body), &p); err != nil {
		t.Fatalf("answer %q: %v", body, err)
	}
	if res.StatusCode != status || p.Status != status || string(p.Code) != code || p.Type != "urn:volcimage:problem:"+code {
		t.Errorf("status %d, problem %+v; want %d %s", res.StatusCode, p, status, code)
	}
	if p.Title == "" || p.Detail == "" || p.Message.ZH == "" || p.Stage == "" || p.Charged == "" {
		t.Errorf("problem %+v lacks words", p)
	}
	if res.Header.Get("Content-Type") != "application/problem+json" || p.RequestID == "" || res.Header.Get("X-Request-Id") != p.RequestID {
		t.Errorf("headers %v, request id %q", res.Header, p.RequestID)
	}
}

func TestAPIAnswer(t *testing.T) {
	t.Run("status, headers, cookies and body arrive as they were answered", func(t *testing.T) {
		f := answering(apiResponse{
			StatusCode: 302, Body: "星空", Headers: map[string]string{"Location": "/files/x", "Content-Type": "text/plain", "Vary": "one"},
			MultiValueHeaders: map[string][]string{"Vary": {"Accept", "Origin"}}, Cookies: []string{"a=1; Path=/", "b=2"},
		}, nil)
		res := serve(API(f, quiet), httptest.NewRequest(http.MethodGet, "/", nil))
		want := http.Header{
			"Location": {"/files/x"}, "Content-Type": {"text/plain"}, "Vary": {"Accept", "Origin"},
			"Set-Cookie": {"a=1; Path=/", "b=2"}, "Content-Length": {"6"},
		}
		if diff := cmp.Diff(want, res.Header); diff != "" || res.StatusCode != http.StatusFound || readAll(t, res.Body) != "星空" {
			t.Errorf("status %d, headers (-want +got):\n%s", res.StatusCode, diff)
		}
	})
	t.Run("bytes come out of base 64", func(t *testing.T) {
		data := "\x1f\x8b\xff\x00"
		f := answering(apiResponse{StatusCode: 200, Body: base64.StdEncoding.EncodeToString([]byte(data)), IsBase64Encoded: true}, nil)
		if got := readAll(t, serve(API(f, quiet), httptest.NewRequest(http.MethodGet, "/", nil)).Body); got != data {
			t.Errorf("body %q, want %q", got, data)
		}
	})
	t.Run("HEAD, 204 and 304 work over the network", func(t *testing.T) {
		for _, c := range []struct {
			method string
			res    apiResponse
			length int64
		}{
			{"HEAD", apiResponse{StatusCode: 200, Body: strings.Repeat("x", 5000)}, 5000},
			{"DELETE", apiResponse{StatusCode: 204}, 0},
			{"GET", apiResponse{StatusCode: 304, Headers: map[string]string{"ETag": `"1"`}}, 0},
		} {
			server := httptest.NewServer(API(answering(c.res, nil), quiet))
			r, err := http.NewRequest(c.method, server.URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			res, err := server.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			if body := readAll(t, res.Body); res.StatusCode != c.res.StatusCode || body != "" || max(res.ContentLength, 0) != c.length {
				t.Errorf("%s: %d %q, length %d; want %d, length %d", c.method, res.StatusCode, body, res.ContentLength, c.res.StatusCode, c.length)
			}
			server.Close()
		}
	})
	t.Run("what goes wrong inside is logged and not shown", func(t *testing.T) {
		for name, c := range map[string]struct {
			fn     Function
			status int
		}{
			"an error":                {func(context.Context, []byte) ([]byte, error) { return nil, errors.New("table xyz") }, 500},
			"a panic":                 {func(context.Context, []byte) ([]byte, error) { panic("table xyz") }, 500},
			"no JSON":                 {func(context.Context, []byte) ([]byte, error) { return []byte("xyz"), nil }, 502},
			"no status":               {answering(apiResponse{Body: "xyz"}, nil), 502},
			"an impossible status":    {answering(apiResponse{StatusCode: 99, Body: "xyz"}, nil), 502},
			"broken base 64":          {answering(apiResponse{StatusCode: 200, Body: "xyz!", IsBase64Encoded: true}, nil), 502},
			"more than Lambda allows": {answering(apiResponse{StatusCode: 200, Body: strings.Repeat("xyz", maxAnswer/3+1)}, nil), 502},
		} {
			t.Run(name, func(t *testing.T) {
				var log bytes.Buffer
				res := serve(API(c.fn, slog.New(slog.NewJSONHandler(&log, nil))), httptest.NewRequest(http.MethodGet, "/api/v1/x", nil))
				var shown bytes.Buffer
				res.Body = io.NopCloser(io.TeeReader(res.Body, &shown))
				wantProblem(t, res, c.status, "internal")
				if strings.Contains(shown.String(), "xyz") {
					t.Errorf("shown: %s", shown.String())
				}
				if !strings.Contains(log.String(), "/api/v1/x") || !strings.Contains(log.String(), res.Header.Get("X-Request-Id")) {
					t.Errorf("log: %s; want path and request id", log.String())
				}
			})
		}
	})
}

func BenchmarkAPI(b *testing.B) {
	h := API(answering(apiResponse{StatusCode: 200, Headers: map[string]string{"Content-Type": "application/json"}, Body: strings.Repeat(`{"a":"b"},`, 100)}, nil), quiet)
	for b.Loop() {
		serve(h, httptest.NewRequest(http.MethodGet, "/api/v1/task/01JD0000000000000000000000?x=1", nil))
	}
}
