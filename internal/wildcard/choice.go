package wildcard

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Prompt is a prompt that was read: texts and choices in turn.
type Prompt struct{ parts []part }

// part is a text, or a choice where there are options.
type part struct {
	text    string
	options []Prompt
}

// Parse reads a prompt. Every string is one.
func Parse(s string) Prompt {
	if !mayChoose(s) {
		return Prompt{[]part{{text: s}}} // nobody meant the backslashes in it
	}
	return parse(s)
}

// mayChoose tells whether there is a brace, a bar behind it and a brace behind that,
// escaped or not.
func mayChoose(s string) bool {
	for _, mark := range "{|}" {
		i := strings.IndexFunc(s, func(r rune) bool { return markOf(r) == mark })
		if i < 0 {
			return false
		}
		s = s[i:]
	}
	return true
}

// open is a brace that was opened and not closed yet.
type open struct {
	brace   string   // as typed; empty for the prompt itself
	options []Prompt // before the last bar
	bars    []string // as typed, one behind each of the options
	last    Prompt
}

func parse(s string) Prompt {
	stack := []open{{}}
	for _, t := range lex(s) {
		top := &stack[len(stack)-1]
		switch inside := len(stack) > 1; {
		case t.mark == '{':
			stack = append(stack, open{brace: t.text})
		case t.mark == '|' && inside:
			top.options, top.bars, top.last = append(top.options, top.last), append(top.bars, t.text), Prompt{}
		case t.mark == '}' && inside:
			closed := *top
			stack = stack[:len(stack)-1]
			closed.close(&stack[len(stack)-1].last, t.text)
		default:
			top.last.add(part{text: t.text})
		}
	}
	for len(stack) > 1 { // without a partner
		top := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		top.spell(&stack[len(stack)-1].last, "")
	}
	return stack[0].last
}

// close adds what stood in a pair of braces to p.
func (o open) close(p *Prompt, brace string) {
	if len(o.bars) == 0 {
		o.spell(p, brace)
		return
	}
	options := slices.Concat(o.options, []Prompt{o.last})
	for i := range options {
		options[i].trim()
	}
	p.add(part{options: options})
}

// spell adds to p what was typed: it is no choice.
func (o open) spell(p *Prompt, brace string) {
	p.add(part{text: o.brace})
	for i, bar := range o.bars {
		p.add(o.options[i].parts...)
		p.add(part{text: bar})
	}
	p.add(o.last.parts...)
	p.add(part{text: brace})
}

// add joins texts that follow one another.
func (p *Prompt) add(parts ...part) {
	for _, x := range parts {
		switch last := len(p.parts) - 1; {
		case x.options == nil && x.text == "":
		case x.options == nil && last >= 0 && p.parts[last].options == nil:
			p.parts[last].text += x.text
		default:
			p.parts = append(p.parts, x)
		}
	}
}

// trim takes the spaces at both ends.
func (p *Prompt) trim() {
	if last := len(p.parts) - 1; last >= 0 { // a choice there has no text of its own
		p.parts[0].text = strings.TrimLeftFunc(p.parts[0].text, unicode.IsSpace)
		p.parts[last].text = strings.TrimRightFunc(p.parts[last].text, unicode.IsSpace)
	}
}

// Expand makes every choice: choose answers which of n options, counted from 0. It
// is asked from left to right, and not about options inside of those passed over.
func (p Prompt) Expand(choose func(n int) int) string {
	var b strings.Builder
	p.expand(&b, choose)
	return b.String()
}

func (p Prompt) expand(b *strings.Builder, choose func(n int) int) {
	for _, x := range p.parts {
		b.WriteString(x.text)
		if x.options != nil {
			x.options[choose(len(x.options))].expand(b, choose)
		}
	}
}

// All lists every expansion, the last choice changing first. Where there are more
// than limit it answers false instead.
func (p Prompt) All(limit int) (all []string, few bool) {
	all, few = []string{""}, limit > 0
	for _, x := range p.parts {
		ends := []string{x.text}
		if x.options != nil {
			ends, few = allOf(x.options, limit)
		}
		if !few || len(all)*len(ends) > limit {
			return nil, false
		}
		var longer []string
		for _, begun := range all {
			for _, end := range ends {
				longer = append(longer, begun+end)
			}
		}
		all = longer
	}
	return all, few
}

// allOf lists every expansion of every option.
func allOf(options []Prompt, limit int) (all []string, few bool) {
	for _, o := range options {
		more, few := o.All(limit - len(all))
		if !few {
			return nil, false
		}
		all = append(all, more...)
	}
	return all, true
}

// Longest is an expansion that has as many characters as any.
func (p Prompt) Longest() string {
	return p.most(func(a, b string) bool { return utf8.RuneCountInString(a) > utf8.RuneCountInString(b) })
}

// Emptiest is an expansion with as few characters beside spaces as any: empty or of
// spaces alone if one is.
func (p Prompt) Emptiest() string {
	return p.most(func(a, b string) bool { return marks(a) < marks(b) })
}

// most takes of each choice the first option that no other is better than. Lengths
// add up, so the best options make the best prompt.
func (p Prompt) most(better func(a, b string) bool) string {
	var b strings.Builder
	for _, x := range p.parts {
		b.WriteString(x.text)
		best := ""
		for i, o := range x.options {
			if s := o.most(better); i == 0 || better(s, best) {
				best = s
			}
		}
		b.WriteString(best)
	}
	return b.String()
}

// marks counts the characters of s that are no spaces.
func marks(s string) int {
	n := 0
	for _, r := range s {
		if !unicode.IsSpace(r) {
			n++
		}
	}
	return n
}

// Escape is a prompt that is sent as s, whatever stands in it.
func Escape(s string) string {
	if !mayChoose(s) {
		return s
	}
	var b strings.Builder
	for s != "" {
		n := backslashes(s)
		r, size := utf8.DecodeRuneInString(s[n:])
		b.WriteString(s[:n])
		if markOf(r) != 0 {
			b.WriteString(s[:n] + `\`)
		}
		b.WriteString(s[n : n+size])
		s = s[n+size:]
	}
	return b.String()
}
