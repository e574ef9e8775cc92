package sqlite

import (
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"volcimage/internal/task"
)

// bubble runs f in a bubble with a fresh queue.
func bubble(t *testing.T, c QueueConfig, f func(t *testing.T, q *Queue)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(t, open(t, Options{}).Queue(c)) })
}

func send(t *testing.T, q *Queue, n int, delay time.Duration) {
	t.Helper()
	if err := q.Send(t.Context(), task.Ref{Owner: task.Local, Task: "T", N: n}, delay); err != nil {
		t.Fatalf("Send: %v", err)
	}
}

func receive(t *testing.T, q *Queue, want ...int) []Message {
	t.Helper()
	messages, err := q.Receive(t.Context(), 10)
	if err != nil {
		t.Fatalf("Receive: %v", err)
	}
	var got []int
	for _, m := range messages {
		got = append(got, m.Ref.N)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("received (-want +got):\n%s", diff)
	}
	return messages
}

func wantNext(t *testing.T, q *Queue, want time.Time) {
	t.Helper()
	at, ok, err := q.Next(t.Context())
	if err != nil || ok == want.IsZero() || !at.Equal(want) {
		t.Errorf("Next: %v, %v, %v, want %v", at, ok, err, want)
	}
}

func TestQueueTellsWhenThereIsWork(t *testing.T) {
	bubble(t, QueueConfig{Visibility: time.Minute}, func(t *testing.T, q *Queue) {
		wantNext(t, q, time.Time{})
		start := time.Now()
		send(t, q, 1, 10*time.Second)
		wantNext(t, q, start.Add(10*time.Second))
		send(t, q, 2, 0)
		wantNext(t, q, start)
		m := receive(t, q, 2)[0]
		wantNext(t, q, start.Add(10*time.Second))
		time.Sleep(10 * time.Second)
		receive(t, q, 1)
		wantNext(t, q, start.Add(time.Minute))
		if err := q.Delete(t.Context(), m.Receipt); err != nil {
			t.Fatalf("Delete: %v", err)
		}
		wantNext(t, q, start.Add(70*time.Second))
	})
}

func TestQueueWakesItsReader(t *testing.T) {
	bubble(t, QueueConfig{}, func(t *testing.T, q *Queue) {
		woken := func() bool {
			select {
			case <-q.Changed():
				return true
			default:
				return false
			}
		}
		if woken() {
			t.Error("woken before anything was sent")
		}
		send(t, q, 1, 0)
		send(t, q, 2, 0)
		if !woken() || woken() {
			t.Error("two sends are to leave one wake-up")
		}
		m := receive(t, q, 1, 2)[0]
		if woken() {
			t.Error("woken by a receive")
		}
		if err := q.ChangeVisibility(t.Context(), m.Receipt, 0); err != nil || !woken() {
			t.Errorf("not woken by a message given back (%v)", err)
		}
		if _, err := q.Redrive(t.Context()); err != nil || !woken() {
			t.Errorf("not woken by a redrive (%v)", err)
		}
	})
}

func TestQueueReceipts(t *testing.T) {
	bubble(t, QueueConfig{Visibility: time.Minute}, func(t *testing.T, q *Queue) {
		send(t, q, 1, 0)
		old := receive(t, q, 1)[0]
		time.Sleep(time.Minute)
		err := q.ChangeVisibility(t.Context(), old.Receipt, time.Minute)
		if task.KindOf(err) != task.NotFound {
			t.Errorf("ChangeVisibility after the visibility ended: %v, want not found", err)
		}
		m := receive(t, q, 1)[0]
		if err := q.ChangeVisibility(t.Context(), old.Receipt, 0); task.KindOf(err) != task.NotFound {
			t.Errorf("ChangeVisibility by an old receipt: %v, want not found", err)
		}
		if err := q.Delete(t.Context(), old.Receipt); err != nil {
			t.Errorf("Delete by an old receipt: %v, want nothing", err)
		}
		if s, err := q.Stats(t.Context()); err != nil || s.Hidden != 1 {
			t.Errorf("%+v, %v, want the message still there", s, err)
		}
		for _, wrong := range []string{"", "x", "1", "1-", "-1", "1-x"} {
			if err := q.Delete(t.Context(), m.Receipt, wrong); err == nil {
				t.Errorf("Delete(%q): no error", wrong)
			}
			if err := q.ChangeVisibility(t.Context(), wrong, 0); err == nil {
				t.Errorf("ChangeVisibility(%q): no error", wrong)
			}
		}
		if s, err := q.Stats(t.Context()); err != nil || s.Hidden != 1 {
			t.Errorf("%+v, %v, want nothing deleted by a call that failed", s, err)
		}
	})
}

func TestQueueBounds(t *testing.T) {
	t.Run("a delay is at most 15 minutes, and never negative", func(t *testing.T) {
		bubble(t, QueueConfig{}, func(t *testing.T, q *Queue) {
			send(t, q, 1, 24*time.Hour)
			wantNext(t, q, time.Now().Add(15*time.Minute))
			send(t, q, 2, -time.Hour)
			wantNext(t, q, time.Now())
		})
	})
	t.Run("a message is dropped when its retention is over", func(t *testing.T) {
		bubble(t, QueueConfig{Retention: time.Hour}, func(t *testing.T, q *Queue) {
			for n := range 20 {
				send(t, q, n, 0)
			}
			time.Sleep(time.Hour - time.Minute)
			send(t, q, 99, 0)
			time.Sleep(time.Minute)
			receive(t, q, 16, 17, 18, 19, 99) // some are dropped at each receive
			receive(t, q)
			if s, err := q.Stats(t.Context()); err != nil || s.Hidden != 1 {
				t.Errorf("%+v, %v, want the young message alone", s, err)
			}
		})
	})
	t.Run("a receive takes ten at most", func(t *testing.T) {
		bubble(t, QueueConfig{}, func(t *testing.T, q *Queue) {
			for n := range 11 {
				send(t, q, n, 0)
			}
			if got, err := q.Receive(t.Context(), 100); err != nil || len(got) != 10 {
				t.Errorf("%d messages, %v, want 10", len(got), err)
			}
			if got, err := q.Receive(t.Context(), 0); err != nil || len(got) != 0 {
				t.Errorf("asked for none: %d messages, %v", len(got), err)
			}
		})
	})
}

func TestQueueDeadLetters(t *testing.T) {
	bubble(t, QueueConfig{Visibility: time.Second, MaxReceive: 1}, func(t *testing.T, q *Queue) {
		start := time.Now()
		for n := range 13 {
			send(t, q, n, 0)
		}
		for range 2 {
			if _, err := q.Receive(t.Context(), 10); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Second)
		send(t, q, 13, 0)
		receive(t, q, 13) // behind thirteen that are put aside on the way
		dead, err := q.DeadLetters(t.Context(), 100)
		if err != nil || len(dead) != 13 {
			t.Fatalf("%d dead letters, %v, want 13", len(dead), err)
		}
		want := Message{ID: dead[4].ID, Ref: task.Ref{Owner: task.Local, Task: "T", N: 4}, Body: `{"owner":"local","task":"T","job":4}`, ReceiveCount: 1, SentAt: start}
		if diff := cmp.Diff(want, dead[4]); diff != "" {
			t.Errorf("a dead letter (-want +got):\n%s", diff)
		}
		if few, err := q.DeadLetters(t.Context(), 2); err != nil || len(few) != 2 {
			t.Errorf("asked for 2: %d, %v", len(few), err)
		}
		stats, err := q.Stats(t.Context())
		if diff := cmp.Diff(QueueStats{Hidden: 1, Dead: 13, Oldest: time.Now()}, stats); err != nil || diff != "" {
			t.Errorf("Stats: %v (-want +got):\n%s", err, diff)
		}
		if n, err := q.Redrive(t.Context(), dead[4].ID, dead[6].ID, "nobody"); err != nil || n != 2 {
			t.Errorf("Redrive of two: %d, %v", n, err)
		}
		receive(t, q, 4, 6)
		if n, err := q.Redrive(t.Context()); err != nil || n != 11 {
			t.Errorf("Redrive of the rest: %d, %v, want 11", n, err)
		}
		if s, err := q.Stats(t.Context()); err != nil || s.Visible != 11 || s.Dead != 0 {
			t.Errorf("%+v, %v, want 11 visible and none dead", s, err)
		}
	})
}

func TestDeadLettersAreDroppedAfterTwoWeeks(t *testing.T) {
	bubble(t, QueueConfig{Visibility: time.Second, MaxReceive: 1}, func(t *testing.T, q *Queue) {
		bury := func(n int) {
			send(t, q, n, 0)
			receive(t, q, n)
			time.Sleep(time.Second)
			receive(t, q)
		}
		bury(1)
		time.Sleep(deadRetention)
		bury(2)
		dead, err := q.DeadLetters(t.Context(), 10)
		if err != nil || len(dead) != 1 || dead[0].Ref.N != 2 {
			t.Errorf("%+v, %v, want the second alone", dead, err)
		}
	})
}

func TestQueueKeepsItsMessagesOverRestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data.db")
	db, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	q := db.Queue(QueueConfig{Visibility: time.Hour})
	send(t, q, 1, 0)
	m := receive(t, q, 1)[0]
	send(t, q, 2, 0)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	q = openAt(t, path, Options{}).Queue(QueueConfig{Visibility: time.Hour})
	receive(t, q, 2) // the first is still hidden
	if err := q.ChangeVisibility(t.Context(), m.Receipt, 0); err != nil {
		t.Errorf("a receipt from before: %v", err)
	}
	if again := receive(t, q, 1)[0]; again.ReceiveCount != 2 || again.ID != m.ID {
		t.Errorf("%+v, want the second delivery of %+v", again, m)
	}
}

func TestQueueErrorsSayWhatWasDone(t *testing.T) {
	db := open(t, Options{})
	q := db.Queue(QueueConfig{})
	db.write.end()
	_, receiveErr := q.Receive(t.Context(), 1)
	_, redriveErr := q.Redrive(t.Context())
	for words, err := range map[string]error{
		"send hint":         q.Send(t.Context(), task.Ref{Task: "T"}, 0),
		"delete hints":      q.Delete(t.Context(), "1-1"),
		"change visibility": q.ChangeVisibility(t.Context(), "1-1", 0),
		"receive hints":     receiveErr,
		"redrive":           redriveErr,
	} {
		if err == nil || !strings.HasPrefix(err.Error(), words) || !strings.HasSuffix(err.Error(), ErrClosed.Error()) {
			t.Errorf("error %v, want %q and the cause", err, words)
		}
	}
}
