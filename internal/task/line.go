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

// apart is how far a place that is made stands from its neighbour: as finely as stores
// keep times, so that nothing else fits between.
const apart = time.Nanosecond

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
			front = h.CreatedAt.Add(-apart)
		}
	}
	return t.stand(jobs, front) != nil || changed, nil
}

// MaxArranged is how many tasks are put in order at once: a task and its jobs are five
// rows at most, and DynamoDB changes a hundred together.
const MaxArranged = 20

// Lined is a task of which something waits, with its jobs.
type Lined struct {
	*Task
	Jobs []*Job
}

// NewLined answers a conflict where nothing of the task waits, held or not.
func NewLined(t *Task, jobs []*Job) (Lined, error) { return Lined{t, jobs}, inLine(jobs) }

// Arrange gives tasks of one owner the places that they have in line anew, in the order
// given, and answers what changed by it. Others' places stay as they are, and nobody is
// passed: of two tasks with one place the second gets one behind it.
func Arrange(line []Lined) Change {
	var places []time.Time
	for _, t := range line {
		places = append(places, t.InLine())
	}
	slices.SortFunc(places, time.Time.Compare)
	var c Change
	var last time.Time
	for i, t := range line {
		at := places[i]
		if least := last.Add(apart); at.Before(least) {
			at = least
		}
		last = at
		if jobs := t.stand(t.Jobs, at); jobs != nil {
			c.Moved, c.Jobs = append(c.Moved, t.Task), append(c.Jobs, jobs...)
		}
	}
	return c
}

// stand gives a task another place in line, and answers the jobs that have it now.
func (t *Task) stand(jobs []*Job, at time.Time) (moved []*Job) {
	if at.Equal(t.InLine()) {
		return nil
	}
	t.QueuedAt = at
	for _, j := range jobs {
		if j.inLine() {
			j.CreatedAt = at
			moved = append(moved, j)
		}
	}
	return moved
}

// InLine is the task's place in its owner's line: the earliest is begun first.
func (t *Task) InLine() time.Time {
	if t.QueuedAt.IsZero() {
		return t.CreatedAt
	}
	return t.QueuedAt
}

// Waits tells whether something of the task waits for a slot, held or not.
func (t *Task) Waits() bool {
	return slices.ContainsFunc(t.Images, func(im Image) bool { return im.Status == ImageWaiting || im.Status == ImageHeld })
}

// inLine answers a conflict where no job waits, held or not.
func inLine(jobs []*Job) error {
	if slices.ContainsFunc(jobs, (*Job).inLine) {
		return nil
	}
	return &Error{Kind: Conflict, Code: CodeNotWaiting}
}

func (j *Job) inLine() bool { return j.Status == JobWaiting || j.Status == JobHeld }
