package sqs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"volcimage/internal/task"
)

const (
	// batchSize is the most that SQS takes or gives in one request.
	batchSize = 10
	// maxRedrive bounds one redrive.
	maxRedrive = 10_000
	// hiddenFor is how long a dead letter is out of others' sight while it is shown
	// or sent anew.
	hiddenFor = 60 // seconds
)

// DeadLetters looks after the messages that were received too often.
type DeadLetters struct {
	client            *sqs.Client
	queueURL, deadURL string
}

// NewDeadLetters looks after the queue at deadURL, whose messages belong to the
// queue at queueURL.
func NewDeadLetters(client *sqs.Client, queueURL, deadURL string) *DeadLetters {
	return &DeadLetters{client: client, queueURL: queueURL, deadURL: deadURL}
}

// DeadLetter is a message that was received too often.
type DeadLetter struct {
	ID     string
	Body   string
	Ref    task.Ref // zero where the body is not a hint's
	SentAt time.Time
}

// Depth asks how many dead letters there are.
func (d *DeadLetters) Depth(ctx context.Context) (Depth, error) {
	return depth(ctx, d.client, d.deadURL)
}

// List shows up to ten dead letters, in no order, and leaves them where they are.
func (d *DeadLetters) List(ctx context.Context) ([]DeadLetter, error) {
	messages, err := d.receive(ctx)
	if err == nil {
		err = d.show(ctx, messages)
	}
	if err != nil {
		return nil, err
	}
	letters := make([]DeadLetter, len(messages))
	for i, m := range messages {
		letters[i] = DeadLetter{ID: aws.ToString(m.MessageId), Body: aws.ToString(m.Body), SentAt: sentAt(m)}
		var h hint
		if err := json.Unmarshal([]byte(letters[i].Body), &h); err == nil {
			letters[i].Ref = task.Ref{Owner: h.Owner, Task: h.Task, N: h.Job}
		}
	}
	return letters, nil
}

// sentAt is when a message was sent first; zero where SQS does not say.
func sentAt(m types.Message) time.Time {
	ms, err := strconv.ParseInt(m.Attributes[string(types.MessageSystemAttributeNameSentTimestamp)], 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// receive takes up to ten dead letters out of others' sight for a while.
func (d *DeadLetters) receive(ctx context.Context) ([]types.Message, error) {
	out, err := d.client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: &d.deadURL, MaxNumberOfMessages: batchSize, VisibilityTimeout: hiddenFor,
		WaitTimeSeconds:             1, // asks all of SQS's servers; without it a message may be missed
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameSentTimestamp},
	})
	if err != nil {
		return nil, fmt.Errorf("receive dead letters: %w", classed(err))
	}
	return out.Messages, nil
}

// show ends the time that messages are hidden. A receive cannot ask for none: the
// SDK leaves a zero out, and SQS then takes the queue's own.
func (d *DeadLetters) show(ctx context.Context, messages []types.Message) error {
	if len(messages) == 0 {
		return nil
	}
	var entries []types.ChangeMessageVisibilityBatchRequestEntry
	for i, m := range messages {
		entries = append(entries, types.ChangeMessageVisibilityBatchRequestEntry{Id: entryID(i), ReceiptHandle: m.ReceiptHandle})
	}
	out, err := d.client.ChangeMessageVisibilityBatch(ctx, &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &d.deadURL, Entries: entries})
	if err != nil {
		return fmt.Errorf("show dead letters again: %w", classed(err))
	}
	return failures(out.Failed)
}

// Redrive sends the dead letters anew, until none is seen any more, and tells how
// many there were. Each is sent first and deleted then: one that comes twice, should
// this end in between, does nothing. SQS's own StartMessageMoveTask goes on after the
// call, does not say which messages failed, and is not everywhere.
func (d *DeadLetters) Redrive(ctx context.Context) (n int, err error) {
	for n < maxRedrive {
		messages, err := d.receive(ctx)
		if err != nil || len(messages) == 0 {
			return n, err
		}
		moved, err := d.move(ctx, messages)
		n += moved
		if err != nil {
			return n, fmt.Errorf("redrive, after %d messages: %w", n, err)
		}
	}
	return n, nil
}

func (d *DeadLetters) move(ctx context.Context, messages []types.Message) (n int, err error) {
	var send []types.SendMessageBatchRequestEntry
	for i, m := range messages {
		send = append(send, types.SendMessageBatchRequestEntry{Id: entryID(i), MessageBody: m.Body})
	}
	sent, err := d.client.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: &d.queueURL, Entries: send})
	if err != nil {
		return 0, classed(err)
	}
	var gone []types.DeleteMessageBatchRequestEntry
	for _, s := range sent.Successful {
		i, err := strconv.Atoi(aws.ToString(s.Id))
		if err != nil || i < 0 || i >= len(messages) {
			return 0, fmt.Errorf("an answer about message %q, which was not sent", aws.ToString(s.Id))
		}
		gone = append(gone, types.DeleteMessageBatchRequestEntry{Id: s.Id, ReceiptHandle: messages[i].ReceiptHandle})
	}
	if err := d.delete(ctx, gone); err != nil {
		return len(gone), err
	}
	return len(gone), failures(sent.Failed)
}

func (d *DeadLetters) delete(ctx context.Context, gone []types.DeleteMessageBatchRequestEntry) error {
	if len(gone) == 0 {
		return nil
	}
	out, err := d.client.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: &d.deadURL, Entries: gone})
	if err != nil {
		return classed(err)
	}
	return failures(out.Failed)
}

func entryID(i int) *string { return aws.String(strconv.Itoa(i)) }

// failures joins what SQS said of the entries of a batch that it refused.
func failures(all []types.BatchResultErrorEntry) error {
	var err error
	for _, f := range all {
		err = errors.Join(err, fmt.Errorf("%s: %s", aws.ToString(f.Code), aws.ToString(f.Message)))
	}
	return err
}
