package task

import "time"

// RestStep is the N of a Ref that names the rest of a change to many tasks.
const RestStep = 4000

// Rest is what is left of a change to many tasks that a person asked for, and whose
// requests do a part each. One of Action, Retag, Folder and Bin says what it is.
type Rest struct {
	// Action is done to up to Left tasks: first to those of Again, which it could not be
	// done to for the moment, then to those that Query finds.
	Action Action
	Query  Query
	Left   int
	Again  []ID `json:",omitempty"`
	Retag  Retag
	Folder string    // to be removed, by its id
	Bin    time.Time // empties it of what was in it then
}

// Retag puts a tag in the place of others; an empty To takes them away.
type Retag struct {
	From []string
	To   string
}
