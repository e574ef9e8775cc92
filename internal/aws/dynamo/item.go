package dynamo

import (
	"time"

	"volcimage/internal/search"
	"volcimage/internal/task"
)

// Times are nanoseconds since 1970, as numbers: they sort, and come back as they
// were. What is zero is left out, which keeps rows small and indexes sparse.

// taskItem is the row of a task. Its key names owner and id.
type taskItem struct {
	key
	// Active is the sort key again while the task is listed and its run not over; a
	// loose task has it all the while, beginning with loosePrefix. Where nothing else
	// counts the task by its status, the status follows behind a separator.
	Active  string `dynamodbav:"active,omitempty"`
	Version int64  `dynamodbav:"version"`
	Status  string `dynamodbav:"status"`

	Prompt      string   `dynamodbav:"prompt,omitempty"`
	Model       string   `dynamodbav:"model,omitempty"`
	Count       int      `dynamodbav:"count,omitempty"`
	CoherentSet bool     `dynamodbav:"coherent_set,omitempty"`
	Width       int      `dynamodbav:"width,omitempty"`
	Height      int      `dynamodbav:"height,omitempty"`
	Size        int      `dynamodbav:"size,omitempty"`
	Seed        *int64   `dynamodbav:"seed,omitempty"`
	Scale       *float64 `dynamodbav:"scale,omitempty"`
	UsePreLLM   *bool    `dynamodbav:"use_pre_llm,omitempty"`
	MinRatio    *float64 `dynamodbav:"min_ratio,omitempty"`
	MaxRatio    *float64 `dynamodbav:"max_ratio,omitempty"`

	Images     []imageItem `dynamodbav:"pictures,omitempty"`
	Run        int         `dynamodbav:"run,omitempty"`
	CreatedAt  int64       `dynamodbav:"created_at"`
	StartedAt  int64       `dynamodbav:"started_at,omitempty"`
	FinishedAt int64       `dynamodbav:"finished_at,omitempty"`
	DeletedAt  int64       `dynamodbav:"deleted_at,omitempty"`

	Typed      string   `dynamodbav:"typed,omitempty"`
	Parent     string   `dynamodbav:"parent,omitempty"`
	Favourite  bool     `dynamodbav:"favourite,omitempty"`
	Tags       []string `dynamodbav:"tags,omitempty"`
	Note       string   `dynamodbav:"note,omitempty"`
	Folder     string   `dynamodbav:"folder,omitempty"`
	Indexed    bool     `dynamodbav:"indexed,omitempty"`
	Marks      []string `dynamodbav:"marks,omitempty"`
	Marked     int64    `dynamodbav:"marked_bytes,omitempty"`
	BinnedAt   int64    `dynamodbav:"binned_at,omitempty"`
	ImportedAt int64    `dynamodbav:"imported_at,omitempty"`
	QueuedAt   int64    `dynamodbav:"queued_at,omitempty"`
}

type imageItem struct {
	Job            int          `dynamodbav:"job,omitempty"`
	Status         string       `dynamodbav:"status,omitempty"`
	Failure        *failureItem `dynamodbav:"failure,omitempty"`
	Seed           *int64       `dynamodbav:"seed,omitempty"`
	Format         string       `dynamodbav:"format,omitempty"`
	Width          int          `dynamodbav:"width,omitempty"`
	Height         int          `dynamodbav:"height,omitempty"`
	Bytes          int64        `dynamodbav:"bytes,omitempty"`
	ThumbnailBytes int64        `dynamodbav:"thumbnail_bytes,omitempty"`
	Key            string       `dynamodbav:"object,omitempty"`
	ThumbnailKey   string       `dynamodbav:"thumbnail,omitempty"`
	Label          *labelItem   `dynamodbav:"label,omitempty"`
}

type labelItem struct {
	ContentProducer   string    `dynamodbav:"content_producer,omitempty"`
	ProduceID         string    `dynamodbav:"produce_id,omitempty"`
	ContentPropagator string    `dynamodbav:"content_propagator,omitempty"`
	PropagateID       string    `dynamodbav:"propagate_id,omitempty"`
	Mark              *markItem `dynamodbav:"mark,omitempty"`
}

type markItem struct {
	Position string  `dynamodbav:"position,omitempty"`
	Language string  `dynamodbav:"language,omitempty"`
	Text     string  `dynamodbav:"text,omitempty"`
	Opacity  float64 `dynamodbav:"opacity,omitempty"`
}

type failureItem struct {
	Code         string `dynamodbav:"code,omitempty"`
	ProviderCode string `dynamodbav:"provider_code,omitempty"`
	RequestID    string `dynamodbav:"request_id,omitempty"`
	Charged      string `dynamodbav:"charged,omitempty"`
}

func newTaskItem(t *task.Task, version int64) taskItem {
	p := t.Params
	i := taskItem{
		key: taskKey(t.Owner, t.ID), Version: version, Status: string(t.Status),
		Prompt: p.Prompt, Model: p.Model, Count: p.Count, CoherentSet: p.CoherentSet,
		Width: p.Width, Height: p.Height, Size: p.Size,
		Seed: p.Seed, Scale: p.Scale, UsePreLLM: p.UsePreLLM, MinRatio: p.MinRatio, MaxRatio: p.MaxRatio,
		Run: t.Run, CreatedAt: nanos(t.CreatedAt), StartedAt: nanos(t.StartedAt),
		FinishedAt: nanos(t.FinishedAt), DeletedAt: nanos(t.DeletedAt),
		Typed: t.Typed, Parent: string(t.Parent), Favourite: t.Favourite, Tags: t.Tags, Note: t.Note,
		Folder: t.Folder, Indexed: t.Indexed, Marks: t.Marks, Marked: t.MarkedBytes, BinnedAt: nanos(t.BinnedAt), ImportedAt: nanos(t.ImportedAt), QueuedAt: nanos(t.QueuedAt),
	}
	switch {
	case !t.DeletedAt.IsZero():
	case search.Loose(t):
		i.Active = loosePrefix + string(t.ID)
	case !t.Status.Over():
		i.Active = i.SK
	}
	if i.Active != "" && search.Uncounted(t) {
		i.Active += separator + string(t.Status)
	}
	for _, im := range t.Images {
		i.Images = append(i.Images, newImageItem(im))
	}
	return i
}

func newImageItem(im task.Image) imageItem {
	i := imageItem{
		Job: im.Job, Status: string(im.Status), Seed: im.Seed, Format: im.Format,
		Width: im.Width, Height: im.Height, Bytes: im.Bytes, ThumbnailBytes: im.ThumbnailBytes,
		Key: im.Key, ThumbnailKey: im.ThumbnailKey,
	}
	if f := im.Failure; f != nil {
		i.Failure = &failureItem{string(f.Code), f.ProviderCode, f.RequestID, string(f.Charged)}
	}
	if l := im.Label; l != nil {
		i.Label = &labelItem{l.ContentProducer, l.ProduceID, l.ContentPropagator, l.PropagateID, (*markItem)(l.Mark)}
	}
	return i
}

func (i taskItem) task() task.Task {
	t := task.Task{
		Owner: task.Owner(i.PK[len(ownerPrefix):]), ID: taskID(i.SK),
		Status: task.Status(i.Status), Version: i.Version,
		Params: task.Params{
			Prompt: i.Prompt, Model: i.Model, Count: i.Count, CoherentSet: i.CoherentSet,
			Width: i.Width, Height: i.Height, Size: i.Size,
			Seed: i.Seed, Scale: i.Scale, UsePreLLM: i.UsePreLLM, MinRatio: i.MinRatio, MaxRatio: i.MaxRatio,
		},
		Run: i.Run, CreatedAt: moment(i.CreatedAt), StartedAt: moment(i.StartedAt),
		FinishedAt: moment(i.FinishedAt), DeletedAt: moment(i.DeletedAt),
		Typed: i.Typed, Parent: task.ID(i.Parent), Favourite: i.Favourite, Tags: i.Tags, Note: i.Note,
		Folder: i.Folder, Indexed: i.Indexed, Marks: i.Marks, MarkedBytes: i.Marked, BinnedAt: moment(i.BinnedAt), ImportedAt: moment(i.ImportedAt), QueuedAt: moment(i.QueuedAt),
	}
	for _, im := range i.Images {
		t.Images = append(t.Images, im.image())
	}
	return t
}

func (i imageItem) image() task.Image {
	im := task.Image{
		Job: i.Job, Status: task.ImageStatus(i.Status), Seed: i.Seed, Format: i.Format,
		Width: i.Width, Height: i.Height, Bytes: i.Bytes, ThumbnailBytes: i.ThumbnailBytes,
		Key: i.Key, ThumbnailKey: i.ThumbnailKey,
	}
	if f := i.Failure; f != nil {
		im.Failure = &task.Failure{
			Code: task.Code(f.Code), ProviderCode: f.ProviderCode, RequestID: f.RequestID, Charged: task.Charged(f.Charged),
		}
	}
	if l := i.Label; l != nil {
		im.Label = &task.Label{
			ContentProducer: l.ContentProducer, ProduceID: l.ProduceID,
			ContentPropagator: l.ContentPropagator, PropagateID: l.PropagateID, Mark: (*task.Mark)(l.Mark),
		}
	}
	return im
}

// jobItem is the row of a job. Its key names owner, task and number.
type jobItem struct {
	key
	// Waiting is the job's place among those that wait for a slot.
	Waiting string `dynamodbav:"waiting,omitempty"`
	NextAt  int64  `dynamodbav:"next_at,omitempty"`
	Version int64  `dynamodbav:"version"`

	Model      string `dynamodbav:"model,omitempty"`
	Status     string `dynamodbav:"status,omitempty"`
	Run        int    `dynamodbav:"run,omitempty"`
	Fence      int64  `dynamodbav:"fence,omitempty"`
	LeaseUntil int64  `dynamodbav:"lease_until,omitempty"`
	Slot       bool   `dynamodbav:"slot,omitempty"`

	IntentAt int64  `dynamodbav:"intent_at,omitempty"`
	CallID   string `dynamodbav:"call_id,omitempty"`
	SentAt   int64  `dynamodbav:"sent_at,omitempty"`
	LastSeen int64  `dynamodbav:"last_seen,omitempty"`
	Over     bool   `dynamodbav:"over,omitempty"`
	Resumed  bool   `dynamodbav:"resumed,omitempty"`

	Attempt   int    `dynamodbav:"attempt,omitempty"`
	Lost      int    `dynamodbav:"lost,omitempty"`
	Stalls    int    `dynamodbav:"stalls,omitempty"`
	Saves     int    `dynamodbav:"saves,omitempty"`
	Backoffs  int    `dynamodbav:"backoffs,omitempty"`
	Reseeds   int    `dynamodbav:"reseeds,omitempty"`
	Doubt     bool   `dynamodbav:"doubt,omitempty"`
	CreatedAt int64  `dynamodbav:"created_at,omitempty"`
	Request   string `dynamodbav:"request,omitempty"`
}

func newJobItem(j *task.Job, version int64) jobItem {
	i := jobItem{
		key: jobKey(j.Ref), NextAt: nanos(j.NextAt), Version: version,
		Model: j.Model, Status: string(j.Status), Run: j.Run,
		Fence: j.Fence, LeaseUntil: nanos(j.LeaseUntil), Slot: j.Slot,
		IntentAt: nanos(j.Call.IntentAt), CallID: j.Call.ID, SentAt: nanos(j.Call.SentAt),
		LastSeen: nanos(j.Call.LastSeen), Over: j.Call.Over, Resumed: j.Call.Resumed,
		Attempt: j.Attempt, Lost: j.Lost, Stalls: j.Stalls, Saves: j.Saves,
		Backoffs: j.Backoffs, Reseeds: j.Reseeds, Doubt: j.Doubt, CreatedAt: nanos(j.CreatedAt), Request: j.Request,
	}
	if j.Status == task.JobWaiting {
		i.Waiting = waitingKey(task.Head{Ref: j.Ref, Model: j.Model, CreatedAt: j.CreatedAt})
	}
	return i
}

func (i jobItem) job() (*task.Job, error) {
	ref, err := parseJobKey(i.SK)
	if err != nil {
		return nil, err
	}
	return &task.Job{
		Ref: ref, NextAt: moment(i.NextAt), Version: i.Version,
		Model: i.Model, Status: task.JobStatus(i.Status), Run: i.Run,
		Fence: i.Fence, LeaseUntil: moment(i.LeaseUntil), Slot: i.Slot,
		Call: task.Call{
			IntentAt: moment(i.IntentAt), ID: i.CallID, SentAt: moment(i.SentAt),
			LastSeen: moment(i.LastSeen), Over: i.Over, Resumed: i.Resumed,
		},
		Attempt: i.Attempt, Lost: i.Lost, Stalls: i.Stalls, Saves: i.Saves,
		Backoffs: i.Backoffs, Reseeds: i.Reseeds, Doubt: i.Doubt, CreatedAt: moment(i.CreatedAt), Request: i.Request,
	}, nil
}

// keyItem is the row of an idempotency key.
type keyItem struct {
	key
	Task      string `dynamodbav:"task"`
	BodyHash  []byte `dynamodbav:"body_hash"`
	CreatedAt int64  `dynamodbav:"created_at"`
	Expires   int64  `dynamodbav:"expires"` // see [TTLAttribute]
}

func newKeyItem(s task.Submission) keyItem {
	return keyItem{
		key: idempotencyKey(s.Task.Owner, s.Key), Task: string(s.Task.ID), BodyHash: s.BodyHash[:],
		CreatedAt: nanos(s.Task.CreatedAt),
		Expires:   s.Task.CreatedAt.Add(task.KeyTTL + time.Hour).Unix(),
	}
}

// usageItem is the row of what one owner stores; its sort key is the owner.
type usageItem struct {
	SK     string `dynamodbav:"SK"`
	Bytes  int64  `dynamodbav:"bytes"`
	Images int64  `dynamodbav:"images"`
}
