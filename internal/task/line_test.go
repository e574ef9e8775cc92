package task_test

import (
	"slices"
	"testing"
	"time"

	"volcimage/internal/task"
)

// waiting is a task with two jobs of which the first has a slot.
func waiting() (task.Task, []*task.Job) {
	tk, jobs := task.New("ann", task.Params{Prompt: "p", Model: "m", Count: 2}, noon)
	jobs[0].Grant(noon)
	tk.JobGranted(jobs[0], noon)
	return tk, jobs
}

func TestWhatIsHeldIsWhatWaits(t *testing.T) {
	tk, jobs := waiting()
	if changed, err := tk.Hold(jobs); !changed || err != nil {
		t.Fatalf("Hold = %v, %v", changed, err)
	}
	if jobs[0].Status != task.JobReady || jobs[1].Status != task.JobHeld {
		t.Errorf("the jobs are %s and %s, want the first to go on and the second held", jobs[0].Status, jobs[1].Status)
	}
	if tk.Images[1].Status != task.ImageHeld || tk.Stage() != task.ImageWorking {
		t.Errorf("the second picture is %s, the task %s", tk.Images[1].Status, tk.Stage())
	}
	if changed, err := tk.Hold(jobs); changed || err != nil {
		t.Errorf("a second Hold = %v, %v, want no change", changed, err)
	}
	if changed, err := tk.Release(jobs); !changed || err != nil || jobs[1].Status != task.JobWaiting || tk.Images[1].Status != task.ImageWaiting {
		t.Errorf("Release = %v, %v; the job is %s, its picture %s", changed, err, jobs[1].Status, tk.Images[1].Status)
	}
}

func TestWhatDoesNotWaitHasNoPlaceInLine(t *testing.T) {
	tk, jobs := task.New("ann", task.Params{Prompt: "p", Model: "m", Count: 1}, noon)
	jobs[0].Grant(noon)
	tk.JobGranted(jobs[0], noon)
	for name, move := range map[string]func() (bool, error){
		"hold":    func() (bool, error) { return tk.Hold(jobs) },
		"release": func() (bool, error) { return tk.Release(jobs) },
		"next":    func() (bool, error) { return tk.Next(jobs, nil) },
	} {
		if changed, err := move(); changed || task.KindOf(err) != task.Conflict || task.CodeOf(err) != task.CodeNotWaiting {
			t.Errorf("%s = %v, %v, want the conflict not_waiting", name, changed, err)
		}
	}
}

func TestAHeldTaskIsCancelledForNothing(t *testing.T) {
	tk, jobs := task.New("ann", task.Params{Prompt: "p", Model: "m", Count: 1}, noon)
	if _, err := tk.Hold(jobs); err != nil {
		t.Fatal(err)
	}
	if err := tk.Cancel(jobs, noon); err != nil {
		t.Fatal(err)
	}
	if jobs[0].Status != task.JobCancelled || tk.Charged() != task.ChargedNo || !jobs[0].NextAt.IsZero() {
		t.Errorf("the job is %s, charged %s, next step %v", jobs[0].Status, tk.Charged(), jobs[0].NextAt)
	}
}

func TestNextStandsBeforeTheOwnersOthersAndStaysThere(t *testing.T) {
	tk, jobs := task.New("ann", task.Params{Prompt: "p", Model: "m", Count: 1}, noon)
	heads := []task.Head{
		{Ref: task.Ref{Owner: "ann", Task: "1"}, Model: "m", CreatedAt: noon.Add(-time.Minute)},
		{Ref: task.Ref{Owner: "ann", Task: "2"}, Model: "n", CreatedAt: noon.Add(-time.Hour)},
		{Ref: task.Ref{Owner: "bob", Task: "3"}, Model: "m", CreatedAt: noon.Add(-2 * time.Hour)},
	}
	if _, err := tk.Hold(jobs); err != nil {
		t.Fatal(err)
	}
	want := noon.Add(-time.Hour - time.Nanosecond)
	if changed, err := tk.Next(jobs, heads); !changed || err != nil || !tk.InLine().Equal(want) || !jobs[0].CreatedAt.Equal(want) || jobs[0].Status != task.JobWaiting {
		t.Fatalf("Next = %v, %v; in line since %v (job %v, %s), want %v", changed, err, tk.InLine(), jobs[0].CreatedAt, jobs[0].Status, want)
	}
	mine := task.Head{Ref: jobs[0].Ref, Model: "m", CreatedAt: want}
	if changed, err := tk.Next(jobs, append(heads[1:], mine)); changed || err != nil || !tk.InLine().Equal(want) {
		t.Errorf("a second Next = %v, %v; in line since %v", changed, err, tk.InLine())
	}
}

// standing are tasks that wait since so long after noon.
func standing(t *testing.T, since ...time.Duration) (line []task.Lined) {
	t.Helper()
	for _, d := range since {
		tk, jobs := task.New("ann", task.Params{Prompt: "p", Model: "m", Count: 2}, noon.Add(d))
		one, err := task.NewLined(&tk, jobs)
		if err != nil {
			t.Fatal(err)
		}
		line = append(line, one)
	}
	return line
}

func places(line []task.Lined) (since []time.Duration) {
	for _, t := range line {
		since = append(since, t.InLine().Sub(noon))
		for _, j := range t.Jobs {
			if !j.CreatedAt.Equal(t.InLine()) {
				return nil
			}
		}
	}
	return since
}

func TestTasksArePutInOrderAmongTheirOwnPlaces(t *testing.T) {
	line := standing(t, 0, time.Minute, time.Hour)
	a, b, c := line[0], line[1], line[2]
	if _, err := b.Hold(b.Jobs); err != nil { // has its place all the same
		t.Fatal(err)
	}
	change := task.Arrange([]task.Lined{c, a, b})
	if want := []time.Duration{time.Minute, time.Hour, 0}; !slices.Equal(places(line), want) || len(change.Moved) != 3 || len(change.Jobs) != 6 {
		t.Errorf("they stand at %v with %d tasks and %d jobs changed, want %v, 3, 6", places(line), len(change.Moved), len(change.Jobs), want)
	}
	change = task.Arrange([]task.Lined{a, c, b})
	if want := []time.Duration{0, time.Hour, time.Minute}; !slices.Equal(places(line), want) || len(change.Moved) != 2 {
		t.Errorf("they stand at %v with %d tasks changed, want %v, and the one that stays left alone", places(line), len(change.Moved), want)
	}
	if change = task.Arrange([]task.Lined{a, c, b}); len(change.Moved)+len(change.Jobs) != 0 {
		t.Errorf("the order that is there already changes %d tasks", len(change.Moved))
	}
}

func TestWhatStoodInOnePlaceComesOneBehindTheOther(t *testing.T) {
	line := standing(t, 0, 0, 0)
	task.Arrange([]task.Lined{line[2], line[1], line[0]})
	if want := []time.Duration{2, 1, 0}; !slices.Equal(places(line), want) {
		t.Errorf("they stand at %v, want %v: none earlier than it was", places(line), want)
	}
}

func TestOfATaskThatIsUnderWayOnlyWhatWaitsHasAPlace(t *testing.T) {
	begun, jobs := waiting()
	other, others := task.New("ann", task.Params{Prompt: "p", Model: "m", Count: 1}, noon.Add(time.Minute))
	task.Arrange([]task.Lined{{Task: &other, Jobs: others}, {Task: &begun, Jobs: jobs}})
	if !jobs[0].CreatedAt.Equal(noon) || !jobs[1].CreatedAt.Equal(noon.Add(time.Minute)) || !others[0].CreatedAt.Equal(noon) {
		t.Errorf("the jobs stand at %v, %v and %v", jobs[0].CreatedAt, jobs[1].CreatedAt, others[0].CreatedAt)
	}
	over, done := task.New("ann", task.Params{Prompt: "p", Model: "m", Count: 1}, noon)
	done[0].Grant(noon)
	if _, err := task.NewLined(&over, done); task.CodeOf(err) != task.CodeNotWaiting {
		t.Errorf("a task of which nothing waits: %v, want not_waiting", err)
	}
}
