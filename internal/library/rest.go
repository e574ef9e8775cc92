package library

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"volcimage/internal/task"
)

// kindRest are the records of what is left of changes to many tasks: where nobody
// asks for the rest any more, steps do it.
const kindRest = "rest"

const (
	// restPause is how long whoever asked has time to ask for the rest.
	restPause = time.Minute
	// restMargin is how much longer a step's lease lasts than the step may take.
	restMargin = 5 * time.Second
	// restTries is how often in a row a step may fail, restRetry the pause after the
	// first; it grows by as much.
	restTries = 5
	restRetry = 10 * time.Second
	// restAtOnce is how many tasks are changed between two looks at the time.
	restAtOnce = 50
	// answerKept is how long an answer is remembered by its key.
	answerKept = task.KeyTTL
	// restSkew is how early a step may come: the queue's clock is another.
	restSkew = time.Second
)

// restDoc is what a record of the kind holds: what is left, or an answer by its key.
type restDoc struct {
	Rest  task.Rest
	Tries int
	// Answer was given to a request of that hash.
	Answer json.RawMessage `json:",omitempty"`
	Hash   []byte          `json:",omitempty"`
}

// restID is one for all requests of a change.
func restID(r *task.Rest) (string, error) {
	same := *r
	same.Query.Before, same.Left, same.Bin = "", 0, time.Time{}
	doc, err := json.Marshal(same)
	return string(task.IDOf(sha256.Sum256(doc))), err
}

// KeepRest notes what is left of a change to many tasks, for the case that nobody asks
// for it within a minute; done forgets it.
func (s *Service) KeepRest(ctx context.Context, o task.Owner, r task.Rest, done bool) error {
	id, err := restID(&r)
	if err != nil {
		return fmt.Errorf("name what is left: %w", err)
	}
	row, err := s.Store.Record(ctx, o, kindRest, id)
	absent := task.KindOf(err) == task.NotFound
	switch {
	case absent && done:
		return nil
	case absent:
		row, err = task.Record{Owner: o, Kind: kindRest, ID: id, Step: task.RestStep}, nil
	case err == nil && done:
		err = s.Store.DeleteRecord(ctx, row)
	}
	if err == nil && !done {
		err = s.saveRest(ctx, &row, restDoc{Rest: r}, s.Now().Add(restPause))
	}
	if err != nil && task.KindOf(err) != task.Conflict { // another request of the change does it
		return fmt.Errorf("keep what is left: %w", err)
	}
	return nil
}

func (s *Service) saveRest(ctx context.Context, row *task.Record, d restDoc, next time.Time) (err error) {
	row.UpdatedAt, row.NextAt = s.Now(), next
	if row.Doc, err = json.Marshal(d); err != nil {
		return err
	}
	return s.Store.SaveRecord(ctx, row)
}

// RestStep does what is left of a change to many tasks, for half the time that it
// has. A nil error means that the message may be deleted.
func (s *Service) RestStep(ctx context.Context, ref task.Ref) error {
	row, err := s.Store.Record(ctx, ref.Owner, kindRest, string(ref.Task))
	if task.KindOf(err) == task.NotFound {
		return nil
	}
	var d restDoc
	if err == nil {
		err = json.Unmarshal(row.Doc, &d)
	}
	if err != nil {
		return fmt.Errorf("read what is left: %w", err)
	}
	if row.NextAt.After(s.Now().Add(restSkew)) {
		return nil
	}
	if d.Answer != nil {
		return task.ButConflict(s.Store.DeleteRecord(ctx, row)) // nobody repeats that request any more
	}
	end, ok := ctx.Deadline()
	if !ok {
		return errors.New("library: no deadline")
	}
	left := time.Until(end)
	if err := s.saveRest(ctx, &row, d, s.Now().Add(left+restMargin)); err != nil {
		return task.ButConflict(err)
	}
	return task.ButConflict(s.doRest(ctx, &row, d, s.Now().Add(left/2)))
}

// doRest does what is left under the row's lease, until that time.
func (s *Service) doRest(ctx context.Context, row *task.Record, d restDoc, until time.Time) error {
	var err error
	for done := false; !done; {
		if done, err = s.doSome(ctx, row.Owner, &d.Rest); err != nil || s.Now().After(until) {
			break
		}
		if done {
			return s.Store.DeleteRecord(ctx, *row)
		}
		d.Tries = 0
	}
	next := s.Now()
	if err != nil {
		d.Tries++
		s.Log.WarnContext(ctx, "what is left of a change not done", "task_id", row.ID, "try", d.Tries, "error", err)
		if d.Tries >= restTries {
			return s.Store.DeleteRecord(ctx, *row)
		}
		next = next.Add(time.Duration(d.Tries) * restRetry)
	}
	if err := s.saveRest(ctx, row, d, next); err != nil {
		return err
	}
	ref := task.Ref{Owner: row.Owner, Task: task.ID(row.ID), N: task.RestStep}
	if err := s.Hints.Send(ctx, ref, next.Sub(s.Now())); err != nil { // the due index has it
		s.Log.WarnContext(ctx, "hint not sent", "task_id", ref.Task, "job", ref.N, "error", err)
	}
	return nil
}

// doSome does a part of what is left, and tells whether that was all.
func (s *Service) doSome(ctx context.Context, o task.Owner, r *task.Rest) (done bool, err error) {
	switch {
	case r.Action.Name != "":
		return s.actOnSome(ctx, r)
	case r.Folder != "":
		if _, done, err = s.DeleteFolder(ctx, o, r.Folder, restAtOnce); task.KindOf(err) == task.NotFound {
			return true, nil
		}
		return done, err
	case !r.Bin.IsZero():
		gone, err := s.ClearBin(ctx, o, r.Bin, restAtOnce, 0)
		return !gone.More, err
	}
	_, done, err = s.Retag(ctx, o, r.Retag.From, r.Retag.To, restAtOnce)
	return done, err
}

func (s *Service) actOnSome(ctx context.Context, r *task.Rest) (done bool, err error) {
	ids, more, err := s.Matching(ctx, r.Query, min(restAtOnce, r.Left))
	if err != nil || len(ids) == 0 {
		return err == nil, err
	}
	outcomes, err := s.Batch(ctx, r.Query.Owner, ids, r.Action)
	if err != nil {
		return false, err
	}
	for _, one := range outcomes {
		if task.KindOf(one.Err) == task.Unavailable {
			return false, one.Err // that may pass
		}
	}
	r.Left, r.Query.Before = r.Left-len(ids), ids[len(ids)-1]
	return r.Left <= 0 || !more, nil
}

// Answered is the answer that was given to the owner's request of that key, nil for
// none; [task.ErrKeyReused] where that was another request.
func (s *Service) Answered(ctx context.Context, o task.Owner, key string, hash [32]byte) ([]byte, error) {
	row, err := s.Store.Record(ctx, o, kindRest, answerID(key))
	if task.KindOf(err) == task.NotFound {
		return nil, nil
	}
	var d restDoc
	if err == nil {
		err = json.Unmarshal(row.Doc, &d)
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("read an answer: %w", err)
	case !s.Now().Before(row.NextAt):
		return nil, nil
	case [32]byte(d.Hash) != hash:
		return nil, task.ErrKeyReused
	}
	return d.Answer, nil
}

// KeepAnswer remembers an answer by the key of its request, for a day. The first one
// stays.
func (s *Service) KeepAnswer(ctx context.Context, o task.Owner, key string, hash [32]byte, answer []byte) error {
	row, err := s.Store.Record(ctx, o, kindRest, answerID(key))
	switch {
	case task.KindOf(err) == task.NotFound:
		row = task.Record{Owner: o, Kind: kindRest, ID: answerID(key), Step: task.RestStep}
	case err != nil:
		return fmt.Errorf("keep an answer: %w", err)
	case s.Now().Before(row.NextAt):
		return nil
	}
	if err := s.saveRest(ctx, &row, restDoc{Answer: answer, Hash: hash[:]}, s.Now().Add(answerKept)); err != nil {
		return task.ButConflict(fmt.Errorf("keep an answer: %w", err))
	}
	return nil
}

func answerID(key string) string { return string(task.IDOf(sha256.Sum256([]byte("answer\n" + key)))) }
