package dynamo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go/logging"

	"volcimage/internal/task"
)

// What DynamoDB Local cannot be made to answer is played here: the real client
// talks to a script, in virtual time. The answers are as the API reference has them.

// answer is what DynamoDB says to one request; a nil one is lost on its way.
type answer func(r request) (status int, body string)

type request struct {
	operation string
	body      map[string]any
}

// scripted plays the answers one after the other, the last one for ever.
type scripted struct {
	answers  []answer
	mu       sync.Mutex
	requests []request
}

func (s *scripted) Do(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	req := request{operation: operation}
	if err := json.NewDecoder(r.Body).Decode(&req.body); err != nil {
		return nil, err
	}
	s.mu.Lock()
	a := s.answers[min(len(s.requests), len(s.answers)-1)]
	s.requests = append(s.requests, req)
	s.mu.Unlock()
	if a == nil {
		return nil, io.ErrUnexpectedEOF
	}
	status, body := a(req)
	return &http.Response{
		StatusCode: status, Body: io.NopCloser(strings.NewReader(body)), Request: r,
		Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
	}, nil
}

func ok(body string) answer { return func(request) (int, string) { return http.StatusOK, body } }

func refusal(status int, kind, more string) answer {
	return func(request) (int, string) {
		return status, fmt.Sprintf(`{"__type":"com.amazonaws.dynamodb.v20120810#%s","message":"as the reference has it"%s}`, kind, more)
	}
}

// cancelled is a transaction's answer with a reason for each of its rows.
func cancelled(reasons ...string) answer {
	var list []string
	for _, r := range reasons {
		list = append(list, fmt.Sprintf(`{"Code":%q}`, r))
	}
	return refusal(http.StatusBadRequest, "TransactionCanceledException", `,"CancellationReasons":[`+strings.Join(list, ",")+`]`)
}

var throttling = refusal(http.StatusBadRequest, "ThrottlingException", "")

// play runs f against a store whose DynamoDB gives these answers.
func play(t *testing.T, f func(*testing.T, *Store, *scripted), answers ...answer) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{answers: answers}
		client := dynamodb.New(dynamodb.Options{
			Region: "us-east-1", HTTPClient: s, Logger: logging.Nop{},
			Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
		})
		f(t, New(client, "tasks"), s)
	})
}

func wantKind(t *testing.T, doing string, err error, want task.Kind) {
	t.Helper()
	if got := task.KindOf(err); err == nil || got != want {
		t.Errorf("%s: %v of kind %d, want kind %d", doing, err, got, want)
	}
}

func oneJob() task.Change {
	return task.Change{Jobs: []*task.Job{{Ref: task.Ref{Owner: "o", Task: "T"}, Version: 3, Status: task.JobReady}}}
}

func jobAndSlots() task.Change {
	c := oneJob()
	c.Slots = &task.Slots{Version: 2}
	c.Spend = task.Spend{Day: "2026-03-14", Images: 1, Limit: 5}
	return c
}

// A put has no token: when its answer is lost, the SDK's own retry finds the row
// changed, by the put itself.
func TestLostAnswerToASingleWrite(t *testing.T) {
	var writer any
	first := func(r request) (int, string) {
		writer = r.body["Item"].(map[string]any)[attrWriter]
		return http.StatusInternalServerError, `{}`
	}
	second := func(r request) (int, string) {
		there, err := json.Marshal(writer)
		if err != nil {
			return http.StatusInternalServerError, err.Error()
		}
		return refusal(http.StatusBadRequest, "ConditionalCheckFailedException", fmt.Sprintf(`,"Item":{"version":{"N":"4"},"writer":%s}`, there))(r)
	}
	play(t, func(t *testing.T, s *Store, script *scripted) {
		c := oneJob()
		if err := s.Save(t.Context(), c); err != nil {
			t.Errorf("Save, carried out by its first try: %v", err)
		}
		if c.Jobs[0].Version != 4 || len(script.requests) != 2 {
			t.Errorf("version %d after %d requests, want 4 after 2", c.Jobs[0].Version, len(script.requests))
		}
	}, first, second)
}

func TestSingleWriteRefused(t *testing.T) {
	for what, more := range map[string]string{
		"by another's single write": `,"Item":{"version":{"N":"4"},"writer":{"S":"another"}}`,
		"by another's transaction":  `,"Item":{"version":{"N":"4"}}`,
		"because it is gone":        ``,
	} {
		play(t, func(t *testing.T, s *Store, _ *scripted) {
			c := oneJob()
			err := s.Save(t.Context(), c)
			wantKind(t, "Save of a row changed "+what, err, task.Conflict)
			if c.Jobs[0].Version != 3 {
				t.Errorf("the version in hand became %d", c.Jobs[0].Version)
			}
		}, refusal(http.StatusBadRequest, "ConditionalCheckFailedException", more))
	}
}

func TestBusyRowsAreTriedAgain(t *testing.T) {
	busy := refusal(http.StatusBadRequest, "TransactionConflictException", "")
	play(t, func(t *testing.T, s *Store, script *scripted) {
		if err := s.Save(t.Context(), oneJob()); err != nil || len(script.requests) != 3 {
			t.Errorf("a single write: %v after %d requests, want it done by the third", err, len(script.requests))
		}
	}, busy, busy, ok(`{}`))
	met := cancelled("None", "TransactionConflict", "None")
	play(t, func(t *testing.T, s *Store, script *scripted) {
		if err := s.Save(t.Context(), jobAndSlots()); err != nil || len(script.requests) != 3 {
			t.Errorf("a transaction: %v after %d requests, want it done by the third", err, len(script.requests))
		}
		if a, b := script.requests[0].body["ClientRequestToken"], script.requests[1].body["ClientRequestToken"]; a == b {
			t.Errorf("the second try has the first one's token %v: it would be answered, not carried out", a)
		}
	}, met, met, ok(`{}`))
	play(t, func(t *testing.T, s *Store, script *scripted) {
		err := s.Save(t.Context(), jobAndSlots())
		wantKind(t, "rows busy for ever", err, task.Conflict)
		if task.CodeOf(err) != task.ErrConflict.Code || len(script.requests) != tries {
			t.Errorf("%v after %d requests, want a conflict after %d", err, len(script.requests), tries)
		}
	}, met)
}

func TestReasonsOfACancelledTransaction(t *testing.T) {
	const none, refused, busy = "None", "ConditionalCheckFailed", "TransactionConflict"
	for _, c := range []struct {
		reasons []string // of job, slots, spend
		want    *task.Error
	}{
		{[]string{refused, none, none}, task.ErrConflict},
		{[]string{none, refused, none}, task.ErrConflict},
		{[]string{none, none, refused}, task.ErrDailyLimit},
		{[]string{none, refused, refused}, task.ErrConflict},
		{[]string{busy, none, refused}, task.ErrDailyLimit},
		{[]string{none, "ThrottlingError", none}, &task.Error{Kind: task.Unavailable, Code: "unavailable"}},
		{[]string{"ProvisionedThroughputExceeded", none, none}, &task.Error{Kind: task.Unavailable, Code: "unavailable"}},
		{[]string{none, "ItemCollectionSizeLimitExceeded", none}, &task.Error{Kind: task.Internal}},
		{[]string{none, "ValidationError", none}, &task.Error{Kind: task.Internal}},
	} {
		play(t, func(t *testing.T, s *Store, _ *scripted) {
			err := s.Save(t.Context(), jobAndSlots())
			if err == nil || task.KindOf(err) != c.want.Kind || task.CodeOf(err) != c.want.Code {
				t.Errorf("reasons %q: %v, want kind and code of %v", c.reasons, err, c.want)
			}
		}, cancelled(c.reasons...))
	}
}

func TestFailuresThatPass(t *testing.T) {
	for what, a := range map[string]answer{
		"throttled":             throttling,
		"throughput exceeded":   refusal(http.StatusBadRequest, "ProvisionedThroughputExceededException", ""),
		"a fault of DynamoDB":   refusal(http.StatusInternalServerError, "InternalServerError", ""),
		"the network is broken": nil,
	} {
		play(t, func(t *testing.T, s *Store, script *scripted) {
			_, err := s.Task(t.Context(), "o", "T")
			wantKind(t, what+", reading", err, task.Unavailable)
			if len(script.requests) < 2 {
				t.Errorf("%s: tried once", what)
			}
			wantKind(t, what+", writing", s.Save(t.Context(), jobAndSlots()), task.Unavailable)
			_, err = s.List(t.Context(), task.Query{Owner: "o"})
			wantKind(t, what+", listing", err, task.Unavailable)
			_, err = s.Heads(t.Context())
			wantKind(t, what+", reading an index", err, task.Unavailable)
			wantKind(t, what+", at a ping", s.Ping(t.Context()), task.Unavailable)
		}, a)
	}
}

func TestOurOwnMistakesAreInternal(t *testing.T) {
	play(t, func(t *testing.T, s *Store, script *scripted) {
		wantKind(t, "Save", s.Save(t.Context(), oneJob()), task.Internal)
		if len(script.requests) != 1 {
			t.Errorf("tried %d times, want once", len(script.requests))
		}
	}, refusal(http.StatusBadRequest, "ValidationException", ""))
	play(t, func(t *testing.T, s *Store, _ *scripted) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := s.Task(ctx, "o", "T")
		if !errors.Is(err, context.Canceled) || task.KindOf(err) == task.Unavailable {
			t.Errorf("a call whose caller has gone: %v, want its context's end", err)
		}
	}, ok(`{}`))
}

// DynamoDB answers a part of a batch where it is busy, or the answer too large.
func TestRestOfABatchIsRead(t *testing.T) {
	part := func(r request) (int, string) {
		asked := r.body["RequestItems"].(map[string]any)["tasks"].(map[string]any)["Keys"].([]any)
		first := asked[0].(map[string]any)
		first["version"], first["created_at"] = map[string]any{"N": "1"}, map[string]any{"N": "1"}
		body := map[string]any{"Responses": map[string]any{"tasks": []any{first}}}
		if rest := asked[1:]; len(rest) > 0 {
			body["UnprocessedKeys"] = map[string]any{"tasks": map[string]any{"Keys": rest, "ConsistentRead": true}}
		}
		b, err := json.Marshal(body)
		if err != nil {
			return http.StatusInternalServerError, err.Error()
		}
		return http.StatusOK, string(b)
	}
	play(t, func(t *testing.T, s *Store, script *scripted) {
		got, err := s.Tasks(t.Context(), "o", []task.ID{"C", "A", "B", "A"})
		var ids []task.ID
		for _, tk := range got {
			ids = append(ids, tk.ID)
		}
		if err != nil || fmt.Sprint(ids) != "[C A B A]" || len(script.requests) != 3 {
			t.Errorf("read %v, %v in %d requests, want [C A B A] in 3", ids, err, len(script.requests))
		}
	}, part)
	play(t, func(t *testing.T, s *Store, script *scripted) {
		_, err := s.Tasks(t.Context(), "o", []task.ID{"A"})
		wantKind(t, "a batch that is never read", err, task.Unavailable)
		if len(script.requests) != tries {
			t.Errorf("%d requests, want %d", len(script.requests), tries)
		}
	}, ok(`{"Responses":{},"UnprocessedKeys":{"tasks":{"Keys":[{"PK":{"S":"O#o"},"SK":{"S":"T#A"}}]}}}`))
}

// Whatever a submission was refused for, the key it was made under comes first.
func TestSubmissionRefusedWithAKey(t *testing.T) {
	sub := task.Submission{Task: task.Task{Owner: "o", ID: "T", CreatedAt: moment(1e18)}, Key: "k", Spend: task.Spend{Day: "2026-03-14", Images: 1, Limit: 1}}
	busy := cancelled("TransactionConflict", "None", "None")
	play(t, func(t *testing.T, s *Store, _ *scripted) {
		_, _, err := s.Create(t.Context(), sub)
		wantKind(t, "at the day's limit, the key unused", err, task.Limited)
	}, cancelled("None", "ConditionalCheckFailed", "None"), ok(`{}`))
	play(t, func(t *testing.T, s *Store, _ *scripted) {
		_, _, err := s.Create(t.Context(), sub)
		wantKind(t, "at the day's limit, the key not readable", err, task.Unavailable)
	}, cancelled("None", "ConditionalCheckFailed", "None"), throttling)
	play(t, func(t *testing.T, s *Store, script *scripted) {
		_, _, err := s.Create(t.Context(), sub)
		wantKind(t, "busy, then used for another request", err, task.Conflict)
		if task.CodeOf(err) != task.ErrKeyReused.Code || len(script.requests) != 3 {
			t.Errorf("%v after %d requests, want %v after 3", err, len(script.requests), task.ErrKeyReused)
		}
	}, busy, cancelled("ConditionalCheckFailed", "None", "None"),
		ok(`{"Item":{"PK":{"S":"I"},"SK":{"S":"-"},"task":{"S":"U"},"body_hash":{"B":"AQ=="},"created_at":{"N":"1000000000000000000"}}}`))
}

func TestDamagedRowsAreReported(t *testing.T) {
	odd := `{"PK":{"S":"J#0"},"SK":{"S":"odd"},"waiting":{"S":"odd"},"next_at":{"N":"1"}}`
	play(t, func(t *testing.T, s *Store, _ *scripted) {
		_, err := s.Jobs(t.Context(), "o", "T")
		wantKind(t, "Jobs", err, task.Internal)
		_, err = s.Due(t.Context(), moment(5), 10)
		wantKind(t, "Due", err, task.Internal)
		_, err = s.Heads(t.Context())
		wantKind(t, "Heads", err, task.Internal)
	}, ok(`{"Count":1,"ScannedCount":1,"Items":[`+odd+`]}`))
	play(t, func(t *testing.T, s *Store, _ *scripted) {
		_, err := s.Job(t.Context(), task.Ref{Owner: "o", Task: "T"})
		wantKind(t, "Job", err, task.Internal)
	}, ok(`{"Item":`+odd+`}`))
}

func TestEveryReadButPingIsConsistent(t *testing.T) {
	play(t, func(t *testing.T, s *Store, script *scripted) {
		ctx := t.Context()
		_, _ = s.Task(ctx, "o", "T")
		_, _ = s.Tasks(ctx, "o", []task.ID{"T"})
		_, _ = s.Job(ctx, task.Ref{})
		_, _ = s.Jobs(ctx, "o", "T")
		_, _ = s.Slots(ctx)
		_, _ = s.List(ctx, task.Query{Owner: "o"})
		_, _ = s.List(ctx, task.Query{Owner: "o", Statuses: []task.Status{task.Pending}})
		_, _ = s.Due(ctx, moment(1), 1)
		_, _ = s.Usage(ctx)
		_, _ = s.Key(ctx, "id")
		_, _ = s.Keys(ctx)
		for _, r := range script.requests {
			consistent := r.body["ConsistentRead"]
			if all, ok := r.body["RequestItems"].(map[string]any); ok {
				consistent = all["tasks"].(map[string]any)["ConsistentRead"]
			}
			if consistent != true {
				t.Errorf("%s %v: not consistent", r.operation, r.body)
			}
		}
		if want := 11 + 2*jobShards; len(script.requests) != want {
			t.Errorf("%d requests, want %d", len(script.requests), want)
		}
	}, ok(`{}`))
}

func TestNothingIsAskedForNothing(t *testing.T) {
	play(t, func(t *testing.T, s *Store, script *scripted) {
		if err := s.Save(t.Context(), task.Change{}); err != nil {
			t.Errorf("Save of an empty change: %v", err)
		}
		if got, err := s.Tasks(t.Context(), "o", nil); err != nil || len(got) != 0 {
			t.Errorf("Tasks of no ids: %v, %v", got, err)
		}
		if got, err := s.Due(t.Context(), moment(1), 0); err != nil || len(got) != 0 {
			t.Errorf("none that are due: %v, %v", got, err)
		}
		q := task.Query{Owner: "o", From: moment(2e18), To: moment(1e18)}
		if got, err := s.List(t.Context(), q); err != nil || len(got.Tasks) != 0 || got.Next != "" {
			t.Errorf("List of a time that ends before it begins: %v, %v", got, err)
		}
		if len(script.requests) != 0 {
			t.Errorf("%d requests", len(script.requests))
		}
	}, ok(`{}`))
}
