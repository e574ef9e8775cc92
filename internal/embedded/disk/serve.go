package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"volcimage/internal/task"
)

const (
	// slowest is the rate in bytes a second below which a reader is given up; it
	// sets how long an answer may take.
	slowest = 16 << 10
	// answerTime is what any answer may take, however small.
	answerTime = 30 * time.Second
)

// ServeHTTP answers the addresses that Link makes, and refuses all others.
func (s *Store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	secure(w.Header())
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		refuse(w, http.StatusMethodNotAllowed, "A file can only be read.")
		return
	}
	l, expires, sig, ok := parse(r.URL)
	if !ok {
		refuse(w, http.StatusForbidden, "This link is not valid.")
		return
	}
	until, refusal := s.verify(l, expires, sig)
	if refusal != "" {
		refuse(w, http.StatusForbidden, refusal)
		return
	}
	s.serveObject(w, r, l, until)
}

// secure sets what holds for every answer: whatever the bytes are, no browser
// runs anything in them, nor shows them in another site's page.
func secure(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Strict-Transport-Security", "max-age=31536000") // browsers heed it over TLS only
}

// parse takes a link apart. Each parameter must be there once, and no other.
func parse(u *url.URL) (l task.Link, expires, sig string, ok bool) {
	key, ok := strings.CutPrefix(u.Path, Prefix)
	if !ok {
		return l, "", "", false
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return l, "", "", false
	}
	for name, values := range query {
		if len(values) != 1 || name != "expires" && name != "sig" && name != "name" {
			return l, "", "", false
		}
	}
	return task.Link{Key: key, Filename: query.Get("name")}, query.Get("expires"), query.Get("sig"), true
}

func (s *Store) serveObject(w http.ResponseWriter, r *http.Request, l task.Link, until time.Time) {
	f, info, err := s.open(l.Key)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		refuse(w, http.StatusNotFound, "This file is not there any more.")
		return
	case err != nil:
		refuse(w, http.StatusInternalServerError, "This file cannot be read.")
		return
	}
	defer func() { _ = f.Close() }() // opened for reading: nothing can be lost

	h := w.Header()
	h.Set("Content-Type", contentType(l.Key))
	h.Set("Content-Disposition", l.Disposition())
	h.Set("ETag", fmt.Sprintf(`"%x-%x"`, info.Size(), info.ModTime().UnixNano()))
	left := int64(until.Sub(s.now()) / time.Second)
	h.Set("Cache-Control", "private, max-age="+strconv.FormatInt(left, 10)+", immutable")

	// A picture may take a slow reader longer than the server allows for an
	// answer of the API. Where there is no such limit there is none to move.
	allowed := answerTime + time.Duration(info.Size()/slowest)*time.Second
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(allowed))
	http.ServeContent(w, r, "", info.ModTime(), f)
}

// open opens the object for reading. What is no plain file is not there.
func (s *Store) open(key string) (*os.File, fs.FileInfo, error) {
	info, err := s.root.Lstat(key)
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, fs.ErrNotExist
	}
	f, err := s.root.Open(key)
	if err != nil {
		return nil, nil, err
	}
	return f, info, nil
}

func refuse(w http.ResponseWriter, status int, words string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(words + "\n")) // the reader has gone: nobody is left to tell
}
