package conformance

import (
	"context"
	"testing"
	"time"

	"volcimage/internal/task"
)

// StoreUnderTest is all that a store does; each use case declares the part that
// it needs.
type StoreUnderTest interface {
	Create(ctx context.Context, s task.Submission) (t task.Task, replayed bool, err error)
	Task(ctx context.Context, owner task.Owner, id task.ID) (task.Task, error)
	Tasks(ctx context.Context, owner task.Owner, ids []task.ID) ([]task.Task, error)
	Job(ctx context.Context, ref task.Ref) (*task.Job, error)
	Jobs(ctx context.Context, owner task.Owner, id task.ID) ([]*task.Job, error)
	Slots(ctx context.Context) (*task.Slots, error)
	Save(ctx context.Context, c task.Change) error
	Heads(ctx context.Context) ([]task.Head, error)
	Due(ctx context.Context, now time.Time, limit int) ([]task.Ref, error)
	List(ctx context.Context, q task.Query) (task.Page, error)
	Index(ctx context.Context, ref task.Ref) (more bool, err error)
	Reindex(ctx context.Context, owner task.Owner, after task.ID, limit int) (last task.ID, err error)
	Counts(ctx context.Context, owner task.Owner, prefix string, limit int) ([]task.Count, error)
	Uncounted(ctx context.Context, owner task.Owner, limit int) (map[task.Status]int64, error)
	Usage(ctx context.Context) ([]task.OwnerUsage, error)
	Record(ctx context.Context, owner task.Owner, kind, id string) (task.Record, error)
	Records(ctx context.Context, owner task.Owner, kind, after string, limit int) ([]task.Record, error)
	SaveRecord(ctx context.Context, r *task.Record) error
	DeleteRecord(ctx context.Context, r task.Record) error
	Ping(ctx context.Context) error
}

// promise is a sentence about a store, and what holds it to that.
type promise struct {
	name string
	hold func(*testing.T, store)
}

// Store runs every promise of a store, each on an empty one.
func Store(t *testing.T, open func(t *testing.T) StoreUnderTest) {
	for _, group := range [][]promise{rowPromises, changePromises, submissionPromises, indexPromises, listPromises, searchPromises, recordPromises} {
		for _, p := range group {
			t.Run(p.name, func(t *testing.T) {
				t.Parallel()
				p.hold(t, store{open(t)})
			})
		}
	}
}

// store is a store with the steps that most promises begin with.
type store struct{ StoreUnderTest }

// owner is whose tasks are where a promise is not about owners.
const owner task.Owner = "team 一"

// create makes a task of one owner that was asked for at a time, with its jobs.
func (s store) create(t *testing.T, o task.Owner, p task.Params, at time.Time) (task.Task, []*task.Job) {
	t.Helper()
	fresh, jobs := task.New(o, p, at)
	got, replayed, err := s.Create(t.Context(), task.Submission{Task: fresh, Jobs: jobs})
	if err != nil || replayed {
		t.Fatalf("Create(%s): replayed %v, %v", fresh.ID, replayed, err)
	}
	return got, jobs
}

// one makes a task of one picture.
func (s store) one(t *testing.T) (task.Task, *task.Job) {
	t.Helper()
	fresh, jobs := s.create(t, owner, task.Params{Prompt: "a fox", Model: "m", Count: 1}, epoch)
	return fresh, jobs[0]
}

func (s store) save(t *testing.T, c task.Change) {
	t.Helper()
	if err := s.Save(t.Context(), c); err != nil {
		t.Fatalf("Save: %v", err)
	}
}

func (s store) task(t *testing.T, id task.ID) task.Task {
	t.Helper()
	got, err := s.Task(t.Context(), owner, id)
	if err != nil {
		t.Fatalf("Task(%s): %v", id, err)
	}
	return got
}

func (s store) job(t *testing.T, r task.Ref) *task.Job {
	t.Helper()
	got, err := s.Job(t.Context(), r)
	if err != nil {
		t.Fatalf("Job(%v): %v", r, err)
	}
	return got
}

func (s store) slots(t *testing.T) *task.Slots {
	t.Helper()
	got, err := s.Slots(t.Context())
	if err != nil {
		t.Fatalf("Slots: %v", err)
	}
	return got
}

// wantError compares by what decisions hang on.
func wantError(t *testing.T, doing string, got error, want *task.Error) {
	t.Helper()
	if task.KindOf(got) != want.Kind || task.CodeOf(got) != want.Code {
		t.Errorf("%s: %v, want kind and code of %v", doing, got, want)
	}
}
