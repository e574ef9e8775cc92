package host

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// guests is a listener with room for two, and the connections that came in.
type guests struct {
	*listener
	in    *pipeListener
	came  chan *conn
	ended chan error
}

func newGuests() *guests {
	in := &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
	g := &guests{listener: newListener(in, 2), in: in, came: make(chan *conn, 10), ended: make(chan error, 1)}
	go func() {
		for {
			c, err := g.Accept()
			if err != nil {
				g.ended <- err
				return
			}
			g.came <- c.(*conn)
		}
	}()
	return g
}

// knock comes to the door, and goes in if somebody opens.
func (g *guests) knock() (client net.Conn, opened bool) {
	client, server := net.Pipe()
	go func() {
		select {
		case g.in.conns <- server:
		case <-g.in.closed:
		}
	}()
	synctest.Wait()
	return client, len(g.came) > 0
}

// enter is a connection that is let in.
func (g *guests) enter(t *testing.T) (client net.Conn, server *conn) {
	t.Helper()
	client, opened := g.knock()
	if !opened {
		t.Fatal("not let in")
	}
	return client, <-g.came
}

// isOpen tells whether the other side has not closed it.
func isOpen(c net.Conn) bool {
	_ = c.SetReadDeadline(time.Now().Add(time.Millisecond))
	_, err := c.Read(make([]byte, 1))
	return !errors.Is(err, io.EOF)
}

func TestListener(t *testing.T) {
	in := func(t *testing.T, test func(t *testing.T, g *guests)) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			g := newGuests()
			test(t, g)
			if err := g.Close(); err != nil {
				t.Fatal(err)
			}
			if err := <-g.ended; !errors.Is(err, net.ErrClosed) {
				t.Errorf("Accept after Close: %v", err)
			}
		})
	}
	t.Run("one too many takes the place of who has owed something for longest", func(t *testing.T) {
		in(t, func(t *testing.T, g *guests) {
			first, a := g.enter(t)
			second, _ := g.enter(t)
			a.owe(false)
			a.owe(true) // asked and was answered: the second is silent for longer now
			third, _ := g.enter(t)
			if !isOpen(first) || isOpen(second) || !isOpen(third) {
				t.Errorf("open: %v %v %v, want the second closed", isOpen(first), isOpen(second), isOpen(third))
			}
		})
	})
	t.Run("who is worked for stays", func(t *testing.T) {
		in(t, func(t *testing.T, g *guests) {
			first, a := g.enter(t)
			a.owe(false)
			second, _ := g.enter(t)
			third, _ := g.enter(t)
			if !isOpen(first) || isOpen(second) || !isOpen(third) {
				t.Errorf("open: %v %v %v, want the second closed", isOpen(first), isOpen(second), isOpen(third))
			}
		})
	})
	t.Run("while all are worked for, others wait until one goes", func(t *testing.T) {
		in(t, func(t *testing.T, g *guests) {
			_, a := g.enter(t)
			_, b := g.enter(t)
			a.owe(false)
			b.owe(false)
			if _, opened := g.knock(); opened {
				t.Error("let in with no room")
			}
			for range 2 { // closing twice leaves one place
				if err := a.Close(); err != nil {
					t.Fatal(err)
				}
			}
			synctest.Wait()
			if len(g.came) != 1 {
				t.Fatalf("%d let in, want 1", len(g.came))
			}
			(<-g.came).owe(false)
			if _, opened := g.knock(); opened {
				t.Error("let in with no room, after one left twice")
			}
		})
	})
	t.Run("who waits is let in once somebody owes something", func(t *testing.T) {
		in(t, func(t *testing.T, g *guests) {
			var all []*conn
			for range 2 {
				_, c := g.enter(t)
				c.owe(false)
				all = append(all, c)
			}
			if _, opened := g.knock(); opened {
				t.Error("let in with no room")
			}
			all[0].owe(true)
			synctest.Wait()
			if len(g.came) != 1 || !all[0].gone {
				t.Errorf("%d let in, the one that owes gone: %v", len(g.came), all[0].gone)
			}
		})
	})
	t.Run("the end does not wait for room", func(t *testing.T) {
		in(t, func(t *testing.T, g *guests) {
			for range 2 {
				_, c := g.enter(t)
				c.owe(false)
			}
			g.knock()
		})
	})
}

// crowd is a server with room for two.
func crowd(t *testing.T, h http.Handler) (dial func() net.Conn) {
	t.Helper()
	in := &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{Handler: attended(h), ConnContext: withConn, ReadTimeout: time.Minute}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(newListener(in, 2)) }()
	t.Cleanup(func() {
		_ = server.Close()
		<-ended
	})
	return func() net.Conn {
		client, served := net.Pipe()
		in.conns <- served
		synctest.Wait()
		return client
	}
}

// ask sends a text and waits until all stand still.
func ask(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
}

const (
	plainGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
	halfPost = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab"
)

func TestWhoMustGo(t *testing.T) {
	blocked := func(leave <-chan struct{}) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.ReadAll(r.Body)
			<-leave
			_, _ = io.WriteString(w, strings.Repeat("x", 1<<20))
		})
	}
	for name, c := range map[string]struct {
		sends string
		after func(leave chan struct{})
		stays bool
	}{
		"a head that is not finished":   {"GET / HTTP/1.1\r\nX:", nil, false},
		"a body that is not finished":   {halfPost, nil, false},
		"an answer that is not read":    {plainGet, func(leave chan struct{}) { close(leave) }, false},
		"a request that is worked on":   {plainGet, nil, true},
		"a whole body, being worked on": {halfPost + "cd", nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				leave := make(chan struct{})
				dial := crowd(t, blocked(leave))
				odd := dial()
				ask(t, odd, c.sends)
				if c.after != nil {
					c.after(leave)
					synctest.Wait()
				} else {
					defer close(leave)
				}
				silent := dial()
				_ = dial()
				if got := isOpen(odd) || c.after != nil && stillSends(odd); got != c.stays {
					t.Errorf("stays: %v, want %v", got, c.stays)
				}
				if isOpen(silent) == c.stays {
					t.Errorf("the silent one stays: %v, want %v", !c.stays, !c.stays)
				}
			})
		})
	}
}

// stillSends tells whether more comes than was sent before the other side closed.
func stillSends(c net.Conn) bool {
	_ = c.SetReadDeadline(time.Now().Add(time.Second))
	n, err := io.Copy(io.Discard, c)
	return n > 1<<20 || err != nil
}

func TestFront(t *testing.T) {
	inner := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'self'")
		w.WriteHeader(http.StatusNoContent)
	})
	front := Front([]string{"pictures.example", "192.168.1.5"}, inner)
	get := func(host string) *http.Response {
		r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://x/", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		return serve(front, r)
	}
	t.Run("the names of the service are answered, on whatever port", func(t *testing.T) {
		for _, host := range []string{
			"localhost", "localhost:8080", "LocalHost:1", "localhost.", "127.0.0.1", "127.0.0.1:8080", "[::1]", "[::1]:8080",
			"pictures.example", "PICTURES.example:443", "192.168.1.5:8080",
		} {
			if res := get(host); res.StatusCode != http.StatusNoContent || res.Header.Get("Content-Security-Policy") != "default-src 'self'" {
				t.Errorf("%q: status %d, headers %v", host, res.StatusCode, res.Header)
			}
		}
	})
	t.Run("another name is refused, be it one that leads here", func(t *testing.T) {
		for _, host := range []string{
			"", "evil.example", "evil.example:8080", "localhost.evil.example", "evil-localhost", "127.0.0.1.nip.io", "127.0.0.2", "0.0.0.0", "[::]",
			"a.pictures.example", "pictures.example.evil.example", "192.168.1.6", "localhost:8080:80", "localhost@evil.example", "2130706433",
		} {
			res := get(host)
			wantProblem(t, res, http.StatusMisdirectedRequest, "forbidden")
			for name := range baseHeaders {
				if res.Header.Get(name) == "" {
					t.Errorf("C37 %q: no %s", host, name)
				}
			}
		}
	})
}
