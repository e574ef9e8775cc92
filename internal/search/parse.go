package search

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"volcimage/internal/task"
)

// SyntaxError says which part of a query's text cannot be understood.
type SyntaxError struct {
	Part    string // as it was written
	Message string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("%q %s", e.Part, e.Message) }

// parser reads the text of a query, part by part:
//
//	[-] [operator:] word | "phrase"
//
// A word is all up to the next space; what it holds besides letters parts it into
// several, which must stand together as those of a phrase do.
type parser struct {
	q    *Query
	rest string
}

// part is one condition as it was written.
type part struct {
	not      bool
	operator string // empty for none
	value    string
	quoted   bool
	last     bool // nothing follows, not even a space or a closing quote
}

// quotes are what people and their keyboards take for a double quote.
const quotes = "\"“”„‟＂«»「」『』"

func isQuote(r rune) bool { return strings.ContainsRune(quotes, r) }

func (p *parser) parse(text string) error {
	for p.rest = text; ; {
		p.rest = strings.TrimLeftFunc(p.rest, unicode.IsSpace)
		if p.rest == "" {
			return nil
		}
		if err := p.add(p.next()); err != nil {
			return err
		}
	}
}

// next takes one part from the rest, which begins with it.
func (p *parser) next() part {
	var t part
	if cut := strings.TrimLeft(p.rest, "-－−"); cut != p.rest && cut != "" && !startsWithSpace(cut) {
		t.not, p.rest = true, cut
	}
	if i := strings.IndexFunc(p.rest, func(r rune) bool { return unicode.IsSpace(r) || isQuote(r) || r == ':' || r == '：' }); i > 0 {
		if name, colon := Fold(p.rest[:i]), strings.IndexAny(p.rest[i:], ":："); colon == 0 && operators[name] != nil {
			t.operator, p.rest = name, strings.TrimLeft(p.rest[i:], ":：")
		}
	}
	t.value, t.quoted, t.last = p.value()
	return t
}

func startsWithSpace(s string) bool { return strings.IndexFunc(s, unicode.IsSpace) == 0 }

// value takes a word or a phrase.
func (p *parser) value() (value string, quoted, last bool) {
	if strings.IndexFunc(p.rest, isQuote) == 0 {
		_, body, _ := cutFunc(p.rest, isQuote)
		value, p.rest, quoted = cutFunc(body, isQuote)
		return value, true, !quoted
	}
	end := strings.IndexFunc(p.rest, func(r rune) bool { return unicode.IsSpace(r) || isQuote(r) })
	if end < 0 {
		end = len(p.rest)
	}
	value, p.rest = p.rest[:end], p.rest[end:]
	return value, false, p.rest == ""
}

// cutFunc is [strings.Cut] around the first character that is one of those.
func cutFunc(s string, is func(rune) bool) (before, after string, found bool) {
	for i, r := range s {
		if is(r) {
			return s[:i], s[i+len(string(r)):], true
		}
	}
	return s, "", false
}

// operators are the conditions that have a name. One whose value is still to be
// typed is no condition yet.
var operators = map[string]func(*Query, part) error{
	"tag":    adds(inTag, TagKey),
	"model":  adds(inModel, Fold),
	"status": (*Query).addStatus,
	"ratio":  (*Query).addRatio,
	"is":     func(q *Query, p part) error { return q.addNamed(p, isFavourite, "favourite", "favorite") },
	"has":    func(q *Query, p part) error { return q.addNamed(p, hasError, "error") },
	"before": func(q *Query, p part) error { return q.addTime(p, !p.not) },
	"after":  func(q *Query, p part) error { return q.addTime(p, p.not) },
}

// adds is an operator that takes any value, which is folded.
func adds(f field, folded func(string) string) func(*Query, part) error {
	return func(q *Query, p part) error {
		q.add(clause{not: p.not, field: f, value: folded(p.value)})
		return nil
	}
}

// Operators are the names that may stand before a colon.
var Operators = []string{"tag", "model", "status", "ratio", "before", "after", "is", "has"}

func (p *parser) add(t part) error {
	if t.operator != "" {
		if strings.TrimSpace(t.value) == "" {
			return nil
		}
		return operators[t.operator](p.q, t)
	}
	text := plain(t.value)
	if text == "" {
		return nil // nothing but signs
	}
	p.q.add(clause{not: t.not, value: text, open: t.last && !t.not && endsInWord(t.value)})
	return nil
}

// endsInWord tells whether a text ends in the middle of a word.
func endsInWord(s string) bool {
	c := between
	for _, r := range Fold(s) {
		if next := classOf(r); next != follows && next != nothing {
			c = next
		}
	}
	return c == word || c == joining
}

func (q *Query) add(c clause) { q.clauses = append(q.clauses, c) }

// activeName stands for the statuses of a run that is not over.
const activeName = "ACTIVE"

// addStatus takes a status by the beginning of its name, or active.
func (q *Query) addStatus(p part) error {
	name := strings.ToUpper(Fold(p.value))
	c := clause{not: p.not, field: isStatus}
	for _, s := range task.Statuses {
		if strings.HasPrefix(string(s), name) || strings.HasPrefix(activeName, name) && !s.Over() {
			c.statuses = append(c.statuses, s)
		}
	}
	if c.statuses == nil {
		return &SyntaxError{p.value, "is no status: one of active, pending, processing, completed, partial, failed, cancelled"}
	}
	q.add(c)
	return nil
}

// addRatio takes a shape by the beginning of its name.
func (q *Query) addRatio(p part) error {
	name := strings.NewReplacer("x", ":", "×", ":", "/", ":").Replace(Fold(p.value))
	for _, r := range ratios {
		if strings.HasPrefix(r, name) {
			q.add(clause{not: p.not, field: isRatio, value: name})
			return nil
		}
	}
	return &SyntaxError{p.value, "is no ratio: one of " + strings.Join(ratios, ", ")}
}

func (q *Query) addNamed(p part, f field, names ...string) error {
	for _, name := range names {
		if strings.HasPrefix(name, Fold(p.value)) {
			q.add(clause{not: p.not, field: f})
			return nil
		}
	}
	return &SyntaxError{p.value, "is not known here: " + names[0]}
}

// addTime narrows the query's time to what is before then, or from then on.
func (q *Query) addTime(p part, before bool) error {
	at, ok := parseTime(Fold(p.value))
	switch {
	case !ok:
		return &SyntaxError{p.value, "is no time: a day as 2026-11-30, a month as 2026-11 or a year"}
	case before && (q.To.IsZero() || at.Before(q.To)):
		q.To = at
	case !before && at.After(q.From):
		q.From = at
	}
	return nil
}

func parseTime(s string) (time.Time, bool) {
	for _, layout := range []string{"2006", "2006-1", "2006-1-2"} {
		if at, err := time.Parse(layout, strings.ReplaceAll(s, "/", "-")); err == nil {
			return at, true
		}
	}
	at, err := time.Parse(time.RFC3339, strings.ToUpper(s))
	return at, err == nil
}
