// Package metrics writes CloudWatch's embedded metric format: a JSON line in the
// function's log that CloudWatch makes metrics of, so that measuring costs no call.
// It watches the parts from outside, at their interfaces; none of them knows of it.
//
// Metrics of the namespace volcimage, for each stack:
//
//	Steps, StepErrors   steps taken, and those of them that failed
//	StepMilliseconds    what a step took
//	LateSeconds         how long after its time a step was begun: the queue's age
//	ProviderSeconds     what the provider took for a picture
//	ProviderCalls       calls that may cost money
//	PicturesOrdered     calls that people asked for; calls beyond these were retries
//	ProviderErrors      also by code
//	UnknownCodes        codes of the provider that are in no table
//	JobsOverdue         jobs that should have been taken on five minutes ago
//	JobsHinted          jobs that the janitor hinted again
//	TasksRemoved        tasks removed by age or space
//	OrphansRemoved      objects that no row named
//	PicturesGone        pictures whose object was found missing
package metrics

import (
	"encoding/json"
	"io"
	"sync"
	"time"

	"volcimage/internal/task"
)

// Namespace is where the metrics are.
const Namespace = "volcimage"

// Recorder writes metrics. Any number of goroutines may use it.
type Recorder struct {
	mu    sync.Mutex
	w     io.Writer
	stack string
	now   func() time.Time
}

// New writes to w the metrics of a stack. Each line is one Write.
func New(w io.Writer, stack string, now func() time.Time) *Recorder {
	return &Recorder{w: w, stack: stack, now: now}
}

// Units as CloudWatch knows them.
const (
	count        = "Count"
	seconds      = "Seconds"
	milliseconds = "Milliseconds"
)

// value is one measurement.
type value struct {
	name string
	unit string
	n    float64
}

// line is a line's part that tells CloudWatch what is what.
type line struct {
	Timestamp         int64       `json:"Timestamp"` // ms since 1970
	CloudWatchMetrics []directive `json:"CloudWatchMetrics"`
}

type directive struct {
	Namespace  string       `json:"Namespace"`
	Dimensions [][]string   `json:"Dimensions"`
	Metrics    []definition `json:"Metrics"`
}

type definition struct {
	Name string `json:"Name"`
	Unit string `json:"Unit"`
}

// write writes one line. Where code is set, the values are counted by it too.
// A line that cannot be written is lost: there is nowhere to say so.
func (r *Recorder) write(code task.Code, values ...value) {
	d := directive{Namespace: Namespace, Dimensions: [][]string{{"Stack"}}}
	fields := map[string]any{"Stack": r.stack}
	if code != "" {
		d.Dimensions = append(d.Dimensions, []string{"Stack", "Code"})
		fields["Code"] = code
	}
	for _, v := range values {
		d.Metrics = append(d.Metrics, definition{v.name, v.unit})
		fields[v.name] = v.n
	}
	fields["_aws"] = line{Timestamp: r.now().UnixMilli(), CloudWatchMetrics: []directive{d}}
	text, err := json.Marshal(fields)
	if err != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	_, _ = r.w.Write(append(text, '\n'))
}
