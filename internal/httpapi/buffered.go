package httpapi

import (
	"bytes"
	"net/http"
	"strconv"
	"sync"
)

// answer holds a whole answer until every middleware has seen it: an error in the
// middle of one leaves nothing half-sent, and its body is written once, then
// hashed and compressed. Answers are small; pictures go by signed link.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header { return a.header }

// WriteHeader takes the first status, as net/http does.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *answer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(p)
}

// reset takes back status and body, so that another answer can be written.
func (a *answer) reset() {
	a.status = 0
	a.body.Reset()
}

// keepBuffer is how large a buffer may have grown to be used again.
const keepBuffer = 256 << 10

var answers = sync.Pool{New: func() any { return new(answer) }}

// buffered gives the handlers inside an [answer] to write to, and sends it.
func buffered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := answers.Get().(*answer)
		a.header = w.Header()
		next.ServeHTTP(a, r)
		a.send(w, r)
		a.reset()
		a.header = nil
		if a.body.Cap() <= keepBuffer {
			answers.Put(a)
		}
	})
}

func (a *answer) send(w http.ResponseWriter, r *http.Request) {
	a.WriteHeader(http.StatusOK) // a handler that wrote nothing at all
	if r.Method == http.MethodHead {
		if a.body.Len() > 0 {
			w.Header().Set("Content-Length", strconv.Itoa(a.body.Len()))
		}
		a.body.Reset()
	}
	w.WriteHeader(a.status)
	if a.body.Len() == 0 {
		return
	}
	// An error means that the client has gone; nobody is left to tell.
	_, _ = w.Write(a.body.Bytes())
}
