package host

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"

	"volcimage/internal/catalog"
)

// listener accepts no more connections than open has room for, and dresses the
// server's own refusals up as problem documents.
type listener struct {
	net.Listener
	open chan struct{} // holds one for each connection
	done chan struct{} // closed by Close
	once sync.Once
}

func newListener(ln net.Listener, connections int) *listener {
	return &listener{Listener: ln, open: make(chan struct{}, connections), done: make(chan struct{})}
}

// Accept waits for room before it takes a connection, so that those who come
// wait in the system's queue and cost nothing here.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case l.open <- struct{}{}:
	case <-l.done:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.open
		return nil, err
	}
	return &conn{Conn: c, leave: sync.OnceFunc(func() { <-l.open })}, nil
}

// Close ends a pending Accept, too, that waits for room.
func (l *listener) Close() error {
	l.once.Do(func() { close(l.done) })
	return l.Listener.Close()
}

// conn is a connection that leaves room for another when it is closed.
type conn struct {
	net.Conn
	leave func()
}

// Close closes the connection.
func (c *conn) Close() error {
	defer c.leave()
	return c.Conn.Close()
}

// CloseWrite lets the server say that no more comes before it hangs up, so that
// its last words are not lost.
func (c *conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// ReadFrom lets the system copy a file to the network by itself, as it does for
// a connection that is not wrapped.
func (c *conn) ReadFrom(r io.Reader) (int64, error) {
	if to, ok := c.Conn.(io.ReaderFrom); ok {
		return to.ReadFrom(r)
	}
	return io.Copy(struct{ io.Writer }{c.Conn}, r)
}

// bareEnd ends the head of what net/http answers by itself to a request that it
// cannot read, such as one for "/%zz": one write, with a text instead of a problem
// document, and no way to change it but here. No handler's answer looks like it,
// for those have a Date.
const bareEnd = "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"

const maxBare = 512 // bytes; these answers are short

// Write writes p, or a problem document in place of a bare refusal.
func (c *conn) Write(p []byte) (int, error) {
	status, ok := bareStatus(p)
	if !ok {
		return c.Conn.Write(p)
	}
	id := newID()
	body := problemJSON(status, catalog.CodeInvalid, id)
	_, err := fmt.Fprintf(c.Conn, "HTTP/1.1 %d %s\r\nContent-Type: application/problem+json\r\nContent-Length: %d\r\n"+
		"Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nX-Request-Id: %s\r\nConnection: close\r\n\r\n%s",
		status, http.StatusText(status), len(body), id, body)
	return len(p), err
}

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
