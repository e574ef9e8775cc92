package conformance

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// BucketsUnderTest keeps the buckets of rate limits. A request is counted in one
// step by key, whoever counts at the same time.
type BucketsUnderTest interface {
	Take(ctx context.Context, bucket string, now time.Time, interval, ahead time.Duration) (at time.Time, ok bool, err error)
}

// Buckets runs every promise of a store of buckets, each on an empty one.
func Buckets(t *testing.T, open func(t *testing.T) BucketsUnderTest) {
	for _, p := range []struct {
		name string
		hold func(*testing.T, buckets)
	}{
		{"a bucket moves on by the interval, until it is as far ahead as it may be", bucketFills},
		{"a refused request leaves the bucket where it is", bucketRefuses},
		{"a bucket that lies behind the clock begins anew at the clock", bucketEmpties},
		{"no bucket is concerned by another", bucketsApart},
		{"of many requests at once no more pass than there is room for", bucketsAtOnce},
	} {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			p.hold(t, buckets{open(t)})
		})
	}
}

type buckets struct{ BucketsUnderTest }

// bucketTime is in the precision of every clock.
var bucketTime = epoch.Truncate(time.Second)

// want counts a request of ten in ten seconds, at a time since bucketTime.
func (s buckets) want(t *testing.T, bucket string, now, at time.Duration, ok bool) {
	t.Helper()
	gotAt, gotOK, err := s.Take(t.Context(), bucket, bucketTime.Add(now), time.Second, 10*time.Second)
	if got := gotAt.Sub(bucketTime); err != nil || gotOK != ok || got != at {
		t.Errorf("Take(%s) at %v: bucket at %v, %v, %v; want %v, %v", bucket, now, got, gotOK, err, at, ok)
	}
}

func bucketFills(t *testing.T, s buckets) {
	for i := range 10 {
		s.want(t, "a", 0, time.Duration(i+1)*time.Second, true)
	}
	s.want(t, "a", 0, 10*time.Second, false)
	s.want(t, "a", time.Second-time.Millisecond, 10*time.Second, false)
	s.want(t, "a", time.Second, 11*time.Second, true)
}

func bucketRefuses(t *testing.T, s buckets) {
	for i := range 10 {
		s.want(t, "a", 0, time.Duration(i+1)*time.Second, true)
	}
	for range 20 {
		s.want(t, "a", 500*time.Millisecond, 10*time.Second, false)
	}
	s.want(t, "a", time.Second, 11*time.Second, true)
}

func bucketEmpties(t *testing.T, s buckets) {
	s.want(t, "a", 0, time.Second, true)
	s.want(t, "a", time.Hour, time.Hour+time.Second, true)
}

func bucketsApart(t *testing.T, s buckets) {
	for i := range 10 {
		s.want(t, "read owner a", 0, time.Duration(i+1)*time.Second, true)
	}
	for _, other := range []string{"read owner b", "generate owner a", "read owner A", "read address 192.0.2.0", "read owner a "} {
		s.want(t, other, 0, time.Second, true)
	}
}

func bucketsAtOnce(t *testing.T, s buckets) {
	var passed atomic.Int64
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			for range 10 {
				_, ok, err := s.Take(t.Context(), "a", bucketTime, time.Second, 10*time.Second)
				if err != nil {
					t.Errorf("Take: %v", err)
				}
				if ok {
					passed.Add(1)
				}
			}
		})
	}
	all.Wait()
	if passed.Load() != 10 {
		t.Errorf("%d passed, want 10", passed.Load())
	}
}
