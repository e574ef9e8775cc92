package ratelimit

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"volcimage/internal/conformance"
)

var epoch = time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC)

// bucket counts requests against one bucket at times since epoch.
type bucket struct {
	Limit
	at time.Time
}

func (b *bucket) take(after time.Duration) Decision {
	now := epoch.Add(after)
	var ok bool
	b.at, ok = Next(b.at, now, b.Interval(), b.Ahead())
	return b.Decide(b.at, now, ok)
}

func TestLimit(t *testing.T) {
	t.Run("as many as its count are allowed at once, and not one more", func(t *testing.T) {
		for _, l := range []Limit{{1, time.Second}, {60, time.Minute}, {7, time.Second}, {300, time.Minute}, {1000, time.Hour}, {3, time.Nanosecond}} {
			b := bucket{Limit: l}
			for i := range l.Count {
				if d := b.take(0); !d.Allowed || d.Remaining != l.Count-1-i {
					t.Fatalf("%+v, request %d: %+v", l, i+1, d)
				}
			}
			if d := b.take(0); d.Allowed || d.Remaining != 0 || d.Wait <= 0 {
				t.Errorf("%+v, one too many: %+v", l, d)
			}
		}
	})
	t.Run("who waits as long as he is told is let in, a moment earlier is not", func(t *testing.T) {
		b := bucket{Limit: Limit{5, time.Second}}
		for range 5 {
			b.take(0)
		}
		wait := b.take(30 * time.Millisecond).Wait
		if wait != 170*time.Millisecond {
			t.Errorf("wait %v, want 170ms", wait)
		}
		if d := b.take(30*time.Millisecond + wait - 1); d.Allowed {
			t.Errorf("a nanosecond early: %+v", d)
		}
		if d := b.take(30*time.Millisecond + wait); !d.Allowed || d.Remaining != 0 {
			t.Errorf("in time: %+v", d)
		}
	})
	t.Run("a refused request costs nothing", func(t *testing.T) {
		b := bucket{Limit: Limit{1, time.Second}}
		b.take(0)
		for i := range 100 {
			b.take(time.Duration(i) * time.Millisecond)
		}
		if d := b.take(time.Second); !d.Allowed {
			t.Errorf("after a second: %+v", d)
		}
	})
	t.Run("a rest fills the bucket, and no more than fills it", func(t *testing.T) {
		b := bucket{Limit: Limit{3, 3 * time.Second}}
		for range 3 {
			b.take(0)
		}
		if d := b.take(time.Hour); !d.Allowed || d.Remaining != 2 || d.Full != time.Second {
			t.Errorf("after an hour: %+v", d)
		}
	})
	t.Run("a clock that goes back is waited for", func(t *testing.T) {
		b := bucket{Limit: Limit{2, time.Minute}}
		b.take(time.Hour)
		b.take(time.Hour)
		if d := b.take(time.Hour - 10*time.Second); d.Allowed || d.Wait != 40*time.Second {
			t.Errorf("ten seconds back: %+v", d)
		}
	})
	t.Run("over any stretch of time no more pass than count and what the time is worth", func(t *testing.T) {
		random := rand.New(rand.NewPCG(1, 2))
		for range 50 {
			l := Limit{1 + random.IntN(20), time.Duration(1+random.IntN(5000)) * time.Millisecond}
			b := bucket{Limit: l}
			allowed, clock := 0, time.Duration(0)
			for range 2000 {
				clock += time.Duration(random.Int64N(int64(l.Interval()/10 + 1)))
				if b.take(clock).Allowed {
					allowed++
				}
			}
			if most := l.Count + int(clock/l.Interval()); allowed > most || allowed < most*9/10-1 {
				t.Errorf("%+v: %d allowed in %v, want at most %d and nearly that", l, allowed, clock, most)
			}
		}
	})
	t.Run("the zero limit is none", func(t *testing.T) {
		if !(Limit{}).None() || (Limit{1, time.Second}).None() {
			t.Error("None is wrong")
		}
	})
}

func TestMemoryConformance(t *testing.T) {
	conformance.Buckets(t, func(*testing.T) conformance.BucketsUnderTest { return NewMemory() })
}

func TestMemory(t *testing.T) {
	take := func(t *testing.T, m *Memory, bucket string, now time.Time, l Limit) bool {
		t.Helper()
		_, ok, err := m.Take(t.Context(), bucket, now, l.Interval(), l.Ahead())
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	t.Run("C34 of 1,000 at once on one bucket as many as its count pass, and others are not concerned", func(t *testing.T) {
		m, l := NewMemory(), Limit{60, time.Minute}
		var passed atomic.Int64
		var all sync.WaitGroup
		for range 1000 {
			all.Go(func() {
				if take(t, m, "a", epoch, l) {
					passed.Add(1)
				}
			})
		}
		all.Wait()
		if passed.Load() != 60 || !take(t, m, "b", epoch, l) {
			t.Errorf("%d passed, want 60, and another's one", passed.Load())
		}
	})
	t.Run("the number of buckets is bounded, and who has asked for most is remembered", func(t *testing.T) {
		m, l := NewMemory(), Limit{10, time.Minute}
		for range 10 {
			take(t, m, "greedy", epoch, l)
		}
		for i := range 3 * maxBuckets {
			if !take(t, m, fmt.Sprint(i), epoch, l) {
				t.Fatalf("newcomer %d is refused", i)
			}
		}
		if len(m.at) != maxBuckets || take(t, m, "greedy", epoch, l) {
			t.Errorf("%d buckets, want %d; or the greedy one was forgotten", len(m.at), maxBuckets)
		}
	})
}

func BenchmarkMemoryFull(b *testing.B) {
	m, l := NewMemory(), Limit{10, time.Minute}
	for i := 0; b.Loop(); i++ {
		_, _, _ = m.Take(b.Context(), fmt.Sprint(i), epoch, l.Interval(), l.Ahead())
	}
}
