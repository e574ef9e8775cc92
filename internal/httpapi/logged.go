package httpapi

import (
	"log/slog"
	"net/http"
	"time"
)

// logged writes one line a request. It names no query value and no prompt; paths
// appear as the pattern of their route.
func logged(log *slog.Logger, now func() time.Time) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			began := now()
			next.ServeHTTP(w, r)
			a := w.(*answer)
			q := requestOf(r.Context())
			level := slog.LevelInfo
			attrs := []slog.Attr{
				slog.String("method", r.Method), slog.String("route", q.route),
				slog.Int("status", a.status), slog.Int64("ms", now().Sub(began).Milliseconds()),
				slog.Int("bytes", a.body.Len()), slog.String("owner", string(q.owner)),
				slog.String("request_id", q.id),
			}
			if q.code != "" {
				attrs = append(attrs, slog.String("code", string(q.code)))
			}
			if a.status >= http.StatusInternalServerError {
				level = slog.LevelError
				if q.err != nil {
					attrs = append(attrs, slog.Any("error", q.err))
				}
			}
			log.LogAttrs(r.Context(), level, "request", attrs...)
		})
	}
}
