package task_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"volcimage/internal/task"
)

const keep = 12 * time.Hour

func drawn() []task.Image {
	return []task.Image{{Format: "png", Width: 1, Height: 1, Bytes: 100, ThumbnailBytes: 10, Key: "k"}}
}

func TestTheLastJobToEndEndsTheRun(t *testing.T) {
	for name, c := range map[string]struct {
		failed []bool // by job, in the order they end
		want   task.Status
	}{
		"all pictures stored":      {[]bool{false, false, false}, task.Completed},
		"the first failed":         {[]bool{true, false, false}, task.Partial},
		"the last failed":          {[]bool{false, false, true}, task.Partial},
		"none stored":              {[]bool{true, true, true}, task.Failed},
		"one alone, and it failed": {[]bool{true}, task.Failed},
	} {
		t.Run(name, func(t *testing.T) {
			tk, jobs := newTask(len(c.failed))
			for _, j := range jobs {
				running(t, &tk, j, noon)
			}
			for i, failed := range c.failed {
				if tk.Status != task.Processing {
					t.Fatalf("before job %d ended the task is %s, want %s", i, tk.Status, task.Processing)
				}
				jobs[i].ProviderEnded()
				if failed {
					tk.JobFailed(jobs[i], task.Failure{Code: "x"}, noon)
				} else {
					tk.JobDone(jobs[i], drawn(), noon)
				}
				if !jobs[i].NextAt.IsZero() {
					t.Errorf("job %d is over but due at %v", i, jobs[i].NextAt)
				}
			}
			if tk.Status != c.want || tk.FinishedAt != noon {
				t.Errorf("task is %s, finished %v; want %s at %v", tk.Status, tk.FinishedAt, c.want, noon)
			}
		})
	}
}

func TestACoherentSetBecomesAsManyPicturesAsWereDrawn(t *testing.T) {
	tk, jobs := task.New("ann", task.Params{Prompt: "a set", Model: "m", Count: 1, CoherentSet: true}, noon)
	if len(jobs) != 1 || len(tk.Images) != 1 {
		t.Fatalf("%d jobs and %d pictures, want one of each", len(jobs), len(tk.Images))
	}
	running(t, &tk, jobs[0], noon)
	tk.JobDone(jobs[0], append(drawn(), append(drawn(), drawn()...)...), noon)
	if tk.Done() != 3 || tk.Status != task.Completed {
		t.Errorf("%d pictures, %s; want 3, %s", tk.Done(), tk.Status, task.Completed)
	}
	if got, want := tk.StoredBytes(), int64(330); got != want {
		t.Errorf("stored %d bytes, want %d", got, want)
	}
}

func TestPicturesKeepThePlaceOfTheirJob(t *testing.T) {
	tk, jobs := newTask(3)
	for _, j := range jobs {
		running(t, &tk, j, noon)
	}
	tk.JobDone(jobs[2], []task.Image{{Key: "third"}}, noon)
	tk.JobDone(jobs[0], []task.Image{{Key: "first"}}, noon)
	var got []string
	for _, im := range tk.Images {
		got = append(got, im.Key)
	}
	if diff := cmp.Diff([]string{"first", "", "third"}, got); diff != "" {
		t.Errorf("pictures by place (-want +got):\n%s", diff)
	}
	if got := tk.Stage(); got != task.ImageWorking {
		t.Errorf("stage = %s, want %s", got, task.ImageWorking)
	}
}

func TestACancelTellsWhatItCost(t *testing.T) {
	for name, c := range map[string]struct {
		before func(*testing.T, *task.Task, *task.Job)
		want   task.Charged
		due    bool
	}{
		"still waiting for a slot": {func(*testing.T, *task.Task, *task.Job) {}, task.ChargedNo, false},
		"slot held, nothing sent": {func(_ *testing.T, tk *task.Task, j *task.Job) {
			j.Grant(noon)
			tk.JobGranted(j, noon)
		}, task.ChargedNo, true},
		"the provider draws": {func(t *testing.T, tk *task.Task, j *task.Job) { running(t, tk, j, noon) }, task.ChargedUnknown, true},
		"drawn, being stored": {func(t *testing.T, tk *task.Task, j *task.Job) {
			running(t, tk, j, noon)
			j.ProviderEnded()
			tk.JobSaving(j)
		}, task.ChargedYes, false},
	} {
		t.Run(name, func(t *testing.T) {
			tk, jobs := newTask(1)
			c.before(t, &tk, jobs[0])
			fence := jobs[0].Fence
			if err := tk.Cancel(jobs, noon); err != nil {
				t.Fatal(err)
			}
			im := tk.Images[0]
			if tk.Status != task.Cancelled || im.Status != task.ImageCancelled || im.Failure.Charged != c.want {
				t.Errorf("task %s, picture %s, charged %s; want cancelled, cancelled, %s", tk.Status, im.Status, im.Failure.Charged, c.want)
			}
			if jobs[0].Fence <= fence {
				t.Error("the fence did not grow, so a worker would still be heard")
			}
			if due := !jobs[0].NextAt.IsZero(); due != c.due {
				t.Errorf("a step to drain it is due: %v, want %v", due, c.due)
			}
		})
	}
}

func TestARunThatIsOverCannotBeCancelled(t *testing.T) {
	tk, jobs := newTask(1)
	running(t, &tk, jobs[0], noon)
	tk.JobDone(jobs[0], drawn(), noon)
	err := tk.Cancel(jobs, noon)
	if task.KindOf(err) != task.Conflict || task.CodeOf(err) != "not_cancellable" {
		t.Errorf("Cancel = %v, want the conflict not_cancellable", err)
	}
}

func TestACancelledTaskStaysCancelledWhateverItsJobsReport(t *testing.T) {
	tk, jobs := newTask(2)
	for _, j := range jobs {
		running(t, &tk, j, noon)
	}
	tk.JobDone(jobs[0], drawn(), noon)
	if err := tk.Cancel(jobs, noon); err != nil {
		t.Fatal(err)
	}
	jobs[1].ProviderEnded()
	tk.Drained(jobs[1], task.ChargedYes, noon)
	if tk.Status != task.Cancelled || tk.Done() != 1 || tk.Charged() != task.ChargedYes {
		t.Errorf("task %s, %d stored, charged %s; want CANCELLED with the stored one kept, charged yes", tk.Status, tk.Done(), tk.Charged())
	}
}

func TestRetryMakesOnlyWhatIsMissing(t *testing.T) {
	tk, jobs := newTask(3)
	for _, j := range jobs {
		running(t, &tk, j, noon)
		j.ProviderEnded()
	}
	jobs[1].Call.ID = "" // the provider refused it
	tk.JobDone(jobs[0], drawn(), noon)
	tk.JobFailed(jobs[1], task.Failure{Code: "prompt_refused"}, noon)
	tk.JobFailed(jobs[2], task.Failure{Code: "storage_failed"}, noon) // paid, still at the provider
	if _, err := tk.Retry(jobs, noon.Add(time.Minute), keep); err != nil {
		t.Fatal(err)
	}
	got := []task.JobStatus{jobs[0].Status, jobs[1].Status, jobs[2].Status}
	if diff := cmp.Diff([]task.JobStatus{task.JobDone, task.JobWaiting, task.JobRunning}, got); diff != "" {
		t.Errorf("jobs after a retry (-want +got):\n%s", diff)
	}
	if tk.Run != 2 || tk.Status != task.Processing || tk.Images[1].Failure != nil {
		t.Errorf("run %d, %s, picture 1 failed by %v; want run 2, PROCESSING for the fetched one, nil", tk.Run, tk.Status, tk.Images[1].Failure)
	}
}

func TestARetryFetchesAPaidPictureOnceBeforeItPaysAgain(t *testing.T) {
	tk, jobs := newTask(1)
	running(t, &tk, jobs[0], noon)
	jobs[0].ProviderEnded()
	tk.JobFailed(jobs[0], task.Failure{Code: "picture_unreachable"}, noon)
	if calls, err := tk.Retry(jobs, noon, keep); err != nil || calls != 0 {
		t.Fatalf("first retry: %d calls, %v; want none, nil", calls, err)
	}
	tk.JobFailed(jobs[0], task.Failure{Code: "picture_unreachable"}, noon)
	if calls, err := tk.Retry(jobs, noon, keep); err != nil || calls != 1 || jobs[0].Status != task.JobWaiting {
		t.Errorf("second retry: %d calls, job %s, %v; want one, waiting, nil", calls, jobs[0].Status, err)
	}
}

func TestARetryDoesNotAskForWhatTheProviderHasForgotten(t *testing.T) {
	tk, jobs := newTask(1)
	running(t, &tk, jobs[0], noon)
	jobs[0].ProviderEnded()
	tk.JobFailed(jobs[0], task.Failure{Code: "picture_unreachable"}, noon)
	if calls, err := tk.Retry(jobs, noon.Add(13*time.Hour), keep); err != nil || calls != 1 || jobs[0].Call.ID != "" {
		t.Errorf("retry after 13 h: %d calls, provider job %q, %v; want one call anew", calls, jobs[0].Call.ID, err)
	}
}

func TestOnlyARunThatEndedShortCanBeRetried(t *testing.T) {
	tk, jobs := newTask(1)
	if _, err := tk.Retry(jobs, noon, keep); task.CodeOf(err) != "not_retryable" {
		t.Errorf("retry of a PENDING task: %v, want not_retryable", err)
	}
	running(t, &tk, jobs[0], noon)
	tk.JobDone(jobs[0], drawn(), noon)
	if _, err := tk.Retry(jobs, noon, keep); task.CodeOf(err) != "not_retryable" {
		t.Errorf("retry of a COMPLETED task: %v, want not_retryable", err)
	}
}

func TestADeletedTaskGivesEachJobALastStep(t *testing.T) {
	tk, jobs := newTask(3)
	running(t, &tk, jobs[0], noon)
	running(t, &tk, jobs[1], noon)
	tk.JobDone(jobs[1], drawn(), noon)
	tk.Delete(jobs, noon)
	for i, j := range jobs {
		if !j.Status.Over() || !j.Due(noon) {
			t.Errorf("job %d is %s, next step %v; want over and due", i, j.Status, j.NextAt)
		}
	}
	if !jobs[0].Slot {
		t.Error("the slot of a job at the provider was freed by the delete")
	}
	if tk.DeletedAt != noon {
		t.Errorf("deleted at %v, want %v", tk.DeletedAt, noon)
	}
}
