package task

import (
	"slices"
	"time"
)

// These are the moves that touch a task and its jobs together. Each leaves the
// rows as they are to be saved, in one [Change].

// JobGranted shows that job j holds a slot now; the first one starts the run.
func (t *Task) JobGranted(j *Job, now time.Time) {
	if t.Status == Pending {
		t.Status = Processing
		t.StartedAt = now
	}
	t.setJob(j.N, ImageWorking, nil)
}

// JobRequeued shows that job j waits again. The run goes on.
func (t *Task) JobRequeued(j *Job) { t.setJob(j.N, ImageWaiting, nil) }

// JobSaving shows that the picture of job j is drawn and on its way to our store.
func (t *Task) JobSaving(j *Job) { t.setJob(j.N, ImageSaving, nil) }

// JobDone puts the stored pictures of job j in their place; the last job to end
// ends the run.
func (t *Task) JobDone(j *Job, images []Image, now time.Time) {
	for i := range images {
		images[i].Job, images[i].Status = j.N, ImageDone
	}
	j.end(JobDone, now)
	t.replaceJob(j.N, images)
	t.settle(now)
}

// JobFailed ends job j without a picture; the last job to end ends the run.
func (t *Task) JobFailed(j *Job, f Failure, now time.Time) {
	j.end(JobFailed, now)
	f.Charged = j.charged(f.Charged)
	t.setJob(j.N, ImageFailed, &f)
	t.settle(now)
}

// Drained ends what a cancelled or deleted job had at the provider, and reports
// whether the dropped picture was charged. A last step is due where something is
// left to be removed.
func (t *Task) Drained(j *Job, charged Charged, now time.Time) {
	t.dropped(j, charged)
	j.NextAt = time.Time{}
	if !t.DeletedAt.IsZero() || j.untidy() {
		j.NextAt = now
	}
}

func (t *Task) dropped(j *Job, charged Charged) {
	t.setJob(j.N, ImageCancelled, &Failure{Code: CodeCancelled, Charged: j.charged(charged)})
}

// CodeCancelled is the code of a picture that was cancelled.
const CodeCancelled Code = "cancelled"

// Cancel ends the run at once. Jobs that hold a slot go on being asked after until
// the provider is done with them; their pictures are dropped, and whether they
// were charged is reported by [Task.Drained].
func (t *Task) Cancel(jobs []*Job, now time.Time) error {
	if !t.Status.CanMove(Cancelled) {
		return &Error{Kind: Conflict, Code: "not_cancellable"}
	}
	t.Status, t.FinishedAt = Cancelled, now
	for _, j := range jobs {
		if j.Status.Over() {
			continue
		}
		j.cancel(now)
		charged := ChargedUnknown
		switch {
		case j.Drawn(): // only not stored yet
			charged = ChargedYes
		case j.Call.IntentAt.IsZero():
			charged = ChargedNo
		}
		t.dropped(j, charged)
	}
	return nil
}

// cancel takes the job from whoever works on it. They may store objects until
// their lease ends, so a job that has no slot to be drained of is tidied then.
func (j *Job) cancel(now time.Time) {
	j.Fence++
	j.Status = JobCancelled
	j.Stalls = 0
	j.Call.Resumed = false // what the retry asked for was not refused
	switch {
	case j.Slot:
		j.NextAt = now
	case j.LeaseUntil.After(now):
		j.NextAt = j.LeaseUntil
	case j.untidy():
		j.NextAt = now
	default:
		j.NextAt = time.Time{}
	}
}

// Retry begins another run for the pictures that are missing. A picture that was
// paid for and is still at the provider is fetched, not made again; keep is how
// long the provider keeps its jobs. It answers how many pictures may be charged.
func (t *Task) Retry(jobs []*Job, now time.Time, keep time.Duration) (calls int, err error) {
	if !t.BinnedAt.IsZero() {
		return 0, &Error{Kind: Conflict, Code: CodeInBin}
	}
	missing := func(j *Job) bool { return j.Status != JobDone }
	if !t.Status.CanMove(Pending) || !slices.ContainsFunc(jobs, missing) {
		return 0, &Error{Kind: Conflict, Code: "not_retryable"}
	}
	t.Run++
	t.Status, t.StartedAt, t.FinishedAt = Pending, time.Time{}, time.Time{}
	for _, j := range jobs {
		if j.Status == JobDone {
			j.Run = t.Run
			continue
		}
		if j.retry(t.Run, now, keep) {
			calls++
		}
		t.forget(j.N)
		if j.Status == JobWaiting {
			t.setJob(j.N, ImageWaiting, nil)
		} else { // holds a slot still, or needs none
			t.JobGranted(j, now)
		}
	}
	return calls, nil
}

// retry readies one job for another run; it tells whether a call is to be made.
func (j *Job) retry(run int, now time.Time, keep time.Duration) (call bool) {
	j.Run, j.Fence = run, j.Fence+1
	j.Attempt, j.Lost, j.Saves, j.Backoffs, j.Doubt = 0, 0, 0, 0, false
	j.release()
	j.NextAt = now
	switch {
	case j.Resumable(now, keep):
		j.Status = JobRunning
		j.Call.Resumed = true
		return false
	case j.Slot:
		j.Status = JobReady
		return true
	default:
		j.Status, j.Call, j.NextAt = JobWaiting, Call{}, time.Time{}
		return true
	}
}

// Delete hides the task from every reader. Its jobs get a last step each: they
// drain what is in flight, and the last one removes rows and objects.
func (t *Task) Delete(jobs []*Job, now time.Time) {
	t.DeletedAt = now
	for _, j := range jobs {
		if !j.Status.Over() {
			j.cancel(now)
		} else {
			j.Fence++
		}
		j.NextAt = now
		if !j.Slot && j.LeaseUntil.After(now) {
			j.NextAt = j.LeaseUntil // who holds it may store objects until then
		}
	}
}
