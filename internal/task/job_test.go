package task_test

import (
	"errors"
	"testing"
	"time"

	"volcimage/internal/task"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// newTask is a task of count pictures with its jobs.
func newTask(count int) (task.Task, []*task.Job) {
	return task.New("ann", task.Params{Prompt: "a fox", Model: "m", Count: count}, noon)
}

// running brings job n of the task to where the provider has it.
func running(t *testing.T, tk *task.Task, j *task.Job, now time.Time) {
	t.Helper()
	j.Grant(now)
	tk.JobGranted(j, now)
	if _, err := j.Claim(now, now.Add(time.Minute)); err != nil {
		t.Fatalf("claim: %v", err)
	}
	j.Intend(now)
	j.Sent("p-1", now.Add(time.Second), now.Add(5*time.Second))
}

func TestAClaimIsExclusiveUntilItsLeaseEnds(t *testing.T) {
	_, jobs := newTask(1)
	j := jobs[0]
	first, err := j.Claim(noon, noon.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Claim(noon.Add(59*time.Second), noon.Add(time.Hour)); !errors.Is(err, task.ErrNotOurs) {
		t.Errorf("a second claim within the lease: %v, want %v", err, task.ErrNotOurs)
	}
	second, err := j.Claim(noon.Add(time.Minute), noon.Add(2*time.Minute))
	if err != nil {
		t.Fatalf("a claim after the lease: %v", err)
	}
	if second.Fence <= first.Fence {
		t.Errorf("fence went from %d to %d, want it to grow", first.Fence, second.Fence)
	}
	if j.Holds(first) || !j.Holds(second) {
		t.Errorf("Holds(first) = %v, Holds(second) = %v, want only the second", j.Holds(first), j.Holds(second))
	}
	if j.Stalls != 1 {
		t.Errorf("stalls = %d after a lease ran out, want 1", j.Stalls)
	}
}

func TestC12ALeaseAlwaysEndsAfterItBegan(t *testing.T) {
	_, jobs := newTask(1)
	for _, until := range []time.Time{noon, noon.Add(-time.Hour), {}} {
		j := *jobs[0]
		c, err := j.Claim(noon, until)
		if err != nil {
			t.Fatal(err)
		}
		if !c.Until.After(noon) || j.NextAt != c.Until {
			t.Errorf("claim until %v: lease ends %v, next step %v; want both after %v", until, c.Until, j.NextAt, noon)
		}
	}
}

func TestAPaidJobIsSavedWhateverBecameOfItsClaim(t *testing.T) {
	tk, jobs := newTask(1)
	j := jobs[0]
	j.Grant(noon)
	tk.JobGranted(j, noon)
	if _, err := j.Claim(noon, noon.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	j.Intend(noon)
	intent := j.Call.IntentAt
	if !j.OutcomeUnknown() {
		t.Error("between intent and answer the outcome is known, want unknown")
	}
	if err := tk.Cancel(jobs, noon); err != nil {
		t.Fatal(err)
	}
	if !j.CallIs(intent) {
		t.Fatal("after a cancel the open call is not recognised")
	}
	j.Sent("p-1", noon.Add(time.Second), noon.Add(5*time.Second))
	if j.Status != task.JobCancelled || j.Call.ID != "p-1" || !j.Slot || j.NextAt.IsZero() {
		t.Errorf("job = %+v, want cancelled, with its provider job, its slot and a next step", j)
	}
	if j.CallIs(intent) {
		t.Error("an answered call still counts as open")
	}
}

func TestTookIsHalfWayBetweenTheLastTwoPolls(t *testing.T) {
	tk, jobs := newTask(1)
	j := jobs[0]
	running(t, &tk, j, noon) // sent at 12:00:01
	if got, want := j.Took(noon.Add(11*time.Second)), 8500*time.Millisecond; got != want {
		t.Errorf("done at the first poll, 10 s after: took %v, want %v", got, want)
	}
	j.StillRunning(noon.Add(11*time.Second), noon.Add(13*time.Second))
	if got, want := j.Took(noon.Add(13*time.Second)), 11*time.Second; got != want {
		t.Errorf("running at 10 s, done at 12 s: took %v, want %v", got, want)
	}
}

func TestOneMoreCallAtMostFollowsAnUnknownOutcome(t *testing.T) {
	_, jobs := newTask(1)
	if !jobs[0].Lose() {
		t.Error("after one lost call none may follow, want one more")
	}
	if jobs[0].Lose() {
		t.Error("after two lost calls another may follow, want none")
	}
}

func TestAJobIsDueOnlyWhenItsTimeHasCome(t *testing.T) {
	j := &task.Job{}
	if j.Due(noon) {
		t.Error("a job without a next step is due")
	}
	j.NextAt = noon
	if !j.Due(noon) || j.Due(noon.Add(-time.Microsecond)) {
		t.Errorf("due at its time: %v, before it: %v; want true, false", j.Due(noon), j.Due(noon.Add(-time.Microsecond)))
	}
}

func TestSeedsOfATaskDoNotMeet(t *testing.T) {
	seed := int64(1<<31 - 2)
	p := task.Params{Seed: &seed, Count: 4}
	seen := map[int64]bool{}
	for n := range 4 {
		for reseeded := range 3 {
			q := p.ForJob(n, reseeded)
			if *q.Seed < 0 || *q.Seed > 1<<31-1 || seen[*q.Seed] {
				t.Errorf("picture %d, drawn again %d times: seed %d, want a new one in range", n, reseeded, *q.Seed)
			}
			seen[*q.Seed] = true
			if q.Count != 1 {
				t.Errorf("a job asks for %d pictures, want 1", q.Count)
			}
		}
	}
	if *p.Seed != seed {
		t.Errorf("the task's own seed became %d", *p.Seed)
	}
}
