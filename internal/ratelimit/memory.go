package ratelimit

import (
	"context"
	"sync"
	"time"
)

const (
	// maxBuckets bounds the memory: about 2 MB.
	maxBuckets = 10_000
	// looked is how many buckets are compared to find one that may go.
	looked = 8
)

// Memory keeps buckets in this process. It is for a service that is one process:
// each of several would allow the whole limit. A start forgets all of them.
//
// There is room for 10,000 buckets. Where it is used up, the one that is the least
// ahead of the clock, of a few that are looked at, makes room for the new one: who
// comes from ever new addresses forgets his own, and whoever has asked for more
// than most is remembered.
type Memory struct {
	mu   sync.Mutex
	at   map[string]time.Time
	most int
}

// NewMemory has no buckets yet.
func NewMemory() *Memory { return &Memory{at: map[string]time.Time{}, most: maxBuckets} }

// Take counts a request against the bucket, as [Next] decides, and answers where
// the bucket is afterwards.
func (m *Memory) Take(_ context.Context, bucket string, now time.Time, interval, ahead time.Duration) (time.Time, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	at, known := m.at[bucket]
	at, ok := Next(at, now, interval, ahead)
	if ok {
		if !known && len(m.at) >= m.most {
			m.makeRoom()
		}
		m.at[bucket] = at
	}
	return at, ok, nil
}

// makeRoom forgets one bucket. The order of a map is as good as random.
func (m *Memory) makeRoom() {
	n := 0
	var least string
	for bucket, at := range m.at {
		if n == 0 || at.Before(m.at[least]) {
			least = bucket
		}
		if n++; n == looked {
			break
		}
	}
	delete(m.at, least)
}
