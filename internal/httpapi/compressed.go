package httpapi

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// compressFrom is the size in bytes from which compressing pays.
const compressFrom = 1 << 10

var zippers = sync.Pool{New: func() any {
	z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is a valid one
	return z
}}

// compressed sends JSON gzipped to those who take it.
func compressed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r)
		a := w.(*answer)
		if a.varies() && a.body.Len() > compressFrom && takesGzip(r.Header.Get("Accept-Encoding")) {
			a.compress()
		}
	})
}

// varies tells whether an answer comes compressed to some, and says so in it.
func (a *answer) varies() bool {
	is := strings.HasSuffix(a.header.Get("Content-Type"), "json")
	if is {
		a.header.Add("Vary", "Accept-Encoding")
	}
	return is
}

func (a *answer) compress() {
	var small bytes.Buffer
	small.Grow(a.body.Len() / 4)
	z := zippers.Get().(*gzip.Writer)
	defer zippers.Put(z)
	z.Reset(&small)
	_, err := z.Write(a.body.Bytes())
	if err != nil || z.Close() != nil {
		return // never happens: a buffer takes everything
	}
	a.header.Set("Content-Encoding", "gzip")
	a.header.Del("Content-Length")
	a.body.Reset()
	a.body.Write(small.Bytes())
}

// takesGzip reads Accept-Encoding (RFC 9110, 12.5.3).
func takesGzip(accept string) bool {
	for part := range strings.SplitSeq(accept, ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if name = strings.TrimSpace(name); name != "gzip" && name != "*" {
			continue
		}
		q, given := strings.CutPrefix(strings.TrimSpace(params), "q=")
		if !given {
			return true
		}
		weight, err := strconv.ParseFloat(q, 64)
		return err == nil && weight > 0
	}
	return false
}
