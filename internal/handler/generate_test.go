package handler_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/google/go-cmp/cmp"

	"volcimage/internal/handler"
	"volcimage/internal/task"
)

const id = "01KAZ3V5N8Q2W4E6R8T0YACDEF"

func hintBody(job int) string { return fmt.Sprintf(`{"owner":"local","task":%q,"job":%d}`, id, job) }

// queue sends messages to the function and answers its JSON, the steps it took
// and its log.
func queue(t *testing.T, ctx context.Context, step handler.Step, messages ...events.SQSMessage) (out string, steps []task.Ref, log string) {
	t.Helper()
	var buf bytes.Buffer
	f := lambda.NewHandler(handler.Generate(func(ctx context.Context, r task.Ref) error {
		steps = append(steps, r)
		return step(ctx, r)
	}, slog.New(slog.NewJSONHandler(&buf, nil))))
	in, err := json.Marshal(events.SQSEvent{Records: messages})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := f.Invoke(ctx, in)
	if err != nil {
		return "error: " + err.Error(), steps, buf.String()
	}
	return string(answer), steps, buf.String()
}

func good(context.Context, task.Ref) error { return nil }

const none = `{"batchItemFailures":[]}`

func TestGenerate(t *testing.T) {
	t.Run("a hint is one step of its job", func(t *testing.T) {
		ctx := lambdacontext.NewContext(t.Context(), &lambdacontext.LambdaContext{AwsRequestID: "inv-1"})
		out, steps, log := queue(t, ctx, func(ctx context.Context, _ task.Ref) error {
			task.NoteRequest(ctx, "r7")
			return nil
		}, events.SQSMessage{MessageId: "m1", Body: hintBody(2)})
		if d := cmp.Diff([]task.Ref{{Owner: "local", Task: id, N: 2}}, steps); d != "" || out != none {
			t.Errorf("answer %s, steps (-want +got):\n%s", out, d)
		}
		for _, part := range []string{`"msg":"step"`, `"task_id":"` + id + `"`, `"job":2`, `"ms":`, `"outcome":"ok"`, `"request_id":"r7"`, `"invocation_id":"inv-1"`} {
			if !strings.Contains(log, part) {
				t.Errorf("log lacks %s: %s", part, log)
			}
		}
		if strings.Count(log, "\n") != 1 {
			t.Errorf("more than one line: %s", log)
		}
	})
	t.Run("C09 only what failed comes again", func(t *testing.T) {
		out, steps, log := queue(t, t.Context(), func(_ context.Context, r task.Ref) error {
			if r.N == 1 {
				return errors.New("the table is away")
			}
			return nil
		}, events.SQSMessage{MessageId: "m0", Body: hintBody(0)}, events.SQSMessage{MessageId: "m1", Body: hintBody(1)}, events.SQSMessage{MessageId: "m2", Body: hintBody(2)})
		if out != `{"batchItemFailures":[{"itemIdentifier":"m1"}]}` || len(steps) != 3 || !strings.Contains(log, "the table is away") {
			t.Errorf("answer %s, steps %v, log %s", out, steps, log)
		}
	})
	t.Run("C09 a panic is a failed step, and the others go on", func(t *testing.T) {
		out, steps, log := queue(t, t.Context(), func(_ context.Context, r task.Ref) error {
			if r.N == 0 {
				panic("boom")
			}
			return nil
		}, events.SQSMessage{MessageId: "m0", Body: hintBody(0)}, events.SQSMessage{MessageId: "m1", Body: hintBody(1)})
		if out != `{"batchItemFailures":[{"itemIdentifier":"m0"}]}` || len(steps) != 2 || !strings.Contains(log, "boom") || !strings.Contains(log, "generate_test.go") {
			t.Errorf("answer %s, steps %v, log %s", out, steps, log)
		}
	})
	t.Run("C09 no messages are no failures", func(t *testing.T) {
		if out, _, _ := queue(t, t.Context(), good); out != none {
			t.Errorf("answer %s, want %s", out, none)
		}
	})
	t.Run("C09 a failed message without an id fails the batch instead of naming an empty one", func(t *testing.T) {
		out, _, _ := queue(t, t.Context(), func(context.Context, task.Ref) error { return errors.New("no") }, events.SQSMessage{Body: hintBody(0)})
		if !strings.HasPrefix(out, "error: ") {
			t.Errorf("answer %s, want an error", out)
		}
	})
	t.Run("what comes after the function's time is left for another one", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		out, steps, _ := queue(t, ctx, func(context.Context, task.Ref) error { cancel(); return nil },
			events.SQSMessage{MessageId: "m0", Body: hintBody(0)}, events.SQSMessage{MessageId: "m1", Body: hintBody(1)})
		if out != `{"batchItemFailures":[{"itemIdentifier":"m1"}]}` || len(steps) != 1 {
			t.Errorf("answer %s, steps %v", out, steps)
		}
	})
	t.Run("C13 what is no hint is logged, counted and never comes again", func(t *testing.T) {
		for _, body := range []string{
			"", "{}", "null", "[]", `"x"`, "{", hintBody(0) + "{}", hintBody(-1), hintBody(1001), strings.Repeat(" ", 2000) + hintBody(0),
			`{"owner":"local","task":"` + strings.ToLower(id) + `","job":0}`, `{"owner":"local","task":"nope","job":0}`, `{"owner":"","task":"` + id + `","job":0}`,
			`{"owner":"` + strings.Repeat("o", 129) + `","task":"` + id + `","job":0}`, `{"task":"` + id + `","job":0}`, `{"owner":"local","job":0}`,
			`{"owner":"local","task":"` + id + `"}`, `{"owner":"local","task":"` + id + `","job":"0"}`, `{"owner":"local","task":"` + id + `","job":0,"then":1}`,
			`{"owner":"local","task":"` + id + `","job":1.5}`,
		} {
			out, steps, log := queue(t, t.Context(), good, events.SQSMessage{MessageId: "m", Body: body}, events.SQSMessage{MessageId: "n", Body: hintBody(3)})
			if out != none || len(steps) != 1 || !strings.Contains(log, `"bad_messages":1`) || !strings.Contains(log, `"message_id":"m"`) {
				t.Errorf("%.60q: answer %s, steps %v, log %s", body, out, steps, log)
			}
		}
	})
}

func FuzzHintBody(f *testing.F) {
	for _, seed := range []string{"", "null", hintBody(0), hintBody(999), `{"owner":null,"task":"` + id + `","job":0}`, `{"OWNER":"x","task":"` + id + `","job":1e2}`, "{\"owner\":\"\xff\"}", "[[[["} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		var ran []task.Ref
		h := handler.Generate(func(_ context.Context, r task.Ref) error { ran = append(ran, r); return nil }, slog.New(slog.DiscardHandler))
		answer, err := h(t.Context(), events.SQSEvent{Records: []events.SQSMessage{{MessageId: "m", Body: body}}})
		if err != nil || answer.BatchItemFailures == nil || len(answer.BatchItemFailures) > 0 {
			t.Fatalf("%q: answer %+v, %v; it would come again", body, answer, err)
		}
		for _, r := range ran {
			if r.Owner == "" || !r.Task.Valid() || r.N < 0 || r.N > 999 || len(body) > 1024 {
				t.Errorf("%q made a step of %+v", body, r)
			}
		}
	})
}

func TestJanitor(t *testing.T) {
	for _, c := range []struct {
		name  string
		sweep func(context.Context) error
		want  string
	}{
		{"a sweep is logged", func(context.Context) error { return nil }, ""},
		{"a failed sweep is told", func(context.Context) error { return errors.New("the table is away") }, "the table is away"},
		{"a panic is a failed sweep", func(context.Context) error { panic("boom") }, "boom"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var log bytes.Buffer
			f := lambda.NewHandler(handler.Janitor(c.sweep, slog.New(slog.NewJSONHandler(&log, nil))))
			_, err := f.Invoke(t.Context(), []byte(`{"version":"0","id":"e1","detail-type":"Scheduled Event","source":"aws.events","time":"2026-11-30T08:00:00Z","detail":{}}`))
			if (err != nil) != (c.want != "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
			if !strings.Contains(log.String(), `"event_id":"e1"`) || !strings.Contains(log.String(), `"msg":"sweep"`) {
				t.Errorf("log %s", log.String())
			}
		})
	}
}
