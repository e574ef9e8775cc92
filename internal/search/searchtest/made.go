// Package searchtest makes tasks and queries for tests of the search: few words in
// many spellings, so that queries meet what tasks say, and nearly meet it.
package searchtest

import (
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"volcimage/internal/task"
)

// pieces are what texts and queries are made of: Latin, Chinese, Japanese, Korean,
// Thai, wide and narrow forms, both cases, words that begin alike.
var pieces = []string{
	"fox", "Foxes", "foxglove", "ＦＯＸ", "castle", "Castles", "cast", "castor", "the", "The", "a", "in", "with", "wit", "straße", "STRASSE",
	"don't", "dont", "35mm", "3.5", "under_score", "under", "é", "ÄÖÜ", "Ⅷ", "viii",
	"雪地里的狐狸", "狐狸", "狐", "雪地", "雪", "的", "地里", "晨光，电影感", "一只fox在雪地", "ネコ", "ﾈｺ", "とネコと", "ラーメン", "한국어 여우", "여우", "여우가", "สุนัขจิ้งจอก", "จิ้งจอก", "🦊",
}

var separators = []string{" ", " ", " ", ", ", "，", "-", "", "。", "  "}

// Models are those of the tasks.
var Models = []string{"jimeng_t2i_v40", "jimeng_t2i_v31", "Other-Model 2"}

// Tags are those of the tasks, in several spellings.
var Tags = []string{"sea", "Sea", "ＳＥＡ side", "风景", "风景照", "fox", "deep  sea", "狐"}

// Parents are those of the tasks.
var Parents = []task.ID{"", "01KAZ3V5N8Q2W4E6R8T0YACDEF", "01KAZ3V5N8Q2W4E6R8T0YACDEG"}

// Folders are those of the tasks.
var Folders = []string{"", "", "01KAZ3V5N8Q2W4E6R8T0YACDEF", "01KAZ3V5N8Q2W4E6R8T0YACDEG"}

func one[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// Text is a text of one to so many pieces.
func Text(r *rand.Rand, most int) string {
	var b strings.Builder
	for range 1 + r.IntN(most) {
		b.WriteString(one(r, pieces))
		b.WriteString(one(r, separators))
	}
	return b.String()
}

// Task is a task asked for at a time; it is as it might be some while later.
func Task(r *rand.Rand, o task.Owner, at time.Time) (task.Task, []*task.Job) {
	p := task.Params{Prompt: Text(r, 6), Model: one(r, Models)}
	if size := one(r, [][2]int{{}, {1024, 1024}, {2560, 1440}, {1440, 2560}, {1000, 999}, {700, 100}}); size[0] > 0 {
		p.Width, p.Height = size[0], size[1]
	}
	t, jobs := task.New(o, p, at)
	if r.IntN(3) == 0 {
		t.Typed = Text(r, 3)
	}
	t.Parent = one(r, Parents)
	Change(r, &t, at)
	return t, jobs
}

// Change changes all of a task that can change.
func Change(r *rand.Rand, t *task.Task, now time.Time) {
	t.Status = one(r, task.Statuses)
	t.Favourite, t.Folder, t.Tags, t.BinnedAt = r.IntN(4) == 0, one(r, Folders), nil, time.Time{}
	for range r.IntN(3) {
		if tag := one(r, Tags); !slices.ContainsFunc(t.Tags, func(has string) bool { return task.SameTag(has, tag) }) {
			t.Tags = append(t.Tags, tag)
		}
	}
	if r.IntN(10) == 0 {
		t.Tags = append(t.Tags, Text(r, 40), Text(r, 40)) // more words than the index takes
	}
	if r.IntN(8) == 0 {
		t.BinnedAt = now
	}
	for i := range t.Images {
		if t.Images[i].Status, t.Images[i].Failure = task.ImageDone, nil; r.IntN(5) == 0 {
			t.Images[i].Status, t.Images[i].Failure = task.ImageFailed, &task.Failure{Code: "x"}
		}
	}
}

var operators = []string{
	"tag:sea", "tag:\"deep sea\"", "-tag:fox", "tag:风景", "TAG：ＳＥＡ", "model:jimeng_t2i_v40", "model:jimeng", "-model:other", "status:completed", "status:active",
	"-status:f", "status:c", "ratio:16:9", "ratio:1", "-ratio:9x16", "is:favourite", "-is:fav", "has:error", "tag:", "before:2026-03-14", "after:2026-03-14T15:30:00Z", "before:2027", "foo:bar",
}

// Query is a query of one owner, for tasks made between two times.
func Query(r *rand.Rand, o task.Owner, from, to time.Time) task.Query {
	q := task.Query{Owner: o, Limit: 1 + r.IntN(9), Oldest: r.IntN(2) == 0, Bin: r.IntN(10) == 0}
	var parts []string
	for range r.IntN(4) {
		parts = append(parts, part(r))
	}
	q.Text = strings.Join(parts, one(r, []string{" ", "　", "  "})) + one(r, []string{"", "", " "})
	for range max(0, r.IntN(5)-2) {
		filter(r, &q, from, to)
	}
	return q
}

func part(r *rand.Rand) string {
	switch r.IntN(8) {
	case 0:
		return "-" + one(r, pieces)
	case 1:
		return "\"" + strings.TrimSpace(Text(r, 2)) + one(r, []string{"\"", ""})
	case 2:
		return one(r, operators)
	case 3:
		return "“" + one(r, pieces) + "”"
	case 4: // a word that is still being typed
		letters := []rune(one(r, pieces))
		return string(letters[:1+r.IntN(len(letters))])
	}
	return strings.TrimSpace(Text(r, 1))
}

func filter(r *rand.Rand, q *task.Query, from, to time.Time) {
	between := func() time.Time { return from.Add(time.Duration(r.Int64N(int64(to.Sub(from))))) }
	switch r.IntN(10) {
	case 0:
		q.Statuses = []task.Status{one(r, task.Statuses), one(r, task.Statuses)}
	case 1:
		q.Model = one(r, Models)
	case 2:
		q.Ratio = one(r, []string{"1:1", "16:9", "9:16"})
	case 3:
		q.Tag = one(r, Tags)
	case 4:
		q.Folder = one(r, Folders)
	case 5:
		q.Favourite = true
	case 6:
		q.Failed = true
	case 7:
		q.From = between()
	case 8:
		q.To = between()
	case 9:
		q.Parent = one(r, Parents)
	}
}
