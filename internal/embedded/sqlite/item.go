package sqlite

import (
	"time"

	"volcimage/internal/search"
	"volcimage/internal/task"
)

// taskItem is the row of a task, ready to be bound: it is made in the caller's
// goroutine, so that the writer does not encode.
type taskItem struct {
	owner, id, status, model string
	version, createdAt       int64
	deleted, hidden          bool
	indexed                  int // see schema/4.sql
	doc                      []byte
}

func newTaskItem(t *task.Task) taskItem {
	return taskItem{
		owner: string(t.Owner), id: string(t.ID), version: t.Version,
		status: string(t.Status), model: t.Params.Model,
		createdAt: nanos(t.CreatedAt), deleted: !t.DeletedAt.IsZero(), hidden: !t.Listed(),
		indexed: indexedAs(t), doc: encode(*t, walkTask),
	}
}

// The states of a task in the index, as the column has them.
const (
	toIndex = iota
	indexedWhole
	indexedInPart
)

func indexedAs(t *task.Task) int {
	switch {
	case !t.DeletedAt.IsZero():
		return indexedWhole // nobody looks for it any more
	case !t.Indexed:
		return toIndex
	case search.Loose(t):
		return indexedInPart
	}
	return indexedWhole
}

// jobItem is the row of a job, ready to be bound.
type jobItem struct {
	ref             task.Ref
	status, model   string
	version         int64
	createdAt, next int64 // next is 0 where nothing is due
	doc             []byte
}

func newJobItems(jobs []*task.Job) []jobItem {
	items := make([]jobItem, len(jobs))
	for i, j := range jobs {
		items[i] = jobItem{
			ref: j.Ref, status: string(j.Status), model: j.Model, version: j.Version,
			createdAt: nanos(j.CreatedAt), next: nanos(j.NextAt), doc: encode(*j, walkJob),
		}
	}
	return items
}

// nextAt is what the due index holds: null where nothing is due.
func (i jobItem) nextAt() any {
	if i.next == 0 {
		return nil
	}
	return i.next
}

// nanos is a time as a column holds it; the zero time is 0.
func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func fromNanos(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}

// What names a row (owner, id, number) and its version are columns only.

func walkTask(c *coder, t *task.Task) {
	text(c, &t.Status)
	walkParams(c, &t.Params)
	list(c, &t.Images, walkImage)
	number(c, &t.Run)
	moment(c, &t.CreatedAt)
	moment(c, &t.StartedAt)
	moment(c, &t.FinishedAt)
	moment(c, &t.DeletedAt)
	if c.format >= 3 {
		text(c, &t.Typed)
		text(c, &t.Parent)
		flag(c, &t.Favourite)
		list(c, &t.Tags, text)
		text(c, &t.Note)
		text(c, &t.Folder)
		flag(c, &t.Indexed)
		list(c, &t.Marks, text)
		moment(c, &t.BinnedAt)
	}
	if c.format >= 5 {
		moment(c, &t.ImportedAt)
	}
	if c.format >= 6 {
		moment(c, &t.QueuedAt)
	}
	if c.format >= 7 {
		number(c, &t.MarkedBytes)
	}
}

func walkParams(c *coder, p *task.Params) {
	text(c, &p.Prompt)
	text(c, &p.Model)
	number(c, &p.Count)
	flag(c, &p.CoherentSet)
	number(c, &p.Width)
	number(c, &p.Height)
	number(c, &p.Size)
	optional(c, &p.Seed, number)
	optional(c, &p.Scale, float)
	optional(c, &p.UsePreLLM, flag)
	optional(c, &p.MinRatio, float)
	optional(c, &p.MaxRatio, float)
}

func walkImage(c *coder, i *task.Image) {
	number(c, &i.Job)
	text(c, &i.Status)
	optional(c, &i.Failure, walkFailure)
	optional(c, &i.Seed, number)
	text(c, &i.Format)
	number(c, &i.Width)
	number(c, &i.Height)
	number(c, &i.Bytes)
	number(c, &i.ThumbnailBytes)
	text(c, &i.Key)
	text(c, &i.ThumbnailKey)
	if c.format >= 5 {
		optional(c, &i.Label, walkLabel)
	}
}

func walkLabel(c *coder, l *task.Label) {
	text(c, &l.ContentProducer)
	text(c, &l.ProduceID)
	text(c, &l.ContentPropagator)
	text(c, &l.PropagateID)
	optional(c, &l.Mark, walkMark)
}

func walkMark(c *coder, m *task.Mark) {
	text(c, &m.Position)
	text(c, &m.Language)
	text(c, &m.Text)
	float(c, &m.Opacity)
}

func walkFailure(c *coder, f *task.Failure) {
	text(c, &f.Code)
	text(c, &f.ProviderCode)
	text(c, &f.RequestID)
	text(c, &f.Charged)
}

func walkJob(c *coder, j *task.Job) {
	text(c, &j.Model)
	text(c, &j.Status)
	number(c, &j.Run)
	number(c, &j.Fence)
	moment(c, &j.LeaseUntil)
	flag(c, &j.Slot)
	walkCall(c, &j.Call)
	number(c, &j.Attempt)
	number(c, &j.Lost)
	number(c, &j.Stalls)
	number(c, &j.Saves)
	number(c, &j.Backoffs)
	number(c, &j.Reseeds)
	moment(c, &j.NextAt)
	moment(c, &j.CreatedAt)
	if c.format >= 2 {
		flag(c, &j.Doubt)
	}
	if c.format >= 4 {
		text(c, &j.Request)
	}
}

func walkCall(c *coder, a *task.Call) {
	moment(c, &a.IntentAt)
	text(c, &a.ID)
	moment(c, &a.SentAt)
	moment(c, &a.LastSeen)
	flag(c, &a.Over)
	flag(c, &a.Resumed)
}

func walkSlots(c *coder, s *task.Slots) {
	flag(c, &s.Paused)
	list(c, &s.Holds, walkHold)
	table(c, &s.Narrowed, walkNarrow)
	table(c, &s.Served, moment)
	table(c, &s.Recent, walkDurations)
}

func walkHold(c *coder, h *task.Hold) {
	text(c, &h.Owner)
	text(c, &h.Task)
	number(c, &h.N)
	text(c, &h.Model)
	moment(c, &h.Until)
}

func walkNarrow(c *coder, n *task.Narrow) {
	number(c, &n.Limit)
	moment(c, &n.Until)
}

func walkDurations(c *coder, d *[]time.Duration) { list(c, d, number) }
