package httpapi

import (
	"testing"
	"time"

	"volcimage/internal/task"
)

func TestCursor(t *testing.T) {
	id := task.NewID(time.UnixMilli(1_764_489_600_000))
	day := time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
	q := task.Query{Owner: "ann", Text: "a b", Statuses: []task.Status{task.Failed}, Model: "m", From: day, To: day.Add(time.Hour), Limit: 3}
	cursor := encodeCursor(q, id, back)
	same := q
	same.Limit, same.Before, same.From = 50, "x", day.In(time.FixedZone("", 3600))
	if got, way, err := decodeCursor(same, cursor); got != id || way != back || err != nil {
		t.Errorf("decodeCursor: %s, %v; want %s", got, err, id)
	}
	for what, change := range map[string]func(*task.Query){
		"owner": func(q *task.Query) { q.Owner = "bob" }, "text": func(q *task.Query) { q.Text = "a" },
		"status": func(q *task.Query) { q.Statuses = nil }, "model": func(q *task.Query) { q.Model = "" },
		"from": func(q *task.Query) { q.From = time.Time{} }, "to": func(q *task.Query) { q.To = day },
		"order": func(q *task.Query) { q.Oldest = true }, "tag": func(q *task.Query) { q.Tag = "sea" }, "folder": func(q *task.Query) { q.Folder = "F" },
		"ratio": func(q *task.Query) { q.Ratio = "1:1" }, "favourites": func(q *task.Query) { q.Favourite = true },
		"errors": func(q *task.Query) { q.Failed = true }, "bin": func(q *task.Query) { q.Bin = true },
		"text that runs into the owner": func(q *task.Query) { q.Owner, q.Text = `ann" "a`, "b" },
	} {
		other := q
		change(&other)
		if got, _, err := decodeCursor(other, cursor); task.KindOf(err) != task.Invalid {
			t.Errorf("a cursor of another %s: %s, %v", what, got, err)
		}
	}
}

func FuzzCursor(f *testing.F) {
	q := task.Query{Owner: "ann"}
	good := encodeCursor(q, "01KAZ3V5N8Q2W4E6R8T0YACDEF", ahead)
	for _, seed := range []string{"", "x", good, good + "=", good[:len(good)-1], good[:8] + "\n" + good[8:], encodeCursor(task.Query{}, "01KAZ3V5N8Q2W4E6R8T0YACDEF", ahead)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, cursor string) {
		id, way, err := decodeCursor(q, cursor)
		if err != nil {
			if task.KindOf(err) != task.Invalid || id != "" && task.KindOf(err) == 0 {
				t.Errorf("%q: %v is not the caller's fault", cursor, err)
			}
			return
		}
		if !id.Valid() || encodeCursor(q, id, way) != cursor {
			t.Errorf("%q was taken for %q, which is spelled %q", cursor, id, encodeCursor(q, id, way))
		}
	})
}
