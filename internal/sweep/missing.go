package sweep

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"volcimage/internal/task"
)

const (
	// maxTasks is how many tasks are compared with their objects at once, and
	// maxOwners of how many owners one sweep does so.
	maxTasks  = 100
	maxOwners = 10
	// listed is how many objects are listed at once, maxListings how often for one
	// piece: far above what a hundred tasks have.
	listed      = 1000
	maxListings = 20
)

// findMissing holds tasks that are over against their objects, from the next ones
// of its round: a picture whose object is gone has failed, and says so.
func (s *Sweeper) findMissing(ctx context.Context) (int, error) {
	return s.goRound(ctx, roundOfRows, func(place string) (gone int, next string, err error) {
		owners, err := s.Store.Usage(ctx)
		if err != nil {
			return 0, place, fmt.Errorf("read usage: %w", err)
		}
		slices.SortFunc(owners, func(a, b task.OwnerUsage) int { return cmp.Compare(a.Owner, b.Owner) })
		at, last, _ := strings.Cut(place, "/")
		looked := 0
		for _, o := range owners {
			switch {
			case string(o.Owner) < at:
				continue
			case looked == maxOwners:
				return gone, string(o.Owner) + "/", nil
			case string(o.Owner) != at:
				last = ""
			}
			looked++
			n, next, err := s.findMissingOf(ctx, o.Owner, task.ID(last))
			if gone += n; err != nil || next != "" {
				return gone, string(o.Owner) + "/" + string(next), err
			}
		}
		return gone, "", nil
	})
}

// findMissingOf compares the owner's tasks behind one; next is the last of them,
// empty where no more follow.
func (s *Sweeper) findMissingOf(ctx context.Context, o task.Owner, behind task.ID) (gone int, next task.ID, err error) {
	page, err := s.Store.List(ctx, task.Query{Owner: o, Oldest: true, Before: behind, Limit: maxTasks, Statuses: over})
	if err != nil || len(page.Tasks) == 0 {
		return 0, page.Next, err
	}
	stored, reached, err := s.stored(ctx, o, page.Tasks[0].ID, page.Tasks[len(page.Tasks)-1].ID)
	if err != nil {
		return 0, "", err
	}
	for i := range page.Tasks {
		t := &page.Tasks[i]
		if t.ID > reached {
			return gone, page.Tasks[i-1].ID, nil
		}
		n, err := s.recount(ctx, t, stored)
		if gone += n; err != nil {
			return gone, "", err
		}
	}
	return gone, page.Next, nil
}

// stored are the objects of an owner's tasks from first to last, by key, complete
// up to the task reached. Tasks of which there are none may lie between.
func (s *Sweeper) stored(ctx context.Context, o task.Owner, first, last task.ID) (found map[string]int64, reached task.ID, err error) {
	prefix := pictures + string(o) + "/"
	found = map[string]int64{}
	after, at := prefix+string(first), first
	reached = first
	for range maxListings {
		page, next, err := s.Objects.List(ctx, prefix, after, listed)
		if err != nil {
			return nil, "", fmt.Errorf("list objects of %s: %w", o, err)
		}
		for _, object := range page {
			_, id, _ := taskOf(object.Key)
			if id > last {
				return found, last, nil
			}
			if id > at { // all of the one before was listed
				at, reached = id, at
			}
			found[object.Key] = object.Bytes
		}
		if next == "" {
			return found, last, nil
		}
		after = next
	}
	return found, reached, nil
}

// recount saves what became of a task's pictures. Somebody who changed the task
// meanwhile is right, and it comes again in the next round.
func (s *Sweeper) recount(ctx context.Context, t *task.Task, stored map[string]int64) (gone int, err error) {
	has := func(key string) (int64, bool) {
		bytes, ok := stored[key]
		return bytes, ok
	}
	as := *t
	if as.Images = slices.Clone(t.Images); as.Recount(nil, has) == (task.Recounted{}) {
		return 0, nil // which it nearly always is
	}
	jobs, err := s.Store.Jobs(ctx, t.Owner, t.ID)
	if err != nil {
		return 0, fmt.Errorf("read jobs of %s: %w", t.ID, err)
	}
	before := task.Usage{Bytes: t.StoredBytes(), Images: int64(t.Done())}
	r := t.Recount(jobs, has)
	err = s.Store.Save(ctx, task.Change{
		Task: t, Jobs: jobs,
		Usage: task.Usage{Bytes: t.StoredBytes() - before.Bytes, Images: int64(t.Done()) - before.Images},
	})
	switch {
	case task.KindOf(err) == task.Conflict, task.KindOf(err) == task.NotFound:
		return 0, nil
	case err != nil:
		return 0, fmt.Errorf("save %s: %w", t.ID, err)
	}
	if r.Gone+r.Thumbnails > 0 {
		s.Log.ErrorContext(ctx, "pictures are gone from the store", "task_id", t.ID, "pictures", r.Gone, "thumbnails", r.Thumbnails)
	}
	if r.Back > 0 {
		s.Log.InfoContext(ctx, "pictures are back in the store", "task_id", t.ID, "pictures", r.Back)
	}
	return r.Gone, nil
}
