package library

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"volcimage/internal/record"
	"volcimage/internal/task"
)

// kindRest are the records of what is left of changes to many tasks: where nobody
// asks for the rest any more, steps do it.
const kindRest = "rest"

const (
	// restPause is how long whoever asked has time to ask for the rest.
	restPause = time.Minute
	// restAtOnce is how many tasks are changed between two looks at the time.
	restAtOnce = 50
	// answerKept is how long an answer is remembered by its key.
	answerKept = task.KeyTTL
)

// restDoc is what a record of the kind holds: what is left, or an answer by its key.
type restDoc struct {
	Rest  task.Rest
	Tries int
	// Answer was given to a request of that hash.
	Answer json.RawMessage `json:",omitempty"`
	Hash   []byte          `json:",omitempty"`
}

func (s *Service) rests() record.Steps[restDoc] {
	return record.Steps[restDoc]{
		Kind:  record.Kind[restDoc]{Name: kindRest, Step: task.RestStep, Store: s.Store, Now: s.Now},
		Hints: s.Hints, Log: s.Log, Tries: func(d *restDoc) *int { return &d.Tries },
	}
}

// restID is one for all requests of a change.
func restID(r *task.Rest) (string, error) {
	same := *r
	same.Query.Before, same.Left, same.Again, same.Bin = "", 0, nil, time.Time{}
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
	row, err := s.rests().GetOrNew(ctx, o, id)
	switch {
	case err != nil || done && row.Version == 0:
		return err
	case done:
		err = s.rests().Delete(ctx, row)
	default:
		row.Doc, row.NextAt = restDoc{Rest: r}, s.Now().Add(restPause)
		err = s.rests().Save(ctx, &row)
	}
	return task.ButConflict(err) // another request of the change does it
}

// RestStep does what is left of a change to many tasks. A nil error means that the
// message may be deleted.
func (s *Service) RestStep(ctx context.Context, r task.Ref) error {
	return s.rests().Take(ctx, r, s.doRest)
}

// doRest does what is left for half the time that it has, and tells whether that was all.
func (s *Service) doRest(ctx context.Context, r *record.Of[restDoc]) (done bool, err error) {
	if r.Doc.Answer != nil {
		return true, nil // nobody repeats that request any more
	}
	end, _ := ctx.Deadline() // a step has one
	half := s.Now().Add(time.Until(end) / 2)
	for begun := true; !done && (begun || s.Now().Before(half)); begun = false {
		done, err = s.doSome(ctx, r.Owner, &r.Doc.Rest)
		if err != nil && begun {
			return false, err
		}
		if err != nil { // what was done is kept, and the next step meets it again
			s.Log.WarnContext(ctx, "what is left of a change not done", "task_id", r.ID, "error", err)
			return false, nil
		}
	}
	return done, nil
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

// actOnSome does an action to some of the tasks that are left, and counts each once:
// one that was thrown away is found no more, and another must not take its place.
func (s *Service) actOnSome(ctx context.Context, r *task.Rest) (done bool, err error) {
	ids, more, behind := r.Again, true, r.Query.Before
	if len(ids) == 0 {
		ids, more, err = s.Matching(ctx, r.Query, min(restAtOnce, r.Left))
		if err != nil || len(ids) == 0 {
			return err == nil, err
		}
		behind = ids[len(ids)-1]
	}
	outcomes, err := s.Batch(ctx, r.Query.Owner, ids, r.Action)
	if err != nil {
		return false, err
	}
	var again []task.ID
	for _, one := range outcomes {
		if task.KindOf(one.Err) == task.Unavailable { // that may pass
			again = append(again, one.Task)
		}
	}
	if len(again) == len(ids) {
		return false, outcomes[0].Err
	}
	r.Again, r.Query.Before, r.Left = again, behind, r.Left-len(ids)+len(again)
	return r.Left <= 0 || !more && len(again) == 0, nil
}

// Answered is the answer that was given to the owner's request of that key, nil for
// none; [task.ErrKeyReused] where that was another request.
func (s *Service) Answered(ctx context.Context, o task.Owner, key string, hash [32]byte) ([]byte, error) {
	r, err := s.rests().GetOrNew(ctx, o, answerID(key))
	switch {
	case err != nil || !s.Now().Before(r.NextAt):
		return nil, err
	case [32]byte(r.Doc.Hash) != hash:
		return nil, task.ErrKeyReused
	}
	return r.Doc.Answer, nil
}

// KeepAnswer remembers an answer by the key of its request, for a day. The first one
// stays.
func (s *Service) KeepAnswer(ctx context.Context, o task.Owner, key string, hash [32]byte, answer []byte) error {
	r, err := s.rests().GetOrNew(ctx, o, answerID(key))
	if err != nil || s.Now().Before(r.NextAt) {
		return err
	}
	r.Doc, r.NextAt = restDoc{Answer: answer, Hash: hash[:]}, s.Now().Add(answerKept)
	return task.ButConflict(s.rests().Save(ctx, &r))
}

func answerID(key string) string { return string(task.IDOf(sha256.Sum256([]byte("answer\n" + key)))) }
