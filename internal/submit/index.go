package submit

import (
	"context"
	"sync"
	"time"

	"volcimage/internal/task"
)

// hintIndex has new tasks put into the index.
func (s *Service) hintIndex(ctx context.Context, o task.Owner, ids []task.ID) {
	if s.IndexPause > 0 {
		if !s.hinted.begin(o, s.Now(), s.IndexPause) {
			return
		}
		ids = ids[:1]
	}
	for _, id := range ids {
		task.Hint(ctx, s.Hints, s.Log, task.Ref{Owner: o, Task: id, N: task.IndexStep}, s.IndexPause)
	}
}

// hinted are the owners for whom a step of the index is on its way, and until when.
type hinted struct {
	mu    sync.Mutex
	until map[task.Owner]time.Time
}

// begin tells whether a hint is to be sent. None is where a step that was hinted at
// before comes only now, or later: it sees what is written by now.
func (h *hinted) begin(o task.Owner, now time.Time, pause time.Duration) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if now.Before(h.until[o]) {
		return false
	}
	for owner, until := range h.until { // few: those of one pause
		if !now.Before(until) {
			delete(h.until, owner)
		}
	}
	if h.until == nil {
		h.until = map[task.Owner]time.Time{}
	}
	h.until[o] = now.Add(pause)
	return true
}
