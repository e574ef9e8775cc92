package fetch

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"testing/synctest"
	"time"
)

func TestC24EndlessBodyIsCutAtTheCap(t *testing.T) {
	const limit = 16 << 20
	piece := make([]byte, 64<<10)
	for _, name := range []string{"an endless body", "a body longer than it says"} {
		t.Run(name, func(t *testing.T) {
			f, origin := atOrigin(t, Config{MaxBytes: limit}, func(w http.ResponseWriter, _ *http.Request) {
				if name != "an endless body" {
					w.Header().Set("Content-Length", fmt.Sprint(1<<40))
				}
				for {
					if _, err := w.Write(piece); err != nil {
						return
					}
				}
			})
			var err error
			peak := peakHeap(func() { _, err = f.Fetch(t.Context(), origin) })
			unreachable(t, err, "taken")
			if peak > limit+4<<20 {
				t.Errorf("the heap grew by %d bytes, want less than the cap of %d and 4 MiB", peak, limit)
			}
		})
	}
}

// peakHeap is how much the heap grows while f runs, garbage included.
func peakHeap(f func()) int64 {
	defer debug.SetGCPercent(debug.SetGCPercent(10))
	debug.FreeOSMemory()
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	heap := func() int64 {
		metrics.Read(sample)
		return int64(sample[0].Value.Uint64())
	}
	base, peak := heap(), int64(0)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
				peak = max(peak, heap()-base)
			}
		}
	}()
	f()
	close(stop)
	<-stopped
	return peak
}

func TestC24Deadline(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"a byte a second": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "1000000")
			for r.Context().Err() == nil {
				_, _ = w.Write([]byte("x"))
				_ = http.NewResponseController(w).Flush()
				time.Sleep(time.Second)
			}
		},
		"redirects that each take their time": func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(25 * time.Second)
			http.Redirect(w, r, "/again", http.StatusFound)
		},
		"no answer at all": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
	} {
		t.Run(name+" ends at the deadline of the whole", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := New(Config{Origin: &url.URL{Scheme: "http", Host: "emulator"}, Timeout: 70 * time.Second})
				f.origin.ResponseHeaderTimeout = 0
				end := serveInMemory(f, handler)
				defer end()
				began := time.Now()
				_, err := f.Fetch(t.Context(), "http://emulator/a?signature=secret")
				unreachable(t, err, "deadline")
				if took := time.Since(began); took != 70*time.Second {
					t.Errorf("took %v, want 70 s", took)
				}
			})
		})
	}
	t.Run("a silent server ends earlier", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			f := New(Config{Origin: &url.URL{Scheme: "http", Host: "emulator"}})
			end := serveInMemory(f, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
			defer end()
			began := time.Now()
			_, err := f.Fetch(t.Context(), "http://emulator/")
			unreachable(t, err, "timeout")
			if took := time.Since(began); took != 30*time.Second {
				t.Errorf("took %v, want 30 s", took)
			}
		})
	})
}

// serveInMemory makes handler the origin, without sockets.
func serveInMemory(f *Fetcher, handler http.HandlerFunc) (end func()) {
	l := pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Hour}
	go func() { _ = server.Serve(l) }() // ends with Close, by an error
	f.origin.DialContext = func(context.Context, string, string) (net.Conn, error) {
		client, conn := net.Pipe()
		l.conns <- conn
		return client, nil
	}
	return func() {
		f.origin.CloseIdleConnections()
		_ = server.Close()
		time.Sleep(time.Minute) // handlers that sleep come to an end
	}
}

// pipes is a listener whose connections are pipes.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}
func (p pipes) Close() error   { close(p.closed); return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }
