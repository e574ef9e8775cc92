package host

import (
	"net"
	"net/http"
	"slices"
	"strings"

	"volcimage/internal/catalog"
)

// baseHeaders go with every answer, of whatever part, that sets none of its own: a
// browser is to do nothing with it.
var baseHeaders = map[string]string{
	"Content-Security-Policy":    "default-src 'none'; frame-ancestors 'none'",
	"X-Content-Type-Options":     "nosniff",
	"Referrer-Policy":            "no-referrer",
	"Cross-Origin-Opener-Policy": "same-origin",
	"Strict-Transport-Security":  "max-age=31536000", // a year; browsers heed it over TLS only
}

// Front stands before all parts of the service. It answers 421 to a request for a
// host that is not the service's: a page of the web whose name was made to lead
// here (DNS rebinding) is of the same origin as its name, and could otherwise do
// all that the service's own page can. The service is called localhost, 127.0.0.1,
// [::1] and whatever is in names, each without port.
func Front(names []string, next http.Handler) http.Handler {
	known := slices.Concat([]string{"localhost", "127.0.0.1", "[::1]"}, names)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, value := range baseHeaders {
			w.Header().Set(name, value)
		}
		if !slices.Contains(known, hostname(r.Host)) {
			writeProblem(w, http.StatusMisdirectedRequest, catalog.CodeForbidden, newID())
			return
		}
		next.ServeHTTP(w, r)
	})
}

// hostname is the host without its port, in one spelling.
func hostname(hostport string) string {
	name := strings.ToLower(hostport)
	if h, _, err := net.SplitHostPort(name); err == nil {
		name = h
	}
	name = strings.TrimSuffix(strings.Trim(name, "[]"), ".")
	if strings.Contains(name, ":") {
		return "[" + name + "]"
	}
	return name
}
