package httpapi

import (
	"context"
	"crypto/rand"
	"net/http"

	"volcimage/internal/task"
)

// request is what the service knows of the request under way, for its log line
// and its problem documents.
type request struct {
	id      string
	chinese bool // Accept-Language prefers it
	owner   task.Owner
	known   bool      // owner is whose it is
	byKey   bool      // and a key says so
	route   string    // pattern of the mux; empty where none matched
	code    task.Code // of the problem answered, if any
	err     error     // behind it; for the log only
}

type requestKey struct{}

// requestOf is the request of ctx. Without one, what is noted there is lost.
func requestOf(ctx context.Context) *request {
	if q, ok := ctx.Value(requestKey{}).(*request); ok {
		return q
	}
	return &request{owner: task.Local}
}

// maxRequestID is in bytes.
const maxRequestID = 64

// requestID names every request, by the caller's own name where that is sane.
func requestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := &request{id: r.Header.Get("X-Request-Id"), chinese: prefersChinese(r.Header.Get("Accept-Language"))}
		if !saneID(q.id) {
			q.id = rand.Text()
		}
		w.Header().Set("X-Request-Id", q.id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(task.WithRequest(r.Context(), q.id), requestKey{}, q)))
	})
}

// saneID tells whether a foreign id can stand in a header and a log line.
func saneID(id string) bool {
	if id == "" || len(id) > maxRequestID {
		return false
	}
	for i := range len(id) {
		switch c := id[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '.', c == '=': // API Gateway's end with it
		default:
			return false
		}
	}
	return true
}
