package fetch

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

// atOrigin makes a Fetcher whose origin is a server with handler.
func atOrigin(t *testing.T, c Config, handler http.HandlerFunc) (f *Fetcher, origin string) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	c.Origin = u
	f = New(c)
	t.Cleanup(f.origin.CloseIdleConnections)
	return f, server.URL
}

func TestFetch(t *testing.T) {
	want := bytes.Repeat([]byte("picture "), 300_000) // 2.4 MB: more than two pieces
	t.Run("brings what the origin sends, whatever it is called", func(t *testing.T) {
		var request *http.Request
		f, origin := atOrigin(t, Config{}, func(w http.ResponseWriter, r *http.Request) {
			request = r.Clone(r.Context())
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Set-Cookie", "a=b")
			w.Header().Set("Content-Length", fmt.Sprint(len(want)))
			_, _ = w.Write(want)
		})
		for range 2 {
			got, err := f.Fetch(t.Context(), origin+"/a%2Fb?x=1&y=%E6%98%9F#part")
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("got %d bytes, %v; want %d", len(got), err, len(want))
			}
		}
		if got := request.RequestURI; got != "/a%2Fb?x=1&y=%E6%98%9F" {
			t.Errorf("asked for %s", got)
		}
		for _, name := range []string{"Cookie", "Authorization", "Referer"} {
			if v := request.Header.Get(name); v != "" {
				t.Errorf("sent %s: %s", name, v)
			}
		}
		if got := request.Header.Get("Accept-Encoding"); got != "identity" {
			t.Errorf("Accept-Encoding is %q, want identity", got)
		}
	})
	t.Run("brings an answer of unknown length", func(t *testing.T) {
		f, origin := atOrigin(t, Config{}, func(w http.ResponseWriter, _ *http.Request) {
			_ = http.NewResponseController(w).Flush()
			_, _ = w.Write(want)
		})
		got, err := f.Fetch(t.Context(), origin)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("got %d bytes, %v; want %d", len(got), err, len(want))
		}
	})
	for _, chunked := range []bool{false, true} {
		t.Run(fmt.Sprintf("takes exactly the cap and not a byte more, chunked %v", chunked), func(t *testing.T) {
			f, origin := atOrigin(t, Config{MaxBytes: 1000}, func(w http.ResponseWriter, r *http.Request) {
				if chunked {
					_ = http.NewResponseController(w).Flush()
				}
				size := map[string]int{"/1000": 1000, "/1001": 1001, "/0": 0}[r.URL.Path]
				_, _ = w.Write(want[:size])
			})
			for path, size := range map[string]int{"/1000": 1000, "/0": 0} {
				if got, err := f.Fetch(t.Context(), origin+path); err != nil || len(got) != size {
					t.Errorf("%s: got %d bytes, %v", path, len(got), err)
				}
			}
			_, err := f.Fetch(t.Context(), origin+"/1001")
			unreachable(t, err, "taken")
		})
	}
}

// unreachable checks that err is the error of this package and holds text.
func unreachable(t *testing.T, err error, text string) {
	t.Helper()
	if task.CodeOf(err) != catalog.CodePictureUnreachable || task.KindOf(err) != task.Unavailable {
		t.Fatalf("got %v, want %s of kind Unavailable", err, catalog.CodePictureUnreachable)
	}
	if !strings.Contains(err.Error(), text) {
		t.Errorf("got %q, want it to say %q", err, text)
	}
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("%q tells the link's query", err)
	}
}

func TestC24AnswersThatAreNoPicture(t *testing.T) {
	bomb := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = z.Write(make([]byte, 50<<20))
		_ = z.Close()
	}
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	raw := func(answer string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			c, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				panic(err)
			}
			_, _ = io.WriteString(c, answer)
			_ = c.Close()
		}
	}
	for _, c := range []struct {
		name    string
		handler http.HandlerFunc
		says    string
	}{
		{"an expired link", status(403), "expired or never was (HTTP 403)"},
		{"a link to nothing", status(404), "expired or never was (HTTP 404)"},
		{"a link that is gone", status(410), "expired or never was (HTTP 410)"},
		{"a busy server", status(503), "HTTP 503"},
		{"too many requests", status(429), "HTTP 429"},
		{"part of a picture", status(206), "HTTP 206"},
		{"no content", status(204), "HTTP 204"},
		{"not modified", status(304), "HTTP 304"},
		{"a redirect to nowhere", status(302), "nowhere"},
		{"a gzip bomb", bomb, `compressed as "gzip"`},
		{"a picture that is cut", raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"), "unexpected EOF"},
		{"a chunked picture that is cut", raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhalf"), "EOF"},
		{"an answer that repeats the link", raw("GET /?signature=secret\r\n\r\n"), "does not speak HTTP"},
		{"an endless header", raw("HTTP/1.1 200 OK\r\n" + strings.Repeat("a: secret\r\n", 10_000)), ""},
		{"nothing", raw(""), "closed the connection"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, origin := atOrigin(t, Config{}, c.handler)
			data, err := f.Fetch(t.Context(), origin+"/a?signature=secret")
			unreachable(t, err, c.says)
			if data != nil {
				t.Errorf("got %d bytes beside the error", len(data))
			}
		})
	}
	t.Run("nobody there", func(t *testing.T) {
		u := &url.URL{Scheme: "http", Host: "127.0.0.1:1"}
		_, err := New(Config{Origin: u}).Fetch(t.Context(), u.String()+"/a?signature=secret")
		unreachable(t, err, "refused")
		if errors.Is(err, errRefused) {
			t.Errorf("%q sounds as if we refused", err)
		}
	})
	t.Run("a cancelled download", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		f, origin := atOrigin(t, Config{}, func(_ http.ResponseWriter, r *http.Request) {
			cancel()
			<-r.Context().Done()
		})
		_, err := f.Fetch(ctx, origin)
		unreachable(t, err, "")
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want it to be the cancellation", err)
		}
	})
}
