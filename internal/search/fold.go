package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Fold is how texts are compared: wide and narrow forms of a character are one
// (NFKC), and so are upper and lower case (full case folding: straße is strasse).
func Fold(s string) string {
	if folded, ok := foldSimple(s); ok {
		return folded
	}
	return foldByTables(s)
}

// foldByTables folds any text. Folding case may leave one that is not normal, and the
// other way round.
func foldByTables(s string) string {
	return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(s)))
}

// foldSimple spares most prompts the tables: those of ASCII, of common Chinese and
// Japanese characters and of their punctuation.
func foldSimple(s string) (folded string, ok bool) {
	b := make([]byte, 0, len(s))
	for _, r := range s {
		switch {
		case r >= '！' && r <= '～':
			r -= '！' - '!'
		case r == '　':
			r = ' '
		case r < utf8.RuneSelf, r >= '一' && r <= '龥', r >= 'ぁ' && r <= 'ゖ', r >= 'ァ' && r <= 'ヾ', r == '、', r == '。', r >= '‘' && r <= '’', r == '“', r == '”':
		default:
			return "", false
		}
		if r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		b = utf8.AppendRune(b, r)
	}
	return string(b), true
}

// class is what a character is to the analyser.
type class int

const (
	between class = iota // parts words
	nothing              // counts as not there, as a soft hyphen does
	joining              // an apostrophe: nothing in a word, elsewhere between
	follows              // belongs to the character before it
	word                 // of a script that parts words by spaces
	gram                 // of one that does not
)

// unspaced are the scripts that do not part words by spaces, or as Korean part
// more than words by them.
var unspaced = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo, unicode.Yi,
	unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Tibetan,
}

func classOf(r rune) class {
	switch {
	case r < utf8.RuneSelf:
		return classASCII(r)
	case r >= '一' && r <= '龥', r >= 'ぁ' && r <= 'ゖ', r >= 'ァ' && r <= 'ヺ', r >= '가' && r <= '힣':
		return gram // as most are
	case r == '’', r == 'ʼ':
		return joining
	case r == '\u00ad', r >= '\u200b' && r <= '\u200d', r == '\ufeff':
		return nothing
	case r == 'ー', r == '゛', r == '゜', unicode.In(r, unspaced...), unicode.Is(unicode.So, r):
		return gram
	case unicode.IsMark(r):
		return follows
	case unicode.IsLetter(r), unicode.IsNumber(r):
		return word
	}
	return between
}

func classASCII(r rune) class {
	switch {
	case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r >= 'A' && r <= 'Z':
		return word
	case r == '\'':
		return joining
	}
	return between
}

// pieces calls each with the words and runs of a folded text, in order. A run is
// text of a script without spaces.
func pieces(folded string, each func(piece string, run bool)) {
	var buf []rune
	in := between
	flush := func() {
		if len(buf) > 0 {
			each(string(buf), in == gram)
			buf = buf[:0]
		}
		in = between
	}
	for _, r := range folded {
		c := classOf(r)
		switch c {
		case nothing:
			continue
		case joining:
			if in == word {
				continue // don't is dont
			}
			c = between
		case follows:
			if c = in; in == between {
				continue
			}
		}
		if c != in {
			flush()
			in = c
		}
		if c != between {
			buf = append(buf, r)
		}
	}
	flush()
}

// plain is a text as it is compared: its words and runs, one space between two.
func plain(s string) string {
	var b strings.Builder
	pieces(Fold(s), func(p string, _ bool) {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(p)
	})
	return b.String()
}

// isRun tells whether a piece is of a script without spaces.
func isRun(piece string) bool {
	r, _ := utf8.DecodeRuneInString(piece)
	return classOf(r) == gram
}

// TagKey is what two spellings of one tag have in common.
func TagKey(tag string) string { return strings.Join(strings.Fields(Fold(tag)), " ") }
