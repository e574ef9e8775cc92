package disk

import (
	"io"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"volcimage/internal/task"
)

func link(t testing.TB, s *Store, l task.Link) task.SignedLink {
	t.Helper()
	got, err := s.Link(l)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func get(s *Store, method, address string, header http.Header) *http.Response {
	r := httptest.NewRequest(method, address, nil)
	for name, values := range header {
		r.Header[name] = values
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestLink(t *testing.T) {
	t.Run("a link is the same within a window and lives for one to two", func(t *testing.T) {
		c := newClock() // 12:07, so the window is 12:00 to 12:15
		s := open(t, c)
		first := link(t, s, task.Link{Key: testKey})
		if want := time.Date(2026, 11, 23, 12, 30, 0, 0, time.UTC); !first.ExpiresAt.Equal(want) {
			t.Errorf("expires at %v, want %v", first.ExpiresAt, want)
		}
		c.t = c.t.Add(8*time.Minute - time.Nanosecond)
		if again := link(t, s, task.Link{Key: testKey}); again != first {
			t.Errorf("within the window: %v, want %v", again, first)
		}
		c.t = c.t.Add(time.Nanosecond)
		if next := link(t, s, task.Link{Key: testKey}); next == first {
			t.Error("in the next window the link is still the same")
		}
	})
	t.Run("it is relative and below the prefix", func(t *testing.T) {
		s := open(t, newClock())
		got := link(t, s, task.Link{Key: testKey}).URL
		if !strings.HasPrefix(got, Prefix+testKey+"?expires=") {
			t.Errorf("link %s, want it to begin with %s%s", got, Prefix, testKey)
		}
	})
	t.Run("there is none for a bad key", func(t *testing.T) {
		s := open(t, newClock())
		for _, key := range badKeys {
			if l, err := s.Link(task.Link{Key: key}); err == nil {
				t.Errorf("Link %q: %v, want an error", key, l)
			}
		}
	})
}

func TestServe(t *testing.T) {
	t.Run("a link shows its object, with headers that let no browser run it", func(t *testing.T) {
		s := open(t, newClock())
		put(t, s, testKey, "picture")
		r := get(s, "GET", link(t, s, task.Link{Key: testKey}).URL, nil)
		if got := body(t, r); r.StatusCode != http.StatusOK || got != "picture" {
			t.Fatalf("GET: %d %q", r.StatusCode, got)
		}
		want := map[string]string{
			"Content-Type":                 "image/png",
			"Cache-Control":                "private, max-age=1380, immutable", // 12:07 to 12:30
			"X-Content-Type-Options":       "nosniff",
			"Content-Security-Policy":      "default-src 'none'; sandbox",
			"Cross-Origin-Resource-Policy": "same-origin",
			"Content-Disposition":          "inline",
			"Content-Length":               "7",
			"Accept-Ranges":                "bytes",
		}
		for name, value := range want {
			if got := r.Header.Get(name); got != value {
				t.Errorf("%s: %q, want %q", name, got, value)
			}
		}
	})
	t.Run("HEAD has the headers alone", func(t *testing.T) {
		s := open(t, newClock())
		put(t, s, testKey, "picture")
		r := get(s, "HEAD", link(t, s, task.Link{Key: testKey}).URL, nil)
		if got := body(t, r); r.StatusCode != http.StatusOK || got != "" || r.Header.Get("Content-Length") != "7" {
			t.Errorf("HEAD: %d %q, length %s", r.StatusCode, got, r.Header.Get("Content-Length"))
		}
	})
	t.Run("part of an object can be asked for, and whether it changed", func(t *testing.T) {
		s := open(t, newClock())
		put(t, s, testKey, "picture")
		address := link(t, s, task.Link{Key: testKey}).URL
		r := get(s, "GET", address, http.Header{"Range": {"bytes=2-4"}})
		if got := body(t, r); r.StatusCode != http.StatusPartialContent || got != "ctu" {
			t.Errorf("range: %d %q, want 206 %q", r.StatusCode, got, "ctu")
		}
		r = get(s, "GET", address, http.Header{"If-None-Match": {r.Header.Get("ETag")}})
		if r.StatusCode != http.StatusNotModified {
			t.Errorf("with its ETag: %d, want 304", r.StatusCode)
		}
	})
	t.Run("the content type follows from the ending", func(t *testing.T) {
		s := open(t, newClock())
		for key, want := range map[string]string{
			"images/a.jpg": "image/jpeg", "images/a.webp": "image/webp", "images/a.html": "application/octet-stream", "images/a": "application/octet-stream",
		} {
			put(t, s, key, "<script>alert(1)</script>")
			r := get(s, "GET", link(t, s, task.Link{Key: key}).URL, nil)
			if got := r.Header.Get("Content-Type"); got != want {
				t.Errorf("%s: content type %q, want %q", key, got, want)
			}
		}
	})
	t.Run("a download gets its name, in every language", func(t *testing.T) {
		s := open(t, newClock())
		put(t, s, testKey, "picture")
		for _, name := range []string{"plain.png", "星空 a.png", `a"b\c%41.png`, "x\r\nSet-Cookie: a=b.png"} {
			r := get(s, "GET", link(t, s, task.Link{Key: testKey, Filename: name}).URL, nil)
			disposition := r.Header.Get("Content-Disposition")
			kind, params, err := mime.ParseMediaType(disposition)
			if err != nil || kind != "attachment" || params["filename"] != name {
				t.Errorf("%q: disposition %q parses as %s %q, %v", name, disposition, kind, params, err)
			}
			if strings.ContainsAny(disposition, "\r\n") {
				t.Errorf("%q: disposition %q breaks the header", name, disposition)
			}
		}
	})
	t.Run("what has gone is not found", func(t *testing.T) {
		s := open(t, newClock())
		put(t, s, testKey, "picture")
		address := link(t, s, task.Link{Key: testKey}).URL
		if err := s.DeletePrefix(t.Context(), "images/local/"); err != nil {
			t.Fatal(err)
		}
		if r := get(s, "GET", address, nil); r.StatusCode != http.StatusNotFound || r.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("GET: %d %v, want 404 no-store", r.StatusCode, r.Header)
		}
	})
	t.Run("neither a folder nor a link out of the folder is an object", func(t *testing.T) {
		s := open(t, newClock())
		put(t, s, testKey, "picture")
		if err := os.Symlink("/etc/passwd", filepath.Join(s.path, "images", "a.png")); err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{"images/local", "images/a.png"} {
			if r := get(s, "GET", link(t, s, task.Link{Key: key}).URL, nil); r.StatusCode != http.StatusNotFound {
				t.Errorf("GET %s: %d, want 404", key, r.StatusCode)
			}
		}
	})
}

func TestRefusals(t *testing.T) {
	c := newClock()
	s := open(t, c)
	put(t, s, testKey, "picture")
	put(t, s, "images/other.png", "other")
	good := link(t, s, task.Link{Key: testKey, Filename: "a.png"}).URL
	u, err := url.Parse(good)
	if err != nil {
		t.Fatal(err)
	}
	with := func(change func(path *string, q url.Values)) string {
		path, q := u.Path, u.Query()
		change(&path, q)
		return path + "?" + q.Encode()
	}
	if r := get(s, "GET", with(func(*string, url.Values) {}), nil); r.StatusCode != http.StatusOK {
		t.Fatalf("the unchanged link: %d, want 200", r.StatusCode)
	}
	for name, address := range map[string]string{
		"another key":           with(func(p *string, _ url.Values) { *p = Prefix + "images/other.png" }),
		"a later expiry":        with(func(_ *string, q url.Values) { q.Set("expires", "99999999999") }),
		"an expiry in words":    with(func(_ *string, q url.Values) { q.Set("expires", "never") }),
		"another file name":     with(func(_ *string, q url.Values) { q.Set("name", "b.exe") }),
		"no file name":          with(func(_ *string, q url.Values) { q.Del("name") }),
		"no signature":          with(func(_ *string, q url.Values) { q.Del("sig") }),
		"an empty signature":    with(func(_ *string, q url.Values) { q.Set("sig", "") }),
		"a cut signature":       with(func(_ *string, q url.Values) { q.Set("sig", q.Get("sig")[:42]) }),
		"two signatures":        with(func(_ *string, q url.Values) { q.Add("sig", q.Get("sig")) }),
		"a foreign parameter":   with(func(_ *string, q url.Values) { q.Set("x", "1") }),
		"a broken query":        good + "&%zz",
		"a way out":             with(func(p *string, _ url.Values) { *p = Prefix + "images/../../../etc/passwd" }),
		"a way out, encoded":    with(func(p *string, _ url.Values) { *p = Prefix + "images/%2e%2e/%2e%2e/etc/passwd" }),
		"an absolute path":      with(func(p *string, _ url.Values) { *p = Prefix + "/etc/passwd" }),
		"a backslash":           with(func(p *string, _ url.Values) { *p = Prefix + `images%5C..%5Cx` }),
		"the unfinished files":  with(func(p *string, _ url.Values) { *p = Prefix + newDir + "/x" }),
		"a NUL":                 with(func(p *string, _ url.Values) { *p = Prefix + "images/other.png%00" }),
		"an address elsewhere":  with(func(p *string, _ url.Values) { *p = "/other/" + testKey }),
		"nothing but the place": Prefix,
	} {
		r := get(s, "GET", address, nil)
		if got := body(t, r); r.StatusCode != http.StatusForbidden || got != "This link is not valid.\n" {
			t.Errorf("%s: %d %q, want 403", name, r.StatusCode, got)
		}
		if r.Header.Get("X-Content-Type-Options") != "nosniff" || r.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: headers %v", name, r.Header)
		}
	}
	t.Run("a link can only be read", func(t *testing.T) {
		for _, method := range []string{"PUT", "POST", "DELETE", "OPTIONS"} {
			if r := get(s, method, good, nil); r.StatusCode != http.StatusMethodNotAllowed || r.Header.Get("Allow") != "GET, HEAD" {
				t.Errorf("%s: %d, Allow %q", method, r.StatusCode, r.Header.Get("Allow"))
			}
		}
	})
	t.Run("another secret voids the link", func(t *testing.T) {
		other, err := Open(s.path, Options{Secret: []byte(strings.Repeat("t", minSecret)), Now: c.now})
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		if r := get(other, "GET", good, nil); r.StatusCode != http.StatusForbidden {
			t.Errorf("GET: %d, want 403", r.StatusCode)
		}
	})
	t.Run("a link ends at its expiry and says so", func(t *testing.T) {
		c.t = time.Date(2026, 11, 23, 12, 30, 0, 0, time.UTC).Add(-time.Nanosecond)
		if r := get(s, "GET", good, nil); r.StatusCode != http.StatusOK {
			t.Errorf("just before: %d, want 200", r.StatusCode)
		}
		c.t = c.t.Add(time.Nanosecond)
		r := get(s, "GET", good, nil)
		if got := body(t, r); r.StatusCode != http.StatusForbidden || !strings.Contains(got, "expired") {
			t.Errorf("at the expiry: %d %q, want 403 and that it expired", r.StatusCode, got)
		}
	})
}

func TestServeOverTheNetwork(t *testing.T) {
	t.Run("a server's limit for answers does not cut a picture", func(t *testing.T) {
		s := open(t, newClock())
		data := strings.Repeat("x", 1<<20)
		put(t, s, testKey, data)
		server := httptest.NewUnstartedServer(s)
		server.Config.WriteTimeout = time.Nanosecond
		server.Start()
		defer server.Close()
		r, err := http.Get(server.URL + link(t, s, task.Link{Key: testKey}).URL)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		if got := body(t, r); got != data {
			t.Errorf("got %d bytes, want %d", len(got), len(data))
		}
	})
}

func BenchmarkLink(b *testing.B) {
	s, err := Open(b.TempDir(), Options{Secret: testSecret})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	for b.Loop() {
		link(b, s, task.Link{Key: testKey})
	}
}
