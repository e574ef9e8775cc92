package httpapi

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

// What pages of other origins may do and see. Credentials are never allowed: keys
// are sent by header.
var (
	corsMethods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}
	corsHeaders = []string{"accept", "accept-language", "authorization", "content-type", "idempotency-key", "if-match", "if-none-match", "x-api-key", "x-request-id"}
	corsExposed = "X-Request-Id, Location, ETag, Idempotent-Replayed, Retry-After, RateLimit, RateLimit-Policy"
)

// corsMaxAge is for how many seconds a browser may keep a preflight's answer.
const corsMaxAge = "600"

// origins are the pages of other origins that may use the API.
type origins struct {
	exact []string
	any   bool
	guard *http.CrossOriginProtection
}

func newOrigins(allowed []string, keys bool) (*origins, error) {
	o := &origins{guard: http.NewCrossOriginProtection()}
	for _, name := range allowed {
		if name == "*" {
			if keys {
				return nil, fmt.Errorf("httpapi: allowed origin %q cannot stand together with API keys", name)
			}
			o.any = true
			continue
		}
		u, err := url.Parse(name)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Scheme+"://"+u.Host != name {
			return nil, fmt.Errorf("httpapi: allowed origin %q is not of the form scheme://host[:port]", name)
		}
		if err := o.guard.AddTrustedOrigin(name); err != nil {
			return nil, fmt.Errorf("allow origin %q: %w", name, err)
		}
		o.exact = append(o.exact, name)
	}
	return o, nil
}

// cors answers preflights and lets the allowed origins read answers. A request
// that changes something and comes from any other page is refused: without a key
// the browser's place in the network is all that it takes.
func (o *origins) cors(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		if !o.any && len(o.exact) > 0 {
			h.Add("Vary", "Origin")
		}
		origin := r.Header.Get("Origin")
		allowed := origin != "" && (o.any || slices.Contains(o.exact, origin))
		if origin != "" && r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
			if allowed {
				o.preflight(h, origin, r)
			}
			w.WriteHeader(http.StatusNoContent)
			return
		}
		if allowed {
			h.Set("Access-Control-Allow-Origin", o.name(origin))
			h.Set("Access-Control-Expose-Headers", corsExposed)
		}
		if err := o.guard.Check(r); err != nil && !o.any {
			writeProblem(w, r, &task.Error{Kind: task.Denied, Code: catalog.CodeForbidden, Err: err})
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (o *origins) name(origin string) string {
	if o.any {
		return "*"
	}
	return origin
}

func (o *origins) preflight(h http.Header, origin string, r *http.Request) {
	if !slices.Contains(corsMethods, r.Header.Get("Access-Control-Request-Method")) {
		return
	}
	for name := range strings.SplitSeq(r.Header.Get("Access-Control-Request-Headers"), ",") {
		if name = strings.ToLower(strings.TrimSpace(name)); name != "" && !slices.Contains(corsHeaders, name) {
			return
		}
	}
	h.Set("Access-Control-Allow-Origin", o.name(origin))
	h.Set("Access-Control-Allow-Methods", strings.Join(corsMethods, ", "))
	h.Set("Access-Control-Allow-Headers", strings.Join(corsHeaders, ", "))
	h.Set("Access-Control-Max-Age", corsMaxAge)
}
