package task

import "time"

// BinFor is how long a task lies in the bin before it goes for good.
const BinFor = 30 * 24 * time.Hour

// Bin throws the task away, and tells whether it was not thrown away before. A run
// that is not over is cancelled: nobody wants its pictures.
func (t *Task) Bin(jobs []*Job, now time.Time) (changed bool, err error) {
	if !t.BinnedAt.IsZero() {
		return false, nil
	}
	if !t.Status.Over() {
		if err := t.Cancel(jobs, now); err != nil {
			return false, err
		}
	}
	t.BinnedAt = now
	return true, nil
}

// Restore takes the task out of the bin, and tells whether it was there. It is as it
// was, but for a run that the bin cancelled.
func (t *Task) Restore() (changed bool) {
	changed = !t.BinnedAt.IsZero()
	t.BinnedAt = time.Time{}
	return changed
}

// Listed tells whether lists show the task: it is neither deleted nor in the bin.
func (t *Task) Listed() bool { return t.DeletedAt.IsZero() && t.BinnedAt.IsZero() }

// BinEnds is when the task goes for good; zero where it is not in the bin.
func (t *Task) BinEnds() time.Time {
	if t.BinnedAt.IsZero() {
		return time.Time{}
	}
	return t.BinnedAt.Add(BinFor)
}

// Cleared is what became of a bin that was to be emptied.
type Cleared struct {
	Tasks int   // gone for good
	Bytes int64 // that they took
	More  bool  // there is more to be removed
}
