package task

import "time"

// Change is a set of rows that are saved together or not at all. Each row's
// Version must be as it was read, otherwise the store answers [ErrConflict] and
// nothing is saved; afterwards each Version is one higher, in the rows given too.
type Change struct {
	Task  *Task  // nil: not touched
	Jobs  []*Job // of Task, or of those in Moved
	Slots *Slots // nil: not touched
	// Usage is added to what the task's owner stores.
	Usage Usage
	// Spend is counted against the day's limit; [ErrDailyLimit] where it would pass it.
	Spend Spend
	// Moved are tasks of one owner of which the place in line is another, and nothing else.
	Moved []*Task
	// Gone removes the rows of Task and Jobs instead of saving them.
	Gone bool
}

// Saved raises the versions in hand, once a store has saved the change.
func (c Change) Saved() {
	if c.Task != nil {
		c.Task.Version++
	}
	for _, t := range c.Moved {
		t.Version++
	}
	for _, j := range c.Jobs {
		j.Version++
	}
	if c.Slots != nil {
		c.Slots.Version++
	}
}

// CountsUsage tells whether the change is written to what its owner stores: also
// where it ends a task without a picture, so that owners of tasks to be removed
// one day are known.
func (c Change) CountsUsage() bool {
	ended := c.Task != nil && c.Task.Status.Over() && !c.Gone
	return ended || c.Usage != (Usage{})
}

// Usage is what pictures take: in a store's answer the sum, in a change the
// difference.
type Usage struct {
	Bytes  int64
	Images int64
}

// OwnerUsage is what one owner stores, nothing perhaps: everybody who has a task
// that is over has one.
type OwnerUsage struct {
	Owner Owner
	Usage
}

// Spend counts pictures that may be charged against MAX_IMAGES_PER_DAY.
type Spend struct {
	Day    string // UTC, as 2006-01-02
	Images int    // 0: nothing is counted
	Limit  int    // 0: no limit
}

// Submission is what a submit writes, in one transaction.
type Submission struct {
	Task  Task
	Jobs  []*Job
	Spend Spend
	// Key is the caller's idempotency key, empty for none. Where the owner used
	// it less than KeyTTL before Task.CreatedAt with the same BodyHash, the
	// earlier task is answered and nothing is written; with another, [ErrKeyReused].
	Key      string
	BodyHash [32]byte
}

// KeyTTL is how long an idempotency key is remembered. A row past it counts as
// absent, whether or not the store has removed it yet.
const KeyTTL = 24 * time.Hour

// Query asks for tasks of one owner, newest first. Every filter left zero lets
// all pass. What exactly passes is said by package search.
type Query struct {
	Owner Owner
	// Text is in the language of the search box: words, "phrases", -without, tag:sea.
	Text      string
	Statuses  []Status // any of them
	Model     string
	Ratio     string // as 16:9
	Tag       string
	Folder    string    // id of the folder
	Parent    ID        // those made from this task
	Favourite bool      // favourites alone
	Failed    bool      // those alone of which a picture failed
	Bin       bool      // what lies in the bin, which is not shown otherwise
	From, To  time.Time // CreatedAt in [From, To)
	Limit     int       // tasks in an answer, 1 to 100
	// Before is a place in the list: [Page.Next] or [Page.Prev] of a page; empty for
	// the beginning.
	Before ID
	// Back asks for the page that ends before that place, in the same order.
	Back bool
	// Oldest turns the order round.
	Oldest bool
}

// Page is an answer to a [Query].
type Page struct {
	Tasks []Task
	// Next is where the list goes on; empty at its end. A page may be short, even
	// empty, and still have a Next: a store reads a bounded number of rows.
	Next ID
	// Prev is the place before the page, to go [Query.Back] from; empty where the
	// list begins.
	Prev ID
}

// Count is how many of an owner's tasks have a mark.
type Count struct {
	Mark  string // see package search
	Label string // how people call it: a tag as it was last spelled
	N     int64
	Bytes int64 // that their pictures and thumbnails take
}

// Counts is a number for each kind of an owner's tasks: how many there are, or how many
// bytes their pictures and thumbnails take. Those in the bin count there alone.
type Counts struct {
	Statuses        map[Status]int64
	Tags            map[string]int64 // by the tag as it was last spelled
	Folders         map[string]int64 // by id
	Favourites, Bin int64
}

// Suggestion is what a word in the search box may become.
type Suggestion struct {
	Kind string // "tag", "model", "operator", "status" or "ratio"
	Text string
	N    int64 // tasks that have the tag; 0 for other kinds
}

// Object is bytes under a key in the picture store.
type Object struct {
	Key         string // images/<owner>/<task>/…; made by us, never from a user's text
	ContentType string
	Data        []byte
	// Once says that no other bytes ever have this key. Putting others fails with
	// [ErrConflict]; putting the same again does not.
	Once bool
}

// Picture is a picture that was verified: header, format, dimensions and a full
// decode.
type Picture struct {
	Data          []byte // as it came, but for bytes behind its end
	Format        string // "png", "jpeg" or "webp"
	Width, Height int
	Thumbnail     []byte // JPEG
}

// Result is what the provider says of a job. A job that failed is an [*Error].
type Result struct {
	Done  bool     // false: still waiting or running
	Links []string // where the pictures are to be fetched
	Data  [][]byte // the pictures themselves, where the provider sent no links
	Label *Label   // how the pictures were asked to be labelled; nil where nobody asked
}
