package generate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

// collectTime bounds fetching, checking and storing one picture.
const collectTime = 60 * time.Second

// collect brings finished pictures home. The slot is given up first: nothing of
// the job is at the provider any more.
func (w *Worker) collect(ctx context.Context, polled *task.Job, res task.Result) error {
	j, claim, err := w.claimResult(ctx, polled, max(1, len(res.Links), len(res.Data)))
	if err != nil {
		return err
	}
	w.grant(ctx)
	if j.Stalls >= task.MaxStalls {
		return w.fail(ctx, j, task.Failure{Code: catalog.CodeStalled, Charged: task.ChargedYes}, nil)
	}
	work, cancel := context.WithTimeout(ctx, claim.Until.Sub(w.Now())-leaseMargin)
	defer cancel()
	images, err := w.bring(work, j, claim, res)
	if err != nil {
		return w.notSaved(ctx, claim, err)
	}
	return w.finish(ctx, claim, images)
}

// claimResult takes the job to be collected, and frees its slot with the same write.
func (w *Worker) claimResult(ctx context.Context, polled *task.Job, pictures int) (j *task.Job, claim task.Claim, err error) {
	j, err = w.change(ctx, polled.Ref, func(e *edit) error {
		if e.Job.Version != polled.Version {
			return task.ErrNotOurs
		}
		now := w.Now()
		// A step that came late says nothing about the provider. Were its lateness
		// counted, a busy machine would ask ever later, and slots would stand idle.
		asked := now
		if polled.NextAt.Before(now) {
			asked = polled.NextAt
		}
		if claim, err = e.Job.Claim(now, w.until(ctx, time.Duration(pictures)*collectTime)); err != nil {
			return err
		}
		return e.drawn(now, asked)
	})
	return j, claim, err
}

// drawn notes that the provider is done with the edit's job, and how long it took
// unless nobody looked for so long that this is not known. asked is when the question
// was due.
func (e *edit) drawn(now, asked time.Time) error {
	if e.Job.Slot {
		slots, err := e.Slots()
		if err != nil {
			return err
		}
		slots.Leave(e.Job.Ref)
		if m, _ := catalog.Lookup(e.Job.Model); now.Sub(e.Job.LastHeard()) <= m.TimeLimit {
			slots.Finished(e.Job.Model, e.Job.Took(asked))
		}
	}
	e.Job.ProviderEnded()
	t, err := e.Task()
	if err != nil {
		return err
	}
	t.JobSaving(e.Job)
	return nil
}

// bring fetches, verifies and stores each picture, under the claim's fence.
func (w *Worker) bring(ctx context.Context, j *task.Job, c task.Claim, res task.Result) ([]task.Image, error) {
	t, err := w.Store.Task(ctx, j.Owner, j.Task)
	if err != nil {
		return nil, fmt.Errorf("read task %s: %w", j.Task, err)
	}
	n := max(len(res.Links), len(res.Data))
	if !t.Params.CoherentSet {
		n = min(n, 1) // one was asked for and one is paid for
	}
	if n == 0 {
		return nil, &task.Error{Kind: task.Unavailable, Code: catalog.CodeProviderNoPicture}
	}
	var images []task.Image
	for i := range n {
		im, err := w.bringOne(ctx, c, i, res)
		if err != nil {
			return nil, fmt.Errorf("picture %d: %w", i, err)
		}
		im.Label = res.Label
		im.Seed = t.Params.ForJob(j.N, j.Reseeds).Seed
		images = append(images, im)
	}
	return images, nil
}

func (w *Worker) bringOne(ctx context.Context, c task.Claim, i int, res task.Result) (task.Image, error) {
	var data []byte
	if i < len(res.Links) {
		var err error
		if data, err = w.Fetcher.Fetch(ctx, res.Links[i]); err != nil {
			return task.Image{}, err
		}
	} else {
		data = res.Data[i]
	}
	p, err := w.Pictures.Verify(data)
	if err != nil {
		return task.Image{}, err
	}
	return w.put(ctx, c, i, p)
}

// put stores a picture and its thumbnail, under keys that are this claim's alone; the
// row names them only afterwards.
func (w *Worker) put(ctx context.Context, c task.Claim, i int, p task.Picture) (task.Image, error) {
	base := fmt.Sprintf("%s%d", claimPrefix(c), i)
	im := task.Image{
		Format: p.Format, Width: p.Width, Height: p.Height,
		Bytes: int64(len(p.Data)), ThumbnailBytes: int64(len(p.Thumbnail)),
		Key: base + "." + extension(p.Format), ThumbnailKey: base + ".thumb.jpg",
	}
	for _, o := range []task.Object{
		{Key: im.Key, ContentType: "image/" + p.Format, Data: p.Data, Once: true},
		{Key: im.ThumbnailKey, ContentType: "image/jpeg", Data: p.Thumbnail, Once: true},
	} {
		if err := w.Objects.Put(ctx, o); err != nil {
			return task.Image{}, &task.Error{Kind: task.Unavailable, Code: catalog.CodeStorageFailed, Err: err}
		}
	}
	return im, nil
}

func extension(format string) string {
	if format == "jpeg" {
		return "jpg"
	}
	return format
}

// taskPrefix is where all objects of a task lie, claimPrefix those that were
// stored under one claim of one job.
func taskPrefix(r task.Ref) string { return fmt.Sprintf("images/%s/%s/", r.Owner, r.Task) }
func claimPrefix(c task.Claim) string {
	return fmt.Sprintf("%s%d/%d/", taskPrefix(c.Ref), c.N, c.Fence)
}

// finish makes the stored pictures the job's own, unless the claim was lost.
func (w *Worker) finish(ctx context.Context, c task.Claim, images []task.Image) error {
	j, err := w.change(ctx, c.Ref, func(e *edit) error {
		if !e.Job.Holds(c) {
			return task.ErrNotOurs
		}
		t, err := e.Task()
		if err != nil {
			return err
		}
		t.JobDone(e.Job, images, w.Now())
		for _, im := range images {
			e.usage.Bytes += im.Bytes + im.ThumbnailBytes
			e.usage.Images++
		}
		return nil
	})
	if errors.Is(err, task.ErrNotOurs) {
		w.drop(ctx, c)
	}
	if err != nil {
		return err // the row may name the pictures all the same: nothing is dropped
	}
	w.hint(ctx, j)
	return nil
}

// drop removes what was stored under a claim, where no row names it.
func (w *Worker) drop(ctx context.Context, c task.Claim) {
	if err := w.Objects.DeletePrefix(ctx, claimPrefix(c)); err != nil {
		w.Log.WarnContext(ctx, "objects of a lost claim stay", "task_id", c.Task, "job", c.N, "error", err)
	}
}

// notSaved follows pictures that could not be brought home. They are paid for and
// wait at the provider, so they are tried again, and a retry by the person tries
// once more before it pays.
func (w *Worker) notSaved(ctx context.Context, c task.Claim, cause error) error {
	w.Log.WarnContext(ctx, "picture not saved", "task_id", c.Task, "job", c.N, "code", task.CodeOf(cause), "error", cause)
	w.drop(ctx, c)
	f := failureOf(cause)
	f.Charged = task.ChargedYes
	j, err := w.change(ctx, c.Ref, func(e *edit) error {
		j := e.Job
		if !j.Holds(c) {
			return task.ErrNotOurs
		}
		if j.Saves < w.MaxRetries && f.Code != catalog.CodeProviderNoPicture {
			j.SaveFailed(w.retryAt(j.Saves, cause))
			return nil
		}
		if f.Code == catalog.CodeProviderNoPicture || f.Code == catalog.CodePictureInvalid {
			j.Call.ID = "" // asking again would bring the same
		}
		return e.fail(f)
	})
	if err != nil {
		return err
	}
	w.hint(ctx, j)
	return nil
}
