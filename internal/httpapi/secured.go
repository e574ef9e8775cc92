package httpapi

import "net/http"

// apiPolicy lets a browser that opens an answer as a page load nothing at all.
const apiPolicy = "default-src 'none'; frame-ancestors 'none'"

// secured sets the headers that tell a browser what an answer may not do, and
// keeps an answer out of caches unless its handler said otherwise.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", apiPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Strict-Transport-Security", "max-age=31536000") // a year; browsers heed it over TLS only
		next.ServeHTTP(w, r)
		if h.Get("Cache-Control") == "" {
			h.Set("Cache-Control", "no-store")
		}
	})
}
