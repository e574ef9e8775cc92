package task_test

import (
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
	want := noon.Add(-time.Hour - time.Millisecond)
	if changed, err := tk.Next(jobs, heads); !changed || err != nil || !tk.InLine().Equal(want) || !jobs[0].CreatedAt.Equal(want) || jobs[0].Status != task.JobWaiting {
		t.Fatalf("Next = %v, %v; in line since %v (job %v, %s), want %v", changed, err, tk.InLine(), jobs[0].CreatedAt, jobs[0].Status, want)
	}
	mine := task.Head{Ref: jobs[0].Ref, Model: "m", CreatedAt: want}
	if changed, err := tk.Next(jobs, append(heads[1:], mine)); changed || err != nil || !tk.InLine().Equal(want) {
		t.Errorf("a second Next = %v, %v; in line since %v", changed, err, tk.InLine())
	}
}
