package search

import (
	"slices"
	"strings"
	"time"

	"volcimage/internal/task"
)

// Range is the part of an order of keys that a walk goes through, in its direction.
// Keys are ids, or beginnings of ids; they sort alike.
type Range struct {
	// From is where the walk begins and To where it ends, both included; empty for
	// the ends of the order. Behind leaves From itself out.
	From, To string
	Behind   bool
	// Oldest walks from the oldest to the newest, which is upwards.
	Oldest bool
}

// Low and High are the range's bounds by size, both included, empty for none.
func (r Range) Low() string {
	if r.Oldest {
		return r.From
	}
	return r.To
}

// High is the upper bound.
func (r Range) High() string {
	if r.Oldest {
		return r.To
	}
	return r.From
}

// before tells whether key a comes before b on the walk.
func (r Range) before(a, b string) bool {
	if r.Oldest {
		return a < b
	}
	return a > b
}

// The ends of the order of ids.
const (
	leastID task.ID = "00000000000000000000000000"
	mostID  task.ID = "7ZZZZZZZZZZZZZZZZZZZZZZZZZ"
)

// last is the last id that a walk can meet.
func (r Range) last() task.ID {
	if r.Oldest {
		return mostID
	}
	return leastID
}

// place is the id behind which a walk goes on that has done with a key.
func (r Range) place(key string) task.ID {
	return task.ID(key) + r.last()[min(len(key), len(leastID)):]
}

// Range is where the query looks. Ids hold their time in milliseconds, so it is as
// wide as that; the task's own time decides. The place that the query goes on
// from is in it.
func (q *Query) Range() Range {
	r := Range{Oldest: q.Oldest != q.Back}
	low, high := "", ""
	if !q.From.IsZero() {
		low = string(task.FirstID(q.From))
	}
	if !q.To.IsZero() {
		high = string(task.FirstID(q.To.Add(time.Millisecond)))
	}
	if before := string(q.Before); before != "" {
		switch {
		case r.Oldest:
			low = max(low, before)
		case high == "" || before < high:
			high = before
		}
	}
	if r.Oldest {
		r.From, r.To = low, high
	} else {
		r.From, r.To = high, low
	}
	return r
}

// Empty tells whether nothing can be in the range.
func (r Range) Empty() bool { return r.High() != "" && r.Low() > r.High() }

// Size is how many tasks an answer has at most.
func (q *Query) Size() int { return min(max(q.Limit, 1), 100) }

// Pick adds the tasks that the query matches, and lie behind its place, to those
// found before; the walk's order is theirs. It stops at one more than an answer has.
func (q *Query) Pick(found []task.Task, tasks ...task.Task) []task.Task {
	r := q.Range()
	for i := range tasks {
		t := &tasks[i]
		if len(found) <= q.Size() && (q.Before == "" || r.before(string(q.Before), string(t.ID))) && q.Matches(t) {
			found = append(found, *t)
		}
	}
	return found
}

// Page is the answer made of what [Query.Pick] found. reached is the place up to
// which was looked, empty where the walk came to its end.
func (q *Query) Page(found []task.Task, reached task.ID) task.Page {
	r := q.Range()
	ahead, behind := reached, task.ID("")
	if n := q.Size(); len(found) > n {
		found = found[:n]
		ahead = found[n-1].ID
	}
	switch {
	case q.Before == "":
	case len(found) > 0:
		behind = found[0].ID
	case reached != "":
		behind = reached
	default: // nothing is there, so all that is lies on the other side
		behind = r.last()
	}
	if !q.Back {
		return task.Page{Tasks: found, Next: ahead, Prev: behind}
	}
	slices.Reverse(found)
	return task.Page{Tasks: found, Next: behind, Prev: ahead}
}

// sortTasks puts tasks into the order of the walk.
func (r Range) sortTasks(tasks []task.Task) {
	slices.SortFunc(tasks, func(a, b task.Task) int {
		if r.Oldest {
			return strings.Compare(string(a.ID), string(b.ID))
		}
		return strings.Compare(string(b.ID), string(a.ID))
	})
}
