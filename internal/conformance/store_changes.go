package conformance

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"volcimage/internal/task"
)

var changePromises = []promise{
	{"a save raises the version of each row, in the table and in hand", saveRaisesVersions},
	{"one row that is not as it was read keeps the whole change from being saved", conflictSavesNothing},
	{"a change that was refused leaves the rows in hand as they were", conflictLeavesHand},
	{"a row that was never created cannot be saved", saveCreatesNothing},
	{"slots are saved first by one of those who saw none", slotsFirstSave},
	{"rows that are gone are not there any more", goneRemoves},
	{"rows that changed meanwhile do not go", goneIsConditional},
	{"usage adds up, per owner", usageAddsUp},
	{"an owner whose task ended without a picture is listed, storing nothing", usageNamesEveryOwner},
	{"usage of a refused change is not counted", usageOfConflict},
	{"usage that is nobody's is refused", usageOfNobody},
	{"the day's limit stops a change, and nothing of it is saved", spendStopsChange},
	{"each day has a limit of its own, and none is no limit", spendPerDay},
	{"fifty writers together spend no more than the limit", spendRace},
	{"no update is lost among many writers", noLostUpdate},
	{"a change whose caller has gone away is not saved", endedContext},
}

func saveRaisesVersions(t *testing.T, s store) {
	tk, job := s.one(t)
	var slots task.Slots
	for v := int64(1); v <= 3; v++ {
		tk.Run, job.Attempt, slots.Paused = int(v), int(v), v%2 == 0
		s.save(t, task.Change{Task: &tk, Jobs: []*task.Job{job}, Slots: &slots})
		if tk.Version != v+1 || job.Version != v+1 || slots.Version != v {
			t.Fatalf("save %d: in hand task %d, job %d, slots %d, want %d, %d, %d", v, tk.Version, job.Version, slots.Version, v+1, v+1, v)
		}
		if diff := cmp.Diff(tk, s.task(t, tk.ID)); diff != "" {
			t.Errorf("save %d: the task read (-in hand +read):\n%s", v, diff)
		}
		if diff := cmp.Diff(job, s.job(t, job.Ref)); diff != "" {
			t.Errorf("save %d: the job read (-in hand +read):\n%s", v, diff)
		}
		if diff := cmp.Diff(&slots, s.slots(t)); diff != "" {
			t.Errorf("save %d: the slots read (-in hand +read):\n%s", v, diff)
		}
	}
}

// rows is a task with two jobs and the slots, all saved once.
type rows struct {
	task  task.Task
	jobs  []*task.Job
	slots *task.Slots
}

func (s store) rows(t *testing.T) rows {
	t.Helper()
	tk, jobs := s.create(t, owner, task.Params{Model: "m", Prompt: "p", Count: 2}, epoch)
	slots := s.slots(t)
	s.save(t, task.Change{Slots: slots})
	return rows{tk, jobs, slots}
}

func (s store) read(t *testing.T, id task.ID) rows {
	t.Helper()
	jobs, err := s.Jobs(t.Context(), owner, id)
	if err != nil {
		t.Fatalf("Jobs(%s): %v", id, err)
	}
	return rows{s.task(t, id), jobs, s.slots(t)}
}

// change touches every row, and spends and stores.
func (r *rows) change() task.Change {
	r.task.Run = 77
	r.jobs[0].Attempt, r.jobs[1].Attempt = 77, 77
	r.slots.Paused = true
	return task.Change{
		Task: &r.task, Jobs: r.jobs, Slots: r.slots,
		Usage: task.Usage{Bytes: 10, Images: 1}, Spend: task.Spend{Day: "2026-03-14", Images: 1, Limit: 1},
	}
}

// stale takes one row back to the version before, as another's save would leave it.
var stale = map[string]func(*rows){
	"the task":       func(r *rows) { r.task.Version-- },
	"the first job":  func(r *rows) { r.jobs[0].Version-- },
	"the second job": func(r *rows) { r.jobs[1].Version-- },
	"the slots":      func(r *rows) { r.slots.Version-- },
	"a future task":  func(r *rows) { r.task.Version++ },
}

func conflictSavesNothing(t *testing.T, s store) {
	for name, spoil := range stale {
		r := s.rows(t)
		before := s.read(t, r.task.ID)
		spoil(&r)
		wantError(t, name+" stale", s.Save(t.Context(), r.change()), task.ErrConflict)
		after := s.read(t, r.task.ID)
		if diff := cmp.Diff(before, after, cmp.AllowUnexported(rows{})); diff != "" {
			t.Errorf("%s stale, but saved (-before +after):\n%s", name, diff)
		}
	}
	s.wantUsage(t, map[task.Owner]task.Usage{})
	r := s.rows(t)
	if err := s.Save(t.Context(), r.change()); err != nil {
		t.Errorf("the day's only picture was counted by a refused change: %v", err)
	}
}

func conflictLeavesHand(t *testing.T, s store) {
	r := s.rows(t)
	r.slots.Version--
	c := r.change()
	if err := s.Save(t.Context(), c); err == nil {
		t.Fatal("a stale change was saved")
	}
	if r.task.Version != 1 || r.jobs[0].Version != 1 || r.jobs[1].Version != 1 || r.slots.Version != 0 {
		t.Errorf("versions in hand %d, %d, %d, %d, want 1, 1, 1, 0", r.task.Version, r.jobs[0].Version, r.jobs[1].Version, r.slots.Version)
	}
}

func saveCreatesNothing(t *testing.T, s store) {
	tk, jobs := task.New(owner, task.Params{Model: "m", Prompt: "p"}, epoch)
	wantError(t, "Save of a task", s.Save(t.Context(), task.Change{Task: &tk}), task.ErrConflict)
	wantError(t, "Save of a job", s.Save(t.Context(), task.Change{Jobs: jobs}), task.ErrConflict)
	_, err := s.Task(t.Context(), owner, tk.ID)
	wantError(t, "Task", err, task.ErrNotFound)
}

func slotsFirstSave(t *testing.T, s store) {
	first, second := s.slots(t), s.slots(t)
	s.save(t, task.Change{Slots: first})
	wantError(t, "second first save", s.Save(t.Context(), task.Change{Slots: second}), task.ErrConflict)
	s.save(t, task.Change{Slots: first})
}

func goneRemoves(t *testing.T, s store) {
	r := s.rows(t)
	r.jobs[1].NextAt = epoch
	s.save(t, task.Change{Jobs: r.jobs})
	s.save(t, task.Change{Task: &r.task, Jobs: r.jobs, Slots: r.slots, Gone: true})
	_, err := s.Task(t.Context(), owner, r.task.ID)
	wantError(t, "Task", err, task.ErrNotFound)
	if jobs, err := s.Jobs(t.Context(), owner, r.task.ID); err != nil || len(jobs) != 0 {
		t.Errorf("Jobs: %v, %v, want none", jobs, err)
	}
	if s.slots(t).Version != 2 {
		t.Errorf("slots have version %d, want the 2 that the change gave them", s.slots(t).Version)
	}
	if due, err := s.Due(t.Context(), epoch, 10); err != nil || len(due) != 0 {
		t.Errorf("Due: %v, %v, want none", due, err)
	}
	if heads, err := s.Heads(t.Context()); err != nil || len(heads) != 0 {
		t.Errorf("Heads: %v, %v, want none", heads, err)
	}
	if page := s.list(t, task.Query{Owner: owner, Limit: 10}); len(page.Tasks) != 0 {
		t.Errorf("List: %v, want none", page.Tasks)
	}
}

func goneIsConditional(t *testing.T, s store) {
	r := s.rows(t)
	newer := *r.jobs[1]
	s.save(t, task.Change{Jobs: []*task.Job{&newer}})
	err := s.Save(t.Context(), task.Change{Task: &r.task, Jobs: r.jobs, Gone: true})
	wantError(t, "removal", err, task.ErrConflict)
	if got := s.read(t, r.task.ID); len(got.jobs) != 2 {
		t.Errorf("%d jobs, want both", len(got.jobs))
	}
}

func (s store) wantUsage(t *testing.T, want map[task.Owner]task.Usage) {
	t.Helper()
	all, err := s.Usage(t.Context())
	if err != nil {
		t.Fatalf("Usage: %v", err)
	}
	got := map[task.Owner]task.Usage{}
	for _, u := range all {
		if u.Usage != (task.Usage{}) {
			got[u.Owner] = u.Usage
		}
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("usage (-want +got):\n%s", diff)
	}
}

func usageAddsUp(t *testing.T, s store) {
	want := map[task.Owner]task.Usage{}
	for _, o := range []task.Owner{"a", "b"} {
		tk, jobs := s.create(t, o, task.Params{Model: "m", Prompt: "p"}, epoch)
		for _, u := range []task.Usage{{Bytes: 1 << 40, Images: 1}, {Bytes: 5, Images: 3}, {Bytes: -7, Images: -1}} {
			s.save(t, task.Change{Task: &tk, Usage: u})
			sum := want[o]
			want[o] = task.Usage{Bytes: sum.Bytes + u.Bytes, Images: sum.Images + u.Images}
		}
		s.save(t, task.Change{Jobs: jobs, Usage: task.Usage{Bytes: 1}}) // a change without its task
		want[o] = task.Usage{Bytes: want[o].Bytes + 1, Images: want[o].Images}
	}
	s.wantUsage(t, want)
}

func usageNamesEveryOwner(t *testing.T, s store) {
	tk, j := s.one(t)
	tk.JobGranted(j, epoch)
	tk.JobFailed(j, task.Failure{Code: "x", Charged: task.ChargedNo}, epoch)
	s.save(t, task.Change{Task: &tk, Jobs: []*task.Job{j}})
	all, err := s.Usage(t.Context())
	if want := []task.OwnerUsage{{Owner: owner}}; err != nil || !cmp.Equal(all, want) {
		t.Errorf("Usage after a task failed = %v, %v; want %v", all, err, want)
	}
}

func usageOfConflict(t *testing.T, s store) {
	tk, _ := s.one(t)
	old := tk
	s.save(t, task.Change{Task: &tk})
	wantError(t, "Save", s.Save(t.Context(), task.Change{Task: &old, Usage: task.Usage{Bytes: 1}}), task.ErrConflict)
	s.wantUsage(t, map[task.Owner]task.Usage{})
}

func usageOfNobody(t *testing.T, s store) {
	if err := s.Save(t.Context(), task.Change{Slots: s.slots(t), Usage: task.Usage{Bytes: 1}}); err == nil {
		t.Error("saved, for an owner that nobody named")
	}
	s.wantUsage(t, map[task.Owner]task.Usage{})
	if v := s.slots(t).Version; v != 0 {
		t.Errorf("the slots of the change were saved: version %d", v)
	}
}

func spendStopsChange(t *testing.T, s store) {
	tk, _ := s.one(t)
	day := func(n int) task.Spend { return task.Spend{Day: "2026-03-14", Images: n, Limit: 4} }
	s.save(t, task.Change{Task: &tk, Spend: day(3)})
	before := s.task(t, tk.ID)
	tk.Run = 9
	wantError(t, "two more of four", s.Save(t.Context(), task.Change{Task: &tk, Spend: day(2), Usage: task.Usage{Images: 1}}), task.ErrDailyLimit)
	if diff := cmp.Diff(before, s.task(t, tk.ID)); diff != "" {
		t.Errorf("saved in spite of the limit (-before +after):\n%s", diff)
	}
	s.wantUsage(t, map[task.Owner]task.Usage{})
	s.save(t, task.Change{Task: &tk, Spend: day(1)})
	wantError(t, "one over the limit", s.Save(t.Context(), task.Change{Task: &tk, Spend: day(1)}), task.ErrDailyLimit)
	s.save(t, task.Change{Task: &tk, Spend: day(0)}) // what spends nothing is no matter of the limit
}

func spendPerDay(t *testing.T, s store) {
	tk, _ := s.one(t)
	spend := func(day string, n, limit int) error {
		return s.Save(t.Context(), task.Change{Task: &tk, Spend: task.Spend{Day: day, Images: n, Limit: limit}})
	}
	wantError(t, "more than the limit at once", spend("2026-03-14", 3, 2), task.ErrDailyLimit)
	for _, day := range []string{"2026-03-14", "2026-03-15"} {
		if err := spend(day, 2, 2); err != nil {
			t.Errorf("two of two on %s: %v", day, err)
		}
	}
	if err := spend("2026-03-14", 1000, 0); err != nil {
		t.Errorf("without a limit: %v", err)
	}
	wantError(t, "with a limit again, after that", spend("2026-03-14", 1, 1002), task.ErrDailyLimit)
}

func spendRace(t *testing.T, s store) {
	const writers, limit = 50, 20
	var mu sync.Mutex
	passed := 0
	var all sync.WaitGroup
	for n := range writers {
		all.Go(func() {
			tk, jobs := task.New(owner, task.Params{Model: "m", Prompt: fmt.Sprint(n)}, epoch)
			_, _, err := s.Create(t.Context(), task.Submission{Task: tk, Jobs: jobs, Spend: task.Spend{Day: "2026-03-14", Images: 1, Limit: limit}})
			if err != nil {
				wantError(t, "Create", err, task.ErrDailyLimit)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			passed++
		})
	}
	all.Wait()
	if there := s.all(t, task.Query{Owner: owner, Limit: 100}); passed != limit || len(there) != limit {
		t.Errorf("%d of %d writers passed and %d tasks are there, want %d", passed, writers, len(there), limit)
	}
}

// noLostUpdate has every writer add to a number in each of three rows, reading
// again after a conflict: at the end each number is the sum.
func noLostUpdate(t *testing.T, s store) {
	const writers, times = 8, 10
	r := s.rows(t)
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			for range times {
				if err := s.addOne(t.Context(), r.jobs[0].Ref); err != nil {
					t.Errorf("add one: %v", err)
					return
				}
			}
		})
	}
	all.Wait()
	got := s.read(t, r.task.ID)
	const want = writers * times
	if got.task.Run != want+1 || got.jobs[0].Attempt != want || len(got.slots.Holds) != want {
		t.Errorf("run %d, attempt %d, holds %d; want %d, %d, %d", got.task.Run, got.jobs[0].Attempt, len(got.slots.Holds), want+1, want, want)
	}
	if got.task.Version != want+1 || got.jobs[0].Version != want+1 {
		t.Errorf("versions %d and %d, want %d", got.task.Version, got.jobs[0].Version, want+1)
	}
}

func (s store) addOne(ctx context.Context, ref task.Ref) error {
	for {
		tk, err := s.Task(ctx, ref.Owner, ref.Task)
		if err != nil {
			return err
		}
		job, err := s.Job(ctx, ref)
		if err != nil {
			return err
		}
		slots, err := s.Slots(ctx)
		if err != nil {
			return err
		}
		tk.Run++
		job.Attempt++
		slots.Holds = append(slots.Holds, task.Hold{Ref: ref, Model: "m"})
		err = s.Save(ctx, task.Change{Task: &tk, Jobs: []*task.Job{job}, Slots: slots})
		if task.KindOf(err) != task.Conflict {
			return err
		}
	}
}

func endedContext(t *testing.T, s store) {
	tk, _ := s.one(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	cancel()
	tk.Run = 5
	if err := s.Save(ctx, task.Change{Task: &tk}); err == nil {
		t.Error("Save answered no error")
	}
	if got := s.task(t, tk.ID); got.Run == 5 || tk.Version != 1 {
		t.Errorf("run %d in the table, version %d in hand, want it unsaved", got.Run, tk.Version)
	}
}
