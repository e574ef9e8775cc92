package task

import (
	"slices"
	"time"
)

// Task is what a person asked for, with everything a reader may see of it: one
// row answers a reader, the jobs need not be read.
type Task struct {
	Owner  Owner
	ID     ID
	Status Status
	Params Params
	// Images has an entry for each picture asked for, in order of the jobs. A job
	// that draws a coherent set has one entry until it ends, then one a picture.
	Images []Image
	// Run counts from 1; each retry begins another.
	Run int
	// Version grows by one with every save and never goes back. [Change] is
	// conditional on it.
	Version int64

	// Typed is what the person typed, where Params.Prompt is made from it; empty
	// where that was sent as it stood.
	Typed string
	// Parent is the task that this one was made from; empty where it is the first.
	Parent ID

	// What the person says of the task once it is there.
	Favourite bool // never removed by age or space
	Tags      []string
	Note      string
	Folder    string // id of the folder's [Record]; empty for none

	// Indexed is set once the task's words are in the index.
	Indexed bool
	// Marks are the words in the index that follow what changes, in order: what
	// is no longer true is removed by them.
	Marks []string
	// MarkedBytes is what the counts of those marks have of what the task stores;
	// likewise.
	MarkedBytes int64

	CreatedAt time.Time
	// QueuedAt is the place in the owner's line of waiting tasks, where the person
	// gave it another; otherwise zero, and [Task.InLine] is CreatedAt.
	QueuedAt   time.Time
	StartedAt  time.Time // first slot of the run held; zero before
	FinishedAt time.Time // zero until the run is over
	// BinnedAt is when the person threw the task away; zero unless it lies in the
	// bin, from which it can be taken back.
	BinnedAt time.Time
	// ImportedAt is when the task came here in an archive; zero where it was made here.
	ImportedAt time.Time
	// DeletedAt marks a task that readers no longer find. Its rows and objects
	// go once nothing of it is in flight at the provider.
	DeletedAt time.Time
}

// Image is one picture of a task as a reader sees it.
type Image struct {
	Job     int // number of the job that draws it
	Status  ImageStatus
	Failure *Failure // nil unless failed or cancelled

	Seed           *int64 // what it was drawn with; nil where the model has none
	Format         string // "png", "jpeg" or "webp"; empty until done
	Width, Height  int    // pixels
	Bytes          int64  // of the picture
	ThumbnailBytes int64
	Key            string // of the object, once done
	ThumbnailKey   string
	Label          *Label // as the provider was asked for it; nil where it was not
}

// ImageStatus is how far one picture is.
type ImageStatus string

// The states of a picture. Done, failed and cancelled last until a retry.
const (
	ImageWaiting   ImageStatus = "waiting"   // no slot at the provider yet
	ImageHeld      ImageStatus = "held"      // by the person: not in line for a slot
	ImageWorking   ImageStatus = "working"   // the provider draws
	ImageSaving    ImageStatus = "saving"    // drawn; being fetched, checked and stored
	ImageDone      ImageStatus = "done"      // in our own store, with its thumbnail
	ImageFailed    ImageStatus = "failed"    // Failure says why
	ImageCancelled ImageStatus = "cancelled" // Failure says whether it was charged
)

// Over tells whether the picture's state lasts.
func (s ImageStatus) Over() bool {
	return s == ImageDone || s == ImageFailed || s == ImageCancelled
}

// Failure is why a picture is not there. The words for it are the catalog's.
type Failure struct {
	Code         Code
	ProviderCode string // the provider's own code, for the log and the curious; may be empty
	RequestID    string // the provider's request, to quote to its support; may be empty
	Charged      Charged
}

// New makes a task in PENDING, with the jobs that will draw it, all waiting.
func New(owner Owner, p Params, now time.Time) (Task, []*Job) {
	t := Task{Owner: owner, ID: NewID(now), Status: Pending, Params: p, Run: 1, CreatedAt: now}
	var jobs []*Job
	for n := range p.Jobs() {
		t.Images = append(t.Images, Image{Job: n, Status: ImageWaiting})
		jobs = append(jobs, &Job{
			Ref: Ref{Owner: owner, Task: t.ID, N: n}, Model: p.Model,
			Status: JobWaiting, Run: 1, CreatedAt: now,
		})
	}
	return t, jobs
}

// Done counts the pictures that are stored.
func (t *Task) Done() int {
	n := 0
	for _, im := range t.Images {
		if im.Status == ImageDone {
			n++
		}
	}
	return n
}

// Failure is what the task as a whole failed by: its first picture's failure, or
// nil where none failed.
func (t *Task) Failure() *Failure {
	for _, im := range t.Images {
		if im.Status == ImageFailed {
			return im.Failure
		}
	}
	return nil
}

// Charged sums up the pictures that are not there: yes if one was charged,
// unknown if one may have been.
func (t *Task) Charged() Charged {
	sum := ChargedNo
	for _, im := range t.Images {
		if im.Failure == nil {
			continue
		}
		switch im.Failure.Charged {
		case ChargedYes:
			return ChargedYes
		case ChargedUnknown:
			sum = ChargedUnknown
		}
	}
	return sum
}

// Stage is what the task as a whole does now, for a person: the furthest of its
// pictures that are not over.
func (t *Task) Stage() ImageStatus {
	stage := ImageStatus("")
	for _, im := range t.Images {
		switch {
		case im.Status == ImageSaving:
			return ImageSaving
		case im.Status == ImageWorking, im.Status == ImageWaiting && stage != ImageWorking, im.Status == ImageHeld && stage == "":
			stage = im.Status
		}
	}
	return stage
}

// StoredBytes is the space that pictures and thumbnails take.
func (t *Task) StoredBytes() int64 {
	var n int64
	for _, im := range t.Images {
		n += im.Bytes + im.ThumbnailBytes
	}
	return n
}

// setJob gives all pictures of job n the same state.
func (t *Task) setJob(n int, s ImageStatus, f *Failure) {
	for i := range t.Images {
		if t.Images[i].Job == n {
			t.Images[i].Status, t.Images[i].Failure = s, f
		}
	}
}

// forget drops what the row says of objects of job n that are gone for good.
func (t *Task) forget(n int) {
	for i := range t.Images {
		if im := &t.Images[i]; im.Job == n {
			im.Key, im.ThumbnailKey = "", ""
		}
	}
}

// replaceJob puts what job n drew in the place of its entries.
func (t *Task) replaceJob(n int, images []Image) {
	at := slices.IndexFunc(t.Images, func(im Image) bool { return im.Job == n })
	rest := slices.DeleteFunc(slices.Clone(t.Images), func(im Image) bool { return im.Job == n })
	t.Images = slices.Insert(rest, at, images...)
}

// settle ends the run when no picture is left to wait for.
func (t *Task) settle(now time.Time) {
	if t.Status != Processing {
		return // a cancelled task stays cancelled whatever its jobs still report
	}
	if s, over := t.outcome(); over {
		t.Status, t.FinishedAt = s, now
	}
}

// outcome is how the run ended as its pictures tell, once none is left to wait for.
func (t *Task) outcome() (s Status, over bool) {
	done, failed := 0, 0
	for _, im := range t.Images {
		switch {
		case im.Status == ImageDone:
			done++
		case im.Status.Over():
			failed++
		default:
			return t.Status, false
		}
	}
	switch {
	case failed == 0:
		return Completed, true
	case done == 0:
		return Failed, true
	}
	return Partial, true
}
