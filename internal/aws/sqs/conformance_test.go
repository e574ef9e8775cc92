package sqs_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"volcimage/internal/aws/awstest"
	"volcimage/internal/aws/sqs"
	"volcimage/internal/conformance"
	"volcimage/internal/task"
)

func TestQueueKeepsItsPromises(t *testing.T) {
	conformance.Queue(t, func(t *testing.T) conformance.QueueUnderTest { return open(t) },
		func(t *testing.T, f func(*testing.T)) { t.Parallel(); f(t) }) // it goes by its own clock
}

// queue is a queue as Lambda sees it, which receives and deletes in our stead.
type queue struct {
	*sqs.Hints
	dead    *sqs.DeadLetters
	client  *sdk.Client
	url     string
	deadURL string
}

// open makes a queue of its own for the test, with its dead letters.
func open(t *testing.T) queue {
	t.Helper()
	client := sdk.NewFromConfig(awstest.Config(t, "SQS"))
	name := rand.Text()
	deadURL := create(t, client, name+"-dead", nil)
	out, err := client.GetQueueAttributes(t.Context(), &sdk.GetQueueAttributesInput{
		QueueUrl: &deadURL, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameQueueArn},
	})
	if err != nil {
		t.Fatalf("ask for the dead letters' ARN: %v", err)
	}
	url := create(t, client, name, map[string]string{
		"VisibilityTimeout": strconv.Itoa(int(conformance.QueueVisibility.Seconds())),
		"RedrivePolicy":     fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":%d}`, out.Attributes["QueueArn"], conformance.QueueMaxReceive),
	})
	return queue{sqs.New(client, url), sqs.NewDeadLetters(client, url, deadURL), client, url, deadURL}
}

func create(t *testing.T, client *sdk.Client, name string, attributes map[string]string) string {
	t.Helper()
	out, err := client.CreateQueue(t.Context(), &sdk.CreateQueueInput{QueueName: &name, Attributes: attributes})
	if err != nil {
		t.Fatalf("create queue %s: %v", name, err)
	}
	return *out.QueueUrl
}

func (q queue) Receive(ctx context.Context, limit int) ([]conformance.Message, error) {
	out, err := q.client.ReceiveMessage(ctx, &sdk.ReceiveMessageInput{
		QueueUrl: &q.url, MaxNumberOfMessages: int32(limit), MessageSystemAttributeNames: []types.MessageSystemAttributeName{"All"},
	})
	if err != nil {
		return nil, err
	}
	var all []conformance.Message
	for _, m := range out.Messages {
		var body struct {
			Owner task.Owner
			Task  task.ID
			Job   int
		}
		if err := json.Unmarshal([]byte(*m.Body), &body); err != nil {
			return nil, err
		}
		count, err := strconv.Atoi(m.Attributes["ApproximateReceiveCount"])
		if err != nil {
			return nil, err
		}
		sent, err := strconv.ParseInt(m.Attributes["SentTimestamp"], 10, 64)
		if err != nil {
			return nil, err
		}
		all = append(all, conformance.Message{
			ID: *m.MessageId, Receipt: *m.ReceiptHandle, Body: *m.Body, ReceiveCount: count, SentAt: time.UnixMilli(sent),
			Ref: task.Ref{Owner: body.Owner, Task: body.Task, N: body.Job},
		})
	}
	return all, nil
}

func (q queue) Delete(ctx context.Context, receipts ...string) error {
	for _, r := range receipts {
		_, err := q.client.DeleteMessage(ctx, &sdk.DeleteMessageInput{QueueUrl: &q.url, ReceiptHandle: &r})
		// ElasticMQ says so of a message that was deleted before, where SQS answers success.
		var gone *types.ReceiptHandleIsInvalid
		if err != nil && !errors.As(err, &gone) {
			return err
		}
	}
	return nil
}

func (q queue) ChangeVisibility(ctx context.Context, receipt string, d time.Duration) error {
	_, err := q.client.ChangeMessageVisibility(ctx, &sdk.ChangeMessageVisibilityInput{
		QueueUrl: &q.url, ReceiptHandle: &receipt, VisibilityTimeout: int32(d.Seconds()),
	})
	return err
}

func (q queue) DeadLetters(ctx context.Context) ([]conformance.Message, error) {
	letters, err := q.dead.List(ctx)
	var all []conformance.Message
	for _, l := range letters {
		all = append(all, conformance.Message{ID: l.ID, Ref: l.Ref, Body: l.Body, SentAt: l.SentAt})
	}
	return all, err
}

func (q queue) Redrive(ctx context.Context) error {
	_, err := q.dead.Redrive(ctx)
	return err
}

func TestDepth(t *testing.T) {
	q := open(t)
	for n, delay := range []time.Duration{0, 0, time.Minute} {
		if err := q.Send(t.Context(), task.Ref{Owner: "o", Task: "t", N: n}, delay); err != nil {
			t.Fatalf("Send: %v", err)
		}
	}
	if _, err := q.Receive(t.Context(), 1); err != nil {
		t.Fatalf("Receive: %v", err)
	}
	got, err := q.Depth(t.Context())
	if want := (sqs.Depth{Visible: 1, Hidden: 2}); err != nil || got != want {
		t.Errorf("Depth of one that can be received, one received, one delayed: %+v, %v, want %+v", got, err, want)
	}
	if err := q.Ping(t.Context()); err != nil {
		t.Errorf("Ping: %v", err)
	}
	if err := sqs.New(q.client, q.url+"-none").Ping(t.Context()); err == nil {
		t.Error("Ping of a queue that is not there: no error")
	}
}

// Ten go into one request: more show that the rest is not forgotten.
func TestRedriveMovesAll(t *testing.T) {
	q := open(t)
	const n = 23
	for i := range n {
		body := fmt.Sprintf(`{"owner":"o","task":"t","job":%d}`, i)
		if i == 0 {
			body = "not a hint"
		}
		if _, err := q.client.SendMessage(t.Context(), &sdk.SendMessageInput{QueueUrl: aws.String(q.deadURL), MessageBody: &body}); err != nil {
			t.Fatalf("send a dead letter: %v", err)
		}
	}
	if got, err := q.dead.Depth(t.Context()); err != nil || got.Visible != n {
		t.Errorf("Depth before: %+v, %v, want %d", got, err, n)
	}
	if letters, err := q.dead.List(t.Context()); err != nil || len(letters) != 10 {
		t.Errorf("List: %d letters, %v, want 10", len(letters), err)
	}
	got, err := q.dead.Redrive(t.Context())
	if err != nil || got != n {
		t.Errorf("Redrive: %d, %v, want %d", got, err, n)
	}
	if got, err := q.dead.Depth(t.Context()); err != nil || got != (sqs.Depth{}) {
		t.Errorf("dead letters afterwards: %+v, %v, want none", got, err)
	}
	if got, err := q.Depth(t.Context()); err != nil || got.Visible != n {
		t.Errorf("the queue afterwards: %+v, %v, want %d", got, err, n)
	}
}
