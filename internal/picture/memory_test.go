package picture

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// peakHeap is how much the heap grows while f runs, garbage included.
func peakHeap(f func()) int64 {
	defer debug.SetGCPercent(debug.SetGCPercent(20))
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

func TestC28PeakMemory(t *testing.T) {
	type sample struct {
		name string
		data []byte
	}
	samples := []sample{
		{"a PNG at the cap of pixels", blackPNG(t, 8000, 5000, 8)},
		{"a 16 bit PNG", blackPNG(t, 2048, 2048, 16)},
		{"a JPEG", greyJPEG(2048, 2048, 0x22, false, 1)},
		{"a progressive JPEG", greyJPEG(2048, 2048, 0x22, true, 1)},
		{"a progressive JPEG without subsampling", greyJPEG(2048, 2048, 0x11, true, 1)},
		{"a lossy WebP with alpha", file(t, "alpha.webp")},
	}
	for _, s := range samples {
		t.Run(s.name+" takes no more than its header says", func(t *testing.T) {
			v := &Verifier{}
			v.once.Do(v.setUp)
			c, _ := sniff(s.data)
			h, err := c.header(s.data)
			if err != nil {
				t.Fatal(err)
			}
			said, err := v.judge(h)
			if err != nil {
				t.Fatal(err)
			}
			peak := peakHeap(func() { _, err = v.Verify(s.data) })
			if err != nil {
				t.Fatalf("Verify: %v", err)
			}
			t.Logf("%d × %d: peak %d MB, said %d MB", h.width, h.height, peak>>20, said>>20)
			if peak > said {
				t.Errorf("the heap grew by %d bytes, the header says %d", peak, said)
			}
			if said > DefaultMaxMemory {
				t.Errorf("the header says %d bytes, more than the cap of %d", said, DefaultMaxMemory)
			}
		})
	}
}

func TestBudget(t *testing.T) {
	t.Run("never more is taken than there is, and nobody waits for ever", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := newBudget(100)
			var used, most atomic.Int64
			var all sync.WaitGroup
			for i := range int64(50) {
				all.Go(func() {
					n := 1 + i*37%100
					b.take(n)
					now := used.Add(n)
					for m := most.Load(); now > m && !most.CompareAndSwap(m, now); m = most.Load() {
					}
					time.Sleep(time.Duration(i) * time.Millisecond)
					used.Add(-n)
					b.give(n)
				})
			}
			all.Wait()
			if m := most.Load(); m > 100 || m < 50 {
				t.Errorf("%d of 100 were taken at once", m)
			}
			if b.free != 100 {
				t.Errorf("%d of 100 are free at the end", b.free)
			}
		})
	})
	t.Run("a large one is not overtaken by small ones", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := newBudget(10)
			var order []string
			var mu sync.Mutex
			took := func(name string, n int64) {
				b.take(n)
				mu.Lock()
				order = append(order, name)
				mu.Unlock()
			}
			b.take(6)
			go took("large", 10)
			synctest.Wait()
			go took("small", 1)
			synctest.Wait()
			if len(order) != 0 {
				t.Fatalf("%v went before the large one", order)
			}
			b.give(6)
			synctest.Wait()
			b.give(10)
			synctest.Wait()
			if len(order) != 2 || order[0] != "large" {
				t.Errorf("got %v, want large then small", order)
			}
		})
	})
}

func newBudget(n int64) *budget {
	b := &budget{}
	b.open(n)
	return b
}

func TestManyAtOnce(t *testing.T) {
	// There is room for one at a time: all are verified nevertheless.
	v := &Verifier{MaxMemory: 9 << 20}
	var all sync.WaitGroup
	for _, name := range []string{"photo.png", "progressive.jpg", "photo.png", "cmyk.jpg"} {
		data := file(t, name)
		all.Go(func() {
			for range 5 {
				if p, err := v.Verify(data); err != nil || !bytes.Equal(p.Data, data) {
					t.Errorf("%s: %v", name, err)
				}
				runtime.Gosched()
			}
		})
	}
	all.Wait()
	if v.room.free != v.MaxMemory {
		t.Errorf("%d of %d bytes are free at the end", v.room.free, v.MaxMemory)
	}
}

// functionMemory is the size of the function that verifies pictures, and
// collectorLimit its GOMEMLIMIT, both in MiB. A test holds them to the template.
const functionMemory, collectorLimit = 1024, 800

// TestC28APictureAtTheCapFitsTheFunction measures a process of its own, built as the
// function is: without the race detector, which takes many times the memory.
func TestC28APictureAtTheCapFitsTheFunction(t *testing.T) {
	const child = "PICTURE_MEMORY_CHILD"
	if os.Getenv(child) == "" {
		cmd := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-v", "-run", "^"+t.Name()+"$", ".")
		cmd.Env = append(os.Environ(), child+"=1", fmt.Sprintf("GOMEMLIMIT=%dMiB", collectorLimit))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	data, deep := blackPNG(t, 8000, 5000, 8), blackPNG(t, 8000, 5000, 16)
	v := &Verifier{}
	for range 2 { // one call after the other, as an instance takes them
		for _, d := range [][]byte{data, deep} {
			if _, err := v.Verify(d); err != nil {
				t.Fatal(err)
			}
		}
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skipf("this system does not tell a process's peak: %v", err)
	}
	var peak int
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			if _, err := fmt.Sscanf(rest, "%d", &peak); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Logf("the process took %d MiB at its peak", peak>>10)
	if peak == 0 || peak>>10 > functionMemory*9/10 {
		t.Errorf("the process took %d MiB, the function has %d", peak>>10, functionMemory)
	}
}
