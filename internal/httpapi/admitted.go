package httpapi

import (
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

// admitted refuses a request that is nobody's, alike for every reason.
func admitted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !requestOf(r.Context()).known && !open(r.URL.Path) {
			w.Header().Set("WWW-Authenticate", `Bearer realm="volcimage"`)
			writeProblem(w, r, &task.Error{Kind: task.Denied, Code: catalog.CodeUnauthorized})
			return
		}
		next.ServeHTTP(w, r)
	})
}
