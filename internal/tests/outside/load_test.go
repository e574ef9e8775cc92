package outside

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"volcimage/internal/tests/measured"
)

// duration is how long a load lasts: two minutes where it is to be published.
func duration() time.Duration {
	if measured.File() != "" {
		return 2 * time.Minute
	}
	return 4 * time.Second
}

const (
	clients = 200
	// mostMemory is in MiB, of the service at its peak, the emulator in it included.
	mostMemory = 600
	// slowest is the latency that 99 of 100 requests must keep below while 200
	// clients ask as fast as they can: so much in make load, and crowded times as much
	// where browsers share the processors, as in make test.
	slowest = 3 * time.Second
	crowded = 4
)

// peak is the most memory that the program has held, in MiB.
func (p *program) peak(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Process.Pid))
	if err != nil {
		t.Skipf("memory is read from /proc, which only Linux has: %v", err)
	}
	_, rest, _ := strings.Cut(string(status), "\nVmHWM:")
	kib, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kib >> 10
}

// tally counts answers by status, with how long they took.
type tally struct {
	mu       sync.Mutex
	statuses map[int]int
	took     []time.Duration
	errs     []error
}

func (c *tally) note(a answer, err error, took time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.errs = append(c.errs, err)
		return
	}
	c.statuses[a.status]++
	c.took = append(c.took, took)
}

// wrong is how many got no answer, or an error that is none of the limits'.
func (c *tally) wrong() int {
	n := len(c.errs)
	for status, of := range c.statuses {
		if status >= 400 && status != 429 {
			n += of
		}
	}
	return n
}

// part is the latency that so many of 100 requests keep below.
func (c *tally) part(percent int) time.Duration { return measured.Percentile(c.took, percent) }

// crowd has 200 clients ask for a while, each as soon as it was answered.
func (p *program) crowd(length time.Duration, next func(client, i int) (method, path, body string)) *tally {
	c := &tally{statuses: map[int]int{}}
	end := time.Now().Add(length)
	var all sync.WaitGroup
	for k := range clients {
		all.Go(func() {
			for i := 0; time.Now().Before(end); i++ {
				method, path, body := next(k, i)
				began := time.Now()
				a, err := p.try(method, path, body)
				c.note(a, err, time.Since(began))
			}
		})
	}
	all.Wait()
	return c
}

// mixed is what people do: now and then a picture is asked for, mostly looked at.
func mixed(id string) func(client, i int) (method, path, body string) {
	return func(client, i int) (string, string, string) {
		if i%1000 == client {
			return "POST", "/api/v1/generate", fox
		}
		paths := []string{"/api/v1/task/" + id, "/api/v1/history?limit=20", "/", "/api/v1/models", "/api/v1/storage", "/api/v1/tasks?ids=" + id, "/api/v1/health", "/app.css"}
		return "GET", paths[(client+i)%len(paths)], ""
	}
}

func TestLoad(t *testing.T) {
	table := "| 200 clients, each asking as soon as it was answered | answers | of them 429 | other errors | half within | 99 of 100 within | peak memory |\n" +
		"| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n"
	row := func(limits string, c *tally, peak int) {
		table += fmt.Sprintf("| %s | %d | %d | %d | %s ms | %s ms | %d MiB |\n", limits, len(c.took), c.statuses[429], c.wrong(),
			measured.Milliseconds(c.part(50)), measured.Milliseconds(c.part(99)), peak)
	}
	t.Run("200 clients at once get no error, and memory and latency stay bounded", func(t *testing.T) {
		p := serve(t, t.TempDir(), "RATE_LIMIT_READ=0", "RATE_LIMIT_GENERATE=0", "LOG_FILE="+t.TempDir()+"/log")
		c := p.crowd(duration(), mixed(p.submit(t)))
		row("reading, and now and then a picture; limits of rates are off", c, p.peak(t))
		if c.wrong()+c.statuses[429] > 0 {
			t.Errorf("answers by status %v, %d requests failed: %v", c.statuses, len(c.errs), errors.Join(c.errs[:min(3, len(c.errs))]...))
		}
		most := slowest
		if measured.File() == "" {
			most *= crowded
		}
		if c.part(99) > most || p.peak(t) > mostMemory {
			t.Errorf("99 of 100 within %v, want %v; peak memory %d MiB, want %d", c.part(99), most, p.peak(t), mostMemory)
		}
	})
	t.Run("with the limits as they are by default they get 429 and no other error, and no more than the limit passes", func(t *testing.T) {
		p := serve(t, t.TempDir(), "LOG_FILE="+t.TempDir()+"/log")
		id := p.submit(t)
		began := time.Now()
		c := p.crowd(max(duration(), 8*time.Second), func(client, i int) (string, string, string) {
			return "GET", []string{"/api/v1/task/" + id, "/api/v1/history"}[(client+i)%2], ""
		})
		took := time.Since(began)
		row("reading, with the limits as they are by default", c, p.peak(t))
		if most := 6000 + int(took/(10*time.Millisecond)); c.statuses[200] > most || c.statuses[200] < 6000 && c.statuses[429] > 0 {
			t.Errorf("%d passed, want 6000 at least and %d at most", c.statuses[200], most)
		}
		if c.wrong() > 0 {
			t.Errorf("answers by status %v, %d requests failed", c.statuses, len(c.errs))
		}
	})
	measured.Write(t, "load", table)
}
