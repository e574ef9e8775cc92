package generate

import (
	"sync"

	"volcimage/internal/task"
)

// Calls are the provider calls that this process is inside of. Where one process takes
// all steps it knows by them that a call has not ended, whatever its clock says: one that
// is set forward ends every lease at once.
type Calls struct {
	mu   sync.Mutex
	open map[task.Ref]int
}

// enter notes a call of a job until leave. Of nil Calls nothing is noted.
func (c *Calls) enter(r task.Ref) (leave func()) {
	c.add(r, 1)
	return func() { c.add(r, -1) }
}

func (c *Calls) add(r task.Ref, n int) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open == nil {
		c.open = map[task.Ref]int{}
	}
	if c.open[r] += n; c.open[r] == 0 {
		delete(c.open, r)
	}
}

func (c *Calls) has(r task.Ref) bool {
	if c == nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.open[r] > 0
}
