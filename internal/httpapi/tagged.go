package httpapi

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
)

// tagged gives what was read an ETag, the hash of its body, and answers 304 to
// those who have it. The tag is weak, since the same one stands for the body
// compressed and plain. A handler that sets Cache-Control itself is left alone.
func tagged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r)
		a := w.(*answer)
		reads := r.Method == http.MethodGet || r.Method == http.MethodHead
		if !reads || a.status != http.StatusOK || a.header.Get("Cache-Control") != "" {
			return
		}
		tag := tagOf(a.body.Bytes())
		a.header.Set("ETag", tag)
		a.header.Set("Cache-Control", "private, no-cache")
		if matches(r.Header.Get("If-None-Match"), tag) {
			a.reset()
			a.WriteHeader(http.StatusNotModified)
			a.varies() // as what it stands for
			a.header.Del("Content-Type")
			a.header.Del("Content-Encoding")
		}
	})
}

// tagOf is 128 bits of the body's hash.
func tagOf(body []byte) string {
	sum := sha256.Sum256(body)
	return `W/"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`
}

// matches compares weakly, as RFC 9110, 13.1.2 has it. Our tags hold no comma.
func matches(ifNoneMatch, tag string) bool {
	for t := range strings.SplitSeq(ifNoneMatch, ",") {
		t = strings.TrimSpace(t)
		if t == "*" || strings.TrimPrefix(t, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}
