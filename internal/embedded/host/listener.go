package host

import (
	"container/list"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
)

// listener has room for so many connections and no more. Where there is none for
// one that comes, the connection goes that has owed us something for longest: a
// request, the rest of one, or reading its answer. So neither silence nor slowness,
// in whatever number, keeps others out; who is being worked for stays.
type listener struct {
	net.Listener
	most int

	mu     sync.Mutex
	room   sync.Cond // of mu: one has gone, or owes something, or all is closed
	open   int
	owing  list.List // of *conn, the longest owing first
	closed bool
}

func newListener(ln net.Listener, connections int) *listener {
	l := &listener{Listener: ln, most: connections}
	l.room.L = &l.mu
	return l
}

// Accept waits with the one that came while there is no room and nobody can go;
// others wait in the system's queue then, and cost nothing here.
func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	n := &conn{Conn: c, of: l}
	leaving, ok := l.enter(n)
	if !ok {
		return nil, errors.Join(net.ErrClosed, c.Close())
	}
	if leaving != nil {
		_ = leaving.Close() // whoever serves it sees the end
	}
	return n, nil
}

// enter gives c a place, and answers who must go for it, if anybody. c owes its
// first request.
func (l *listener) enter(c *conn) (leaving *conn, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.open >= l.most && l.owing.Len() == 0 && !l.closed {
		l.room.Wait()
	}
	if l.closed {
		return nil, false
	}
	if l.open >= l.most {
		leaving = l.owing.Front().Value.(*conn)
		l.leave(leaving)
	}
	l.open++
	c.owes = l.owing.PushBack(c)
	return leaving, true
}

// leave takes c out of the account, once. The lock is held.
func (l *listener) leave(c *conn) {
	if c.gone {
		return
	}
	c.gone = true
	l.pay(c)
	l.open--
	l.room.Signal()
}

// pay takes c off the list. The lock is held.
func (l *listener) pay(c *conn) {
	if c.owes != nil {
		l.owing.Remove(c.owes)
		c.owes = nil
	}
}

// Close ends a pending Accept, too, that waits for room.
func (l *listener) Close() error {
	l.mu.Lock()
	l.closed = true
	l.room.Broadcast()
	l.mu.Unlock()
	return l.Listener.Close()
}

// conn is a connection that leaves room for another when it is closed.
type conn struct {
	net.Conn
	of   *listener
	owes *list.Element // in of.owing; nil while it is being worked for
	gone bool
}

// Close closes the connection.
func (c *conn) Close() error {
	c.of.mu.Lock()
	c.of.leave(c)
	c.of.mu.Unlock()
	return c.Conn.Close()
}

// owe notes whether the client owes something, and answers whether it did before.
func (c *conn) owe(now bool) (before bool) {
	l := c.of
	l.mu.Lock()
	defer l.mu.Unlock()
	before = c.owes != nil
	switch {
	case c.gone || now == before:
	case now:
		c.owes = l.owing.PushBack(c)
		l.room.Signal()
	default:
		l.pay(c)
	}
	return before
}

type connKey struct{}

// withConn lets [attended] find the connection of a request.
func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// attended keeps the connection of a request from going while it is worked on:
// from the last byte of the request to the answer.
func attended(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, ok := r.Context().Value(connKey{}).(*conn)
		if !ok {
			next.ServeHTTP(w, r)
			return
		}
		defer c.owe(true)
		if r.ContentLength == 0 {
			c.owe(false)
		} else {
			r.Body = &arriving{r.Body, c}
		}
		next.ServeHTTP(w, r)
	})
}

// arriving is a body that the client owes until it has come to its end.
type arriving struct {
	io.ReadCloser
	of *conn
}

// Read reads.
func (a *arriving) Read(p []byte) (int, error) {
	n, err := a.ReadCloser.Read(p)
	if err != nil {
		a.of.owe(false)
	}
	return n, err
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
	before := c.owe(true)
	defer c.owe(before)
	if to, ok := c.Conn.(io.ReaderFrom); ok {
		return to.ReadFrom(r)
	}
	return io.Copy(struct{ io.Writer }{c.Conn}, r)
}

// Write writes p, or a problem document in place of a bare refusal.
func (c *conn) Write(p []byte) (int, error) {
	before := c.owe(true)
	defer c.owe(before)
	if status, ok := bareStatus(p); ok {
		return len(p), refuseBare(c.Conn, status)
	}
	return c.Conn.Write(p)
}
