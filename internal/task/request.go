package task

import "context"

type requestKey struct{}

// WithRequest is ctx for work on behalf of the request of that id, by which the log
// joins what is done for it. The id may be empty, until [NoteRequest] says it.
func WithRequest(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestKey{}, &id)
}

// NoteRequest says for which request the work of ctx is done, once that is known.
func NoteRequest(ctx context.Context, id string) {
	if p, ok := ctx.Value(requestKey{}).(*string); ok {
		*p = id
	}
}

// RequestOf is the id of the request that the work of ctx is done for, empty where
// nobody said.
func RequestOf(ctx context.Context) string {
	if p, ok := ctx.Value(requestKey{}).(*string); ok {
		return *p
	}
	return ""
}
