package host

import (
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

func file(data string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(data)} }

var script = strings.Repeat("export const a = 1\n", 100)

func newSite(t *testing.T) http.Handler {
	t.Helper()
	s, err := Site(fstest.MapFS{
		"index.html": file("<!doctype html>"), "app.js": file(script), "app.test.js": file("test"), "js/main.js": file(script), "vendor/a.js": file(script),
		"locales/zh.json": file("{}"), "logo.svg": file("<svg/>"), "font.woff2": file("font"), "manifest.webmanifest": file("{}"),
		"package.json": file("{}"), "app.in.css": file("in"), ".secret/x.js": file("no"), ".env": file("no"), "Makefile": file("no"),
		"node_modules/a/index.js": file("no"), "tests/a.js": file("no"), "help/index.html": file("help"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSite(t *testing.T) {
	s := newSite(t)
	get := func(method, path string, header ...string) *http.Response {
		r := httptest.NewRequest(method, "/", nil)
		r.URL.Path = path
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		return serve(s, r)
	}
	t.Run("each file has its type and how long it may be kept", func(t *testing.T) {
		for path, want := range map[string][2]string{
			"/":                     {"text/html; charset=utf-8", "no-cache"},
			"/index.html":           {"text/html; charset=utf-8", "no-cache"},
			"/help/":                {"text/html; charset=utf-8", "no-cache"},
			"/app.js":               {"text/javascript; charset=utf-8", "public, max-age=60, must-revalidate"},
			"/locales/zh.json":      {"application/json", "public, max-age=60, must-revalidate"},
			"/logo.svg":             {"image/svg+xml", "public, max-age=60, must-revalidate"},
			"/font.woff2":           {"font/woff2", "public, max-age=60, must-revalidate"},
			"/manifest.webmanifest": {"application/manifest+json", "public, max-age=60, must-revalidate"},
		} {
			r := get("GET", path)
			if got := [2]string{r.Header.Get("Content-Type"), r.Header.Get("Cache-Control")}; r.StatusCode != http.StatusOK || got != want {
				t.Errorf("%s: %d %q, want 200 %q", path, r.StatusCode, got, want)
			}
		}
	})
	t.Run("nothing else is served, and nothing listed", func(t *testing.T) {
		for _, path := range []string{
			"/js/", "/js", "/none", "/package.json", "/app.in.css", "/.secret/x.js", "/.env", "/Makefile", "/app.test.js", "/node_modules/a/index.js",
			"/tests/a.js", "/../host/site.go", "/x/../index.html", "//", "", `/\app.js`, "/app.js/", "/js/main.js", "/vendor/a.js", "/INDEX.HTML",
		} {
			r := get("GET", path)
			if body := readAll(t, r.Body); r.StatusCode != http.StatusNotFound || body != "There is no such page.\n" {
				t.Errorf("%q: %d %q, want 404", path, r.StatusCode, body)
			}
		}
	})
	t.Run("every answer carries the strict policy", func(t *testing.T) {
		for _, path := range []string{"/", "/app.js", "/none"} {
			h := get("GET", path).Header
			policy := h.Get("Content-Security-Policy")
			for _, want := range []string{"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"} {
				if !strings.Contains(policy, want) {
					t.Errorf("%s: policy %q lacks %s", path, policy, want)
				}
			}
			if strings.Contains(policy, "unsafe") || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "no-referrer" {
				t.Errorf("%s: headers %v", path, h)
			}
		}
	})
	t.Run("who takes gzip gets it, with an ETag of its own", func(t *testing.T) {
		plain, zipped := get("GET", "/app.js"), get("GET", "/app.js", "Accept-Encoding", "br, gzip")
		if got := readAll(t, plain.Body); got != script || plain.Header.Get("Content-Encoding") != "" {
			t.Errorf("plain: %d bytes, %v", len(got), plain.Header)
		}
		z, err := gzip.NewReader(zipped.Body)
		if err != nil {
			t.Fatal(err)
		}
		if got := readAll(t, z); got != script || zipped.Header.Get("Content-Encoding") != "gzip" {
			t.Errorf("gzip: %d bytes, %v", len(got), zipped.Header)
		}
		if plain.Header.Get("ETag") == zipped.Header.Get("ETag") || plain.Header.Get("Vary") != "Accept-Encoding" || zipped.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("headers: plain %v, gzip %v", plain.Header, zipped.Header)
		}
	})
	t.Run("what gains nothing is not compressed", func(t *testing.T) {
		if r := get("GET", "/logo.svg", "Accept-Encoding", "gzip"); r.Header.Get("Content-Encoding") != "" || r.Header.Get("Vary") != "" {
			t.Errorf("headers %v", r.Header)
		}
	})
	t.Run("an unchanged file is not sent again", func(t *testing.T) {
		for _, encoding := range []string{"", "gzip"} {
			etag := get("GET", "/app.js", "Accept-Encoding", encoding).Header.Get("ETag")
			r := get("GET", "/app.js", "Accept-Encoding", encoding, "If-None-Match", etag)
			if body := readAll(t, r.Body); !strings.HasPrefix(etag, `"`) || r.StatusCode != http.StatusNotModified || body != "" {
				t.Errorf("encoding %q, ETag %s: %d with %d bytes, want 304", encoding, etag, r.StatusCode, len(body))
			}
		}
	})
	t.Run("the page can only be read", func(t *testing.T) {
		if r := get("POST", "/"); r.StatusCode != http.StatusMethodNotAllowed || r.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("POST: %d, Allow %q", r.StatusCode, r.Header.Get("Allow"))
		}
		if r := get("HEAD", "/"); r.StatusCode != http.StatusOK || readAll(t, r.Body) != "" {
			t.Errorf("HEAD: %d", r.StatusCode)
		}
	})
}

func TestSiteRefuses(t *testing.T) {
	many := fstest.MapFS{"index.html": file("")}
	for i := range maxSiteFiles {
		many[fmt.Sprintf("%d.js", i)] = file("")
	}
	for name, fsys := range map[string]fstest.MapFS{
		"no index":       {"a.js": file("")},
		"too many files": many,
		"too many bytes": {"index.html": file(""), "a.js": file(strings.Repeat("x", maxSiteBytes+1))},
	} {
		if _, err := Site(fsys); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	missing := filepath.Join(t.TempDir(), "none")
	if _, err := Site(os.DirFS(missing)); err == nil {
		t.Error("a folder that is not there: no error")
	}
}

func TestAcceptsGzip(t *testing.T) {
	for header, want := range map[string]bool{
		"": false, "gzip": true, "GZIP": true, "br": false, "deflate, gzip;q=0.5": true, "gzip;q=0": false, "gzip; q=0.0": false,
		"*": true, "*;q=0": false, "gzip;q=0, *": false, "*, gzip;q=0": false, "gzip;q=x": false, "x-gzip": false,
	} {
		if got := acceptsGzip(header); got != want {
			t.Errorf("%q: %v, want %v", header, got, want)
		}
	}
}
