package host

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"volcimage/internal/catalog"
)

// bareEnd ends the head of what net/http answers by itself to a request that it
// cannot read, such as one for "/%zz": one write, with a text instead of a problem
// document, and no way to change it but in the connection. No handler's answer
// looks like it, for those have a Date.
const bareEnd = "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"

const maxBare = 512 // bytes; these answers are short

// bareStatus is the status of p, where p is such an answer.
func bareStatus(p []byte) (status int, ok bool) {
	rest, ok := bytes.CutPrefix(p, []byte("HTTP/1.1 "))
	if !ok || len(p) > maxBare || len(rest) < 3 {
		return 0, false
	}
	line := bytes.IndexByte(rest, '\r')
	if line < 0 || !bytes.HasPrefix(rest[line:], []byte(bareEnd)) {
		return 0, false
	}
	status, err := strconv.Atoi(string(rest[:3]))
	return status, err == nil && status >= 400
}

// refuseBare writes a problem document in its place.
func refuseBare(w io.Writer, status int) error {
	id := newID()
	body := problemJSON(status, catalog.CodeInvalid, id)
	h := http.Header{
		"Content-Type": {"application/problem+json"}, "Content-Length": {strconv.Itoa(len(body))},
		"Cache-Control": {"no-store"}, "X-Request-Id": {id}, "Connection": {"close"},
	}
	for name, value := range baseHeaders {
		h.Set(name, value)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", status, http.StatusText(status))
	_ = h.Write(&b) // a buffer takes everything
	b.WriteString("\r\n")
	b.Write(body)
	_, err := w.Write(b.Bytes())
	return err
}
