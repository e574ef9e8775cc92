package task

import (
	"slices"
	"time"
)

// These are the moves in the line where jobs wait for a slot. They touch what waits
// and nothing else: a job that has a slot goes on. The line is the index of waiting
// jobs, so that what is held back is not in it, and costs nobody a look.

// CodeNotWaiting is the code of a move of a task of which nothing waits.
const CodeNotWaiting Code = "not_waiting"

// Hold takes what waits out of the line, until [Task.Release].
func (t *Task) Hold(jobs []*Job) (changed bool, err error) {
	return t.turn(jobs, JobWaiting, JobHeld, ImageHeld)
}

// Release puts what was held back into the line, in its old place.
func (t *Task) Release(jobs []*Job) (changed bool, err error) {
	return t.turn(jobs, JobHeld, JobWaiting, ImageWaiting)
}

// turn makes the one out of the other, of each job that waits, held or not.
func (t *Task) turn(jobs []*Job, from, to JobStatus, image ImageStatus) (changed bool, err error) {
	if err := inLine(jobs); err != nil {
		return false, err
	}
	for _, j := range jobs {
		if j.Status == from {
			j.Status, changed = to, true
			t.setJob(j.N, image, nil)
		}
	}
	return changed, nil
}

// Next puts what waits, held or not, in front of the owner's line, of which heads has
// the oldest of each model. Between owners nothing changes: those who have the fewest
// slots come first, whatever the age of their jobs.
func (t *Task) Next(jobs []*Job, heads []Head) (changed bool, err error) {
	changed, err = t.Release(jobs)
	if err != nil {
		return false, err
	}
	front := t.InLine()
	for _, h := range heads {
		if h.Owner == t.Owner && h.Task != t.ID && !h.CreatedAt.After(front) {
			front = h.CreatedAt.Add(-time.Millisecond) // as finely as the API writes times
		}
	}
	if front.Equal(t.InLine()) {
		return changed, nil
	}
	t.QueuedAt = front
	for _, j := range jobs {
		if j.Status == JobWaiting {
			j.CreatedAt = front
		}
	}
	return true, nil
}

// InLine is the task's place in its owner's line: the earliest is begun first.
func (t *Task) InLine() time.Time {
	if t.QueuedAt.IsZero() {
		return t.CreatedAt
	}
	return t.QueuedAt
}

// inLine answers a conflict where no job waits, held or not.
func inLine(jobs []*Job) error {
	if slices.ContainsFunc(jobs, func(j *Job) bool { return j.Status == JobWaiting || j.Status == JobHeld }) {
		return nil
	}
	return &Error{Kind: Conflict, Code: CodeNotWaiting}
}
