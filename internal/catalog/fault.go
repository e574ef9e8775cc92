package catalog

import (
	"slices"

	"volcimage/internal/task"
)

// Fault is everything that is known of one way to fail: the one table that the
// API, the page, the retry decision and the log read.
type Fault struct {
	Code      task.Code
	Kind      task.Kind
	Stage     task.Stage
	Charged   task.Charged
	Retryable bool // asking again, unchanged, may help
	// Calls bounds how many provider calls of a run may end so before the job
	// fails: 1 is final, 0 leaves it to MAX_RETRY_COUNT.
	Calls int
	// Reseed: the next call draws with another seed, for the same would be refused again.
	Reseed bool
	// Title is a few words, Detail what happened, whether it cost money and what to do next.
	Title, Detail Words
}

// FaultOf is the row of that code. A code without a row is a mistake of ours and
// is told as one: the row of [CodeInternal].
func FaultOf(code task.Code) Fault {
	if f, ok := faults[code]; ok {
		return f
	}
	return faults[CodeInternal]
}

// NewError is an error of that code, of the kind its row says. The cause is for
// the log alone and may be nil.
func NewError(code task.Code, cause error) *task.Error {
	f := FaultOf(code)
	return &task.Error{Kind: f.Kind, Code: f.Code, Err: cause}
}

// Faults lists the whole table in the order it is written.
func Faults() []Fault {
	return slices.Concat(requestFaults(), libraryFaults(), fileFaults(), providerFaults(), ownFaults())
}

// faults is read only.
var faults = byCode(Faults())

func byCode(rows []Fault) map[task.Code]Fault {
	m := make(map[task.Code]Fault, len(rows))
	for _, f := range rows {
		m[f.Code] = f
	}
	return m
}
