package sqs

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

// maxDelay is the longest delay that SQS has.
const maxDelay = 15 * time.Minute

// Hints sends hints to one queue.
type Hints struct {
	client *sqs.Client
	url    string
}

// New sends to the queue of that address.
func New(client *sqs.Client, queueURL string) *Hints {
	return &Hints{client: client, url: queueURL}
}

// hint is the body of a message.
type hint struct {
	Owner task.Owner `json:"owner"`
	Task  task.ID    `json:"task"`
	Job   int        `json:"job"`
}

// Send puts a hint into the queue. It can be received after the delay, rounded up
// to whole seconds and cut off at 15 minutes.
func (h *Hints) Send(ctx context.Context, ref task.Ref, delay time.Duration) error {
	body, err := json.Marshal(hint{ref.Owner, ref.Task, ref.N})
	if err == nil {
		_, err = h.client.SendMessage(ctx, &sqs.SendMessageInput{
			QueueUrl: &h.url, MessageBody: aws.String(string(body)), DelaySeconds: seconds(delay),
		})
	}
	if err != nil {
		return fmt.Errorf("send hint of job %d of task %s: %w", ref.N, ref.Task, classed(err))
	}
	return nil
}

// seconds rounds up: a hint that comes early does nothing.
func seconds(d time.Duration) int32 {
	d = min(max(d, 0), maxDelay)
	return int32((d + time.Second - 1) / time.Second)
}

// Depth is how many messages there are, by SQS's own estimate.
type Depth struct {
	Visible int // can be received now
	Hidden  int // in somebody's hands, or delayed
}

// Depth asks how full the queue is. It serves as a ping too. How old the oldest
// message is, SQS tells CloudWatch alone (ApproximateAgeOfOldestMessage).
func (h *Hints) Depth(ctx context.Context) (Depth, error) { return depth(ctx, h.client, h.url) }

func depth(ctx context.Context, client *sqs.Client, url string) (Depth, error) {
	const visible, held, delayed = types.QueueAttributeNameApproximateNumberOfMessages,
		types.QueueAttributeNameApproximateNumberOfMessagesNotVisible, types.QueueAttributeNameApproximateNumberOfMessagesDelayed
	out, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: &url, AttributeNames: []types.QueueAttributeName{visible, held, delayed},
	})
	if err != nil {
		return Depth{}, fmt.Errorf("ask the queue: %w", classed(err))
	}
	n := func(name types.QueueAttributeName) int {
		n, _ := strconv.Atoi(out.Attributes[string(name)]) // 0 where it is left out
		return n
	}
	return Depth{Visible: n(visible), Hidden: n(held) + n(delayed)}, nil
}

// Ping tells whether the queue answers.
func (h *Hints) Ping(ctx context.Context) error {
	_, err := h.Depth(ctx)
	return err
}

// classed gives an error its kind: what the SDK would try again is
// [task.Unavailable] once it has given up. The rest stays as it is.
func classed(err error) error {
	if retry.IsErrorRetryables(retry.DefaultRetryables).IsErrorRetryable(err) == aws.TrueTernary {
		return &task.Error{Kind: task.Unavailable, Code: catalog.CodeUnavailable, Err: err}
	}
	return err
}
