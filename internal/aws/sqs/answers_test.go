package sqs_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/sqs"

	"volcimage/internal/aws/sqs"
	"volcimage/internal/task"
)

// scripted answers what ElasticMQ cannot be made to.
type scripted func(operation string, body map[string]any) (status int, answer string)

func (s scripted) Do(r *http.Request) (*http.Response, error) {
	var body map[string]any
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		return nil, err
	}
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	status, answer := s(operation, body)
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(answer)), Request: r}, nil
}

func fake(s scripted) *sdk.Client {
	return sdk.New(sdk.Options{
		Region: "us-east-1", HTTPClient: s, Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
		DisableMessageChecksumValidation: true,
	})
}

func TestSendRoundsUpAndCutsOff(t *testing.T) {
	for delay, want := range map[time.Duration]any{
		-time.Minute: nil, 0: nil, time.Nanosecond: 1., time.Second: 1., time.Second + 1: 2.,
		15 * time.Minute: 900., time.Hour: 900., // left out is the queue's own, which is none
	} {
		var sent map[string]any
		h := sqs.New(fake(func(_ string, body map[string]any) (int, string) { sent = body; return http.StatusOK, `{}` }), "https://sqs.test/1/q")
		if err := h.Send(t.Context(), task.Ref{Owner: "a<b>", Task: "T", N: 2}, delay); err != nil {
			t.Fatal(err)
		}
		if sent["DelaySeconds"] != want {
			t.Errorf("delay of %v: %v seconds, want %v", delay, sent["DelaySeconds"], want)
		}
		var body struct {
			Owner, Task string
			Job         int
		}
		if err := json.Unmarshal([]byte(sent["MessageBody"].(string)), &body); err != nil || body.Owner != "a<b>" || body.Task != "T" || body.Job != 2 {
			t.Errorf("body %v is read as %+v, %v", sent["MessageBody"], body, err)
		}
	}
}

func TestFailuresAreClassed(t *testing.T) {
	for status, want := range map[int]task.Kind{http.StatusServiceUnavailable: task.Unavailable, http.StatusBadRequest: task.Internal} {
		synctest.Test(t, func(t *testing.T) { // the SDK waits before it tries again
			client := fake(func(string, map[string]any) (int, string) {
				return status, `{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"none"}`
			})
			h, d := sqs.New(client, "https://sqs.test/1/q"), sqs.NewDeadLetters(client, "https://sqs.test/1/q", "https://sqs.test/1/d")
			_, listed := d.List(t.Context())
			_, redriven := d.Redrive(t.Context())
			for what, err := range map[string]error{
				"Send": h.Send(t.Context(), task.Ref{}, 0), "Ping": h.Ping(t.Context()), "List": listed, "Redrive": redriven,
			} {
				if err == nil || task.KindOf(err) != want {
					t.Errorf("%s, status %d: %v of kind %d, want kind %d", what, status, err, task.KindOf(err), want)
				}
			}
		})
	}
}

const twoLetters = `{"Messages":[{"MessageId":"1","ReceiptHandle":"r1","Body":"{}"},{"MessageId":"2","ReceiptHandle":"r2","Body":"{}"}]}`

// Only what was sent anew is deleted.
func TestRedriveKeepsWhatWasNotSent(t *testing.T) {
	var deleted []any
	client := fake(func(operation string, body map[string]any) (int, string) {
		switch operation {
		case "ReceiveMessage":
			return http.StatusOK, twoLetters
		case "SendMessageBatch":
			return http.StatusOK, `{"Successful":[{"Id":"1","MessageId":"n"}],"Failed":[{"Id":"0","Code":"Busy","Message":"later","SenderFault":false}]}`
		}
		deleted = append(deleted, body["Entries"])
		return http.StatusOK, `{"Successful":[{"Id":"1"}]}`
	})
	n, err := sqs.NewDeadLetters(client, "https://sqs.test/1/q", "https://sqs.test/1/d").Redrive(t.Context())
	if n != 1 || err == nil || !strings.Contains(err.Error(), "Busy: later") {
		t.Errorf("Redrive: %d, %v, want 1 and the other's error", n, err)
	}
	got, merr := json.Marshal(deleted)
	if want := `[[{"Id":"1","ReceiptHandle":"r2"}]]`; merr != nil || string(got) != want {
		t.Errorf("deleted %s, %v, want %s", got, merr, want)
	}
}

func TestRedriveStopsAtTheFirstError(t *testing.T) {
	for what, c := range map[string]struct{ send, remove string }{
		"an answer about another message": {send: `{"Successful":[{"Id":"7"}]}`},
		"a deletion that failed":          {send: `{"Successful":[{"Id":"0"},{"Id":"1"}]}`, remove: `{"Failed":[{"Id":"0","Code":"x","Message":"y"}]}`},
	} {
		rounds := 0
		client := fake(func(operation string, _ map[string]any) (int, string) {
			switch operation {
			case "ReceiveMessage":
				rounds++
				return http.StatusOK, twoLetters
			case "SendMessageBatch":
				return http.StatusOK, c.send
			}
			return http.StatusOK, c.remove
		})
		if _, err := sqs.NewDeadLetters(client, "https://sqs.test/1/q", "https://sqs.test/1/d").Redrive(t.Context()); err == nil || rounds != 1 {
			t.Errorf("%s: %v after %d rounds, want an error after 1", what, err, rounds)
		}
	}
}

func TestRedriveIsBounded(t *testing.T) {
	rounds := 0
	client := fake(func(operation string, _ map[string]any) (int, string) {
		if operation == "ReceiveMessage" {
			rounds++
			return http.StatusOK, twoLetters
		}
		return http.StatusOK, `{"Successful":[{"Id":"0"},{"Id":"1"}]}`
	})
	n, err := sqs.NewDeadLetters(client, "https://sqs.test/1/q", "https://sqs.test/1/d").Redrive(t.Context())
	if err != nil || n != 10_000 || rounds != 5_000 {
		t.Errorf("dead letters without end: %d moved in %d rounds, %v", n, rounds, err)
	}
}
