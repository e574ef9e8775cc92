package dynamo

import (
	"slices"
	"testing"
	"time"

	"volcimage/internal/task"
)

var oddOwners = []task.Owner{"local", "a", "ab", "a#b", "a%23b", "%", "#", "a#", "团队 一", "a b"}

func TestKeysComeBack(t *testing.T) {
	at := time.Date(2026, 3, 14, 15, 9, 26, 535_897_932, time.UTC)
	seen := map[string]task.Owner{}
	for _, o := range oddOwners {
		ref := task.Ref{Owner: o, Task: "01J9ZW3K3Q6M7T8V9X0Y1Z2A3B", N: 11}
		got, err := parseJobKey(jobKey(ref).SK)
		if err != nil || got != ref {
			t.Errorf("key of %v is read as %v, %v", ref, got, err)
		}
		h := task.Head{Ref: ref, Model: "m#1", CreatedAt: at}
		if got, err := parseWaitingKey(waitingKey(h)); err != nil || got != h {
			t.Errorf("key of waiting %v is read as %v, %v", h, got, err)
		}
		for _, k := range []string{jobKey(ref).SK, idempotencyKey(o, "k").PK, waitingKey(h)} {
			if other, ok := seen[k]; ok {
				t.Errorf("owners %q and %q share the key %q", o, other, k)
			}
			seen[k] = o
		}
	}
}

func TestDamagedKeysAreRefused(t *testing.T) {
	for _, k := range []string{"", "a#b", "a#b#c", "a#b#1#2"} {
		if ref, err := parseJobKey(k); err == nil {
			t.Errorf("job key %q is read as %v", k, ref)
		}
	}
	for _, k := range []string{"", "a#b#c#d", "o#m#x#t#1", "o#m#1#t#x", "o#m#1#t#1#"} {
		if h, err := parseWaitingKey(k); err == nil {
			t.Errorf("waiting key %q is read as %v", k, h)
		}
	}
}

// Of one owner and model the oldest is first, and what is behind the pair is
// behind all of them and before the next.
func TestWaitingJobsAreInOrder(t *testing.T) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	head := func(o task.Owner, model string, after time.Duration, id task.ID, n int) task.Head {
		return task.Head{Ref: task.Ref{Owner: o, Task: id, N: n}, Model: model, CreatedAt: at.Add(after)}
	}
	heads := []task.Head{
		head("a", "m", 0, "T1", 2), head("a", "m", 0, "T1", 10), head("a", "m", 0, "T2", 0),
		head("a", "m", 1, "T0", 0), head("a", "m", 24*time.Hour, "T0", 0),
	}
	var keys []string
	for _, h := range heads {
		keys = append(keys, waitingKey(h))
	}
	if !slices.IsSorted(keys) {
		t.Errorf("not in order: %q", keys)
	}
	behind := behindPair(heads[0])
	if last := keys[len(keys)-1]; behind <= last {
		t.Errorf("%q is not behind %q", behind, last)
	}
	for _, next := range []task.Head{head("a", "m1", 0, "T", 0), head("a", "mm", 0, "T", 0), head("b", "m", 0, "T", 0), head("aa", "m", 0, "T", 0)} {
		if k := waitingKey(next); k <= keys[len(keys)-1] || k <= behind {
			t.Errorf("%q is not behind %q", k, behind)
		}
	}
	for _, before := range []task.Head{head("a", "l", 0, "T", 0), head("A", "z", 0, "T", 0)} {
		if k := waitingKey(before); k >= keys[0] {
			t.Errorf("%q is not before %q", k, keys[0])
		}
	}
}

func TestJobsAreSpread(t *testing.T) {
	count := map[int]int{}
	for n := range 4000 {
		count[shardOf(task.NewID(time.Unix(int64(n), 0)))]++
	}
	if len(count) != jobShards {
		t.Fatalf("jobs lie in %d partitions, want %d", len(count), jobShards)
	}
	for shard, n := range count {
		if n < 800 || n > 1200 {
			t.Errorf("%d of 4000 tasks are in partition %d, want about 1000", n, shard)
		}
	}
}

func TestMomentsComeBack(t *testing.T) {
	for _, want := range []time.Time{{}, time.Unix(0, 1).UTC(), time.Date(2026, 11, 23, 1, 2, 3, 999_999_999, time.UTC)} {
		if got := moment(nanos(want)); !got.Equal(want) {
			t.Errorf("%v comes back as %v", want, got)
		}
	}
	east := time.Date(2026, 1, 1, 8, 0, 0, 0, time.FixedZone("", 8*3600))
	if got := moment(nanos(east)); !got.Equal(east) || got.Location() != time.UTC {
		t.Errorf("%v comes back as %v, want it in UTC", east, got)
	}
}
