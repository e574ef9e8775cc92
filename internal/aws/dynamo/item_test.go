package dynamo

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"volcimage/internal/task"
)

// row is what DynamoDB would keep of an item.
func row(t *testing.T, item any) map[string]types.AttributeValue {
	t.Helper()
	m, err := attributevalue.MarshalMap(item)
	if err != nil {
		t.Fatalf("marshal %+v: %v", item, err)
	}
	return m
}

func read(t *testing.T, m map[string]types.AttributeValue, item any) {
	t.Helper()
	if err := attributevalue.UnmarshalMap(m, item); err != nil {
		t.Fatalf("unmarshal %v: %v", m, err)
	}
}

// That no field is forgotten, the conformance suite shows; here it is what is
// there and what is not.
func TestTaskRow(t *testing.T) {
	at := time.Date(2026, 3, 14, 15, 9, 26, 535_897_932, time.UTC)
	zero, no, half := int64(0), false, 0.05
	full := task.Task{
		Owner: "a#b", ID: "01J9ZW3K3Q6M7T8V9X0Y1Z2A3B", Status: task.Processing, Run: 2, Version: 7,
		// Zero but given: not the same as not given.
		Params: task.Params{Prompt: "星 \"空\"\n", Model: "m", Count: 2, Seed: &zero, UsePreLLM: &no, Scale: &half},
		Images: []task.Image{
			{Job: 0, Status: task.ImageWorking},
			{Job: 1, Status: task.ImageFailed, Failure: &task.Failure{Code: "x", Charged: task.ChargedNo}, Seed: &zero},
		},
		CreatedAt: at, StartedAt: at.Add(1),
	}
	m := row(t, newTaskItem(&full, full.Version))
	var got taskItem
	read(t, m, &got)
	if diff := cmp.Diff(full, got.task()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, absent := range []string{"finished_at", "deleted_at", "min_ratio", "coherent_set", "size"} {
		if v, ok := m[absent]; ok {
			t.Errorf("attribute %s is %v, want it left out", absent, v)
		}
	}
}

func TestActiveIndexIsSparse(t *testing.T) {
	for _, s := range task.Statuses {
		for _, deleted := range []time.Time{{}, time.Unix(1, 0)} {
			for _, indexed := range []bool{true, false} {
				tk := task.Task{Owner: "o", ID: "T", Status: s, DeletedAt: deleted, Indexed: indexed}
				want := ""
				switch {
				case !deleted.IsZero():
				case !indexed:
					want = "U#T#" + string(s)
				case !s.Over():
					want = "T#T#" + string(s)
				}
				if got := newTaskItem(&tk, 1).Active; got != want {
					t.Errorf("%s, deleted %v, indexed %v: in the index as %q, want %q", s, deleted, indexed, got, want)
				}
			}
		}
	}
}

func TestJobIndexesAreSparse(t *testing.T) {
	for _, s := range []task.JobStatus{task.JobWaiting, task.JobReady, task.JobRunning, task.JobDone, task.JobFailed, task.JobCancelled} {
		for _, next := range []time.Time{{}, time.Unix(1, 0)} {
			m := row(t, newJobItem(&task.Job{Status: s, NextAt: next}, 1))
			if _, got := m[attrWaiting]; got != (s == task.JobWaiting) {
				t.Errorf("%s: among those that wait %v", s, got)
			}
			if _, got := m[attrNextAt]; got == next.IsZero() {
				t.Errorf("%s, next step at %v: in the due index %v", s, next, got)
			}
		}
	}
}

func TestSlotsRow(t *testing.T) {
	at := time.Date(2026, 3, 14, 15, 9, 26, 535_897_932, time.UTC)
	for name, want := range map[string]*task.Slots{
		"empty": {Version: 3},
		"full": {
			Version: 4, Paused: true,
			Holds:    []task.Hold{{Ref: task.Ref{Owner: "a", Task: "T", N: 1}, Model: "m"}, {Ref: task.Ref{Owner: "b", Task: "U"}, Model: "m", Until: at}},
			Narrowed: map[string]task.Narrow{"m": {Limit: 1, Until: at}},
			Served:   map[task.Owner]time.Time{"a": at, "团": at.Add(1)},
			Recent:   map[string][]time.Duration{"m": {time.Second + 1, 2 * time.Hour}},
		},
	} {
		var got slotsItem
		read(t, row(t, newSlotsItem(want, want.Version)), &got)
		if diff := cmp.Diff(want, got.slots()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestKeyRow(t *testing.T) {
	sub := task.Submission{Task: task.Task{Owner: "o", ID: "T", CreatedAt: time.Unix(1000, 5)}, Key: "k", BodyHash: [32]byte{1, 2}}
	var got keyItem
	read(t, row(t, newKeyItem(sub)), &got)
	if got.Task != "T" || string(got.BodyHash) != string(sub.BodyHash[:]) || got.CreatedAt != nanos(sub.Task.CreatedAt) {
		t.Errorf("the row reads %+v", got)
	}
	if kept := time.Unix(got.Expires, 0).Sub(sub.Task.CreatedAt); kept < task.KeyTTL {
		t.Errorf("the row may go after %v, before it is forgotten", kept)
	}
}
