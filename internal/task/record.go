package task

import "time"

// Record is a small document that an owner keeps beside the tasks: a template, a
// folder, a saved search. What is in it is its kind's business.
type Record struct {
	Owner Owner
	Kind  string // names the document's type, as "template"
	ID    string // unique among the owner's records of the kind; a [NewID], or what the kind says
	// Version grows by one with every save; [ErrConflict] where the row is not of
	// the version that was read. A new record has version 0.
	Version   int64
	UpdatedAt time.Time
	Doc       []byte // JSON, at most [MaxRecord] bytes
	// Step is the [Ref.N] of its steps, where it has any: of all records of a kind, or
	// of none. NextAt is when the next is due, zero for never; then [Ref.Task] is ID.
	Step   int
	NextAt time.Time
}

// MaxRecord bounds a record's document in bytes. A row of DynamoDB takes 400 KB.
const MaxRecord = 256 << 10
