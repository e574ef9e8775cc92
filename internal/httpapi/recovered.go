package httpapi

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
)

// recovered answers 500 to a panic, whose value and stack only the log sees.
func recovered(log *slog.Logger) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer answerPanic(w, r, log)
			next.ServeHTTP(w, r)
		})
	}
}

// answerPanic is to be deferred.
func answerPanic(w http.ResponseWriter, r *http.Request, log *slog.Logger) {
	v := recover()
	if v == nil {
		return
	}
	q := requestOf(r.Context())
	log.ErrorContext(r.Context(), "panic", "request_id", q.id, "route", q.route,
		"panic", fmt.Sprint(v), "stack", string(debug.Stack()))
	a := w.(*answer)
	a.reset()
	for _, name := range []string{"Content-Encoding", "Cache-Control", "ETag", "Location"} {
		a.header.Del(name)
	}
	writeProblem(w, r, fmt.Errorf("panic: %v", v))
}
