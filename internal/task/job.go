package task

import (
	"errors"
	"time"
)

// Job is one call of the provider: a row of its own, and never shown. A reader
// sees the [Image] it fills.
//
//	waiting ──grant──► ready ──Begin, Sent──► running ──Claim, Finish──► done
//	   ▲                 │                       │
//	   └────Unknown──────┘                       └──► failed, cancelled
type Job struct {
	Ref
	Model  string
	Status JobStatus
	// Version grows with every save; [Change] is conditional on it.
	Version int64
	Run     int // as [Task.Run]

	// Fence grows with every claim and with cancel, delete and retry. Objects are
	// stored under it, and a worker whose fence is not the row's has lost.
	Fence      int64
	LeaseUntil time.Time // end of the claim; zero where nobody holds one

	// Slot is held from the grant until the provider's job has ended, whatever
	// becomes of the worker and of the task.
	Slot bool
	Call Call

	Attempt  int // provider calls begun in this run; throttled ones do not count
	Lost     int // calls of this run whose outcome is not known
	Stalls   int // leases that ran out without progress, since the last progress
	Saves    int // failed tries to fetch and store a finished picture, in this run
	Backoffs int // delays in a row after a throttled or failed call; sets the next delay
	Reseeds  int // pictures refused after they were drawn; each draws with another seed
	// Doubt is set once a call of this run may have been charged and gave no
	// picture: whatever comes later, "not charged" is no longer true.
	Doubt bool

	// NextAt is when the next step is due; zero where there is nothing to do.
	// It is the key of the due index.
	NextAt    time.Time
	CreatedAt time.Time // orders the waiting jobs; [Task.InLine] while it waits
	Request   string    // id of the request that ordered this run, for the log
}

// Call is what is known of the provider's side of a job.
type Call struct {
	// IntentAt is noted before the call is made. Set, with ID empty, it means
	// that a call may be under way or done: its outcome is unknown.
	IntentAt time.Time
	ID       string    // the provider's job id, saved before anything else
	SentAt   time.Time // when ID was received
	// LastSeen is when a poll last found it running; zero before the first.
	LastSeen time.Time
	// Over is set once the provider was seen to be done: with ID set, the picture
	// is drawn, charged, and may still be collected.
	Over bool
	// Resumed is set once a retry has asked for this call's result again. Where
	// that fails too, a second retry makes a new call.
	Resumed bool
}

// JobStatus is where a job is in its life.
type JobStatus string

// The states of a job.
const (
	JobWaiting   JobStatus = "waiting" // for a slot; sends nothing
	JobHeld      JobStatus = "held"    // by the person, who lets it wait for a slot again
	JobReady     JobStatus = "ready"   // holds a slot, its call is to be made
	JobRunning   JobStatus = "running" // the provider has it, Call.ID names it
	JobDone      JobStatus = "done"
	JobFailed    JobStatus = "failed"
	JobCancelled JobStatus = "cancelled" // may still hold a slot until the provider is done
)

// Over tells whether the job's own work has ended. It may still hold a slot.
func (s JobStatus) Over() bool { return s == JobDone || s == JobFailed || s == JobCancelled }

// Claim is the right to work on a job until it expires. Its fence only grows, so
// whoever comes back late finds another number in the row.
type Claim struct {
	Ref
	Fence int64
	Until time.Time
}

// MaxStalls is how many leases of a job may run out without progress before the
// job fails: something in it kills the worker.
const MaxStalls = 5

// maxLost is how many calls of one run may end with their outcome unknown. The
// second fails the job: a third call might be charged a third time.
const maxLost = 2

// ErrNotOurs says that another step works on the job, or has done so. It is not
// a failure: the message may be deleted.
var ErrNotOurs = errors.New("not ours")

// Claim takes the job for one step, until the lease ends. The next step is due
// at that time, should this one die. It answers [ErrNotOurs] while another
// lease runs. Save the job before working on the strength of the claim.
func (j *Job) Claim(now, until time.Time) (Claim, error) {
	if j.LeaseUntil.After(now) {
		return Claim{}, ErrNotOurs
	}
	if !j.LeaseUntil.IsZero() {
		j.Stalls++
	}
	if !until.After(now) { // a lease always ends, and not before it began
		until = now.Add(time.Second)
	}
	j.Fence++
	j.LeaseUntil, j.NextAt = until, until
	return Claim{Ref: j.Ref, Fence: j.Fence, Until: until}, nil
}

// Holds tells whether the claim still is the job's newest.
func (j *Job) Holds(c Claim) bool { return j.Fence == c.Fence }

// release ends a claim after progress.
func (j *Job) release() { j.LeaseUntil, j.Stalls = time.Time{}, 0 }

// Abandon ends the lease of a holder that is known to be gone; the next claim
// counts it like one that ran out.
func (j *Job) Abandon(now time.Time) { j.LeaseUntil, j.NextAt = now, now }

// Due tells whether a step at now has anything to do.
func (j *Job) Due(now time.Time) bool { return !j.NextAt.IsZero() && !j.NextAt.After(now) }

// Grant gives a waiting job its slot; its call is to be made at once.
func (j *Job) Grant(now time.Time) {
	j.Slot, j.Status, j.NextAt = true, JobReady, now
}

// Intend notes, under a claim, that the provider's call is about to be made.
func (j *Job) Intend(now time.Time) {
	j.Attempt++
	// Stores keep microseconds, and CallIs compares what was saved.
	j.Call = Call{IntentAt: now.UTC().Truncate(time.Microsecond)}
}

// Sent saves the provider's job id. It is allowed whatever has become of the
// claim meanwhile, as long as the call is this one: a paid job is never
// forgotten, not even by a cancel. The first poll is due at first.
func (j *Job) Sent(id string, now, first time.Time) {
	j.Call.ID, j.Call.SentAt = id, now
	j.Backoffs = 0
	if j.Status == JobReady {
		j.Status = JobRunning
	}
	j.release()
	j.NextAt = first
	if j.Status.Over() && !j.Slot {
		j.NextAt = time.Time{} // given up meanwhile; kept for a retry
	}
}

// CallIs tells whether the job's open call is the one noted at intent.
func (j *Job) CallIs(intent time.Time) bool {
	return j.Call.ID == "" && j.Call.IntentAt.Equal(intent)
}

// OutcomeUnknown tells whether a call was begun of which nothing is known.
func (j *Job) OutcomeUnknown() bool {
	return !j.Call.IntentAt.IsZero() && j.Call.ID == "" && !j.Call.Over
}

// Lose gives up hope of learning how the job's call ended, or of getting its
// result: it may have been charged. It tells whether the job may call once more.
func (j *Job) Lose() (again bool) {
	j.Doubt = true
	j.Lost++
	return j.Lost < maxLost
}

// Requeue sends a job without a slot back to those that wait, in its old place.
func (j *Job) Requeue() {
	j.Slot, j.Status, j.Call = false, JobWaiting, Call{}
	j.release()
	j.NextAt = time.Time{}
}

// Again puts the job back to be called anew at next, with the slot it holds.
func (j *Job) Again(next time.Time) {
	j.Status, j.Call = JobReady, Call{}
	j.Backoffs++
	j.release()
	j.NextAt = next
}

// StillRunning notes a poll that found the provider at work.
func (j *Job) StillRunning(now, next time.Time) {
	j.Call.LastSeen = now
	j.Backoffs = 0
	j.NextAt = next
}

// PollFailed notes a poll that learned nothing.
func (j *Job) PollFailed(next time.Time) {
	j.Backoffs++
	j.NextAt = next
}

// Took is how long the provider had the job: half way between the last poll that
// found it running and the one at now that did not. Where the first poll came too
// late to see it running it took less than that, so the estimate is taken down by
// a little each time until a poll does.
func (j *Job) Took(now time.Time) time.Duration {
	if j.Call.LastSeen.IsZero() {
		return now.Sub(j.Call.SentAt) * 85 / 100
	}
	return j.Call.LastSeen.Add(now.Sub(j.Call.LastSeen) / 2).Sub(j.Call.SentAt)
}

// LastHeard is when the provider last said that it has the job.
func (j *Job) LastHeard() time.Time {
	if j.Call.LastSeen.IsZero() {
		return j.Call.SentAt
	}
	return j.Call.LastSeen
}

// ProviderEnded notes that the provider was seen to be done and gives the slot
// up; the caller saves the [Slots] without it in the same change.
func (j *Job) ProviderEnded() {
	j.Call.Over = true
	j.Slot = false
}

// Drawn tells whether the picture is known to be at the provider, and charged.
func (j *Job) Drawn() bool { return j.Call.Over && j.Call.ID != "" }

// SaveFailed notes a finished picture that could not be fetched or stored; the
// next try is due at next. The picture is paid for and stays at the provider.
func (j *Job) SaveFailed(next time.Time) {
	j.Saves++
	j.release()
	j.NextAt = next
}

// end stops the job in status s. Nothing is left to do at now unless a slot is
// held, or claims that came to nothing may have left objects.
func (j *Job) end(s JobStatus, now time.Time) {
	j.Status = s
	j.release()
	switch {
	case j.Slot:
	case j.untidy():
		j.NextAt = now
	default:
		j.NextAt = time.Time{}
	}
}

// untidy tells whether a claim may have left objects that no row names. A job
// that went through without a hitch has had two claims: to begin and to collect.
func (j *Job) untidy() bool { return j.Fence > 2 || j.Fence == 2 && j.Status == JobFailed }

// Tidied ends the last step of a job that is over.
func (j *Job) Tidied() { j.LeaseUntil, j.NextAt = time.Time{}, time.Time{} }

// charged is what a person is told of a picture that is not there: nothing is
// called free while an earlier call is in doubt.
func (j *Job) charged(c Charged) Charged {
	if j.Doubt && c == ChargedNo {
		return ChargedUnknown
	}
	return c
}

// Resumable tells whether the provider's finished or running job can still be
// asked for at now: then a retry costs nothing. keep is how long the provider
// keeps its jobs.
func (j *Job) Resumable(now time.Time, keep time.Duration) bool {
	return j.Call.ID != "" && !j.Call.Resumed && now.Before(j.Call.SentAt.Add(keep))
}
