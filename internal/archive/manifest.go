package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"volcimage/internal/task"
)

// Format names the form of a [Manifest], as docs/archive.md describes it. A later form
// ends in another number, and keeps the meaning of the fields that this one has.
const Format = formatPrefix + "1"

const formatPrefix = "urn:volcimage:archive:"

// Manifest says what is in one part of an archive. Each part is whole in itself.
type Manifest struct {
	Format     string    `json:"format"`
	Export     task.ID   `json:"export"`
	Part       int       `json:"part"` // from 1
	ExportedAt time.Time `json:"exported_at"`
	Tasks      []Task    `json:"tasks"`
	// Records are folders, saved searches and templates: in the first part of an
	// export of everything.
	Records []Record `json:"records,omitempty"`
}

// Record is a document beside the tasks.
type Record struct {
	Kind string          `json:"kind"`
	ID   string          `json:"id"`
	Doc  json.RawMessage `json:"doc"`
}

// recordKinds are those that an archive keeps.
var recordKinds = []string{"folder", "search", "template"}

// Task is a task as an archive keeps it: all that a reader may see of it.
type Task struct {
	ID         task.ID     `json:"task_id"`
	Status     task.Status `json:"status"`
	Prompt     string      `json:"prompt"`
	Typed      string      `json:"typed,omitempty"`
	Model      string      `json:"model"`
	Params     Params      `json:"params"`
	Parent     task.ID     `json:"parent,omitempty"`
	Favourite  bool        `json:"favourite,omitempty"`
	Tags       []string    `json:"tags,omitempty"`
	Note       string      `json:"note,omitempty"`
	Folder     string      `json:"folder,omitempty"`
	Run        int         `json:"run"`
	CreatedAt  time.Time   `json:"created_at"`
	StartedAt  *time.Time  `json:"started_at,omitempty"`
	FinishedAt *time.Time  `json:"finished_at,omitempty"`
	Images     []Image     `json:"images"`
}

// Params are the fields of a request beside prompt and model.
type Params struct {
	Width       int      `json:"width,omitempty"`
	Height      int      `json:"height,omitempty"`
	Size        int      `json:"size,omitempty"`
	Count       int      `json:"count,omitempty"`
	CoherentSet bool     `json:"coherent_set,omitempty"`
	Seed        *int64   `json:"seed,omitempty"`
	Scale       *float64 `json:"scale,omitempty"`
	UsePreLLM   *bool    `json:"use_pre_llm,omitempty"`
	MinRatio    *float64 `json:"min_ratio,omitempty"`
	MaxRatio    *float64 `json:"max_ratio,omitempty"`
}

// Image is a picture as an archive keeps it. Its files are named from the archive's
// root; a table of the history has none.
type Image struct {
	Job          int              `json:"job"`
	Status       task.ImageStatus `json:"status"`
	Seed         *int64           `json:"seed,omitempty"`
	Format       string           `json:"format,omitempty"`
	Width        int              `json:"width,omitempty"`
	Height       int              `json:"height,omitempty"`
	Label        *task.Label      `json:"label,omitempty"`
	Failure      *task.Failure    `json:"failure,omitempty"`
	File         string           `json:"file,omitempty"`
	SHA256       string           `json:"sha256,omitempty"` // of the file, in hex
	Bytes        int64            `json:"bytes,omitempty"`
	Thumbnail    string           `json:"thumbnail,omitempty"`
	ThumbnailSum string           `json:"thumbnail_sha256,omitempty"`
	// Missing is set where the picture's file was not to be found.
	Missing bool `json:"missing,omitempty"`
}

func newTask(t *task.Task) Task {
	p := t.Params
	out := Task{
		ID: t.ID, Status: t.Status, Prompt: p.Prompt, Typed: t.Typed, Model: p.Model, Parent: t.Parent,
		Params: Params{
			Width: p.Width, Height: p.Height, Size: p.Size, Count: p.Count, CoherentSet: p.CoherentSet,
			Seed: p.Seed, Scale: p.Scale, UsePreLLM: p.UsePreLLM, MinRatio: p.MinRatio, MaxRatio: p.MaxRatio,
		},
		Favourite: t.Favourite, Tags: t.Tags, Note: t.Note, Folder: t.Folder, Run: t.Run,
		CreatedAt: t.CreatedAt.UTC(), StartedAt: given(t.StartedAt), FinishedAt: given(t.FinishedAt), Images: []Image{},
	}
	for _, im := range t.Images {
		out.Images = append(out.Images, Image{
			Job: im.Job, Status: im.Status, Seed: im.Seed, Format: im.Format, Width: im.Width, Height: im.Height,
			Label: im.Label, Failure: im.Failure, Bytes: im.Bytes,
		})
	}
	return out
}

func given(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func sum(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}
