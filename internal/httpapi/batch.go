package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

// BatchRequest does one thing to many tasks: those of ids, or those that match.
type BatchRequest struct {
	Action task.ActionName `json:"action" enum:"favourite,unfavourite,tag,untag,folder,delete,delete_now,restore" doc:"delete puts into the bin, delete_now deletes for good"`
	Tags   []string        `json:"tags,omitempty" nullable:"false" maxItems:"20" doc:"To be given by tag, or taken by untag"`
	Folder string          `json:"folder,omitempty" maxLength:"64" doc:"Id of the folder to put them in; empty takes them out"`
	IDs    []task.ID       `json:"ids,omitempty" nullable:"false" maxItems:"100" doc:"Tasks, at most 100"`
	Query  *Filters        `json:"query,omitempty" nullable:"false" doc:"Instead of ids: all that match"`
	Bin    bool            `json:"bin,omitempty" doc:"The query looks in the bin"`
	Expect *int            `json:"expect,omitempty" nullable:"false" minimum:"0" doc:"With a query: the number that was shown and confirmed. Without it nothing is changed, and the number told"`
	After  string          `json:"after,omitempty" maxLength:"26" doc:"next_after of the answer before: goes on with the rest"`
}

// BatchDone is what became of many tasks.
type BatchDone struct {
	Matched   int           `json:"matched" doc:"Tasks that ids or query name, from after on" example:"312"`
	More      bool          `json:"more" doc:"There are more than those that match: a query reaches 2,000 at a time"`
	Changed   int           `json:"changed" example:"200"`
	Done      bool          `json:"done" doc:"All that were matched are dealt with; otherwise ask again with next_after and the number that is left"`
	NextAfter string        `json:"next_after,omitempty" doc:"Where to go on"`
	Results   []BatchResult `json:"results" doc:"One for each task that was dealt with"`
}

// BatchResult is what became of one task.
type BatchResult struct {
	ID      task.ID        `json:"task_id" example:"01KAZ3V5N8Q2W4E6R8T0YACDEF"`
	Result  string         `json:"result" enum:"changed,unchanged,failed" doc:"unchanged: it was so before"`
	Code    task.Code      `json:"code,omitempty" doc:"Why it failed" example:"in_bin"`
	Message *catalog.Words `json:"message,omitempty" doc:"The same in words"`
}

// RetagRequest puts one tag in the place of others, everywhere.
type RetagRequest struct {
	From []string `json:"from" minItems:"1" maxItems:"20" doc:"Tags to be renamed or merged" example:"[\"fox\",\"foxes\"]"`
	To   string   `json:"to,omitempty" doc:"What they are called from now on; left out, they are taken away" example:"vulpes"`
}

// Retagged is how far a tag's new name is.
type Retagged struct {
	Changed int  `json:"changed" doc:"Tasks" example:"12"`
	Done    bool `json:"done" doc:"No task is left; otherwise ask again"`
}

const (
	// changedAtOnce is how many tasks one request changes: each is a few reads and a
	// write of the table.
	changedAtOnce = 200
	// matchedAtMost is how many tasks a query counts.
	matchedAtMost = 2000
)

func (s *service) registerBatch() {
	add(s, s.operation(huma.Operation{
		OperationID: "change-many", Method: http.MethodPost, Path: base + "/tasks/batch",
		Summary:     "Do one thing to many tasks",
		Description: "By ids, or by a query with the number to expect. At most 200 tasks are changed in a request: ask again until done is true. Where nobody does for a minute, the rest is done by itself. With Idempotency-Key a request that is repeated is answered as it was.",
		RequestBody: bodyExample("What is done, and to which", BatchRequest{Action: task.ActFavourite, IDs: []task.ID{exampleID}}),
		Errors:      []int{http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType},
		Responses:   example(http.StatusOK, "What became of each", BatchDone{Matched: 1, Changed: 1, Done: true, Results: []BatchResult{{ID: exampleID, Result: "changed"}}}),
	}), s.batch)
	add(s, s.operation(huma.Operation{
		OperationID: "rename-tags", Method: http.MethodPost, Path: base + "/tags",
		Summary:     "Rename or merge tags everywhere",
		Description: "On every task, those in the bin too, at most 200 in a request: ask again until done is true. Where nobody does for a minute, it goes on by itself.",
		RequestBody: bodyExample("Which become what", RetagRequest{From: []string{"fox", "foxes"}, To: "vulpes"}),
		Errors:      []int{http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType},
		Responses:   example(http.StatusOK, "How far it is", Retagged{Changed: 12, Done: true}),
	}), s.retag)
}

type batchInput struct {
	Key  string `header:"Idempotency-Key" maxLength:"200" pattern:"^[ -~]*$" patternDescription:"printable ASCII" doc:"A request that is repeated with its key is answered as it was; remembered for a day" example:"6f1c2a7e-3c59-4b1e-9a55-0d8f6b1f0a11"`
	Body BatchRequest
}

type batchOutput struct {
	Replayed string `header:"Idempotent-Replayed" doc:"true where the key was used before: nothing was changed"`
	Body     BatchDone
}

// batch answers a request with a key as it was answered before.
func (s *service) batch(ctx context.Context, in *batchInput) (*batchOutput, error) {
	if err := in.Body.check(); err != nil {
		return nil, err
	}
	o := requestOf(ctx).owner
	if in.Key == "" || in.Body.Query != nil && in.Body.Expect == nil { // it changes nothing
		done, err := s.changeMany(ctx, o, &in.Body)
		return &batchOutput{Body: done}, err
	}
	hash, err := hashOf("batch", in.Body)
	if err != nil {
		return nil, err
	}
	answer, err := s.Library.Answered(ctx, o, in.Key, hash)
	if err != nil {
		return nil, fmt.Errorf("look for the answer: %w", err)
	}
	out := &batchOutput{Replayed: "true"}
	if answer != nil {
		return out, json.Unmarshal(answer, &out.Body)
	}
	out.Replayed = ""
	if out.Body, err = s.changeMany(ctx, o, &in.Body); err != nil {
		return nil, err
	}
	if answer, err = json.Marshal(out.Body); err == nil {
		err = s.Library.KeepAnswer(ctx, o, in.Key, hash, answer)
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

// changeMany does what is asked for to as many tasks as one request may change, and
// notes the rest.
func (s *service) changeMany(ctx context.Context, o task.Owner, b *BatchRequest) (BatchDone, error) {
	ids, more := b.IDs, false
	rest := task.Rest{Action: task.Action{Name: b.Action, Tags: b.Tags, Folder: b.Folder}}
	if b.Query != nil {
		q, err := b.Query.query(o, "body.query")
		if err != nil {
			return BatchDone{}, err
		}
		q.Bin, q.Before = b.Bin, task.ID(b.After)
		most := matchedAtMost
		if b.After != "" && b.Expect != nil { // the rest of what was confirmed, whatever else matches behind it
			most = min(most, *b.Expect)
		}
		if ids, more, err = s.Library.Matching(ctx, q, most); err != nil {
			return BatchDone{}, fmt.Errorf("match: %w", err)
		}
		rest.Query = q
	}
	out := BatchDone{Matched: len(ids), More: more, Results: []BatchResult{}}
	switch {
	case b.Query != nil && b.Expect == nil:
		return out, nil
	case b.Expect != nil && *b.Expect != len(ids):
		return out, &task.Error{Kind: task.Conflict, Code: catalog.CodeCountChanged, Fields: []task.FieldError{
			{Location: "body.expect", Message: fmt.Sprintf("%d match now", len(ids)), Value: *b.Expect},
		}}
	}
	now := ids[:min(len(ids), changedAtOnce)]
	done, err := s.Library.Batch(ctx, o, now, rest.Action)
	if err != nil {
		return out, fmt.Errorf("%s: %w", b.Action, err)
	}
	out.tell(done)
	out.Done = len(now) == len(ids)
	if !out.Done {
		out.NextAfter = string(now[len(now)-1])
		rest.Query.Before, rest.Left = now[len(now)-1], len(ids)-len(now)
	}
	if !out.Done || b.After != "" { // otherwise nothing was left before
		if err := s.Library.KeepRest(ctx, o, rest, out.Done); err != nil {
			return out, err
		}
	}
	return out, nil
}

// check refuses what the description cannot say.
func (b *BatchRequest) check() error {
	switch {
	case (b.Query == nil) == (b.IDs == nil):
		return invalid("body.ids", "either ids or a query must be given", nil)
	case b.Query == nil && (b.Expect != nil || b.After != "" || b.Bin):
		return invalid("body.query", "expect, after and bin belong to a query", nil)
	case b.After != "" && !task.ID(b.After).Valid():
		return invalid("body.after", "is no next_after of an answer", b.After)
	case (b.Action == task.ActTag || b.Action == task.ActUntag) && len(b.Tags) == 0:
		return invalid("body.tags", "is required", nil)
	}
	for i, id := range b.IDs {
		if !id.Valid() {
			return invalid(fmt.Sprintf("body.ids[%d]", i), "is no id of a task", string(id))
		}
	}
	return nil
}

// tell adds what became of each task.
func (d *BatchDone) tell(all []task.Outcome) {
	for _, one := range all {
		r := BatchResult{ID: one.Task, Result: "unchanged"}
		switch {
		case one.Err != nil:
			f := faultOf(classed(one.Err).Code)
			r.Result, r.Code, r.Message = "failed", f.Code, &f.Detail
		case one.Changed:
			r.Result = "changed"
			d.Changed++
		}
		d.Results = append(d.Results, r)
	}
}

type retagInput struct{ Body RetagRequest }

type retaggedOutput struct{ Body Retagged }

func (s *service) retag(ctx context.Context, in *retagInput) (*retaggedOutput, error) {
	o := requestOf(ctx).owner
	n, done, err := s.Library.Retag(ctx, o, in.Body.From, in.Body.To, changedAtOnce)
	if err == nil {
		err = s.Library.KeepRest(ctx, o, task.Rest{Retag: task.Retag{From: in.Body.From, To: in.Body.To}}, done)
	}
	if err != nil {
		return nil, fmt.Errorf("rename: %w", err)
	}
	return &retaggedOutput{Retagged{n, done}}, nil
}
