package library

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

// Batch does one thing to many tasks, and tells of each what became of it. One that
// cannot be changed keeps no other.
func (s *Service) Batch(ctx context.Context, o task.Owner, ids []task.ID, a task.Action) ([]task.Outcome, error) {
	if a.Name == task.ActFolder && a.Folder != "" {
		if err := s.haveFolder(ctx, o, a.Folder); err != nil {
			return nil, err
		}
	}
	out := make([]task.Outcome, len(ids))
	s.each(len(ids), func(i int) {
		changed, err := s.act(ctx, o, ids[i], a)
		out[i] = task.Outcome{Task: ids[i], Changed: changed, Err: err}
		if err != nil && task.KindOf(err) == task.Internal {
			s.Log.ErrorContext(ctx, "one of many not changed", "task_id", ids[i], "action", a.Name, "error", err)
		}
	})
	return out, nil
}

// each calls do for every number below n, for some of them at once.
func (s *Service) each(n int, do func(i int)) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range min(max(s.AtOnce, 1), n) {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	all.Wait()
}

func (s *Service) act(ctx context.Context, o task.Owner, id task.ID, a task.Action) (changed bool, err error) {
	switch a.Name {
	case task.ActDelete:
		_, changed, err = s.Bin(ctx, o, id)
	case task.ActRestore:
		_, changed, err = s.Restore(ctx, o, id)
	case task.ActDeleteNow:
		err = s.Delete(ctx, o, id)
		changed = err == nil
	default:
		_, changed, err = s.change(ctx, o, id, func(c *task.Change) (bool, error) { return a.Edit(c.Task) })
	}
	return changed, err
}

// Matching are the ids of what a query finds, in its order, and whether there are
// more than most.
func (s *Service) Matching(ctx context.Context, q task.Query, most int) (ids []task.ID, more bool, err error) {
	q.Limit = 100
	for t, err := range s.found(ctx, q) {
		switch {
		case err != nil:
			return nil, false, err
		case len(ids) == most:
			return ids, true, nil
		}
		ids = append(ids, t.ID)
	}
	return ids, false, nil
}

// found is what a query finds, read page by page. An error ends it.
func (s *Service) found(ctx context.Context, q task.Query) iter.Seq2[task.Task, error] {
	return func(yield func(task.Task, error) bool) {
		for {
			page, err := s.List(ctx, q)
			if err != nil {
				yield(task.Task{}, err)
				return
			}
			for _, t := range page.Tasks {
				if !yield(t, nil) {
					return
				}
			}
			if q.Before = page.Next; q.Before == "" {
				return
			}
		}
	}
}

// Retag puts one tag in the place of others on every task, those in the bin too; an
// empty one takes them away. It changes at most so many, and tells whether it is done.
func (s *Service) Retag(ctx context.Context, o task.Owner, from []string, to string, tasks int) (n int, done bool, err error) {
	to = task.TidyTag(to)
	if rule := task.CheckTag(to); to != "" && rule != "" {
		return 0, false, &task.Error{Kind: task.Invalid, Code: catalog.CodeInvalid, Fields: []task.FieldError{{Location: "body.to", Message: rule, Value: to}}}
	}
	for _, tag := range from {
		for _, bin := range []bool{false, true} {
			changed, done, err := s.retag(ctx, task.Query{Owner: o, Tag: tag, Bin: bin, Limit: 100}, from, to, tasks-n)
			if n += changed; err != nil || !done {
				return n, false, err
			}
		}
	}
	return n, true, nil
}

// retag walks through what a query finds. Those that were changed are behind it.
func (s *Service) retag(ctx context.Context, q task.Query, from []string, to string, tasks int) (n int, done bool, err error) {
	for t, err := range s.found(ctx, q) {
		switch {
		case err != nil:
			return n, false, err
		case n == tasks:
			return n, false, nil
		}
		_, changed, err := s.change(ctx, q.Owner, t.ID, func(c *task.Change) (bool, error) { return c.Task.Retag(from, to), nil })
		if err != nil && task.KindOf(err) != task.NotFound {
			return n, false, fmt.Errorf("rename a tag: %w", err)
		}
		if changed {
			n++
		}
	}
	return n, true, nil
}
