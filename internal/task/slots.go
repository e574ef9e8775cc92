package task

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Slots bounds what is in flight at the provider, for the whole installation: one
// row, saved in the same [Change] as the job that takes or leaves a slot. A slot
// cannot leak, because a job that holds one always has a next step due.
type Slots struct {
	Version int64
	// Paused is the operator's switch: no call is begun while it is set.
	Paused bool
	Holds  []Hold
	// Narrowed bounds a model further after the provider throttled it.
	Narrowed map[string]Narrow
	// Served is when each owner was last given a slot; the longest waiting is next.
	Served map[Owner]time.Time
	// Recent is how long the provider had its last jobs, by model, newest last.
	Recent map[string][]time.Duration
}

// Hold is one slot in use.
type Hold struct {
	Ref
	Model string
	// Until is set where the job has given up on the call but the provider may
	// still be at work on it: the slot is free at that time.
	Until time.Time
}

// Narrow is a bound that the provider's throttling taught us.
type Narrow struct {
	Limit int
	Until time.Time
}

// Head is the oldest waiting job of one owner and model.
type Head struct {
	Ref
	Model     string
	CreatedAt time.Time
}

// Limits is how much may be in flight: in all, and of each model.
type Limits struct {
	Total int
	Model func(model string) int
}

const (
	recentKept  = 20               // provider times kept per model
	narrowFor   = 30 * time.Second // after a throttled call
	servedKept  = time.Hour        // an owner not served for so long is as good as new
	ownersAtMax = 1000             // bound of Served, far above what keys there are
)

// free tells whether one more call of the model may be begun at now.
func (s *Slots) free(model string, l Limits, now time.Time) bool {
	total, ofModel := 0, 0
	for _, h := range s.Holds {
		if !h.Until.IsZero() && !h.Until.After(now) {
			continue
		}
		total++
		if h.Model == model {
			ofModel++
		}
	}
	limit := l.Model(model)
	if n, ok := s.Narrowed[model]; ok && n.Until.After(now) {
		limit = min(limit, n.Limit)
	}
	return !s.Paused && total < l.Total && ofModel < limit
}

// Full tells whether no call of any model may be begun, so that nobody need look
// for waiting jobs.
func (s *Slots) Full(l Limits, now time.Time) bool {
	if s.Paused {
		return true
	}
	n := 0
	for _, h := range s.Holds {
		if h.Until.IsZero() || h.Until.After(now) {
			n++
		}
	}
	return n >= l.Total
}

// Next chooses the waiting job that gets the next free slot: of the owner with
// the fewest slots, then of the one served longest ago, then the oldest. Thus a
// person with 500 waiting jobs delays another by the jobs in flight and no more.
func (s *Slots) Next(heads []Head, l Limits, now time.Time) (Head, bool) {
	held := map[Owner]int{}
	for _, h := range s.Holds {
		held[h.Owner]++
	}
	open := slices.DeleteFunc(slices.Clone(heads), func(h Head) bool { return !s.free(h.Model, l, now) })
	if len(open) == 0 {
		return Head{}, false
	}
	return slices.MinFunc(open, func(a, b Head) int {
		return cmp.Or(
			cmp.Compare(held[a.Owner], held[b.Owner]),
			s.Served[a.Owner].Compare(s.Served[b.Owner]),
			a.CreatedAt.Compare(b.CreatedAt),
			cmp.Compare(a.Task, b.Task),
			cmp.Compare(a.N, b.N),
		)
	}), true
}

// Take gives job j a slot, and forgets what has run out.
func (s *Slots) Take(j *Job, now time.Time) {
	s.Holds = slices.DeleteFunc(slices.Clone(s.Holds), func(h Hold) bool { return !h.Until.IsZero() && !h.Until.After(now) })
	s.Holds = append(s.Holds, Hold{Ref: j.Ref, Model: j.Model})
	s.Served = maps.Clone(s.Served)
	if s.Served == nil || len(s.Served) >= ownersAtMax {
		s.Served = map[Owner]time.Time{}
	}
	maps.DeleteFunc(s.Served, func(_ Owner, t time.Time) bool { return now.Sub(t) > servedKept })
	s.Served[j.Owner] = now
}

// Leave takes the slot of job r back; a slot that was orphaned stays.
func (s *Slots) Leave(r Ref) {
	s.Holds = slices.Clone(s.Holds)
	if i := slices.IndexFunc(s.Holds, func(h Hold) bool { return h.Ref == r && h.Until.IsZero() }); i >= 0 {
		s.Holds = slices.Delete(s.Holds, i, i+1)
	}
}

// Orphan keeps the slot of job r occupied until then, though the job has given up
// on its call: the provider may still be at work on it.
func (s *Slots) Orphan(r Ref, until time.Time) {
	s.Holds = slices.Clone(s.Holds)
	if i := slices.IndexFunc(s.Holds, func(h Hold) bool { return h.Ref == r && h.Until.IsZero() }); i >= 0 {
		s.Holds[i].Until = until
	}
}

// Throttled narrows the model to one less than is in flight of it, but never to
// none, for a while or for as long as the provider asked.
func (s *Slots) Throttled(model string, now time.Time, wait time.Duration) {
	n := 0
	for _, h := range s.Holds {
		if h.Model == model {
			n++
		}
	}
	s.Narrowed = maps.Clone(s.Narrowed)
	if s.Narrowed == nil {
		s.Narrowed = map[string]Narrow{}
	}
	s.Narrowed[model] = Narrow{Limit: max(1, n-1), Until: now.Add(max(narrowFor, wait))}
}

// Finished remembers how long the provider had a job of the model.
func (s *Slots) Finished(model string, took time.Duration) {
	s.Recent = maps.Clone(s.Recent)
	if s.Recent == nil {
		s.Recent = map[string][]time.Duration{}
	}
	last := append(slices.Clone(s.Recent[model]), took)
	s.Recent[model] = last[max(0, len(last)-recentKept):]
}

// Expected is how long the provider will likely have a job of the model: the
// median of its last ones, or otherwise where there are none.
func (s *Slots) Expected(model string, otherwise time.Duration) time.Duration {
	recent := slices.Sorted(slices.Values(s.Recent[model]))
	if len(recent) == 0 {
		return otherwise
	}
	return recent[len(recent)/2]
}
