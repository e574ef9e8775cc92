package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"volcimage/internal/embedded/sqlite"
	"volcimage/internal/task"
)

// model is the one that takes 1024 × 1024 and answers JPEG.
const model = "jimeng_t2i_v31"

// seeders write at once: the store commits what waits together.
const seeders = 64

// seed fills a new database with n finished tasks of one picture, 20 seconds
// apart up to now, and answers their ids, the oldest first. Their words are in the
// index: else the service would work at that while requests are measured.
func seed(ctx context.Context, data string, n int) (ids []string, err error) {
	db, err := sqlite.Open(ctx, filepath.Join(data, "volcimage.db"), sqlite.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	ids = make([]string, n)
	errs := make([]error, seeders)
	begin := time.Now().Add(-time.Duration(n) * 20 * time.Second)
	var all sync.WaitGroup
	for w := range seeders {
		all.Go(func() {
			for i := w; i < n && errs[w] == nil; i += seeders {
				t, jobs := finished(begin.Add(time.Duration(i)*20*time.Second), i)
				_, _, errs[w] = db.Create(ctx, task.Submission{Task: t, Jobs: jobs})
				ids[i] = string(t.ID)
			}
		})
	}
	all.Wait()
	if err = errors.Join(errs...); err == nil {
		err = indexAll(ctx, db)
	}
	return ids, err
}

// finished is a task as it is left by a picture that was drawn and stored.
func finished(at time.Time, n int) (task.Task, []*task.Job) {
	seed := int64(n)
	t, jobs := task.New(task.Local, task.Params{
		Prompt: fmt.Sprintf("misty castle at golden dusk, oil painting, number %d", n),
		Model:  model, Count: 1, Width: 1024, Height: 1024, Seed: &seed,
	}, at)
	jobs[0].Grant(at)
	t.JobGranted(jobs[0], at)
	jobs[0].Slot = false
	key := fmt.Sprintf("images/%s/%s/0/2/0", t.Owner, t.ID)
	t.JobDone(jobs[0], []task.Image{{
		Seed: &seed, Format: "jpeg", Width: 1024, Height: 1024, Bytes: 345_678, ThumbnailBytes: 23_456,
		Key: key + ".jpg", ThumbnailKey: key + ".thumbnail.jpg",
	}}, at.Add(12*time.Second))
	return t, jobs
}
