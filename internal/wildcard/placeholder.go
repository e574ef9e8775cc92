package wildcard

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Template is a text with placeholders that was read.
type Template struct{ Parts []Part }

// Part is a text of a template, or a placeholder where there is a Name.
type Part struct {
	Text    string
	Name    string
	Default string // empty: it has to be filled in
}

// ParseTemplate reads a template. Every string is one.
func ParseTemplate(s string) Template {
	var t Template
	for s != "" {
		n := backslashes(s)
		p, size := placeholder(s[n:])
		switch {
		case size > 0 && n%2 == 0:
			t.text(s[:n/2])
			t.Parts = append(t.Parts, p)
		case size > 0:
			t.text(s[:n/2] + s[n:n+size])
		default:
			size = 1 // a brace, or the first byte of a text that is cut at the next
			if next := strings.IndexAny(s[min(n+1, len(s)):], `{\`); next >= 0 {
				size += next
			} else {
				size = len(s) - n
			}
			t.text(s[:n+size])
		}
		s = s[n+size:]
	}
	return t
}

// text joins texts that follow one another.
func (t *Template) text(s string) {
	last := len(t.Parts) - 1
	switch {
	case s == "":
	case last >= 0 && t.Parts[last].Name == "":
		t.Parts[last].Text += s
	default:
		t.Parts = append(t.Parts, Part{Text: s})
	}
}

// placeholder reads the one that s begins with; size is 0 where it begins with none.
func placeholder(s string) (p Part, size int) {
	if !strings.HasPrefix(s, "{{") {
		return p, 0
	}
	end := partner(s[2:])
	if end < 0 {
		return p, 0
	}
	name, value, _ := strings.Cut(s[2:2+end], "=")
	p = Part{Name: strings.TrimSpace(name), Default: strings.TrimSpace(value)}
	if !validName(p.Name) {
		return p, 0
	}
	return p, 2 + end + 2
}

// partner is where the two braces stand that close what was opened before s, or -1.
func partner(s string) int {
	depth := 0
	for i := range len(s) {
		switch {
		case s[i] == '{':
			depth++
		case s[i] == '}' && depth > 0:
			depth--
		case strings.HasPrefix(s[i:], "}}"):
			return i
		}
	}
	return -1
}

// maxName is in characters.
const maxName = 40

func validName(s string) bool {
	for _, r := range s {
		if !unicode.In(r, unicode.L, unicode.M, unicode.N) && r != '_' && r != '-' && r != ' ' {
			return false
		}
	}
	return s != "" && utf8.RuneCountInString(s) <= maxName
}

// Placeholders lists each name once, in order, with the first default it has.
func (t Template) Placeholders() []Part {
	var out []Part
	for _, p := range t.Parts {
		if p.Name == "" {
			continue
		}
		i := slices.IndexFunc(out, func(o Part) bool { return o.Name == p.Name })
		switch {
		case i < 0:
			out = append(out, p)
		case out[i].Default == "":
			out[i].Default = p.Default
		}
	}
	return out
}

// Fill puts values in the place of placeholders, their defaults where there is no
// value. It names those that have neither.
func (t Template) Fill(values map[string]string) (prompt string, missing []string) {
	given := map[string]string{}
	for _, p := range t.Placeholders() {
		v := strings.TrimSpace(values[p.Name])
		if v == "" {
			v = p.Default
		}
		if v == "" {
			missing = append(missing, p.Name)
		}
		given[p.Name] = v
	}
	var b strings.Builder
	for _, p := range t.Parts {
		b.WriteString(p.Text + given[p.Name])
	}
	return b.String(), missing
}
