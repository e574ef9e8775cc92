package host

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

// Message is a message as a [Queue] hands it out.
type Message struct {
	ID string
	// Receipt names this delivery of it.
	Receipt      string
	Body         string
	ReceiveCount int
	SentAt       time.Time
}

// Queue is what a [Poller] needs of a queue with the rules of SQS.
type Queue interface {
	// Receive takes up to max messages, or fewer, and hides them for the queue's
	// visibility timeout.
	Receive(ctx context.Context, max int) ([]Message, error)
	Delete(ctx context.Context, receipts ...string) error
	// ChangeVisibility hides a received message for d from now; 0 shows it.
	ChangeVisibility(ctx context.Context, receipt string, d time.Duration) error
	// Next is when the next message becomes visible, which may be past; false
	// where there is none.
	Next(ctx context.Context) (at time.Time, ok bool, err error)
	// Changed has a value once a message may have become visible earlier than
	// Next said.
	Changed() <-chan struct{}
}

// sqsEvent is the event that the messages make.
func sqsEvent(batch []Message) events.SQSEvent {
	var e events.SQSEvent
	for _, m := range batch {
		e.Records = append(e.Records, events.SQSMessage{
			MessageId:     m.ID,
			ReceiptHandle: m.Receipt,
			Body:          m.Body,
			Attributes: map[string]string{
				"ApproximateReceiveCount": strconv.Itoa(m.ReceiveCount),
				"SentTimestamp":           strconv.FormatInt(m.SentAt.UnixMilli(), 10),
			},
			EventSource: "aws:sqs",
		})
	}
	return e
}

// failedOf reads a function's partial batch response: the messages that it did
// not work off. No answer, no list or an empty list means that all succeeded. An
// error means that all failed: it is given for an answer that is no such
// response, and for an id that is empty or none of the batch.
func failedOf(out []byte, batch []Message) (failed map[string]bool, err error) {
	if len(bytes.TrimSpace(out)) == 0 {
		return nil, nil
	}
	var response struct {
		BatchItemFailures []struct {
			ItemIdentifier string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	d := json.NewDecoder(bytes.NewReader(out))
	d.DisallowUnknownFields()
	if err := d.Decode(&response); err != nil {
		return nil, fmt.Errorf("batch response: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("batch response: more than one value")
	}
	known := make(map[string]bool, len(batch))
	for _, m := range batch {
		known[m.ID] = true
	}
	failed = make(map[string]bool, len(response.BatchItemFailures))
	for _, f := range response.BatchItemFailures {
		if !known[f.ItemIdentifier] {
			return nil, fmt.Errorf("batch response: %q is no message of the batch", f.ItemIdentifier)
		}
		failed[f.ItemIdentifier] = true
	}
	return failed, nil
}
