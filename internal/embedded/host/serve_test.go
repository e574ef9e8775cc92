package host

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// startServer serves h on a free port until stop is called.
func startServer(t *testing.T, h http.Handler) (address string, stop func() error) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, ln, h, quiet) }()
	return ln.Addr().String(), sync.OnceValue(func() error {
		cancel()
		return <-done
	})
}

func TestServe(t *testing.T) {
	t.Run("requests under way are finished at the stop", func(t *testing.T) {
		begun, goOn := make(chan struct{}), make(chan struct{})
		address, stop := startServer(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			close(begun)
			<-goOn
			_, _ = io.WriteString(w, "done")
		}))
		got := make(chan string, 1)
		go func() {
			res, err := http.Get("http://" + address)
			if err != nil {
				got <- err.Error()
				return
			}
			defer res.Body.Close()
			body, _ := io.ReadAll(res.Body)
			got <- string(body)
		}()
		<-begun
		stopped := make(chan error, 1)
		go func() { stopped <- stop() }()
		for { // until the stop has closed the port
			c, err := net.Dial("tcp", address)
			if err != nil {
				break
			}
			_ = c.Close()
		}
		close(goOn)
		if body := <-got; body != "done" {
			t.Errorf("answer %q, want %q", body, "done")
		}
		if err := <-stopped; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	t.Run("a listener that fails is an error", func(t *testing.T) {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		if err := ln.Close(); err != nil {
			t.Fatal(err)
		}
		if err := Serve(t.Context(), ln, http.NotFoundHandler(), quiet); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Serve: %v, want that it is closed", err)
		}
	})
	t.Run("what the server cannot read is answered by a problem document", func(t *testing.T) {
		address, stop := startServer(t, http.NotFoundHandler())
		defer func() {
			if err := stop(); err != nil {
				t.Error(err)
			}
		}()
		for request, status := range map[string]int{
			"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n":                        400,
			"nonsense\r\n\r\n":                                            400,
			"GET / HTTP/1.1\r\n\r\n":                                      400, // no Host
			"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: zip\r\n\r\n": 501,
			"GET / HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", 2*maxHeaderBytes+4096) + "\r\n\r\n": 431,
		} {
			c, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			go func() { _, _ = io.WriteString(c, request) }() // may be cut off
			res, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil {
				t.Errorf("%.40q: %v", request, err)
				continue
			}
			for name := range baseHeaders {
				if res.Header.Get(name) == "" {
					t.Errorf("C37 %.40q: no %s", request, name)
				}
			}
			wantProblem(t, res, status, "invalid_request")
			_ = c.Close()
		}
	})
	t.Run("a handler's own answer of that kind is left alone", func(t *testing.T) {
		address, stop := startServer(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Connection", "close")
			http.Error(w, "mine", http.StatusBadRequest)
		}))
		res, err := http.Get("http://" + address)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if body := readAll(t, res.Body); res.StatusCode != http.StatusBadRequest || body != "mine\n" {
			t.Errorf("got %d %q", res.StatusCode, body)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	t.Run("who does not finish a header is hung up on", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ln := &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- Serve(ctx, ln, http.NotFoundHandler(), quiet) }()
			client, server := net.Pipe()
			ln.conns <- server
			begin := time.Now()
			if _, err := io.WriteString(client, "GET / HTTP/1.1\r\nHost: a\r\nX-Slow: "); err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, client)
			if took := time.Since(begin); took != readHeaderTimeout {
				t.Errorf("hung up after %v, want %v", took, readHeaderTimeout)
			}
			cancel()
			if err := <-done; err != nil {
				t.Errorf("Serve: %v", err)
			}
		})
	})
	t.Run("a request that does not end is cut off at the stop", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ln := &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() {
				done <- Serve(ctx, ln, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }), quiet)
			}()
			client, server := net.Pipe()
			ln.conns <- server
			if _, err := io.WriteString(client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			begin := time.Now()
			cancel()
			if err := <-done; err != nil || time.Since(begin) != stopTimeout {
				t.Errorf("Serve: %v after %v, want nil after %v", err, time.Since(begin), stopTimeout)
			}
		})
	})
}

// pipeListener hands out connections that are in memory.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{} }
