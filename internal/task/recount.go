package task

import "slices"

// CodePictureGone is the code of a picture whose object is no longer in the store.
const CodePictureGone Code = "picture_gone"

// Recounted is what a [Task.Recount] found: pictures that are gone or back, and
// thumbnails alone that are gone.
type Recounted struct{ Gone, Back, Thumbnails int }

// Recount holds the pictures of a run that is over against what the store has:
// one whose object is gone has failed, and one that is there again has not. The
// row names its object all the while, so that what comes back is known. The jobs
// are changed with it: what is gone a retry draws again, but for a part of a
// coherent set, which is drawn only as a whole.
func (t *Task) Recount(jobs []*Job, stored func(key string) (bytes int64, ok bool)) Recounted {
	var r Recounted
	if !t.Status.Over() {
		return r
	}
	for i := range t.Images {
		im := &t.Images[i]
		bytes, there := stored(im.Key)
		thumbnail, small := stored(im.ThumbnailKey)
		switch {
		case im.Status == ImageDone && !there:
			im.Status, im.Failure = ImageFailed, &Failure{Code: CodePictureGone, Charged: ChargedYes}
			im.Bytes, im.ThumbnailBytes = 0, 0
			r.Gone++
		case im.gone() && there:
			im.Status, im.Failure = ImageDone, nil
			im.Bytes, im.ThumbnailBytes = bytes, thumbnail
			r.Back++
		}
		if im.Status == ImageDone && !small { // the picture stands for it
			im.ThumbnailKey, im.ThumbnailBytes = im.Key, 0
			r.Thumbnails++
		}
	}
	if r.Gone+r.Back == 0 {
		return r
	}
	for _, j := range jobs {
		t.recountJob(j)
	}
	if t.Status != Cancelled {
		t.Status, _ = t.outcome()
	}
	return r
}

// gone tells whether the picture was stored and its object is missing.
func (im *Image) gone() bool {
	return im.Status == ImageFailed && im.Failure != nil && im.Failure.Code == CodePictureGone
}

// recountJob makes a job failed while all that it drew is gone.
func (t *Task) recountJob(j *Job) {
	lost := func(im Image) bool { return im.Job == j.N && im.gone() }
	kept := func(im Image) bool { return im.Job == j.N && im.Status == ImageDone }
	switch {
	case slices.ContainsFunc(t.Images, kept):
		j.Status = JobDone
	case slices.ContainsFunc(t.Images, lost):
		j.Status = JobFailed
	}
}
