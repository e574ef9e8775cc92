package visual

import (
	"encoding/json"
	"slices"
	"strings"

	"volcimage/internal/task"
)

// jobID stands, in a number that pictures are labelled with, for the provider's own
// id of the job: no two pictures have the same, but those of a coherent set.
const jobID = "{id}"

// logoInfo is the visible mark in the vendor's words.
type logoInfo struct {
	AddLogo  bool    `json:"add_logo"`
	Position int     `json:"position,omitempty"` // 0 bottom right, then clockwise to 3
	Language int     `json:"language,omitempty"` // 0 Chinese, 1 English
	Opacity  float64 `json:"opacity,omitempty"`
	Text     string  `json:"logo_text_content,omitempty"`
}

// aigcMeta is the implicit label in the vendor's words.
type aigcMeta struct {
	ProducerID        string `json:"producer_id"`
	ContentProducer   string `json:"content_producer,omitempty"`
	ContentPropagator string `json:"content_propagator,omitempty"`
	PropagateID       string `json:"propagate_id,omitempty"`
}

// resultOptions goes into a string, by the vendor's rule. Without return_url the
// pictures themselves come back; the visible mark is left off by default, but said
// all the same.
type resultOptions struct {
	ReturnURL bool      `json:"return_url"`
	LogoInfo  logoInfo  `json:"logo_info"`
	AIGCMeta  *aigcMeta `json:"aigc_meta,omitempty"`
}

// labelled is the label that the pictures of a job get, nil for none of ours.
func labelled(l task.Label, id string) *task.Label {
	if l == (task.Label{}) {
		return nil
	}
	l.ProduceID = strings.ReplaceAll(l.ProduceID, jobID, id)
	l.PropagateID = strings.ReplaceAll(l.PropagateID, jobID, id)
	return &l
}

func resultBody(model, id string, l *task.Label) (map[string]any, error) {
	o := resultOptions{ReturnURL: true}
	if l != nil && l.ProduceID != "" {
		o.AIGCMeta = &aigcMeta{l.ProduceID, l.ContentProducer, l.ContentPropagator, l.PropagateID}
	}
	if l != nil && l.Mark != nil {
		m := *l.Mark
		o.LogoInfo = logoInfo{AddLogo: true, Position: max(0, slices.Index(task.MarkPositions, m.Position)), Opacity: m.Opacity, Text: m.Text}
		if m.Language == "en" {
			o.LogoInfo.Language = 1
		}
	}
	options, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	return map[string]any{"req_key": model, "task_id": id, "req_json": string(options)}, nil
}
