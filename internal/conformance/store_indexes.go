package conformance

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"volcimage/internal/task"
)

var indexPromises = []promise{
	{"due jobs come longest overdue first, and no more than asked for", dueInOrder},
	{"a job with nothing to do is never due", dueLeavesOut},
	{"the head of the queue is the oldest waiting job of each owner and model", headsOfEach},
	{"a job that no longer waits makes room for the next head", headsMoveOn},
	{"a job that waits again does so in its old place", headsRequeued},
	{"a job that is held is not in line, and comes back in its old place", headsHeld},
	{"a task that is to be next is in front of its owner's line, of every model", headsNext},
	{"as many tasks as are put in order at once change places together", headsArranged},
	{"where one of them changed meanwhile, all stay where they are", headsNotArranged},
}

// setNext saves when the step of a job is due.
func (s store) setNext(t *testing.T, j *task.Job, at time.Time) {
	t.Helper()
	j.NextAt = at
	s.save(t, task.Change{Jobs: []*task.Job{j}})
}

func (s store) wantDue(t *testing.T, now time.Time, limit int, want ...task.Ref) {
	t.Helper()
	got, err := s.Due(t.Context(), now, limit)
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); err != nil || diff != "" {
		t.Errorf("Due(%v, %d): %v (-want +got):\n%s", now, limit, err, diff)
	}
}

// wantJobsDue is wantDue where all that is due for the index is done.
func (s store) wantJobsDue(t *testing.T, now time.Time, limit int, want ...task.Ref) {
	t.Helper()
	s.indexAll(t)
	s.wantDue(t, now, limit, want...)
}

func dueInOrder(t *testing.T, s store) {
	var refs []task.Ref
	// Out of order, of two owners, and one a nanosecond behind another.
	for n, after := range []time.Duration{3 * time.Hour, time.Minute, 2 * time.Hour, 2*time.Hour + 1, time.Second} {
		_, jobs := s.create(t, task.Owner(fmt.Sprintf("o%d", n%2)), task.Params{Model: "m", Prompt: "p"}, epoch)
		s.setNext(t, jobs[0], epoch.Add(after))
		refs = append(refs, jobs[0].Ref)
	}
	s.wantJobsDue(t, epoch, 10)
	s.wantJobsDue(t, epoch.Add(2*time.Hour), 10, refs[4], refs[1], refs[2])
	s.wantJobsDue(t, epoch.Add(2*time.Hour+1), 10, refs[4], refs[1], refs[2], refs[3])
	s.wantJobsDue(t, epoch.Add(9*time.Hour), 2, refs[4], refs[1])
	s.wantJobsDue(t, epoch.Add(9*time.Hour), 0)
}

func dueLeavesOut(t *testing.T, s store) {
	_, jobs := s.create(t, owner, task.Params{Model: "m", Prompt: "p", Count: 2}, epoch)
	s.wantJobsDue(t, epoch.Add(time.Hour), 10)
	s.setNext(t, jobs[0], epoch)
	s.wantJobsDue(t, epoch, 10, jobs[0].Ref)
	s.setNext(t, jobs[0], epoch.Add(time.Minute))
	s.wantJobsDue(t, epoch, 10)
	s.setNext(t, jobs[0], time.Time{})
	s.wantJobsDue(t, epoch.Add(time.Hour), 10)
	jobs[0].Status = task.JobDone // a done job of a deleted task still has a step to do
	s.setNext(t, jobs[0], epoch)
	s.wantJobsDue(t, epoch, 10, jobs[0].Ref)
}

func head(j *task.Job) task.Head {
	return task.Head{Ref: j.Ref, Model: j.Model, CreatedAt: j.CreatedAt}
}

// wantHeads compares without regard to order, which is [task.Slots.Next]'s to make.
func (s store) wantHeads(t *testing.T, want ...task.Head) {
	t.Helper()
	got, err := s.Heads(t.Context())
	if err != nil {
		t.Fatalf("Heads: %v", err)
	}
	sorted := cmpopts.SortSlices(func(a, b task.Head) bool {
		return fmt.Sprint(a.Owner, "/", a.Model) < fmt.Sprint(b.Owner, "/", b.Model)
	})
	if diff := cmp.Diff(want, got, sorted, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("heads (-want +got):\n%s", diff)
	}
}

func headsOfEach(t *testing.T, s store) {
	s.wantHeads(t)
	oldest := map[string]*task.Job{}
	for n := range 30 { // the younger first, so that order of writing does not help
		for _, o := range []task.Owner{"a", "b", "ab"} {
			for _, model := range []string{"m1", "m", "1"} {
				_, jobs := s.create(t, o, task.Params{Model: model, Prompt: "p", Count: 2}, epoch.Add(-time.Duration(n)*time.Second))
				oldest[string(o)+"/"+model] = jobs[0]
			}
		}
	}
	var want []task.Head
	for _, j := range oldest {
		want = append(want, head(j))
	}
	s.wantHeads(t, want...)
}

func headsMoveOn(t *testing.T, s store) {
	_, first := s.create(t, owner, task.Params{Model: "m", Prompt: "p", Count: 2}, epoch)
	_, second := s.create(t, owner, task.Params{Model: "m", Prompt: "p"}, epoch.Add(1))
	_, other := s.create(t, owner, task.Params{Model: "n", Prompt: "p"}, epoch.Add(2))
	for _, j := range []*task.Job{first[0], first[1], second[0]} {
		s.wantHeads(t, head(j), head(other[0]))
		j.Grant(epoch)
		s.save(t, task.Change{Jobs: []*task.Job{j}})
	}
	s.wantHeads(t, head(other[0]))
}

func headsRequeued(t *testing.T, s store) {
	_, first := s.create(t, owner, task.Params{Model: "m", Prompt: "p"}, epoch)
	_, second := s.create(t, owner, task.Params{Model: "m", Prompt: "p"}, epoch.Add(time.Second))
	first[0].Grant(epoch)
	s.save(t, task.Change{Jobs: first})
	s.wantHeads(t, head(second[0]))
	first[0].Requeue()
	s.save(t, task.Change{Jobs: first})
	s.wantHeads(t, head(first[0]))
}

func headsHeld(t *testing.T, s store) {
	first, jobs := s.create(t, owner, task.Params{Model: "m", Prompt: "p", Count: 2}, epoch)
	_, second := s.create(t, owner, task.Params{Model: "m", Prompt: "p"}, epoch.Add(time.Second))
	if _, err := first.Hold(jobs); err != nil {
		t.Fatal(err)
	}
	s.save(t, task.Change{Task: &first, Jobs: jobs})
	s.wantHeads(t, head(second[0]))
	if got := s.task(t, first.ID); got.Stage() != task.ImageHeld {
		t.Errorf("the held task is %q, want held", got.Stage())
	}
	if _, err := first.Release(jobs); err != nil {
		t.Fatal(err)
	}
	s.save(t, task.Change{Task: &first, Jobs: jobs})
	s.wantHeads(t, head(jobs[0]))
}

func headsNext(t *testing.T, s store) {
	_, first := s.create(t, owner, task.Params{Model: "m", Prompt: "p"}, epoch)
	_, other := s.create(t, owner, task.Params{Model: "n", Prompt: "p"}, epoch.Add(time.Second))
	_, theirs := s.create(t, "somebody", task.Params{Model: "m", Prompt: "p"}, epoch.Add(-time.Hour))
	last, jobs := s.create(t, owner, task.Params{Model: "m", Prompt: "p"}, epoch.Add(2*time.Second))
	heads, err := s.Heads(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := last.Next(jobs, heads); err != nil {
		t.Fatal(err)
	}
	s.save(t, task.Change{Task: &last, Jobs: jobs})
	s.wantHeads(t, head(jobs[0]), head(other[0]), head(theirs[0]))
	for _, j := range []*task.Job{first[0], other[0]} {
		if !jobs[0].CreatedAt.Before(j.CreatedAt) {
			t.Errorf("it stands in line since %v, not before %v", jobs[0].CreatedAt, j.CreatedAt)
		}
	}
	if !jobs[0].CreatedAt.After(theirs[0].CreatedAt) {
		t.Error("it passed what somebody else waits for")
	}
}

// line makes tasks with four jobs each that wait one behind the other.
func (s store) line(t *testing.T, n int) (line []task.Lined) {
	t.Helper()
	for i := range n {
		tk, jobs := s.create(t, owner, task.Params{Model: "m", Prompt: "p", Count: 4}, epoch.Add(time.Duration(i)*time.Second))
		line = append(line, task.Lined{Task: &tk, Jobs: jobs})
	}
	return line
}

func headsArranged(t *testing.T, s store) {
	line := s.line(t, task.MaxArranged)
	slices.Reverse(line)
	s.save(t, task.Arrange(line))
	for i, want := range line {
		s.wantHeads(t, head(want.Jobs[0]))
		got := s.task(t, want.ID)
		if diff := cmp.Diff(*want.Task, got); diff != "" {
			t.Fatalf("task %d of the order (-in hand +read):\n%s", i, diff)
		}
		for _, j := range want.Jobs {
			j.Grant(epoch)
		}
		s.save(t, task.Change{Jobs: want.Jobs})
	}
	s.wantHeads(t)
}

func headsNotArranged(t *testing.T, s store) {
	line := s.line(t, 3)
	first, begun := head(line[0].Jobs[0]), *line[1].Task
	s.save(t, task.Change{Task: &begun}) // by a step of it
	wantError(t, "an order of tasks of which one changed", s.Save(t.Context(), task.Arrange([]task.Lined{line[2], line[0], line[1]})), task.ErrConflict)
	s.wantHeads(t, first)
	if got := s.task(t, line[2].ID); !got.QueuedAt.IsZero() {
		t.Errorf("the last stands at %v, and should be where it was", got.InLine())
	}
}
