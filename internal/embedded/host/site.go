package host

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	maxSiteBytes = 32 << 20 // of all files, which are kept in memory
	maxSiteFiles = 2000
	// minGzip is the size in bytes below which compression gains nothing.
	minGzip = 512
)

// siteTypes are the files that a page is made of. Others are not served.
var siteTypes = map[string]string{
	".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8",
	".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8",
	".json": "application/json", ".webmanifest": "application/manifest+json", ".txt": "text/plain; charset=utf-8",
	".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".webp": "image/webp", ".ico": "image/x-icon",
	".woff2": "font/woff2",
}

// siteHeaders go with every answer of the page. The policy lets nothing in from
// elsewhere; 'self' covers WebSockets of the same host.
var siteHeaders = map[string]string{
	"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; font-src 'self'; " +
		"connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'",
	"X-Content-Type-Options":       "nosniff",
	"Referrer-Policy":              "no-referrer",
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Permissions-Policy":           "camera=(), geolocation=(), microphone=()",
	"Strict-Transport-Security":    "max-age=31536000", // browsers heed it over TLS only
}

// SetSiteHeaders sets what goes with every answer of the page.
func SetSiteHeaders(h http.Header) {
	for name, value := range siteHeaders {
		h.Set(name, value)
	}
}

// Site serves the page from fsys. The files are read now and kept in memory; what
// serves to build or to test the page is left out.
func Site(fsys fs.FS) (http.Handler, error) {
	s := site{}
	size := 0
	err := fs.WalkDir(fsys, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if skip(e.Name()) && name != "." {
			if e.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		kind := siteTypes[path.Ext(name)]
		if e.IsDir() || kind == "" {
			return nil
		}
		f, err := readSiteFile(fsys, name, kind)
		if err != nil {
			return err
		}
		if size += len(f.data); size > maxSiteBytes || len(s) == maxSiteFiles {
			return fmt.Errorf("more than %d MiB or %d files", maxSiteBytes>>20, maxSiteFiles)
		}
		s["/"+name] = f
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read site: %w", err)
	}
	if s["/index.html"] == nil {
		return nil, errors.New("read site: there is no index.html")
	}
	return s, nil
}

// skip tells whether the file or folder of that name is for building or testing.
func skip(name string) bool {
	switch name {
	case "node_modules", "test", "tests", "tools", "package.json", "package-lock.json",
		"css", "html", "js", "vendor": // what the page is built from
		return true
	}
	return strings.HasPrefix(name, ".") || strings.Contains(name, ".in.") || strings.Contains(name, ".test.")
}

// site is the files by the path of their address.
type site map[string]*siteFile

func (s site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	SetSiteHeaders(h)
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "This page can only be read.", http.StatusMethodNotAllowed)
		return
	}
	name := r.URL.Path
	if strings.HasSuffix(name, "/") {
		name += "index.html"
	}
	f := s[name]
	if f == nil {
		h.Set("Cache-Control", "no-store")
		http.Error(w, "There is no such page.", http.StatusNotFound)
		return
	}
	f.serve(w, r)
}

// siteFile is one file. It is hashed and compressed when it is first asked for,
// so that a start does not wait for that.
type siteFile struct {
	kind    string
	data    []byte
	prepare func() prepared
}

type prepared struct {
	etag string
	gzip []byte // nil where it would not be smaller
}

func readSiteFile(fsys fs.FS, name, kind string) (*siteFile, error) {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	f := &siteFile{kind: kind, data: data}
	f.prepare = sync.OnceValue(func() prepared {
		sum := sha256.Sum256(data)
		return prepared{etag: hex.EncodeToString(sum[:16]), gzip: compressed(data)}
	})
	return f, nil
}

func (f *siteFile) serve(w http.ResponseWriter, r *http.Request) {
	p := f.prepare()
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", "public, max-age=60, must-revalidate")
	if strings.HasPrefix(f.kind, "text/html") {
		h.Set("Cache-Control", "no-cache")
	}
	if p.gzip == nil {
		h.Set("ETag", `"`+p.etag+`"`)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.data))
		return
	}
	h.Set("Vary", "Accept-Encoding")
	data := f.data
	if acceptsGzip(r.Header.Get("Accept-Encoding")) {
		h.Set("Content-Encoding", "gzip")
		data, p.etag = p.gzip, p.etag+"-gzip"
	}
	h.Set("ETag", `"`+p.etag+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}

// compressed is data gzipped, or nil where that saves less than a tenth: pictures
// and fonts are compressed already.
func compressed(data []byte) []byte {
	if len(data) < minGzip {
		return nil
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write(data)
	if err := errors.Join(err, z.Close()); err != nil || b.Len() > len(data)*9/10 {
		return nil // a buffer does not fail
	}
	return b.Bytes()
}

// acceptsGzip reads an Accept-Encoding header as RFC 9110, section 12.5.3, says.
func acceptsGzip(header string) bool {
	anything := false
	for part := range strings.SplitSeq(header, ",") {
		coding, params, _ := strings.Cut(part, ";")
		wanted := true
		if q, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
			weight, err := strconv.ParseFloat(q, 64)
			wanted = err == nil && weight > 0
		}
		switch strings.ToLower(strings.TrimSpace(coding)) {
		case "gzip":
			return wanted
		case "*":
			anything = wanted
		}
	}
	return anything
}
