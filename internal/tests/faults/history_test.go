package faults

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"volcimage/internal/task"
	"volcimage/internal/tests/world"
)

// history is what clients were told, and judges it.
type history struct {
	w       *world.World
	t       testing.TB
	owner   task.Owner // whose tasks these are, and nobody else's
	records []*record
	tally   tally
	// due are the calls that each task may pay for: one for each job and run.
	due map[task.ID]map[string]bool
}

// tally is one row of the published table.
type tally struct {
	Acknowledged, Final, Lost, Twice int
	// Beyond are pictures paid for beyond one for each job and run; Excused are
	// those calls whose answer or whose note died with somebody.
	Beyond, Excused int
	Orphans         int
	Worst           time.Duration
}

func (a *tally) add(b tally) {
	a.Acknowledged += b.Acknowledged
	a.Final += b.Final
	a.Lost += b.Lost
	a.Twice += b.Twice
	a.Beyond += b.Beyond
	a.Excused += b.Excused
	a.Orphans += b.Orphans
	a.Worst = max(a.Worst, b.Worst)
}

// record is what is known of one acknowledged task.
type record struct {
	owner   task.Owner
	id      task.ID
	prompt  string
	removed bool // its delete was asked for
	version int64
	run     int
	end     ending
}

// ending is how a run ended, of which nothing may change.
type ending struct {
	status task.Status
	at     time.Time
	done   int
}

func newHistory(w *world.World, o task.Owner) *history {
	h := &history{w: w, t: w.T, owner: o, due: map[task.ID]map[string]bool{}}
	w.Saved = h.saved
	return h
}

// saved notes which jobs were about to call the provider in which run. A retry
// that takes over a call under way has begun none.
func (h *history) saved(c task.Change) {
	for _, j := range c.Jobs {
		if !j.OutcomeUnknown() || j.Attempt == 0 {
			continue
		}
		if h.due[j.Task] == nil {
			h.due[j.Task] = map[string]bool{}
		}
		h.due[j.Task][fmt.Sprint(j.N, " in run ", j.Run)] = true
	}
}

// acknowledged notes a task that a client was told of.
func (h *history) acknowledged(t task.Task) *record {
	for _, r := range h.records {
		if r.id == t.ID {
			return r
		}
	}
	r := &record{owner: t.Owner, id: t.ID, prompt: t.Params.Prompt, run: 1}
	h.records = append(h.records, r)
	h.tally.Acknowledged++
	return r
}

// observe reads every task, as clients do all the time.
func (h *history) observe() {
	for _, r := range h.records {
		got, err := h.w.DB.Task(h.t.Context(), r.owner, r.id)
		switch {
		case task.KindOf(err) == task.NotFound && r.removed:
		case err != nil:
			h.t.Errorf("task %s: %v", r.id, err)
		default:
			h.see(r, got)
		}
	}
}

func (h *history) see(r *record, got task.Task) {
	if got.Version < r.version || got.Run < r.run {
		h.t.Errorf("task %s went back from version %d, run %d to %d, %d", r.id, r.version, r.run, got.Version, got.Run)
	}
	if got.Run > r.run {
		r.end = ending{}
	}
	r.version, r.run = got.Version, got.Run
	if !got.Status.Over() {
		if r.end != (ending{}) {
			h.tally.Twice++
			h.t.Errorf("task %s, run %d was over as %s and is %s", r.id, r.run, r.end.status, got.Status)
		}
		return
	}
	end := ending{got.Status, got.FinishedAt.UTC().Round(0), got.Done()}
	if r.end != (ending{}) && r.end != end {
		h.tally.Twice++
		h.t.Errorf("task %s, run %d ended as %v, then as %v", r.id, r.run, r.end, end)
	}
	r.end = end
}

// judge asserts what must hold once everything has come to rest.
func (h *history) judge(what string) tally {
	h.t.Helper()
	h.observe()
	named := map[string]int64{}
	for _, r := range h.records {
		got, err := h.w.DB.Task(h.t.Context(), r.owner, r.id)
		switch {
		case r.removed && task.KindOf(err) == task.NotFound:
			h.tally.Final++
		case r.removed:
			h.t.Errorf("%s: task %s was deleted and is still there: %v", what, r.id, err)
		case err != nil || !got.Status.Over():
			h.tally.Lost++
			h.t.Errorf("%s: task %s is %s, %v; want it over", what, r.id, got.Status, err)
		default:
			h.tally.Final++
			h.tally.Worst = max(h.tally.Worst, got.FinishedAt.Sub(startOf(got)))
			h.names(what, got, named)
			h.judgeIndex(what, got)
		}
	}
	h.judgeMoney()
	h.judgeFiles(what, named)
	h.judgeSlots(what)
	h.judgeBin(what)
	if h.tally.Beyond > h.tally.Excused {
		h.t.Errorf("%s: %d pictures paid for twice, and only %d calls were cut off", what, h.tally.Beyond, h.tally.Excused)
	}
	if s := h.w.Emu.Stats(); s.MaxInFlight > world.Slots {
		h.t.Errorf("%s: %d in flight at once, want at most %d", what, s.MaxInFlight, world.Slots)
	}
	return h.tally
}

// startOf is when the last run was asked for, as far as the row tells.
func startOf(t task.Task) time.Time {
	if t.Run > 1 && !t.StartedAt.IsZero() {
		return t.StartedAt
	}
	return t.CreatedAt
}

// names collects the objects that the task's row names, which must be of one claim
// each, and checks that the outcome is the one that its pictures tell.
func (h *history) names(what string, t task.Task, named map[string]int64) {
	failed := 0
	for _, im := range t.Images {
		if im.Status == task.ImageDone {
			named[im.Key], named[im.ThumbnailKey] = im.Bytes, im.ThumbnailBytes
			continue
		}
		failed++
		if im.Failure == nil || im.Failure.Charged == "" {
			h.t.Errorf("%s: a picture of task %s is %s and nobody says why, or what it cost", what, t.ID, im.Status)
		}
	}
	want := task.Partial
	switch {
	case failed == 0:
		want = task.Completed
	case failed == len(t.Images):
		want = task.Failed
	}
	if t.Status != want && t.Status != task.Cancelled {
		h.t.Errorf("%s: task %s is %s with %d of %d pictures missing, want %s", what, t.ID, t.Status, failed, len(t.Images), want)
	}
}

// judgeIndex wants the task in the index, and found by it where it lies: listed, or
// in the bin.
func (h *history) judgeIndex(what string, t task.Task) {
	q := task.Query{Owner: t.Owner, Text: fmt.Sprintf("%q", t.Params.Prompt), Limit: 100, Statuses: []task.Status{t.Status}, Bin: !t.Listed()}
	page, err := h.w.DB.List(h.t.Context(), q)
	found := slices.ContainsFunc(page.Tasks, func(f task.Task) bool { return f.ID == t.ID })
	if err != nil || !t.Indexed || !found {
		h.t.Errorf("%s: task %s, indexed %v, is not found by its words: %v", what, t.ID, t.Indexed, err)
	}
}

func (h *history) judgeFiles(what string, named map[string]int64) {
	files := h.w.Files(h.owner)
	for key := range named {
		if !files[key] {
			h.tally.Lost++
			h.t.Errorf("%s: %s is named and not stored", what, key)
		}
	}
	for key := range files {
		if _, ok := named[key]; !ok {
			h.tally.Orphans++
			h.t.Errorf("%s: %s is stored and not named", what, key)
		}
	}
}

// judgeMoney counts what was paid beyond one picture for each job and run: by prompt,
// for the provider knows no task.
func (h *history) judgeMoney() {
	due := map[string]int{}
	for _, r := range h.records {
		due[r.prompt] += len(h.due[r.id])
	}
	for prompt, due := range due {
		paid := h.w.Emu.PromptStats(prompt).Accepted
		h.tally.Beyond += max(0, paid-due)
		if paid > 2*due {
			h.t.Errorf("of %q %d pictures were paid for in %d runs of its jobs: a call without an outcome is made once more, not twice", prompt, paid, due)
		}
	}
}

func (h *history) judgeSlots(what string) {
	slots, err := h.w.DB.Slots(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	for _, hold := range slots.Holds {
		if hold.Until.IsZero() {
			h.t.Errorf("%s: the slot of job %s/%d leaked", what, hold.Task, hold.N)
		}
	}
}

// judgeBin wants a record of everything that lies in the bin: what has none would
// lie there for ever.
func (h *history) judgeBin(what string) {
	records, err := h.w.DB.Records(h.t.Context(), h.owner, "bin", "", 100_000)
	if err != nil {
		h.t.Fatal(err)
	}
	noted := map[string]bool{}
	for _, r := range records {
		noted[r.ID] = true
	}
	for _, r := range h.records {
		got, err := h.w.DB.Task(h.t.Context(), r.owner, r.id)
		if err != nil || got.BinnedAt.IsZero() {
			continue
		}
		if !noted[string(task.FirstID(got.BinnedAt))[:10]+string(got.ID)] {
			h.t.Errorf("%s: task %s lies in the bin since %v, and no record of the bin says so", what, got.ID, got.BinnedAt)
		}
	}
}

func (e ending) String() string {
	return fmt.Sprintf("%s with %d pictures at %v", e.status, e.done, e.at)
}
