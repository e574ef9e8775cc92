package outside

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"volcimage/internal/tests/measured"
)

// wellServed is what everybody else must get while somebody misbehaves: an answer
// to each of a good number of requests, most of them soon, over connections that
// are new, and health in time.
func wellServed(t *testing.T, p *program, id string) *tally {
	t.Helper()
	var took []time.Duration
	for i := range 50 {
		path := []string{"/api/v1/task/" + id, "/api/v1/history", "/", "/api/v1/health"}[i%4]
		began := time.Now()
		a, err := p.try("GET", path, "", "Connection", "close")
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		a.want(t, 200, "")
		took = append(took, time.Since(began))
	}
	c := &tally{took: took}
	if len(took) > 0 && c.part(90) > time.Second {
		t.Errorf("9 of 10 others are answered within %v, want a second", c.part(90))
	}
	return c
}

// connect opens n connections and says something on each; they are closed with the
// test. One that the service hangs up on at once is what may happen.
func (p *program) connect(t *testing.T, n int, text string) []net.Conn {
	t.Helper()
	var mu sync.Mutex
	var open []net.Conn
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			for range n / 50 {
				c, err := net.DialTimeout("tcp", p.host, 20*time.Second)
				if err != nil {
					t.Errorf("connect: %v", err)
					return
				}
				if _, err := io.WriteString(c, text); err != nil && !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.EPIPE) {
					t.Errorf("say: %v", err)
				}
				mu.Lock()
				open = append(open, c)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	t.Cleanup(func() {
		for _, c := range open {
			_ = c.Close() // the other side may have done so
		}
	})
	return open
}

// descriptors must suffice for both ends' part of 5,000 connections.
func needsDescriptors(t *testing.T, n uint64) {
	t.Helper()
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil || l.Cur < n {
		t.Skipf("%d file descriptors are allowed, %d are needed: %v", l.Cur, n, err)
	}
}

func TestAbuse(t *testing.T) {
	p := serve(t, t.TempDir(), "RATE_LIMIT_READ=0", "LOG_FILE="+t.TempDir()+"/log")
	done := p.finished(t, p.submit(t))
	id, picture := done.field(t, "task_id"), done.firstImage(t, "url")
	table := "| While there is | half of the others' requests within | 9 of 10 within |\n| --- | ---: | ---: |\n"
	others := func(t *testing.T, row string) {
		t.Helper()
		if c := wellServed(t, p, id); len(c.took) > 0 {
			table += fmt.Sprintf("| %s | %s ms | %s ms |\n", row, measured.Milliseconds(c.part(50)), measured.Milliseconds(c.part(90)))
		}
	}
	t.Run("alone", func(t *testing.T) { others(t, "nobody else") })
	t.Run("one that opens 5,000 connections and says nothing", func(t *testing.T) {
		needsDescriptors(t, 6000)
		p.connect(t, 5000, "")
		others(t, "one that opens 5,000 connections and says nothing")
	})
	t.Run("one that begins 5,000 requests and finishes none", func(t *testing.T) {
		needsDescriptors(t, 6000)
		p.connect(t, 5000, "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
		others(t, "one that begins 5,000 requests and finishes none")
	})
	t.Run("one that sends 5,000 heads and never the body", func(t *testing.T) {
		needsDescriptors(t, 6000)
		p.connect(t, 5000, "POST /api/v1/generate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
		others(t, "one that sends 5,000 heads and never the body")
	})
	t.Run("one that reads 2,000 pictures at one byte a second", func(t *testing.T) {
		needsDescriptors(t, 3000)
		for _, c := range p.connect(t, 2000, "GET "+picture+" HTTP/1.1\r\nHost: localhost\r\n\r\n") {
			go dribble(c)
		}
		others(t, "one that reads 2,000 pictures at one byte a second")
	})
	t.Run("one that sends its request at one byte a second", func(t *testing.T) {
		c := p.connect(t, 50, "GET / HTTP/1.1\r\nHost: localhost\r\n")
		began := time.Now()
		for i := range 30 {
			if _, err := fmt.Fprintf(c[0], "%c", "X: y\r\n"[i%6]); err != nil {
				break
			}
			time.Sleep(time.Second)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("the service bore with it for %v", took)
		}
	})
	t.Run("all of it is over once they have gone, and memory was bounded", func(t *testing.T) {
		wellServed(t, p, id)
		if got := p.peak(t); got > mostMemory {
			t.Errorf("peak memory %d MiB, want at most %d", got, mostMemory)
		}
		for end := time.Now().Add(20 * time.Second); p.connections(t) > 100; time.Sleep(100 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%d descriptors are still open", p.connections(t))
			}
		}
	})
	measured.Write(t, "abuse", table+fmt.Sprintf("\nThe service held %d MiB at its peak, the emulator in it included.\n", p.peak(t)))
}

// dribble reads a byte a second until the other side has enough.
func dribble(c net.Conn) {
	one := make([]byte, 1)
	for {
		if _, err := c.Read(one); err != nil {
			return
		}
		time.Sleep(time.Second)
	}
}

// connections counts the program's open sockets.
func (p *program) connections(t *testing.T) (n int) {
	t.Helper()
	dir := fmt.Sprintf("/proc/%d/fd", p.Process.Pid)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Skipf("descriptors are listed in /proc, which only Linux has: %v", err)
	}
	for _, e := range entries {
		if name, err := os.Readlink(dir + "/" + e.Name()); err == nil && strings.HasPrefix(name, "socket:") {
			n++
		}
	}
	return n
}
