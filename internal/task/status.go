package task

import "slices"

// Status is where a task is in its life.
type Status string

// The states of a task. The last four stay until a retry.
const (
	Pending    Status = "PENDING"    // no picture has a slot yet
	Processing Status = "PROCESSING" // at least one picture is being made
	Completed  Status = "COMPLETED"  // every picture is in our own store
	Partial    Status = "PARTIAL"    // some pictures are, the others failed
	Failed     Status = "FAILED"     // none is
	Cancelled  Status = "CANCELLED"  // by the person
)

// Statuses lists every status in the order of a task's life.
var Statuses = []Status{Pending, Processing, Completed, Partial, Failed, Cancelled}

// moves is the whole life of a task; what is not here is refused.
var moves = map[Status][]Status{
	"":         {Pending},
	Pending:    {Processing, Cancelled},
	Processing: {Completed, Partial, Failed, Cancelled},
	// By retry alone, which begins another run.
	Partial:   {Pending},
	Failed:    {Pending},
	Cancelled: {Pending},
}

// CanMove tells whether a task in s may become next.
func (s Status) CanMove(next Status) bool { return slices.Contains(moves[s], next) }

// Over tells whether the run has ended.
func (s Status) Over() bool { return s != Pending && s != Processing }

// Valid tells whether s is one of [Statuses].
func (s Status) Valid() bool { return slices.Contains(Statuses, s) }
