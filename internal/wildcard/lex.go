package wildcard

import (
	"strings"
	"unicode/utf8"
)

// token is a piece of a prompt: a brace or bar that means something, or text.
type token struct {
	mark rune   // '{', '|' or '}'; 0 for text
	text string // as it is sent if it is text after all
}

// markOf is what r means, 0 for nothing.
func markOf(r rune) rune {
	switch r {
	case '{', '｛':
		return '{'
	case '|', '｜':
		return '|'
	case '}', '｝':
		return '}'
	}
	return 0
}

// lex cuts s into tokens, and takes the backslashes away that meant something.
func lex(s string) []token {
	var out []token
	for s != "" {
		if n := backslashes(s); n > 0 {
			text, rest := s[:n], s[n:]
			if r, size := utf8.DecodeRuneInString(rest); markOf(r) != 0 {
				text = text[:n/2]
				if n%2 == 1 {
					text, rest = text+rest[:size], rest[size:]
				}
			}
			out, s = append(out, token{text: text}), rest
			continue
		}
		r, size := utf8.DecodeRuneInString(s)
		mark := markOf(r)
		if mark == 0 {
			size = len(s)
			if next := strings.IndexFunc(s, special); next >= 0 {
				size = next
			}
		}
		out, s = append(out, token{mark, s[:size]}), s[size:]
	}
	return out
}

func special(r rune) bool { return r == '\\' || markOf(r) != 0 }

// backslashes is how many s begins with.
func backslashes(s string) int { return len(s) - len(strings.TrimLeft(s, `\`)) }
