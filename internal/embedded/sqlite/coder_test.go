package sqlite

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"volcimage/internal/task"
)

func TestCoderKeepsTheEdgesOfEachType(t *testing.T) {
	for _, n := range []int64{0, 1, -1, 63, 64, -64, -65, math.MaxInt64, math.MinInt64} {
		got := roundTrip(t, n, number[int64])
		if got != n {
			t.Errorf("number %d came back as %d", n, got)
		}
	}
	for _, x := range []float64{0, -0.1, 1e-300, math.Inf(-1), math.MaxFloat64} {
		if got := roundTrip(t, x, float); got != x {
			t.Errorf("float %v came back as %v", x, got)
		}
	}
	for _, s := range []string{"", "a", "星\x00\xff", strings.Repeat("long", 1000)} {
		if got := roundTrip(t, s, text[string]); got != s {
			t.Errorf("text %q came back as %q", s, got)
		}
	}
	local := time.Date(2026, 7, 1, 12, 0, 0, 1, time.FixedZone("east", 8*3600))
	for _, at := range []time.Time{{}, time.Unix(0, 0), local, time.Now(), time.Date(9999, 1, 1, 0, 0, 0, 999_999_999, time.UTC), time.Date(1, 1, 1, 0, 0, 0, 1, time.UTC)} {
		got := roundTrip(t, at, moment)
		if !got.Equal(at) || got.IsZero() != at.IsZero() || got.Location() != time.UTC {
			t.Errorf("time %v came back as %v", at, got)
		}
	}
}

func roundTrip[T any](t *testing.T, v T, walk func(*coder, *T)) T {
	t.Helper()
	var got T
	if err := decode(encode(v, walk), &got, walk); err != nil {
		t.Errorf("%v: %v", v, err)
	}
	return got
}

func TestDamagedDocumentsAreRefused(t *testing.T) {
	tk, _ := doneTask(time.Now(), 1)
	doc := encode(tk, walkTask)
	for n := range doc {
		var got task.Task
		if err := decode(doc[:n], &got, walkTask); !errors.Is(err, errDocument) {
			t.Errorf("cut to %d of %d bytes: %v, want %v", n, len(doc), err, errDocument)
		}
	}
	var got task.Task
	if err := decode(append(doc, 0), &got, walkTask); !errors.Is(err, errDocument) {
		t.Errorf("with a byte too many: %v", err)
	}
	doc[0] = documentFormat + 1
	if err := decode(doc, &got, walkTask); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("format %d, this program knows %d", documentFormat+1, documentFormat)) {
		t.Errorf("of a newer format: %v, want both formats named", err)
	}
}

// No bytes may make the decoder panic or take memory beyond their own size.
func FuzzDecode(f *testing.F) {
	tk, jobs := doneTask(time.Unix(1_800_000_000, 1), 1)
	f.Add(encode(tk, walkTask))
	f.Add(encode(*jobs[0], walkJob))
	slots := task.Slots{
		Holds: []task.Hold{{Model: "m"}}, Served: map[task.Owner]time.Time{"a": time.Unix(1, 1)},
		Recent: map[string][]time.Duration{"m": {1, 2}}, Narrowed: map[string]task.Narrow{"m": {Limit: 1}},
	}
	f.Add(encode(slots, walkSlots))
	f.Add([]byte{1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, doc []byte) {
		var tk task.Task
		if decode(doc, &tk, walkTask) == nil {
			wantSame(t, tk, walkTask)
		}
		var j task.Job
		if decode(doc, &j, walkJob) == nil {
			wantSame(t, j, walkJob)
		}
		var s task.Slots
		if decode(doc, &s, walkSlots) == nil {
			wantSame(t, s, walkSlots)
		}
	})
}

func wantSame[T any](t *testing.T, v T, walk func(*coder, *T)) {
	t.Helper()
	var again T
	if err := decode(encode(v, walk), &again, walk); err != nil {
		t.Fatalf("what was decoded cannot be encoded: %v", err)
	}
	if diff := cmp.Diff(encode(v, walk), encode(again, walk)); diff != "" {
		t.Errorf("decoded twice (-first +second):\n%s", diff)
	}
}
