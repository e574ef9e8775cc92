package conformance

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"volcimage/internal/task"
)

// Message is a hint as it was received.
type Message struct {
	ID, Receipt  string
	Ref          task.Ref
	Body         string // JSON: {"owner","task","job"}
	ReceiveCount int
	SentAt       time.Time
}

// QueueUnderTest is a fresh, empty queue with its dead letters. An adapter that
// only sends is given the rest by its test.
type QueueUnderTest interface {
	Send(ctx context.Context, ref task.Ref, delay time.Duration) error
	// Receive may answer fewer than there are, and does not wait.
	Receive(ctx context.Context, max int) ([]Message, error)
	Delete(ctx context.Context, receipts ...string) error
	ChangeVisibility(ctx context.Context, receipt string, d time.Duration) error
	// DeadLetters may be asked again and again.
	DeadLetters(ctx context.Context) ([]Message, error)
	Redrive(ctx context.Context) error
}

// The queue that a promise is held to. Whole seconds, as SQS counts in them.
const (
	// QueueVisibility is how long a received message is to be hidden.
	QueueVisibility = 4 * time.Second
	// QueueMaxReceive is after how many receives it is to be a dead letter.
	QueueMaxReceive = 2
)

// Queue runs every promise of a queue. run runs one of them: testing/synctest.Test
// where the queue goes by Go's clock, a plain call where it has its own.
func Queue(t *testing.T, open func(t *testing.T) QueueUnderTest, run func(t *testing.T, f func(t *testing.T))) {
	for _, p := range []struct {
		name string
		hold func(*testing.T, queue)
	}{
		{"a hint comes as it was sent", hintComes},
		{"a received message is hidden until its visibility ends", hiddenOnReceive},
		{"a delayed message comes when its delay is over", delayed},
		{"a deleted message does not come again", deletedStaysAway},
		{"a receipt is worth nothing once the message was received again", staleReceipt},
		{"visibility can be shortened and stretched", changeVisibility},
		{"a message received too often becomes a dead letter, the others come", deadLetter},
		{"dead letters can be sent anew", redrive},
		{"many messages come once each, ten at a time at most", manyMessages},
	} {
		t.Run(p.name, func(t *testing.T) {
			run(t, func(t *testing.T) { p.hold(t, queue{open(t)}) })
		})
	}
}

// queue is a queue with the steps of most promises.
type queue struct{ QueueUnderTest }

func ref(n int) task.Ref {
	return task.Ref{Owner: "team 一", Task: "01J9ZW3K3Q6M7T8V9X0Y1Z2A3B", N: n}
}

func (q queue) send(t *testing.T, n int, delay time.Duration) {
	t.Helper()
	if err := q.Send(t.Context(), ref(n), delay); err != nil {
		t.Fatalf("Send(%d, %v): %v", n, delay, err)
	}
}

func (q queue) receive(t *testing.T) []Message {
	t.Helper()
	got, err := q.Receive(t.Context(), 10)
	if err != nil {
		t.Fatalf("Receive: %v", err)
	}
	return got
}

// wantOne receives exactly one message of this number and count.
func (q queue) wantOne(t *testing.T, n, count int) Message {
	t.Helper()
	got := q.receive(t)
	if len(got) != 1 || got[0].Ref != ref(n) || got[0].ReceiveCount != count {
		t.Fatalf("received %+v, want job %d for time %d", got, n, count)
	}
	return got[0]
}

func (q queue) wantNone(t *testing.T, when string) {
	t.Helper()
	if got := q.receive(t); len(got) != 0 {
		t.Fatalf("%s: received %+v, want nothing", when, got)
	}
}

func (q queue) delete(t *testing.T, receipts ...string) {
	t.Helper()
	if err := q.Delete(t.Context(), receipts...); err != nil {
		t.Fatalf("Delete(%v): %v", receipts, err)
	}
}

// pass lets time pass, and a little more than that, as clocks differ.
func pass(d time.Duration) { time.Sleep(d + 300*time.Millisecond) }

func hintComes(t *testing.T, q queue) {
	before := time.Now().Add(-time.Second)
	q.wantNone(t, "at first")
	q.send(t, 3, 0)
	m := q.wantOne(t, 3, 1)
	if m.ID == "" || m.Receipt == "" || m.SentAt.Before(before) || m.SentAt.After(time.Now().Add(time.Second)) {
		t.Errorf("id %q, receipt %q, sent at %v, want all of them set, the time now", m.ID, m.Receipt, m.SentAt)
	}
	if want := fmt.Sprintf(`{"owner":%q,"task":%q,"job":3}`, ref(3).Owner, ref(3).Task); m.Body != want {
		t.Errorf("body %s, want %s", m.Body, want)
	}
}

func hiddenOnReceive(t *testing.T, q queue) {
	q.send(t, 1, 0)
	first := q.wantOne(t, 1, 1)
	q.wantNone(t, "at once")
	time.Sleep(QueueVisibility / 2)
	q.wantNone(t, "half way")
	pass(QueueVisibility / 2)
	if again := q.wantOne(t, 1, 2); again.ID != first.ID || !again.SentAt.Equal(first.SentAt) {
		t.Errorf("came again as %+v, first as %+v", again, first)
	}
}

func delayed(t *testing.T, q queue) {
	q.send(t, 1, 2*time.Second)
	q.send(t, 2, 0)
	q.delete(t, q.wantOne(t, 2, 1).Receipt)
	q.wantNone(t, "before the delay is over")
	pass(2 * time.Second)
	q.wantOne(t, 1, 1)
}

func deletedStaysAway(t *testing.T, q queue) {
	q.send(t, 1, 0)
	q.send(t, 2, 0)
	got := q.receiveAll(t, 2)
	q.delete(t, got[0].Receipt, got[1].Receipt)
	q.delete(t, got[0].Receipt) // twice is no error
	pass(QueueVisibility)
	q.wantNone(t, "after the deletion")
}

// receiveAll receives until n messages are there.
func (q queue) receiveAll(t *testing.T, n int) []Message {
	t.Helper()
	var got []Message
	for range 10 * n {
		batch := q.receive(t)
		if len(batch) > 10 {
			t.Fatalf("%d messages at once", len(batch))
		}
		if got = append(got, batch...); len(got) >= n {
			break
		}
	}
	if len(got) != n {
		t.Fatalf("received %d messages, want %d", len(got), n)
	}
	return got
}

func staleReceipt(t *testing.T, q queue) {
	q.send(t, 1, 0)
	old := q.wantOne(t, 1, 1)
	pass(QueueVisibility)
	q.wantOne(t, 1, 2)
	_ = q.Delete(t.Context(), old.Receipt) // whether it is an error, implementations differ
	pass(QueueVisibility)
	if got := q.receive(t); len(got) != 0 {
		t.Fatalf("received %+v a third time", got)
	}
	dead, err := q.DeadLetters(t.Context())
	if err != nil || len(dead) != 1 {
		t.Errorf("dead letters %+v, %v: the old receipt deleted the message", dead, err)
	}
}

func changeVisibility(t *testing.T, q queue) {
	q.send(t, 1, 0)
	m := q.wantOne(t, 1, 1)
	if err := q.ChangeVisibility(t.Context(), m.Receipt, 0); err != nil {
		t.Fatalf("ChangeVisibility to 0: %v", err)
	}
	m = q.wantOne(t, 1, 2)
	if err := q.ChangeVisibility(t.Context(), m.Receipt, 2*QueueVisibility); err != nil {
		t.Fatalf("ChangeVisibility to %v: %v", 2*QueueVisibility, err)
	}
	pass(QueueVisibility)
	q.wantNone(t, "after the first visibility")
	q.delete(t, m.Receipt)
}

func deadLetter(t *testing.T, q queue) {
	q.send(t, 1, 0)
	for n := range QueueMaxReceive {
		q.wantOne(t, 1, n+1)
		pass(QueueVisibility)
	}
	q.send(t, 2, 0)
	m := q.receiveAll(t, 1)[0]
	if m.Ref != ref(2) {
		t.Errorf("received %+v, want job 2 alone", m)
	}
	dead, err := q.DeadLetters(t.Context())
	if err != nil || len(dead) != 1 || dead[0].Ref != ref(1) || !strings.Contains(dead[0].Body, `"job":1`) {
		t.Errorf("dead letters %+v, %v, want job 1", dead, err)
	}
}

func redrive(t *testing.T, q queue) {
	for n := range 2 {
		q.send(t, n, 0)
	}
	for range QueueMaxReceive {
		q.receiveAll(t, 2)
		pass(QueueVisibility)
	}
	q.wantNone(t, "after too many receives")
	if err := q.Redrive(t.Context()); err != nil {
		t.Fatalf("Redrive: %v", err)
	}
	got := q.receiveAll(t, 2)
	for _, m := range got {
		if m.ReceiveCount != 1 {
			t.Errorf("sent anew, but received %d times: %+v", m.ReceiveCount, m)
		}
	}
	if dead, err := q.DeadLetters(t.Context()); err != nil || len(dead) != 0 {
		t.Errorf("dead letters %+v, %v, want none", dead, err)
	}
}

func manyMessages(t *testing.T, q queue) {
	const n = 34
	var want []int
	for i := range n {
		q.send(t, i, 0)
		want = append(want, i)
	}
	var got []int
	for _, m := range q.receiveAll(t, n) {
		got = append(got, m.Ref.N)
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-sent +received):\n%s", diff)
	}
}
