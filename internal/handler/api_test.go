package handler_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/google/go-cmp/cmp"

	"volcimage/internal/handler"
)

// call sends e to the function around h, JSON in and out as the runtime does, and
// answers the request that h saw and what came of it.
func call(t *testing.T, ctx context.Context, e events.APIGatewayV2HTTPRequest, h http.HandlerFunc) (*http.Request, events.APIGatewayV2HTTPResponse) {
	t.Helper()
	if e.RequestContext.HTTP.Method == "" {
		e.RequestContext.HTTP.Method = "GET"
	}
	var seen *http.Request
	f := lambda.NewHandler(handler.API(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = r
		h(w, r)
	})))
	in, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	out, err := f.Invoke(ctx, in)
	if err != nil {
		t.Fatalf("invoke: %v", err)
	}
	var res events.APIGatewayV2HTTPResponse
	if err := json.Unmarshal(out, &res); err != nil {
		t.Fatalf("unmarshal %s: %v", out, err)
	}
	return seen, res
}

func nothing(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }

func TestAPI(t *testing.T) {
	t.Run("headers arrive as they were sent", func(t *testing.T) {
		e := events.APIGatewayV2HTTPRequest{RawPath: "/x", Cookies: []string{"a=1", "b=2"}, Headers: map[string]string{
			"host": "pictures.example:8443", "if-none-match": `"3","7"`, "idempotency-key": "a,b , c", "accept": "*/*", "x-request-id": "caller",
		}}
		e.RequestContext.RequestID = "gateway"
		e.RequestContext.HTTP.SourceIP = "192.0.2.1"
		r, _ := call(t, t.Context(), e, nothing)
		want := http.Header{
			"If-None-Match": {`"3","7"`}, "Idempotency-Key": {"a,b , c"}, "Accept": {"*/*"}, "X-Request-Id": {"caller"}, "Cookie": {"a=1", "b=2"},
		}
		if d := cmp.Diff(want, r.Header); d != "" {
			t.Errorf("headers (-want +got):\n%s", d)
		}
		if r.Host != "pictures.example:8443" || r.RemoteAddr != "192.0.2.1" {
			t.Errorf("host %q, from %q", r.Host, r.RemoteAddr)
		}
	})
	t.Run("the gateway's id and domain stand in for what the caller left out", func(t *testing.T) {
		e := events.APIGatewayV2HTTPRequest{RawPath: "/x"}
		e.RequestContext.RequestID, e.RequestContext.DomainName = "gateway", "api.example"
		r, _ := call(t, t.Context(), e, nothing)
		if r.Header.Get("X-Request-Id") != "gateway" || r.Host != "api.example" {
			t.Errorf("id %q, host %q", r.Header.Get("X-Request-Id"), r.Host)
		}
	})
	t.Run("path and query arrive as they were sent", func(t *testing.T) {
		for uri, want := range map[string][2]string{
			"/task/a%2Fb?q=%E6%98%9F&q=2": {"/task/a/b", "q=%E6%98%9F&q=2"}, "/": {"/", ""}, "//x": {"//x", ""}, "": {"/", ""},
			"/a?q=b;c": {"/a", "q=b;c"}, "/a?q=%zz": {"/a", "q=%zz"},
		} {
			var e events.APIGatewayV2HTTPRequest
			path, query, _ := bytes.Cut([]byte(uri), []byte("?"))
			e.RawPath, e.RawQueryString = string(path), string(query)
			r, _ := call(t, t.Context(), e, nothing)
			if r.URL.Path != want[0] || r.URL.RawQuery != want[1] {
				t.Errorf("%q: path %q, query %q; want %q", uri, r.URL.Path, r.URL.RawQuery, want)
			}
		}
	})
	t.Run("an address that cannot be decoded reaches the handler all the same", func(t *testing.T) {
		for _, path := range []string{"/a%zz", "/%", "/a\x7f", "/a b\n"} {
			e := events.APIGatewayV2HTTPRequest{RawPath: path}
			e.RequestContext.DomainName = "%zz"
			r, res := call(t, t.Context(), e, nothing)
			if r.RequestURI != path || res.StatusCode != http.StatusNoContent {
				t.Errorf("%q: address %q, status %d", path, r.RequestURI, res.StatusCode)
			}
		}
	})
	t.Run("a body arrives whole, as text and as bytes", func(t *testing.T) {
		for _, e := range []events.APIGatewayV2HTTPRequest{{Body: `{"a":"星"}`}, {Body: "eyJhIjoi5pifIn0=", IsBase64Encoded: true}} {
			e.RequestContext.HTTP.Method = "POST"
			var body []byte
			r, _ := call(t, t.Context(), e, func(w http.ResponseWriter, r *http.Request) {
				body, _ = io.ReadAll(r.Body)
				w.WriteHeader(http.StatusAccepted)
			})
			if string(body) != `{"a":"星"}` || r.ContentLength != int64(len(body)) {
				t.Errorf("body %q of length %d", body, r.ContentLength)
			}
		}
	})
	t.Run("an answer leaves whole: redirects, cookies, bytes", func(t *testing.T) {
		zipped := []byte{0x1f, 0x8b, 0, 0xff}
		_, res := call(t, t.Context(), events.APIGatewayV2HTTPRequest{RawPath: "/x"}, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/files/a,b")
			w.Header().Add("Set-Cookie", "a=1")
			w.Header().Add("Set-Cookie", "b=2")
			w.Header().Add("Vary", "Origin")
			w.Header().Add("Vary", "Accept-Encoding")
			w.WriteHeader(http.StatusFound)
			_, _ = w.Write(zipped)
		})
		body, err := base64.StdEncoding.DecodeString(res.Body)
		if err != nil || !res.IsBase64Encoded || !bytes.Equal(body, zipped) || res.StatusCode != http.StatusFound || res.Headers["Location"] != "/files/a,b" ||
			len(res.Cookies) != 2 || res.Headers["Vary"] != "Origin,Accept-Encoding" {
			t.Errorf("answer %+v, error %v", res, err)
		}
	})
	t.Run("the function's deadline is the request's", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		call(t, ctx, events.APIGatewayV2HTTPRequest{RawPath: "/"}, func(w http.ResponseWriter, r *http.Request) {
			if r.Context().Err() == nil {
				t.Error("the request goes on after the function's end")
			}
			w.WriteHeader(http.StatusNoContent)
		})
	})
}
