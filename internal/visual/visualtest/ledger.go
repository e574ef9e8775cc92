package visualtest

import (
	"crypto/rand"
	"encoding/binary"
	"slices"
	"strconv"
	"time"

	"volcimage/internal/catalog"
)

// maxTasks bounds the memory of tasks. Where there are more, the oldest are
// forgotten early, a hundredth of them at a time.
const maxTasks = 100_000

// entry is one accepted task. What it has come to follows from the clock.
type entry struct {
	id                     string
	model                  catalog.Model
	prompt                 string
	width, height, count   int
	variation              int64
	accepted, starts, done time.Time
	code                   int // that it fails with when done; 0 draws
	wishes                 []wish
	label                  label // as the last query asked for
}

// status at a time, in the words of the service.
func (e *entry) status(now time.Time) string {
	switch {
	case !now.Before(e.accepted.Add(e.model.JobLife)):
		return "not_found"
	case !now.Before(e.done):
		return "done"
	case !now.Before(e.starts):
		return "generating"
	default:
		return "in_queue"
	}
}

// ledger is the tasks by id, and in the order they came.
type ledger struct {
	byID  map[string]*entry
	order []*entry
}

func newLedger() ledger { return ledger{byID: map[string]*entry{}} }

func (l *ledger) add(e *entry) {
	e.id = newTaskID()
	for l.byID[e.id] != nil {
		e.id = newTaskID()
	}
	l.byID[e.id] = e
	l.order = append(l.order, e)
}

// prune forgets what nobody can ask for any more: the links of a task outlive the
// task.
func (l *ledger) prune(now time.Time) {
	n, keep := 0, len(l.order)
	if keep > maxTasks {
		keep = maxTasks - maxTasks/100
	}
	for n < len(l.order) && (len(l.order)-n > keep || now.After(l.order[n].forgotten())) {
		delete(l.byID, l.order[n].id)
		n++
	}
	if n > 0 {
		l.order = slices.Delete(l.order, 0, n)
	}
}

func (e *entry) forgotten() time.Time {
	return e.accepted.Add(max(e.model.JobLife, e.done.Sub(e.accepted)+e.model.LinkLife))
}

// newTaskID is a decimal number of 19 or 20 digits, as the service's are: most do not
// fit an int64, which callers have to bear.
func newTaskID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails, says crypto/rand
	const least = 1_000_000_000_000_000_000
	return strconv.FormatUint(max(binary.LittleEndian.Uint64(b[:]), least), 10)
}

// maxSeen bounds how many prompts are counted; the oldest are forgotten.
const maxSeen = 20_000

// seen counts by prompt, by prompt and fault, and so on: text is kept as a hash.
type seen struct {
	count map[uint64]int
	order []uint64
}

func newSeen() seen { return seen{count: map[uint64]int{}} }

// add counts one more of the key and returns how many there were before.
func (s *seen) add(key uint64) int {
	before, known := s.count[key]
	if !known {
		if len(s.order) == maxSeen {
			delete(s.count, s.order[0])
			s.order = slices.Delete(s.order, 0, 1)
		}
		s.order = append(s.order, key)
	}
	s.count[key] = before + 1
	return before
}
