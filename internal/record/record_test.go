package record_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"volcimage/internal/embedded/sqlite"
	"volcimage/internal/record"
	"volcimage/internal/task"
)

const noteStep = 7000

type note struct {
	Text   string
	Tries  int
	Reason string
}

// desk keeps notes and collects the hints of their steps.
type desk struct {
	record.Steps[note]
	now  time.Time
	sent []time.Duration
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	d := &desk{now: time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)}
	d.Steps = record.Steps[note]{
		Kind:  record.Kind[note]{Name: "note", Step: noteStep, Store: db, Now: func() time.Time { return d.now }},
		Hints: d, Log: slog.New(slog.DiscardHandler), Tries: func(n *note) *int { return &n.Tries },
		End: func(n *note, reason error) {
			if reason != nil {
				n.Reason = reason.Error()
			}
		},
	}
	return d
}

// Send is [task.Hints]'.
func (d *desk) Send(_ context.Context, r task.Ref, delay time.Duration) error {
	if r != ref {
		return errors.New("a hint of something else")
	}
	d.sent = append(d.sent, delay)
	return nil
}

var ref = task.Ref{Owner: "ann", Task: "a", N: noteStep}

func (d *desk) begin(t *testing.T) {
	t.Helper()
	r := d.New("ann", "a", note{Text: "begun"})
	if err := d.Begin(t.Context(), &r); err != nil {
		t.Fatal(err)
	}
}

func (d *desk) take(t *testing.T, do func(*record.Of[note]) (bool, error)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := d.Take(ctx, ref, func(_ context.Context, r *record.Of[note]) (bool, error) { return do(r) }); err != nil {
		t.Fatal(err)
	}
}

func (d *desk) want(t *testing.T, want note, due time.Duration) {
	t.Helper()
	r, err := d.Get(t.Context(), "ann", "a")
	next := time.Time{}
	if due >= 0 {
		next = d.now.Add(due)
	}
	if err != nil || r.Doc != want || !r.NextAt.Equal(next) {
		t.Errorf("%+v due %v, %v; want %+v due %v", r.Doc, r.NextAt, err, want, next)
	}
}

const never = -1

func TestAChangeIsDecidedAnewWhereSomebodyCameBetween(t *testing.T) {
	d := newDesk(t)
	d.begin(t)
	between := 0
	edited, err := d.Edit(t.Context(), "ann", "a", 0, func(r *record.Of[note]) error {
		if between++; between <= 2 {
			other, err := d.Get(t.Context(), "ann", "a")
			if other.Doc.Text += "."; err == nil {
				err = d.Save(t.Context(), &other)
			}
			if err != nil {
				return err
			}
		}
		r.Doc.Text += "!"
		return nil
	})
	if err != nil || edited.Doc.Text != "begun..!" || edited.Version != 4 || between != 3 {
		t.Errorf("%+v, %v after %d tries", edited, err, between)
	}
}

func TestWhoNamesAVersionIsToldThatThereIsAnother(t *testing.T) {
	d := newDesk(t)
	d.begin(t)
	louder := func(r *record.Of[note]) error { r.Doc.Text += "!"; return nil }
	if _, err := d.Edit(t.Context(), "ann", "a", 1, louder); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Edit(t.Context(), "ann", "a", 1, louder); !errors.Is(err, task.ErrStale) {
		t.Errorf("Edit: %v, want %v", err, task.ErrStale)
	}
	if err := d.Remove(t.Context(), "ann", "a", 1); !errors.Is(err, task.ErrStale) {
		t.Errorf("Remove: %v, want %v", err, task.ErrStale)
	}
	if err := d.Remove(t.Context(), "ann", "a", 2); err != nil {
		t.Error(err)
	}
	if _, err := d.Edit(t.Context(), "ann", "a", 0, louder); task.KindOf(err) != task.NotFound {
		t.Errorf("Edit of what is gone: %v", err)
	}
}

func TestADocumentThatIsTooLargeIsRefused(t *testing.T) {
	d := newDesk(t)
	r := d.New("ann", "a", note{Text: strings.Repeat("x", task.MaxRecord)})
	if err := d.Save(t.Context(), &r); err == nil || !strings.Contains(err.Error(), "at most") {
		t.Errorf("Save: %v, want it refused", err)
	}
}

func TestAStepIsTakenUnderALease(t *testing.T) {
	d := newDesk(t)
	d.begin(t)
	steps := 0
	on := func(r *record.Of[note]) (bool, error) {
		steps++
		d.take(t, func(*record.Of[note]) (bool, error) { steps++; return false, nil }) // its hint comes twice
		d.now = d.now.Add(10 * time.Second)
		r.Doc.Text = "on"
		return false, nil
	}
	d.take(t, on)
	d.want(t, note{Text: "on"}, 0)
	if steps != 1 || !slices.Equal(d.sent, []time.Duration{0, 0}) {
		t.Errorf("%d steps at once, want 1; hints %v, want that of the beginning and one", steps, d.sent)
	}
	d.take(t, func(*record.Of[note]) (bool, error) { return true, nil })
	d.want(t, note{Text: "on"}, never)
	d.take(t, func(*record.Of[note]) (bool, error) { t.Error("a step after the last"); return false, nil })
}

func TestAStepThatOutlivedItsLeaseChangesNothing(t *testing.T) {
	d := newDesk(t)
	d.begin(t)
	d.take(t, func(r *record.Of[note]) (bool, error) {
		d.now = d.now.Add(2 * time.Minute)
		d.take(t, func(r *record.Of[note]) (bool, error) { r.Doc.Text = "the other's"; return false, nil })
		r.Doc.Text = "late"
		return false, nil
	})
	d.want(t, note{Text: "the other's"}, 0)
}

func TestAStepThatFailsIsTakenAgainLaterAndLater(t *testing.T) {
	d := newDesk(t)
	d.begin(t)
	fail := func(r *record.Of[note]) (bool, error) {
		r.Doc.Text = "half"
		return true, errors.New("no room")
	}
	for n := 1; n < 5; n++ {
		d.take(t, fail)
		d.want(t, note{Text: "begun", Tries: n}, time.Duration(n)*10*time.Second)
		d.take(t, fail) // too early
		d.now = d.now.Add(time.Duration(n) * 10 * time.Second)
	}
	d.take(t, fail)
	d.want(t, note{Text: "begun", Tries: 5, Reason: "no room"}, never)
}

func TestAStepThatGetsOnForgetsThoseThatFailed(t *testing.T) {
	d := newDesk(t)
	d.begin(t)
	d.take(t, func(*record.Of[note]) (bool, error) { return false, errors.New("no room") })
	d.now = d.now.Add(10 * time.Second)
	d.take(t, func(*record.Of[note]) (bool, error) { return false, nil })
	d.want(t, note{Text: "begun"}, 0)
}

func TestWhatWouldFailAgainIsGivenUpAtOnce(t *testing.T) {
	d := newDesk(t)
	d.begin(t)
	d.take(t, func(*record.Of[note]) (bool, error) { return false, &record.Final{Err: errors.New("no note")} })
	d.want(t, note{Text: "begun", Tries: 1, Reason: "no note"}, never)
}

func TestAKindMayForgetWhatIsDone(t *testing.T) {
	d := newDesk(t)
	d.End = nil
	d.begin(t)
	d.take(t, func(*record.Of[note]) (bool, error) { return true, nil })
	if _, err := d.Get(t.Context(), "ann", "a"); task.KindOf(err) != task.NotFound {
		t.Errorf("Get: %v, want it gone", err)
	}
	d.take(t, func(*record.Of[note]) (bool, error) { t.Error("a step of what is gone"); return false, nil })
}

func TestAStartTakesOverWhatWasInHand(t *testing.T) {
	d := newDesk(t)
	d.begin(t)
	d.take(t, func(*record.Of[note]) (bool, error) {
		if err := d.TakeOver(t.Context(), ref); err != nil { // the process died here
			t.Fatal(err)
		}
		return false, nil
	})
	d.want(t, note{Text: "begun"}, 0)
	if len(d.sent) != 2 {
		t.Errorf("%d hints, want that of the beginning and one of the start", len(d.sent))
	}
}
