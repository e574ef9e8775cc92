package httpapi

import (
	"context"
	"net/http"
	"time"
)

const (
	// answerWithin leaves API Gateway's 30 s some room.
	answerWithin = 25 * time.Second
	// answerMargin is what is kept of a function's time to send the 504.
	answerMargin = 500 * time.Millisecond
)

// bounded ends the work on a request while there still is time to say so.
func bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		end := time.Now().Add(answerWithin)
		if t, ok := r.Context().Deadline(); ok && t.Add(-answerMargin).Before(end) {
			end = t.Add(-answerMargin)
		}
		ctx, cancel := context.WithDeadline(r.Context(), end)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}
