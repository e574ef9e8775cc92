package conformance

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"volcimage/internal/task"
)

var rowPromises = []promise{
	{"a task comes back with every field as it was saved", taskComesBack},
	{"a job comes back with every field as it was saved", jobComesBack},
	{"slots come back with every field as they were saved", slotsComeBack},
	{"a task with nothing but what it needs comes back alike", bareTaskComesBack},
	{"a new task has version one, and its jobs too", newVersions},
	{"the jobs of a task come in order of their number", jobsInOrder},
	{"slots that were never saved are zero, with version zero", noSlots},
	{"what is not there is not found", notFound},
	{"nobody reads another owner's rows", otherOwner},
	{"tasks come in the order asked, those not there left out", tasksInOrder},
	{"a task marked deleted is still read by its id", deletedIsRead},
	{"the store answers a ping", func(t *testing.T, s store) {
		if err := s.Ping(t.Context()); err != nil {
			t.Errorf("Ping: %v", err)
		}
	}},
}

// fullTask has a value in every field. Two saves with different salts differ in
// every field too, but for the names of the row.
func fullTask(t *testing.T, id task.ID, salt int) task.Task {
	t.Helper()
	var v task.Task
	fill(&v, salt)
	v.Owner, v.ID, v.Version, v.Status = owner, id, 1, task.Statuses[salt%len(task.Statuses)]
	noZeroes(t, v)
	return v
}

func fullJob(t *testing.T, ref task.Ref, salt int) *task.Job {
	t.Helper()
	var v task.Job
	fill(&v, salt)
	v.Ref, v.Version, v.Status = ref, 1, []task.JobStatus{task.JobWaiting, task.JobReady}[salt%2]
	noZeroes(t, v)
	return &v
}

func noZeroes(t *testing.T, v any) {
	t.Helper()
	if zero := zeroFields(reflect.ValueOf(v), reflect.TypeOf(v).Name()); len(zero) > 0 {
		t.Fatalf("the suite leaves zero: %v", zero)
	}
}

func taskComesBack(t *testing.T, s store) {
	id := task.NewID(epoch)
	want := fullTask(t, id, 1)
	created, _, err := s.Create(t.Context(), task.Submission{Task: want})
	if err != nil {
		t.Fatalf("Create: %v", err)
	}
	want.Indexed, want.Marks, want.MarkedBytes = false, nil, 0 // that is for the store to say
	if diff := cmp.Diff(want, created); diff != "" {
		t.Errorf("answered by Create (-want +got):\n%s", diff)
	}
	for salt := range 3 {
		got := s.task(t, id)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("read after save %d (-want +got):\n%s", salt, diff)
		}
		version := want.Version
		want = fullTask(t, id, salt+2)
		want.Version = version
		s.save(t, task.Change{Task: &want})
	}
}

func jobComesBack(t *testing.T, s store) {
	tk := fullTask(t, task.NewID(epoch), 1)
	want := fullJob(t, task.Ref{Owner: owner, Task: tk.ID, N: 3}, 2)
	if _, _, err := s.Create(t.Context(), task.Submission{Task: tk, Jobs: []*task.Job{want}}); err != nil {
		t.Fatalf("Create: %v", err)
	}
	for salt := range 3 {
		if diff := cmp.Diff(want, s.job(t, want.Ref)); diff != "" {
			t.Fatalf("read after save %d (-want +got):\n%s", salt, diff)
		}
		all, err := s.Jobs(t.Context(), owner, tk.ID)
		if diff := cmp.Diff([]*task.Job{want}, all); err != nil || diff != "" {
			t.Fatalf("Jobs after save %d: %v (-want +got):\n%s", salt, err, diff)
		}
		version := want.Version
		want = fullJob(t, want.Ref, salt+3)
		want.Version = version
		s.save(t, task.Change{Jobs: []*task.Job{want}})
	}
}

func slotsComeBack(t *testing.T, s store) {
	for salt := range 3 {
		var want task.Slots
		fill(&want, salt+1)
		noZeroes(t, want)
		want.Version = int64(salt)
		s.save(t, task.Change{Slots: &want})
		if diff := cmp.Diff(&want, s.slots(t)); diff != "" {
			t.Fatalf("read after save %d (-want +got):\n%s", salt+1, diff)
		}
	}
}

func bareTaskComesBack(t *testing.T, s store) {
	want, job := s.one(t)
	got := s.task(t, want.ID)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !got.StartedAt.IsZero() || got.CreatedAt.Location() != time.UTC {
		t.Errorf("StartedAt %v, want zero; CreatedAt %v, want UTC", got.StartedAt, got.CreatedAt)
	}
	if diff := cmp.Diff(job, s.job(t, job.Ref)); diff != "" {
		t.Errorf("its job (-want +got):\n%s", diff)
	}
}

func newVersions(t *testing.T, s store) {
	fresh, jobs := s.create(t, owner, task.Params{Model: "m", Prompt: "p", Count: 2}, epoch)
	if fresh.Version != 1 || jobs[0].Version != 1 || jobs[1].Version != 1 {
		t.Errorf("versions %d, %d, %d, want 1 each", fresh.Version, jobs[0].Version, jobs[1].Version)
	}
}

func jobsInOrder(t *testing.T, s store) {
	tk, jobs := s.create(t, owner, task.Params{Model: "m", Prompt: "p", Count: 12}, epoch)
	got, err := s.Jobs(t.Context(), owner, tk.ID)
	if diff := cmp.Diff(jobs, got); err != nil || diff != "" {
		t.Errorf("Jobs: %v (-want +got):\n%s", err, diff)
	}
}

func noSlots(t *testing.T, s store) {
	if diff := cmp.Diff(&task.Slots{}, s.slots(t)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func notFound(t *testing.T, s store) {
	id := task.NewID(epoch)
	_, err := s.Task(t.Context(), owner, id)
	wantError(t, "Task", err, task.ErrNotFound)
	_, err = s.Job(t.Context(), task.Ref{Owner: owner, Task: id})
	wantError(t, "Job", err, task.ErrNotFound)
	if jobs, err := s.Jobs(t.Context(), owner, id); err != nil || len(jobs) != 0 {
		t.Errorf("Jobs: %v, %v, want none", jobs, err)
	}
	if got, err := s.Tasks(t.Context(), owner, []task.ID{id}); err != nil || len(got) != 0 {
		t.Errorf("Tasks: %v, %v, want none", got, err)
	}
	if got, err := s.Tasks(t.Context(), owner, nil); err != nil || len(got) != 0 {
		t.Errorf("Tasks of no ids: %v, %v, want none", got, err)
	}
	tk, job := s.one(t)
	_, err = s.Job(t.Context(), task.Ref{Owner: owner, Task: tk.ID, N: job.N + 1})
	wantError(t, "Job with another number", err, task.ErrNotFound)
}

func otherOwner(t *testing.T, s store) {
	tk, job := s.one(t)
	const other task.Owner = "team"
	_, err := s.Task(t.Context(), other, tk.ID)
	wantError(t, "Task", err, task.ErrNotFound)
	_, err = s.Job(t.Context(), task.Ref{Owner: other, Task: tk.ID})
	wantError(t, "Job", err, task.ErrNotFound)
	if got, err := s.Tasks(t.Context(), other, []task.ID{tk.ID}); err != nil || len(got) != 0 {
		t.Errorf("Tasks: %v, %v, want none", got, err)
	}
	tk.Owner = other
	wantError(t, "Save", s.Save(t.Context(), task.Change{Task: &tk}), task.ErrConflict)
	stolen := *job
	stolen.Owner = other
	wantError(t, "Save of its job", s.Save(t.Context(), task.Change{Jobs: []*task.Job{&stolen}}), task.ErrConflict)
}

func tasksInOrder(t *testing.T, s store) {
	var ids []task.ID
	for n := range 60 { // more than the 50 of a page of running cards
		tk, _ := s.create(t, owner, task.Params{Model: "m", Prompt: fmt.Sprint(n), Count: 1}, epoch.Add(time.Duration(n)*time.Second))
		ids = append(ids, tk.ID)
	}
	asked := []task.ID{ids[7], task.NewID(epoch), ids[59], ids[0]}
	got, err := s.Tasks(t.Context(), owner, asked)
	if err != nil {
		t.Fatalf("Tasks: %v", err)
	}
	want := []task.Task{s.task(t, ids[7]), s.task(t, ids[59]), s.task(t, ids[0])}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got, err := s.Tasks(t.Context(), owner, ids); err != nil || len(got) != len(ids) {
		t.Errorf("%d of %d tasks, %v", len(got), len(ids), err)
	}
}

func deletedIsRead(t *testing.T, s store) {
	tk, _ := s.one(t)
	tk.DeletedAt = epoch.Add(time.Hour)
	s.save(t, task.Change{Task: &tk})
	if got := s.task(t, tk.ID); !got.DeletedAt.Equal(tk.DeletedAt) {
		t.Errorf("DeletedAt %v, want %v", got.DeletedAt, tk.DeletedAt)
	}
	if got, err := s.Tasks(t.Context(), owner, []task.ID{tk.ID}); err != nil || len(got) != 1 {
		t.Errorf("Tasks: %v, %v, want the deleted one", got, err)
	}
}
