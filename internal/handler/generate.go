package handler

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"volcimage/internal/task"
)

// Step does one step of one job; nil means that its message may be deleted.
type Step func(ctx context.Context, r task.Ref) error

// Others are the steps that are no job's, by the [task.Ref.N] that hints at them.
type Others map[int]Step

// Steps carries out the step of a job, or one of the others.
func Steps(job Step, others Others) Step {
	return func(ctx context.Context, r task.Ref) error {
		if other := others[r.N]; other != nil {
			return other(ctx, r)
		}
		return job(ctx, r)
	}
}

// steps are the numbers that others may have.
var steps = []int{task.IndexStep, task.ExportStep, task.ImportStep, task.RestStep}

// maxHint is in bytes; a hint is about 70.
const maxHint = 1 << 10

const (
	maxOwner = 128 // bytes of an owner's name
	maxJob   = 999 // far above the jobs that a task can have
)

// hint is a message of the work queue. It holds nothing but the job's name: the
// row says what is to be done.
type hint struct {
	Owner *task.Owner `json:"owner"`
	Task  *task.ID    `json:"task"`
	Job   *int        `json:"job"`
}

// Generate carries out the steps that the queue's messages hint at. A step that
// failed is answered as a failed item and comes again; a message that is none is
// logged and given up, for it would never become one.
//
// The list of failed items is never nil, which would be JSON's null, and has no
// empty id, which would fail the whole batch.
func Generate(step Step, log *slog.Logger) func(context.Context, events.SQSEvent) (events.SQSEventResponse, error) {
	return func(ctx context.Context, e events.SQSEvent) (events.SQSEventResponse, error) {
		answer := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
		bad := 0
		for _, m := range e.Records {
			ref, err := parseHint(m.Body)
			if err != nil {
				bad++
				log.ErrorContext(ctx, "message is no hint", "message_id", m.MessageId, "bytes", len(m.Body), "error", err)
				continue
			}
			if err := observed(ctx, step, ref, m.MessageId, log); err == nil {
				continue
			}
			if m.MessageId == "" {
				return answer, fmt.Errorf("step of %s/%d: failed, and its message has no id", ref.Task, ref.N)
			}
			answer.BatchItemFailures = append(answer.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: m.MessageId})
		}
		if bad > 0 {
			log.ErrorContext(ctx, "messages given up", "bad_messages", bad, "messages", len(e.Records))
		}
		return answer, nil
	}
}

// parseHint reads a message's body strictly.
func parseHint(body string) (task.Ref, error) {
	if len(body) > maxHint {
		return task.Ref{}, errors.New("too long")
	}
	d := json.NewDecoder(strings.NewReader(body))
	d.DisallowUnknownFields()
	var h hint
	if err := d.Decode(&h); err != nil {
		return task.Ref{}, fmt.Errorf("parse: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return task.Ref{}, errors.New("data behind the object")
	}
	switch {
	case h.Owner == nil || *h.Owner == "" || len(*h.Owner) > maxOwner:
		return task.Ref{}, errors.New("no owner, or none that can be")
	case h.Task == nil || !h.Task.Valid():
		return task.Ref{}, errors.New("no task, or none that can be")
	case h.Job == nil || *h.Job < 0 || *h.Job > maxJob && !slices.Contains(steps, *h.Job):
		return task.Ref{}, errors.New("no job, or none that can be")
	}
	return task.Ref{Owner: *h.Owner, Task: *h.Task, N: *h.Job}, nil
}

// observed carries out one step and writes its line.
func observed(ctx context.Context, step Step, r task.Ref, messageID string, log *slog.Logger) error {
	began := time.Now()
	ctx = task.WithRequest(ctx, "") // the job's row says which
	err := ctx.Err()                // no time left: the rest of the batch comes again
	if err == nil {
		err = caught(ctx, func(ctx context.Context) error { return step(ctx, r) }, log)
	}
	level, outcome := slog.LevelInfo, "ok"
	attrs := []slog.Attr{
		slog.String("task_id", string(r.Task)), slog.Int("job", r.N),
		slog.Int64("ms", time.Since(began).Milliseconds()), slog.String("message_id", messageID),
		slog.String("request_id", task.RequestOf(ctx)), slog.String("invocation_id", invocationID(ctx)),
	}
	if err != nil {
		level, outcome = slog.LevelError, "failed"
		attrs = append(attrs, slog.Any("error", err))
	}
	log.LogAttrs(ctx, level, "step", append(attrs, slog.String("outcome", outcome))...)
	return err
}

// invocationID names the function's invocation, empty outside of one.
func invocationID(ctx context.Context) string {
	if c, ok := lambdacontext.FromContext(ctx); ok {
		return c.AwsRequestID
	}
	return ""
}

// caught makes a panic of do an error, its stack for the log.
func caught(ctx context.Context, do func(context.Context) error, log *slog.Logger) (err error) {
	defer func() {
		if v := recover(); v != nil {
			log.ErrorContext(ctx, "panic", "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	return do(ctx)
}
