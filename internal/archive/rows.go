package archive

import (
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"volcimage/internal/task"
)

// Bounds on what a manifest says of a task, in characters.
const (
	maxPrompt = 4000
	maxWord   = 200
)

// rows are the rows of a task that came in an archive, but for what its pictures'
// files say. What it says is checked like what a person says.
func (x *Task) rows(o task.Owner) (task.Task, []*task.Job, error) {
	if err := x.check(); err != nil {
		return task.Task{}, nil, err
	}
	p := x.Params
	t := task.Task{
		Owner: o, ID: x.ID, Status: x.Status, Typed: x.Typed, Parent: x.Parent, Run: max(x.Run, 1),
		Params: task.Params{
			Prompt: x.Prompt, Model: x.Model, Width: p.Width, Height: p.Height, Size: p.Size, Count: p.Count, CoherentSet: p.CoherentSet,
			Seed: p.Seed, Scale: p.Scale, UsePreLLM: p.UsePreLLM, MinRatio: p.MinRatio, MaxRatio: p.MaxRatio,
		},
		CreatedAt: x.CreatedAt.UTC(), StartedAt: at(x.StartedAt), FinishedAt: at(x.FinishedAt),
	}
	if t.FinishedAt.IsZero() {
		t.FinishedAt = t.CreatedAt
	}
	if _, err := t.Edit(task.Edit{Favourite: &x.Favourite, Tags: &x.Tags, Note: &x.Note, Folder: &x.Folder}); err != nil {
		return t, nil, refuse(NotValid, "%v", err)
	}
	if len(t.Tags) == 0 {
		t.Tags = nil
	}
	for i := range x.Images {
		t.Images = append(t.Images, x.Images[i].image())
	}
	settle(&t)
	return t, jobsOf(&t), nil
}

func at(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

func (x *Task) check() error {
	switch {
	case !x.ID.Valid():
		return refuse(NotValid, "its id is none")
	case !strings.HasPrefix(string(x.ID), string(task.FirstID(x.CreatedAt))[:10]):
		return refuse(NotValid, "its id says another time than created_at")
	case !x.Status.Valid() || !x.Status.Over():
		return refuse(NotValid, "its status is %.40q", string(x.Status))
	case x.Parent != "" && !x.Parent.Valid():
		return refuse(NotValid, "its parent's id is none")
	case len(x.Images) == 0 || len(x.Images) > maxImages:
		return refuse(NotValid, "it has %d pictures, 1 to %d are taken", len(x.Images), maxImages)
	case x.Params.Width < 0 || x.Params.Height < 0 || x.Params.Size < 0 || x.Params.Count < 0 || x.Params.Count > maxImages:
		return refuse(NotValid, "its size or count cannot be")
	}
	for name, text := range map[string]string{"prompt": x.Prompt, "typed": x.Typed, "model": x.Model, "folder": x.Folder} {
		most := maxPrompt
		if name == "model" || name == "folder" {
			most = maxWord
		}
		if !utf8.ValidString(text) || utf8.RuneCountInString(text) > most || strings.ContainsRune(text, 0) {
			return refuse(NotValid, "its %s is too long or no text", name)
		}
	}
	for i := range x.Images {
		if err := x.Images[i].check(i); err != nil {
			return err
		}
	}
	return nil
}

func (x *Image) check(i int) error {
	if x.Job < 0 || x.Job > i {
		return refuse(NotValid, "picture %d is of job %d", i, x.Job)
	}
	if !x.Status.Over() {
		return refuse(NotValid, "picture %d is %.40q", i, string(x.Status))
	}
	// What else there is of it is short texts and numbers.
	said, err := json.Marshal([]any{x.Label, x.Failure, x.Seed})
	if err != nil || len(said) > 8<<10 {
		return refuse(NotValid, "picture %d says too much of itself", i)
	}
	return nil
}

// image is the picture as the row has it, its file left out. One whose file was
// missing when the archive was made is one that could not be stored.
func (x *Image) image() task.Image {
	im := task.Image{Job: x.Job, Status: x.Status, Seed: x.Seed, Label: x.Label, Failure: x.Failure}
	if x.Status == task.ImageDone && x.File == "" {
		im.Status, im.Failure = task.ImageFailed, &task.Failure{Code: "storage_failed", Charged: task.ChargedYes}
	}
	return im
}

// settle makes the task's status agree with its pictures.
func settle(t *task.Task) {
	if t.Status == task.Cancelled {
		return
	}
	switch t.Done() {
	case len(t.Images):
		t.Status = task.Completed
	case 0:
		t.Status = task.Failed
	default:
		t.Status = task.Partial
	}
}

// jobsOf are the jobs that drew the task's pictures, over all of them, so that what is
// missing can be made here.
func jobsOf(t *task.Task) (jobs []*task.Job) {
	for _, im := range t.Images {
		status := task.JobFailed
		switch im.Status {
		case task.ImageDone:
			status = task.JobDone
		case task.ImageCancelled:
			status = task.JobCancelled
		}
		if n := len(jobs); n > 0 && jobs[n-1].N == im.Job {
			continue // a coherent set
		}
		jobs = append(jobs, &task.Job{
			Ref: task.Ref{Owner: t.Owner, Task: t.ID, N: im.Job}, Model: t.Params.Model,
			Status: status, Run: t.Run, Fence: 1, CreatedAt: t.CreatedAt,
		})
	}
	return jobs
}
