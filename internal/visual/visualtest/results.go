package visualtest

import (
	"archive/zip"
	"bytes"
	"crypto/hmac"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"volcimage/internal/visual/visualtest/paint"
)

// resultPath is where result links lead.
const resultPath = "/results/"

// link is the address of a task's n-th picture. It needs no other credentials.
func (s *Server) link(base string, e *entry, n int, expires time.Time) string {
	path := fmt.Sprintf("%s%s/%d.%s", resultPath, e.id, n, extension(e.model.Format))
	stamp := strconv.FormatInt(expires.Unix(), 10)
	return base + path + "?x-expires=" + stamp + "&x-signature=" + s.linkSignature(path, stamp)
}

func (s *Server) linkSignature(path, stamp string) string {
	return hex.EncodeToString(mac(s.linkKey, path+"\n"+stamp))
}

func extension(format string) string {
	if format == "jpeg" {
		return "jpg"
	}
	return format
}

// serveResult sends a picture. A link that was changed or has ended is 403, as it is
// at an object store.
func (s *Server) serveResult(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "MethodNotAllowed", http.StatusMethodNotAllowed)
		return
	}
	if !s.linkHolds(r) {
		http.Error(w, "AccessDenied: the link is not valid or has expired", http.StatusForbidden)
		return
	}
	e, n, l, wishes := s.find(r.URL.Path)
	if e == nil {
		http.NotFound(w, r)
		return
	}
	s.sendPicture(w, r, e, n, l, wishes)
}

func (s *Server) linkHolds(r *http.Request) bool {
	q := r.URL.Query()
	stamp := q.Get("x-expires")
	unix, err := strconv.ParseInt(stamp, 10, 64)
	genuine := hmac.Equal([]byte(q.Get("x-signature")), []byte(s.linkSignature(r.URL.Path, stamp)))
	return err == nil && genuine && s.cfg.Now().Before(time.Unix(unix, 0))
}

// find is the picture that a path with a good signature names, how it is labelled, and
// the faults that this download gets.
func (s *Server) find(path string) (*entry, int, label, []wish) {
	id, file, _ := strings.Cut(strings.TrimPrefix(path, resultPath), "/")
	number, _, _ := strings.Cut(file, ".")
	n, _ := strconv.Atoi(number) // the signature holds, so it is a number
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Downloads++
	e := s.ledger.byID[id]
	if e == nil {
		return nil, 0, label{}, nil
	}
	wishes := slices.Concat(s.faults.next(AtDownload, false), e.wishes)
	return e, n, e.label, slices.DeleteFunc(wishes, func(w wish) bool {
		return w.Moment != AtDownload || !s.due(w, e.prompt)
	})
}

// sketch is what is to be drawn as the task's n-th picture.
func (e *entry) sketch(n int, l label) sketch {
	return sketch{
		Spec: paint.Spec{
			Prompt: faultWord.ReplaceAllString(e.prompt, ""), Model: e.model.ID,
			Variation: e.variation, Index: n, Width: e.width, Height: e.height,
		},
		format: e.model.Format, label: l,
	}
}

func (s *Server) sendPicture(w http.ResponseWriter, r *http.Request, e *entry, n int, l label, wishes []wish) {
	k := e.sketch(n, l)
	name := ""
	if len(wishes) > 0 {
		name = wishes[0].Name
	}
	switch name {
	case "404-picture":
		http.NotFound(w, r)
		return
	case "503-picture":
		http.Error(w, "SlowDown", http.StatusServiceUnavailable)
		return
	case "wrong-size":
		k.Width, k.Height = k.Width/2, k.Height/2
	}
	data, err := s.gallery.picture(k)
	if err != nil {
		s.cfg.Log.Error("draw", "error", err)
		http.Error(w, "InternalError", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "image/"+e.model.Format)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "private, max-age=86400")
	switch name {
	case "oversized":
		sendOversized(w, data)
	case "cut-transfer":
		w.Header().Set("Content-Length", strconv.Itoa(len(data)))
		_, _ = w.Write(data[:len(data)/2]) //nolint:gosec // G705: a picture, under its own content type
		panic(http.ErrAbortHandler)        // net/http ends the connection
	default:
		http.ServeContent(w, r, "", e.done, bytes.NewReader(spoil(name, data)))
	}
}

// spoil is what a fault makes of a good picture; without one it is the picture.
func spoil(fault string, data []byte) []byte {
	switch fault {
	case "bad-picture":
		return []byte("<?xml version=\"1.0\"?><Error><Code>InternalError</Code></Error>")
	case "cut-picture":
		return data[:len(data)/2]
	case "empty-picture":
		return nil
	case "huge-header":
		return paint.HugeHeader()
	case "trailing":
		return append(slices.Clip(data), archive()...)
	default:
		return data
	}
}

// archive is a small zip.
func archive() []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, err := z.Create("index.html")
	if err == nil {
		_, _ = f.Write([]byte("<script>alert(1)</script>")) // into memory: never fails
	}
	_ = z.Close() // likewise
	return b.Bytes()
}

// oversize is how much comes behind an oversized picture.
const oversize = 96 << 20

func sendOversized(w http.ResponseWriter, data []byte) {
	if _, err := w.Write(data); err != nil { //nolint:gosec // G705: as above
		return
	}
	chunk := make([]byte, 64<<10)
	for sent := 0; sent < oversize; sent += len(chunk) {
		if _, err := w.Write(chunk); err != nil {
			return // the caller has had enough
		}
	}
}
