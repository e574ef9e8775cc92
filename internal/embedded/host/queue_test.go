package host

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"volcimage/internal/task"
)

// memQueue is a queue by the rules of SQS that lasts as long as its test.
type memQueue struct {
	visibility time.Duration
	maxReceive int
	changed    chan struct{}

	mu       sync.Mutex
	messages []*memMessage
	dead     []string // bodies
	sent     int
	receives int
	fail     error // of every call
}

type memMessage struct {
	Message
	visible time.Time
}

func newQueue(visibility time.Duration, maxReceive int) *memQueue {
	return &memQueue{visibility: visibility, maxReceive: maxReceive, changed: make(chan struct{}, 1)}
}

func (q *memQueue) send(body string, delay time.Duration) {
	q.mu.Lock()
	q.sent++
	m := Message{ID: fmt.Sprint("m", q.sent), Body: body, SentAt: time.Now()}
	q.messages = append(q.messages, &memMessage{Message: m, visible: time.Now().Add(delay)})
	q.mu.Unlock()
	q.notify()
}

func (q *memQueue) notify() {
	select {
	case q.changed <- struct{}{}:
	default:
	}
}

func (q *memQueue) Changed() <-chan struct{} { return q.changed }

func (q *memQueue) Next(context.Context) (at time.Time, ok bool, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, m := range q.messages {
		if !ok || m.visible.Before(at) {
			at, ok = m.visible, true
		}
	}
	return at, ok, q.fail
}

func (q *memQueue) Receive(_ context.Context, limit int) (got []Message, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.receives++
	now := time.Now()
	q.messages = slices.DeleteFunc(q.messages, func(m *memMessage) bool {
		spent := m.ReceiveCount >= q.maxReceive && !m.visible.After(now)
		if spent {
			q.dead = append(q.dead, m.Body)
		}
		return spent
	})
	for _, m := range q.messages {
		if len(got) < limit && !m.visible.After(now) {
			m.ReceiveCount++
			m.Receipt = fmt.Sprintf("%s-%d", m.ID, m.ReceiveCount)
			m.visible = now.Add(q.visibility)
			got = append(got, m.Message)
		}
	}
	return got, q.fail
}

func (q *memQueue) Delete(_ context.Context, receipts ...string) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.messages = slices.DeleteFunc(q.messages, func(m *memMessage) bool { return slices.Contains(receipts, m.Receipt) })
	return q.fail
}

func (q *memQueue) ChangeVisibility(_ context.Context, receipt string, d time.Duration) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	defer q.notify()
	for _, m := range q.messages {
		if m.Receipt == receipt {
			m.visible = time.Now().Add(d)
			return q.fail
		}
	}
	return task.ErrNotFound
}

func (q *memQueue) setFail(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.fail = err
}

// state tells how many messages are left, how many died and how many receives
// there were.
func (q *memQueue) state() (left, dead, receives int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.messages), len(q.dead), q.receives
}

func TestFailedOf(t *testing.T) {
	batch := []Message{{ID: "a"}, {ID: "b"}}
	for name, c := range map[string]struct {
		out  string
		want map[string]bool
		err  bool // the whole batch failed
	}{
		"no answer means success":                 {``, nil, false},
		"null means success":                      {`null`, map[string]bool{}, false},
		"an empty object means success":           {`{}`, map[string]bool{}, false},
		"an empty list means success":             {`{"batchItemFailures":[]}`, map[string]bool{}, false},
		"a null list means success":               {`{"batchItemFailures":null}`, map[string]bool{}, false},
		"one id fails one":                        {`{"batchItemFailures":[{"itemIdentifier":"b"}]}`, map[string]bool{"b": true}, false},
		"an id twice fails one":                   {`{"batchItemFailures":[{"itemIdentifier":"b"},{"itemIdentifier":"b"}]}`, map[string]bool{"b": true}, false},
		"an empty id fails all":                   {`{"batchItemFailures":[{"itemIdentifier":""}]}`, nil, true},
		"a null id fails all":                     {`{"batchItemFailures":[{"itemIdentifier":null}]}`, nil, true},
		"an id of another batch fails all":        {`{"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"z"}]}`, nil, true},
		"a wrong key in the list fails all":       {`{"batchItemFailures":[{"id":"a"}]}`, nil, true},
		"a wrong key in place of the list, too":   {`{"failures":[{"itemIdentifier":"a"}]}`, nil, true},
		"a list of something else fails all":      {`{"batchItemFailures":["a"]}`, nil, true},
		"what is no JSON fails all":               {`ok`, nil, true},
		"what goes on after the answer fails all": {`{} {}`, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := failedOf([]byte(c.out), batch)
			if diff := cmp.Diff(c.want, got); diff != "" || (err != nil) != c.err {
				t.Errorf("%s: error %v, failed (-want +got):\n%s", c.out, err, diff)
			}
		})
	}
	t.Run("the error names what was wrong", func(t *testing.T) {
		_, err := failedOf([]byte(`{"batchItemFailures":[{"itemIdentifier":"z"}]}`), batch)
		if err == nil || !strings.Contains(err.Error(), `"z"`) {
			t.Errorf("got %v, want z named", err)
		}
	})
}
