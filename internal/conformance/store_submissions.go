package conformance

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"volcimage/internal/task"
)

var submissionPromises = []promise{
	{"an idempotency key used again answers the first task as it is now", keyReplays},
	{"an idempotency key used again with another request is refused", keyOfAnotherRequest},
	{"an idempotency key is its owner's own", keyIsOwners},
	{"a submission without a key is always a new task", noKey},
	{"an idempotency key is forgotten after a day", keyExpires},
	{"a key whose task is gone draws nothing anew", keyOfGoneTask},
	{"a replay is not counted against the day's limit", replayIsFree},
	{"a submission beyond the day's limit leaves nothing, not even its key", limitLeavesNothing},
	{"fifty writers with one key make one task", keyRace},
	{"a task is not created over another", createOverTask},
}

// submission is a fresh task under a key.
func submission(o task.Owner, key string, body byte, at time.Time) task.Submission {
	tk, jobs := task.New(o, task.Params{Model: "m", Prompt: key}, at)
	return task.Submission{Task: tk, Jobs: jobs, Key: key, BodyHash: [32]byte{body}}
}

// submit creates and wants to succeed.
func (s store) submit(t *testing.T, sub task.Submission) (task.Task, bool) {
	t.Helper()
	tk, replayed, err := s.Create(t.Context(), sub)
	if err != nil {
		t.Fatalf("Create(%s, key %q): %v", sub.Task.ID, sub.Key, err)
	}
	return tk, replayed
}

func (s store) wantAbsent(t *testing.T, id task.ID) {
	t.Helper()
	_, err := s.Task(t.Context(), owner, id)
	wantError(t, "Task("+string(id)+")", err, task.ErrNotFound)
}

func keyReplays(t *testing.T, s store) {
	first, replayed := s.submit(t, submission(owner, "k", 1, epoch))
	if replayed {
		t.Fatal("the first use is said to be a replay")
	}
	first.Run = 4
	s.save(t, task.Change{Task: &first})
	again := submission(owner, "k", 1, epoch.Add(task.KeyTTL-time.Second))
	got, replayed := s.submit(t, again)
	if diff := cmp.Diff(first, got); diff != "" || !replayed {
		t.Errorf("replayed %v (-first +got):\n%s", replayed, diff)
	}
	s.wantAbsent(t, again.Task.ID)
	if jobs, err := s.Jobs(t.Context(), owner, again.Task.ID); err != nil || len(jobs) != 0 {
		t.Errorf("jobs of the replay: %v, %v, want none", jobs, err)
	}
}

func keyOfAnotherRequest(t *testing.T, s store) {
	s.submit(t, submission(owner, "k", 1, epoch))
	other := submission(owner, "k", 2, epoch)
	_, _, err := s.Create(t.Context(), other)
	wantError(t, "Create", err, task.ErrKeyReused)
	s.wantAbsent(t, other.Task.ID)
}

func keyIsOwners(t *testing.T, s store) {
	mine := submission("a", "k", 1, epoch)
	theirs := submission("b", "k", 2, epoch)
	s.submit(t, mine)
	if got, replayed := s.submit(t, theirs); replayed || got.ID != theirs.Task.ID {
		t.Errorf("the other owner got task %s, replayed %v", got.ID, replayed)
	}
	// Keys that would meet if owner and key were simply joined.
	s.submit(t, submission("ab", "c", 1, epoch))
	if _, replayed := s.submit(t, submission("a", "bc", 1, epoch)); replayed {
		t.Error("owner a, key bc was taken for owner ab, key c")
	}
}

func noKey(t *testing.T, s store) {
	s.submit(t, submission(owner, "", 1, epoch))
	if _, replayed := s.submit(t, submission(owner, "", 1, epoch)); replayed {
		t.Error("two submissions without a key were taken for one")
	}
}

func keyExpires(t *testing.T, s store) {
	for n := range 20 { // more than are swept in passing
		s.submit(t, submission(owner, fmt.Sprintf("old %d", n), 1, epoch))
	}
	later := epoch.Add(task.KeyTTL)
	for n := range 20 {
		sub := submission(owner, fmt.Sprintf("old %d", n), 2, later)
		if got, replayed := s.submit(t, sub); replayed || got.ID != sub.Task.ID {
			t.Errorf("key %d after a day: task %s, replayed %v, want a new task", n, got.ID, replayed)
		}
		if _, replayed := s.submit(t, submission(owner, fmt.Sprintf("old %d", n), 2, later)); !replayed {
			t.Errorf("key %d was not remembered anew", n)
		}
	}
}

func keyOfGoneTask(t *testing.T, s store) {
	sub := submission(owner, "k", 1, epoch)
	tk, _ := s.submit(t, sub)
	s.save(t, task.Change{Task: &tk, Jobs: sub.Jobs, Gone: true})
	again := submission(owner, "k", 1, epoch)
	_, _, err := s.Create(t.Context(), again)
	wantError(t, "Create", err, task.ErrNotFound)
	s.wantAbsent(t, again.Task.ID)
}

func replayIsFree(t *testing.T, s store) {
	for n := range 3 {
		sub := submission(owner, "k", 1, epoch)
		sub.Spend = task.Spend{Day: "2026-03-14", Images: 2, Limit: 3}
		if _, replayed := s.submit(t, sub); replayed != (n > 0) {
			t.Errorf("submission %d: replayed %v", n, replayed)
		}
	}
	sub := submission(owner, "k2", 1, epoch)
	sub.Spend = task.Spend{Day: "2026-03-14", Images: 1, Limit: 3}
	s.submit(t, sub)
}

func limitLeavesNothing(t *testing.T, s store) {
	sub := submission(owner, "k", 1, epoch)
	sub.Spend = task.Spend{Day: "2026-03-14", Images: 2, Limit: 1}
	_, _, err := s.Create(t.Context(), sub)
	wantError(t, "Create", err, task.ErrDailyLimit)
	s.wantAbsent(t, sub.Task.ID)
	if _, err := s.Job(t.Context(), sub.Jobs[0].Ref); task.KindOf(err) != task.NotFound {
		t.Errorf("its job: %v, want not found", err)
	}
	if sub.Jobs[0].Version != 0 {
		t.Errorf("the job in hand has version %d, want 0", sub.Jobs[0].Version)
	}
	if _, replayed := s.submit(t, submission(owner, "k", 2, epoch)); replayed {
		t.Error("the refused submission's key was kept")
	}
}

func keyRace(t *testing.T, s store) {
	const writers = 50
	var mu sync.Mutex
	ids := map[task.ID]int{}
	fresh := 0
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			tk, replayed, err := s.Create(t.Context(), submission(owner, "k", 1, epoch))
			if err != nil {
				t.Errorf("Create: %v", err)
			}
			mu.Lock()
			defer mu.Unlock()
			ids[tk.ID]++
			if !replayed {
				fresh++
			}
		})
	}
	all.Wait()
	there := s.all(t, task.Query{Owner: owner, Limit: 100})
	if len(ids) != 1 || fresh != 1 || len(there) != 1 {
		t.Errorf("%d different answers, %d of them new, %d tasks in the table; want one each", len(ids), fresh, len(there))
	}
}

func createOverTask(t *testing.T, s store) {
	tk, _ := s.one(t)
	twin := task.Submission{Task: tk}
	twin.Task.Run = 9
	_, _, err := s.Create(t.Context(), twin)
	wantError(t, "Create", err, task.ErrConflict)
	if diff := cmp.Diff(tk, s.task(t, tk.ID)); diff != "" {
		t.Errorf("the first (-want +got):\n%s", diff)
	}
}
