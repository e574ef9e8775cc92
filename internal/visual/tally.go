package visual

import (
	"maps"
	"sync"
)

const (
	maxTallied = 64 // distinct codes; the provider must not be able to fill our memory
	otherCodes = "other"
	maxCode    = 64 // characters of a code
)

// tally counts by code. The zero tally is ready.
type tally struct {
	mu     sync.Mutex
	counts map[string]int64
}

func (t *tally) add(code string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts == nil {
		t.counts = map[string]int64{}
	}
	if _, ok := t.counts[code]; !ok && len(t.counts) >= maxTallied {
		code = otherCodes
	}
	t.counts[code]++
}

func (t *tally) snapshot() map[string]int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts == nil {
		return map[string]int64{}
	}
	return maps.Clone(t.counts)
}
