package visualtest

import (
	"slices"
	"time"

	"volcimage/internal/catalog"
)

// busyLimit is how long a task that never ends counts as in flight.
const busyLimit = 10 * time.Minute

// gate holds one model's limits.
type gate struct {
	concurrency     int // tasks in flight; 0 is no limit
	inFlight        []time.Time
	submits, polled meter
}

func newGate(cfg Config, m catalog.Model) *gate {
	return &gate{
		concurrency: limit(cfg.Concurrency, m.Concurrency),
		submits:     meter{perSecond: limit(cfg.QPS, m.QPS)},
		polled:      meter{perSecond: limit(cfg.QueryQPS, m.QueryQPS)},
	}
}

// limit is what is set, or the catalog's; 0 is none.
func limit(set, catalogued int) int {
	if set == 0 {
		return catalogued
	}
	return max(set, 0)
}

// settle drops the tasks that are over and returns how many are in flight.
func (g *gate) settle(now time.Time) int {
	g.inFlight = slices.DeleteFunc(g.inFlight, func(until time.Time) bool { return !now.Before(until) })
	return len(g.inFlight)
}

func (g *gate) full(now time.Time) bool {
	return g.concurrency > 0 && g.settle(now) >= g.concurrency
}

func (g *gate) enter(now, until time.Time) {
	if last := now.Add(busyLimit); until.After(last) {
		until = last
	}
	if until.After(now) {
		g.inFlight = append(g.inFlight, until)
	}
}

// meter allows so many calls a second, as a bucket that holds one second's worth. It
// is remembered as the time at which it will be full again.
type meter struct {
	perSecond int // 0 is no limit
	full      time.Time
}

func (m *meter) allow(now time.Time) bool {
	if m.perSecond == 0 {
		return true
	}
	if m.full.Before(now) {
		m.full = now
	}
	next := m.full.Add(time.Second / time.Duration(m.perSecond))
	if next.Sub(now) > time.Second {
		return false
	}
	m.full = next
	return true
}
