package search

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"volcimage/internal/task"
)

// Query is a [task.Query] that was understood.
type Query struct {
	task.Query
	clauses []clause
}

// clause is one condition of the text. Those of one query must all hold.
type clause struct {
	not   bool
	field field
	// value is plain text, a tag's key, the beginning of a model's id or a shape.
	value    string
	open     bool // the last word of the value is still being typed
	statuses []task.Status
}

type field int

const (
	anywhere field = iota
	inTag
	inModel
	isStatus
	isRatio
	isFavourite
	hasError
)

// Understand reads the query's text; the error is a [SyntaxError].
func Understand(q task.Query) (*Query, error) {
	u := &Query{Query: q}
	p := parser{q: u}
	if err := p.parse(q.Text); err != nil {
		return nil, err
	}
	return u, nil
}

// Matches is what a query means.
func (q *Query) Matches(t *task.Task) bool {
	return t.Owner == q.Owner && t.DeletedAt.IsZero() && q.Bin == !t.BinnedAt.IsZero() &&
		q.inTime(t.CreatedAt) &&
		(len(q.Statuses) == 0 || slices.Contains(q.Statuses, t.Status)) &&
		(q.Model == "" || t.Params.Model == q.Model) &&
		(q.Ratio == "" || RatioOf(t) == q.Ratio) &&
		(q.Tag == "" || hasTag(t, TagKey(q.Tag))) &&
		(q.Folder == "" || t.Folder == q.Folder) &&
		(q.Parent == "" || t.Parent == q.Parent) &&
		(!q.Favourite || t.Favourite) &&
		(!q.Failed || failed(t)) &&
		q.matchesText(t)
}

func (q *Query) inTime(at time.Time) bool {
	return (q.From.IsZero() || !at.Before(q.From)) && (q.To.IsZero() || at.Before(q.To))
}

func hasTag(t *task.Task, key string) bool {
	return slices.ContainsFunc(t.Tags, func(tag string) bool { return TagKey(tag) == key })
}

func (q *Query) matchesText(t *task.Task) bool {
	text := ""
	for _, c := range q.clauses {
		if c.field == anywhere && text == "" {
			text = textOf(t)
		}
		if c.holds(t, text) == c.not {
			return false
		}
	}
	return true
}

// textOf is all that is searched of a task, each text on a line of its own.
func textOf(t *task.Task) string {
	var b strings.Builder
	for _, s := range append([]string{t.Params.Prompt, t.Typed, t.Params.Model}, t.Tags...) {
		if s != "" {
			b.WriteString(plain(s))
			b.WriteByte('\n')
		}
	}
	return b.String()
}

func (c clause) holds(t *task.Task, text string) bool {
	switch c.field {
	case inTag:
		return hasTag(t, c.value)
	case inModel:
		return strings.HasPrefix(Fold(t.Params.Model), c.value)
	case isStatus:
		return slices.Contains(c.statuses, t.Status)
	case isRatio:
		r := RatioOf(t)
		return r != "" && strings.HasPrefix(r, c.value)
	case isFavourite:
		return t.Favourite
	case hasError:
		return failed(t)
	}
	return contains(text, c.value, c.open)
}

// contains tells whether a phrase stands in a text, both plain. Its first and last
// words must be whole ones, unless it is open: then the last may go on, but not to
// become a common word, for whoever types "th" does not mean "the".
func contains(text, phrase string, open bool) bool {
	head, last := phrase, phrase
	if i := strings.IndexByte(phrase, ' '); i >= 0 {
		head, last = phrase[:i], phrase[strings.LastIndexByte(phrase, ' ')+1:]
	}
	headRun, lastRun := isRun(head), isRun(last)
	for at := 0; ; {
		i := strings.Index(text[at:], phrase)
		if i < 0 {
			return false
		}
		begin, end := at+i, at+i+len(phrase)
		if (headRun || begin == 0 || isGap(text[begin-1])) && (lastRun || ends(text, end, last, open)) {
			return true
		}
		_, n := utf8.DecodeRuneInString(text[begin:])
		at = begin + n
	}
}

func isGap(b byte) bool { return b == ' ' || b == '\n' }

// ends tells whether a phrase may end where its last word ends in the text.
func ends(text string, end int, last string, open bool) bool {
	rest := strings.IndexAny(text[end:], " \n")
	if rest < 0 {
		rest = len(text) - end
	}
	return rest == 0 || open && !isCommon(last+text[end:end+rest])
}
