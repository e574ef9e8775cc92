package httpapi

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

// openRoutes need no key: what is there says nothing of anybody. Preflights are
// answered before keys are asked for.
var openRoutes = map[string]bool{healthPath: true, openAPIPath: true, docsPath: true}

func open(path string) bool {
	return openRoutes[path] || strings.HasPrefix(path, docsPath+"/")
}

// authenticated finds the owner by the API key, if keys are on.
func authenticated(keys map[[32]byte]task.Owner) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			q := requestOf(r.Context())
			switch {
			case keys == nil:
				q.owner = task.Local
			case !open(r.URL.Path):
				owner, ok := ownerOf(keys, presented(r))
				if !ok {
					w.Header().Set("WWW-Authenticate", `Bearer realm="volcimage"`)
					writeProblem(w, r, &task.Error{Kind: task.Denied, Code: catalog.CodeUnauthorized})
					return
				}
				q.owner = owner
			}
			next.ServeHTTP(w, r)
		})
	}
}

// presented is the key that came with r, empty for none.
func presented(r *http.Request) string {
	if key := r.Header.Get("X-Api-Key"); key != "" {
		return key
	}
	scheme, key, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(key)
}

// ownerOf hashes and compares the same, whatever the key and whether there is one.
func ownerOf(keys map[[32]byte]task.Owner, key string) (owner task.Owner, ok bool) {
	hash := sha256.Sum256([]byte(key))
	for known, o := range keys {
		if subtle.ConstantTimeCompare(known[:], hash[:]) == 1 {
			owner, ok = o, key != ""
		}
	}
	return owner, ok
}
