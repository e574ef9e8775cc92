package httpapi

import (
	"context"
	"fmt"
	"time"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

// Task is a task as the API shows it.
type Task struct {
	ID         task.ID     `json:"task_id" doc:"The task's name, a ULID: ids sort by age" example:"01KAZ3V5N8Q2W4E6R8T0YACDEF"`
	Status     task.Status `json:"status" enum:"PENDING,PROCESSING,COMPLETED,PARTIAL,FAILED,CANCELLED" doc:"PENDING until a picture is begun; the last four stay until a retry"`
	Prompt     string      `json:"prompt" doc:"What was sent to the provider" example:"A red fox in fresh snow, morning light"`
	Typed      string      `json:"typed,omitempty" doc:"What the person typed, where it had choices" example:"A {red|white} fox in fresh snow, morning light"`
	Parent     task.ID     `json:"parent,omitempty" doc:"The task that this one was made from; it may be gone" example:"01KAZ3V5N8Q2W4E6R8T0YACDEF"`
	Children   string      `json:"children" doc:"Where the tasks are listed that were made from this one" example:"/api/v1/history?parent=01KAZ3V5N8Q2W4E6R8T0YACDEF"`
	Model      string      `json:"model" example:"jimeng_t2i_v40"`
	Params     Params      `json:"params" doc:"What was asked for, the model's defaults filled in"`
	Images     []Image     `json:"images" doc:"One for each picture asked for; a coherent set has one until it is drawn, then one a picture"`
	Favourite  bool        `json:"favourite" doc:"Never removed by age or space"`
	Tags       []string    `json:"tags" example:"[\"fox\"]"`
	Note       string      `json:"note,omitempty" doc:"What the person noted" example:"For the card to grandmother"`
	Folder     string      `json:"folder,omitempty" doc:"Id of the folder that it is in" example:"01KAZ3V5N8Q2W4E6R8T0YACDEF"`
	Error      *Failure    `json:"error" doc:"Why pictures are missing, null where none failed"`
	Progress   Progress    `json:"progress"`
	Run        int         `json:"run" doc:"Counts from 1; each retry begins another" example:"1"`
	Version    int64       `json:"version" doc:"Grows with every change" example:"7"`
	CreatedAt  time.Time   `json:"created_at"`
	StartedAt  *time.Time  `json:"started_at" doc:"When the run's first picture was begun"`
	FinishedAt *time.Time  `json:"finished_at" doc:"When the run was over"`
	BinnedAt   *time.Time  `json:"binned_at,omitempty" nullable:"false" doc:"When it was thrown away, while it lies in the bin"`
	BinEndsAt  *time.Time  `json:"bin_ends_at,omitempty" nullable:"false" doc:"When it goes from the bin for good"`
}

// Params are the fields of a request beside prompt and model.
type Params struct {
	Width       int      `json:"width,omitempty" doc:"Pixels" example:"2048"`
	Height      int      `json:"height,omitempty" doc:"Pixels" example:"2048"`
	Size        int      `json:"size,omitempty" doc:"Area in pixels, where the model chooses the ratio"`
	Count       int      `json:"count,omitempty" doc:"Pictures" example:"1"`
	CoherentSet bool     `json:"coherent_set,omitempty"`
	Seed        *int64   `json:"seed,omitempty" nullable:"false"`
	Scale       *float64 `json:"scale,omitempty" nullable:"false"`
	UsePreLLM   *bool    `json:"use_pre_llm,omitempty" nullable:"false"`
	MinRatio    *float64 `json:"min_ratio,omitempty" nullable:"false"`
	MaxRatio    *float64 `json:"max_ratio,omitempty" nullable:"false"`
}

// Image is one picture of a task. What is known only of a stored picture is there
// once its status is done.
type Image struct {
	Index        int              `json:"index" doc:"From 0" example:"0"`
	Status       task.ImageStatus `json:"status" enum:"waiting,held,working,saving,done,failed,cancelled"`
	Seed         *int64           `json:"seed,omitempty" nullable:"false" doc:"What it was drawn with, where the model has seeds"`
	Width        int              `json:"width,omitempty" doc:"Pixels" example:"2048"`
	Height       int              `json:"height,omitempty" doc:"Pixels" example:"2048"`
	Format       string           `json:"format,omitempty" enum:"png,jpeg,webp"`
	Bytes        int64            `json:"bytes,omitempty" example:"3145728"`
	SmallBytes   int64            `json:"thumbnail_bytes,omitempty" doc:"Of the thumbnail, which takes space as well" example:"24576"`
	URL          string           `json:"url,omitempty" doc:"Shows the picture until expires_at"`
	ThumbnailURL string           `json:"thumbnail_url,omitempty" doc:"Shows a small JPEG of it"`
	DownloadURL  string           `json:"download_url,omitempty" doc:"Downloads the picture under a speaking name"`
	ExpiresAt    *time.Time       `json:"expires_at,omitempty" nullable:"false" doc:"End of the three addresses; within a window they stay the same, so that browsers can cache"`
	Label        *Label           `json:"label,omitempty" doc:"How the provider was asked to label the picture as generated; left out where it was not"`
	Error        *Failure         `json:"error,omitempty" doc:"Why it failed, or whether it was charged though cancelled"`
}

// Label is how a picture is labelled as generated, by the rules of GB 45438-2025.
type Label struct {
	ContentProducer   string `json:"content_producer,omitempty" doc:"The service that made it, written into the file"`
	ProduceID         string `json:"produce_id,omitempty" doc:"Its number there"`
	ContentPropagator string `json:"content_propagator,omitempty" doc:"Who passes it on, written into the file"`
	PropagateID       string `json:"propagate_id,omitempty" doc:"Its number there"`
	Mark              *Mark  `json:"mark,omitempty" doc:"The visible mark"`
}

// Mark is a label that is seen.
type Mark struct {
	Position string  `json:"position" enum:"bottom-right,bottom-left,top-left,top-right"`
	Language string  `json:"language" enum:"zh,en" doc:"Of the provider's own words"`
	Text     string  `json:"text,omitempty" doc:"Other words"`
	Opacity  float64 `json:"opacity" doc:"Over 0, to 1"`
}

// Failure is why a picture is not there.
type Failure struct {
	Code         task.Code     `json:"code" doc:"Stable name" example:"prompt_refused"`
	Stage        task.Stage    `json:"stage" enum:"request,prompt,reference,provider,output,storage,internal"`
	Retryable    bool          `json:"retryable" doc:"Trying again may help"`
	Charged      task.Charged  `json:"charged" enum:"no,yes,unknown"`
	Title        catalog.Words `json:"title"`
	Message      catalog.Words `json:"message"`
	ProviderCode string        `json:"provider_code,omitempty" doc:"The provider's own code, for its support"`
	RequestID    string        `json:"request_id,omitempty" doc:"The provider's own request, for its support"`
}

// Progress is how far a task is.
type Progress struct {
	Stage      task.ImageStatus `json:"stage" enum:"waiting,held,working,saving," doc:"What is done now; held: it waits until it is released; empty once the run is over"`
	Done       int              `json:"done" doc:"Pictures stored" example:"0"`
	Total      int              `json:"total" doc:"Pictures in all" example:"1"`
	Paused     bool             `json:"paused,omitempty" doc:"It waits because whoever runs the service begins no pictures for now"`
	QueuedAt   *time.Time       `json:"queued_at,omitempty" nullable:"false" doc:"Your place in line while something of it waits, to the nanosecond: of two, the earlier is begun first"`
	ExpectedMS int64            `json:"expected_ms" doc:"How long the provider likely takes for a picture, from its beginning; 0 once the run is over" example:"15000"`
}

// viewer makes the API's tasks out of the domain's, for one request.
type viewer struct {
	ctx      context.Context
	library  Library
	expected map[string]time.Duration // by model: asked once a request
	paused   *bool                    // nil: not asked yet
}

func (s *service) viewer(ctx context.Context) *viewer {
	return &viewer{ctx: ctx, library: s.Library, expected: map[string]time.Duration{}}
}

func (v *viewer) tasks(ts []task.Task) ([]Task, error) {
	out := make([]Task, len(ts))
	for i := range ts {
		var err error
		if out[i], err = v.task(&ts[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (v *viewer) task(t *task.Task) (Task, error) {
	progress, err := v.progress(t)
	if err != nil {
		return Task{}, err
	}
	images, err := v.images(t)
	if err != nil {
		return Task{}, err
	}
	return Task{
		ID: t.ID, Status: t.Status, Prompt: t.Params.Prompt, Typed: t.Typed, Parent: t.Parent, Children: historyPath + "?parent=" + string(t.ID), Model: t.Params.Model, Params: paramsOf(t.Params),
		Favourite: t.Favourite, Tags: append([]string{}, t.Tags...), Note: t.Note, Folder: t.Folder,
		Images: images, Error: taskFailure(t), Progress: progress, Run: t.Run, Version: t.Version,
		CreatedAt: shown(t.CreatedAt), StartedAt: shownIfSet(t.StartedAt), FinishedAt: shownIfSet(t.FinishedAt),
		BinnedAt: shownIfSet(t.BinnedAt), BinEndsAt: shownIfSet(t.BinEnds()),
	}, nil
}

func (v *viewer) progress(t *task.Task) (Progress, error) {
	p := Progress{Done: t.Done(), Total: len(t.Images)}
	if t.Status.Over() {
		return p, nil
	}
	p.Stage = t.Stage()
	if t.Waits() {
		p.QueuedAt = new(t.InLine().UTC()) // as finely as the line tells places apart
	}
	if p.Stage == task.ImageWaiting {
		var err error
		if p.Paused, err = v.isPaused(); err != nil {
			return p, err
		}
	}
	model := t.Params.Model
	d, known := v.expected[model]
	if !known {
		var err error
		if d, err = v.library.Expected(v.ctx, model); err != nil {
			return p, fmt.Errorf("expect %s: %w", model, err)
		}
		v.expected[model] = d
	}
	p.ExpectedMS = d.Milliseconds()
	return p, nil
}

func (v *viewer) isPaused() (bool, error) {
	if v.paused == nil {
		paused, err := v.library.Paused(v.ctx)
		if err != nil {
			return false, fmt.Errorf("ask whether it is paused: %w", err)
		}
		v.paused = &paused
	}
	return *v.paused, nil
}

func (v *viewer) images(t *task.Task) ([]Image, error) {
	out := make([]Image, len(t.Images))
	for i := range t.Images {
		im := &t.Images[i]
		out[i] = Image{Index: i, Status: im.Status, Seed: im.Seed, Error: failureOf(im.Failure)}
		if im.Status != task.ImageDone {
			continue
		}
		out[i].Width, out[i].Height, out[i].Format, out[i].Bytes = im.Width, im.Height, im.Format, im.Bytes
		out[i].SmallBytes, out[i].Label = im.ThumbnailBytes, labelOf(im.Label)
		if err := v.link(&out[i], t, i); err != nil {
			return nil, fmt.Errorf("link picture %d of %s: %w", i, t.ID, err)
		}
	}
	return out, nil
}

// link fills in the addresses under which a picture can be read for a while.
func (v *viewer) link(out *Image, t *task.Task, i int) error {
	im := &t.Images[i]
	var ends time.Time
	for _, l := range []struct {
		url *string
		task.Link
	}{
		{&out.URL, task.Link{Key: im.Key}},
		{&out.ThumbnailURL, task.Link{Key: im.ThumbnailKey}},
		{&out.DownloadURL, task.Link{Key: im.Key, Filename: filename(t, i)}},
	} {
		signed, err := v.library.Link(l.Link)
		if err != nil {
			return err
		}
		*l.url = signed.URL
		if ends.IsZero() || signed.ExpiresAt.Before(ends) {
			ends = signed.ExpiresAt
		}
	}
	out.ExpiresAt = shownIfSet(ends)
	return nil
}

func paramsOf(p task.Params) Params {
	return Params{
		Width: p.Width, Height: p.Height, Size: p.Size, Count: p.Count, CoherentSet: p.CoherentSet,
		Seed: p.Seed, Scale: p.Scale, UsePreLLM: p.UsePreLLM, MinRatio: p.MinRatio, MaxRatio: p.MaxRatio,
	}
}

func labelOf(l *task.Label) *Label {
	if l == nil {
		return nil
	}
	out := &Label{ContentProducer: l.ContentProducer, ProduceID: l.ProduceID, ContentPropagator: l.ContentPropagator, PropagateID: l.PropagateID}
	if m := l.Mark; m != nil {
		out.Mark = &Mark{m.Position, m.Language, m.Text, m.Opacity}
	}
	return out
}

// taskFailure sums up a task's failures; the charge is that of all its pictures.
func taskFailure(t *task.Task) *Failure {
	f := failureOf(t.Failure())
	if f != nil {
		f.Charged = t.Charged()
	}
	return f
}

func failureOf(f *task.Failure) *Failure {
	if f == nil {
		return nil
	}
	row := catalog.FaultOf(f.Code)
	return &Failure{
		Code: row.Code, Stage: row.Stage, Retryable: row.Retryable, Charged: f.Charged,
		Title: row.Title, Message: row.Detail, ProviderCode: f.ProviderCode, RequestID: f.RequestID,
	}
}

// shown is t as answers give it: UTC, in milliseconds.
func shown(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

func shownIfSet(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = shown(t)
	return &t
}
