package library

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"volcimage/internal/task"
)

// kindBin are the records of what lies in the bin: each names a task and since when,
// so that the bin is read in that order. A record is written before its task, and is
// no more than a hint: the task's own row decides.
const kindBin = "bin"

// idTime is how many characters of an id are its time, in milliseconds.
const idTime = 10

// binRecord is the record of a task that lies in the bin since then.
func binRecord(o task.Owner, id task.ID, since time.Time) *task.Record {
	return &task.Record{
		Owner: o, Kind: kindBin, ID: string(task.FirstID(since))[:idTime] + string(id),
		UpdatedAt: since, Doc: []byte("{}"),
	}
}

// Bin throws the owner's task away: it is listed no more, and goes for good after
// [task.BinFor] unless it is restored. One that is in the bin stays as it is.
func (s *Service) Bin(ctx context.Context, o task.Owner, id task.ID) (t task.Task, changed bool, err error) {
	if t, err = s.Get(ctx, o, id); err != nil || !t.BinnedAt.IsZero() {
		return t, false, err
	}
	now := s.Now().UTC().Truncate(time.Millisecond) // as precise as its record
	err = s.Store.SaveRecord(ctx, binRecord(o, id, now))
	if err != nil && task.KindOf(err) != task.Conflict { // which is there already
		return task.Task{}, false, fmt.Errorf("note %s in the bin: %w", id, err)
	}
	return s.change(ctx, o, id, s.withJobs(ctx, func(c *task.Change) (bool, error) {
		return c.Task.Bin(c.Jobs, now)
	}))
}

// Restore takes the owner's task out of the bin. One that is not there stays as it is.
func (s *Service) Restore(ctx context.Context, o task.Owner, id task.ID) (t task.Task, changed bool, err error) {
	var since time.Time
	t, changed, err = s.change(ctx, o, id, func(c *task.Change) (bool, error) {
		since = c.Task.BinnedAt
		if !c.Task.Restore() {
			return false, nil
		}
		return true, s.leaveLostFolder(ctx, c.Task)
	})
	if changed {
		s.unnote(ctx, binRecord(o, id, since))
	}
	return t, changed, err
}

// leaveLostFolder takes a task out of a folder that was removed meanwhile.
func (s *Service) leaveLostFolder(ctx context.Context, t *task.Task) error {
	if t.Folder == "" {
		return nil
	}
	_, err := s.Folder(ctx, t.Owner, t.Folder)
	if task.KindOf(err) == task.NotFound {
		_, err = t.Edit(task.Edit{Folder: new("")})
	}
	return err
}

// Delete hides the task from every reader at once, without the way through the
// bin; its rows and pictures go as soon as nothing of it is in flight.
func (s *Service) Delete(ctx context.Context, o task.Owner, id task.ID) error {
	t, _, err := s.change(ctx, o, id, s.withJobs(ctx, func(c *task.Change) (bool, error) {
		s.delete(c)
		return true, nil
	}))
	if err == nil && !t.BinnedAt.IsZero() {
		s.unnote(ctx, binRecord(o, id, t.BinnedAt))
	}
	return err
}

func (s *Service) delete(c *task.Change) {
	c.Usage = task.Usage{Bytes: -c.Task.StoredBytes(), Images: -int64(c.Task.Done())}
	c.Task.Delete(c.Jobs, s.Now())
}

// unnote removes a record of the bin. One that stays is removed in its time.
func (s *Service) unnote(ctx context.Context, r *task.Record) {
	r.Version = 1 // it is written once
	if err := s.Store.DeleteRecord(ctx, *r); err != nil && task.KindOf(err) != task.Conflict {
		s.Log.WarnContext(ctx, "record of the bin stays", "record", r.ID, "error", err)
	}
}

// ClearBin removes for good what was in the owner's bin at a time, what lay there
// longest first: at most so many tasks, and none once so many bytes are free, where
// bytes is not 0. One that cannot be removed keeps no other.
func (s *Service) ClearBin(ctx context.Context, o task.Owner, until time.Time, tasks int, bytes int64) (task.Cleared, error) {
	var gone task.Cleared
	last := string(task.FirstID(until))[:idTime]
	records, err := s.Store.Records(ctx, o, kindBin, "", tasks+1)
	if err != nil {
		return gone, fmt.Errorf("read the bin: %w", err)
	}
	if n := slices.IndexFunc(records, func(r task.Record) bool { return len(r.ID) < idTime || r.ID[:idTime] > last }); n >= 0 {
		records = records[:n]
	}
	gone.More = len(records) > tasks
	records = records[:min(len(records), tasks)]
	some := 1 // at once, where it is to be known after each how much is free
	if bytes == 0 {
		some = max(len(records), 1)
	}
	var errs []error
	for now := range slices.Chunk(records, some) {
		if bytes > 0 && gone.Bytes >= bytes {
			gone.More = true
			break
		}
		errs = append(errs, s.clearAll(ctx, now, &gone))
	}
	return gone, errors.Join(errs...)
}

// clearAll removes the tasks of records of the bin, and adds to gone what they took.
func (s *Service) clearAll(ctx context.Context, records []task.Record, gone *task.Cleared) error {
	var mu sync.Mutex
	var errs []error
	s.each(len(records), func(i int) {
		t, removed, err := s.clear(ctx, records[i])
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			errs = append(errs, fmt.Errorf("clear the bin: %w", err))
		}
		if removed {
			gone.Tasks++
			gone.Bytes += t.StoredBytes()
		}
	})
	return errors.Join(errs...)
}

// clear removes the task of a record of the bin, unless it was restored meanwhile,
// and then the record.
func (s *Service) clear(ctx context.Context, r task.Record) (t task.Task, removed bool, err error) {
	t, removed, err = s.change(ctx, r.Owner, task.ID(r.ID[idTime:]), s.withJobs(ctx, func(c *task.Change) (bool, error) {
		if binRecord(r.Owner, c.Task.ID, c.Task.BinnedAt).ID != r.ID {
			return false, nil
		}
		s.delete(c)
		return true, nil
	}))
	if err != nil && task.KindOf(err) != task.NotFound {
		return t, false, err
	}
	s.unnote(ctx, &r)
	return t, removed, nil
}
