package conformance

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"volcimage/internal/task"
)

var recordPromises = []promise{
	{"a record comes back as it was saved", recordComesBack},
	{"a record that is not there is not found", recordMissing},
	{"a record is saved over the version that was read, and no other", recordConditional},
	{"a deleted record is gone, and its id is free", recordDeleted},
	{"records are listed by kind in order of id, page by page", recordsListed},
	{"nobody reads another owner's records, or another kind's", recordsApart},
	{"a record is due at its time, and only then", recordDue},
}

func record(o task.Owner, kind, id string) *task.Record {
	return &task.Record{Owner: o, Kind: kind, ID: id, UpdatedAt: epoch, Doc: []byte(`{"name":"` + id + ` 星"}`)}
}

// keep saves a record.
func (s store) keep(t *testing.T, r *task.Record) {
	t.Helper()
	if err := s.SaveRecord(t.Context(), r); err != nil {
		t.Fatalf("SaveRecord(%s %s, version %d): %v", r.Kind, r.ID, r.Version, err)
	}
}

func (s store) wantRecord(t *testing.T, want task.Record) {
	t.Helper()
	got, err := s.Record(t.Context(), want.Owner, want.Kind, want.ID)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("Record(%s %s): %v (-want +got):\n%s", want.Kind, want.ID, err, diff)
	}
}

func recordComesBack(t *testing.T, s store) {
	for _, id := range []string{"a", "b#c%23", "星 / ~"} {
		r := record(owner, "template", id)
		s.keep(t, r)
		if r.Version != 1 {
			t.Errorf("version %d after the first save, want 1", r.Version)
		}
		s.wantRecord(t, *r)
	}
	large := record(owner, "template", "large")
	large.Doc = make([]byte, task.MaxRecord)
	s.keep(t, large)
	s.wantRecord(t, *large)
}

func recordMissing(t *testing.T, s store) {
	_, err := s.Record(t.Context(), owner, "template", "a")
	wantError(t, "Record", err, task.ErrNotFound)
	list, err := s.Records(t.Context(), owner, "template", "", 10)
	if err != nil || len(list) != 0 {
		t.Errorf("Records of none: %v, %v", list, err)
	}
}

func recordConditional(t *testing.T, s store) {
	r := record(owner, "template", "a")
	s.keep(t, r)
	again := record(owner, "template", "a")
	wantError(t, "SaveRecord of an id that is taken", s.SaveRecord(t.Context(), again), task.ErrConflict)
	stale := *r
	r.Doc = []byte(`{"name":"newer"}`)
	s.keep(t, r)
	wantError(t, "SaveRecord of an older version", s.SaveRecord(t.Context(), &stale), task.ErrConflict)
	wantError(t, "DeleteRecord of an older version", s.DeleteRecord(t.Context(), stale), task.ErrConflict)
	s.wantRecord(t, *r)
	absent := record(owner, "template", "b")
	absent.Version = 1
	wantError(t, "SaveRecord over a record that is gone", s.SaveRecord(t.Context(), absent), task.ErrConflict)
}

func recordDeleted(t *testing.T, s store) {
	r := record(owner, "template", "a")
	s.keep(t, r)
	if err := s.DeleteRecord(t.Context(), *r); err != nil {
		t.Fatalf("DeleteRecord: %v", err)
	}
	_, err := s.Record(t.Context(), owner, "template", "a")
	wantError(t, "Record", err, task.ErrNotFound)
	wantError(t, "DeleteRecord again", s.DeleteRecord(t.Context(), *r), task.ErrConflict)
	s.keep(t, record(owner, "template", "a"))
}

func recordsListed(t *testing.T, s store) {
	var want []task.Record
	for i := range 7 {
		r := record(owner, "template", fmt.Sprintf("t%d", i))
		s.keep(t, r)
		want = append(want, *r)
	}
	var got []task.Record
	for after := ""; ; {
		page, err := s.Records(t.Context(), owner, "template", after, 3)
		if err != nil {
			t.Fatalf("Records after %q: %v", after, err)
		}
		if got = append(got, page...); len(page) < 3 {
			break
		}
		after = page[len(page)-1].ID
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Records (-want +got):\n%s", diff)
	}
}

func recordsApart(t *testing.T, s store) {
	mine, theirs, other := record(owner, "template", "a"), record("bob", "template", "a"), record(owner, "folder", "a")
	theirs.Doc, other.Doc = []byte(`{"of":"bob"}`), []byte(`{"of":"folder"}`)
	for _, r := range []*task.Record{mine, theirs, other} {
		s.keep(t, r)
	}
	for _, r := range []*task.Record{mine, theirs, other} {
		s.wantRecord(t, *r)
		list, err := s.Records(t.Context(), r.Owner, r.Kind, "", 10)
		if diff := cmp.Diff([]task.Record{*r}, list); err != nil || diff != "" {
			t.Errorf("Records(%s, %s): %v (-want +got):\n%s", r.Owner, r.Kind, err, diff)
		}
	}
}

func recordDue(t *testing.T, s store) {
	id := string(task.NewID(epoch))
	r := record(owner, "export", id)
	r.Step, r.NextAt = task.ExportStep, epoch.Add(time.Second)
	s.keep(t, r)
	s.wantRecord(t, *r)
	ref := task.Ref{Owner: owner, Task: task.ID(id), N: task.ExportStep}
	s.wantDue(t, epoch, 10)
	s.wantDue(t, epoch.Add(time.Second), 10, ref)
	r.NextAt = epoch.Add(time.Minute)
	s.keep(t, r)
	s.wantDue(t, epoch.Add(time.Second), 10)
	s.wantDue(t, epoch.Add(time.Minute), 10, ref)
	r.NextAt = time.Time{}
	s.keep(t, r)
	s.wantRecord(t, *r)
	s.wantDue(t, epoch.Add(time.Hour), 10)
	r.NextAt = epoch
	s.keep(t, r)
	if err := s.DeleteRecord(t.Context(), *r); err != nil {
		t.Fatalf("DeleteRecord: %v", err)
	}
	s.wantDue(t, epoch.Add(time.Hour), 10)
}
