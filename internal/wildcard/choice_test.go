package wildcard_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"volcimage/internal/wildcard"
)

// all lists every expansion of s.
func all(s string) []string {
	out, _ := wildcard.Parse(s).All(1000)
	return out
}

func TestAChoiceTakesOneOfItsOptions(t *testing.T) {
	for _, c := range []struct {
		typed string
		want  []string
	}{
		{"a {red|green|blue} fox", []string{"a red fox", "a green fox", "a blue fox"}},
		{`{|\{}`, []string{"", "{"}},
		{"{a|b}{c|d}", []string{"ac", "ad", "bc", "bd"}},
		{"{a|{b|c} d}", []string{"a", "b d", "c d"}},
		{"{{a|b}|c}", []string{"a", "b", "c"}},
		{"{ red | very dark green }", []string{"red", "very dark green"}},
		{"a {|very} big fox", []string{"a  big fox", "a very big fox"}},
		{"{|}", []string{"", ""}},
		{"一只{红色|白色}的狐狸", []string{"一只红色的狐狸", "一只白色的狐狸"}},
		{"一只｛红色｜白色｝的狐狸", []string{"一只红色的狐狸", "一只白色的狐狸"}},
		{"{a{b|c}|d}", []string{"ab", "ac", "d"}},
		{"{x {y} z|w}", []string{"x {y} z", "w"}},
		{"{{a|b}}", []string{"{a}", "{b}"}},
		{"{a|{b|c}", []string{"{a|b", "{a|c"}},
		{"{a|b}}", []string{"a}", "b}"}},
	} {
		if got := all(c.typed); !slices.Equal(got, c.want) {
			t.Errorf("%q becomes %q, want %q", c.typed, got, c.want)
		}
	}
}

func TestWhatIsNoChoiceStaysAsTyped(t *testing.T) {
	for _, s := range []string{
		"", " a fox ", "{red}", "{}", "{{masterpiece}}", "a | b", "{a", "b}", "a|b}", "{a|b", "}{", "}a|b{",
		`{"subject": "fox", "mood": {"light": "soft"}}`, `C:\{x}\`, `\(detailed\)`, `\{`, `\|`, `\\`, `a\`,
		"{{subject=a fox}}", "｛红｝", "{a\xff}",
	} {
		if got := all(s); !slices.Equal(got, []string{s}) {
			t.Errorf("%q becomes %q, want it as it is", s, got)
		}
	}
}

func TestABackslashTakesTheMeaningOfABraceOrBar(t *testing.T) {
	for _, c := range []struct {
		typed string
		want  []string
	}{
		{`\{a|b}`, []string{"{a|b}"}},
		{`{a|b\}`, []string{"{a|b}"}},
		{`{a\|b}`, []string{"{a|b}"}},
		{`\｛红｜白｝`, []string{"｛红｜白｝"}},
		{`{a\|b|c}`, []string{"a|b", "c"}},
		{`{a\}|b}`, []string{"a}", "b"}},
		{`\{{a|b}`, []string{"{a", "{b"}},
		{`\\{a|b}`, []string{`\a`, `\b`}},
		{`\\\{a|b}`, []string{`\{a|b}`}},
		{`{a|b} \{x\} \n`, []string{`a {x} \n`, `b {x} \n`}},
		{`{a|b} \(x\)`, []string{`a \(x\)`, `b \(x\)`}},
	} {
		if got := all(c.typed); !slices.Equal(got, c.want) {
			t.Errorf("%s becomes %q, want %q", c.typed, got, c.want)
		}
	}
}

func TestOnlyTheChoicesThatAreMadeAreAskedFor(t *testing.T) {
	var asked []int
	got := wildcard.Parse("{a|{b|c|d}} {e|f|g|h}").Expand(func(n int) int {
		asked = append(asked, n)
		return 0
	})
	if got != "a e" || !slices.Equal(asked, []int{2, 4}) {
		t.Errorf("%q after being asked %v, want \"a e\" after [2 4]", got, asked)
	}
}

func TestMoreExpansionsThanWantedAreNotListed(t *testing.T) {
	for _, c := range []struct {
		typed string
		limit int
		want  int // 0: too many
	}{
		{"a fox", 1, 1},
		{"a fox", 0, 0},
		{"{a|b|c}{d|e}", 6, 6},
		{"{a|b|c}{d|e}", 5, 0},
		{"{a|{b|{c|d}}}", 4, 4},
		{"{a|{b|{c|d}}}", 3, 0},
		{strings.Repeat("{a|b}", 400), 12, 0},
	} {
		got, few := wildcard.Parse(c.typed).All(c.limit)
		if len(got) != c.want || few != (c.want > 0) {
			t.Errorf("%.20q with at most %d: %d, %v; want %d", c.typed, c.limit, len(got), few, c.want)
		}
	}
}

func TestBoundsAreThoseOfEveryExpansion(t *testing.T) {
	for _, c := range []struct{ typed, longest, emptiest string }{
		{"a fox", "a fox", "a fox"},
		{"{a|bbb|cc} {|x}", "bbb x", "a "},
		{"{红色的狐狸|a fox}", "红色的狐狸", "a fox"},
		{"{a {bb|ccc}|dddd}", "a ccc", "a bb"},
		{" {| }", " ", " "},
	} {
		p := wildcard.Parse(c.typed)
		if p.Longest() != c.longest || p.Emptiest() != c.emptiest {
			t.Errorf("%q: longest %q, emptiest %q; want %q and %q", c.typed, p.Longest(), p.Emptiest(), c.longest, c.emptiest)
		}
	}
}

func TestWhatIsEscapedIsSentAsItIs(t *testing.T) {
	for _, s := range []string{"", "a fox", "{a|b}", `{|\{}`, `\{a|b}`, `{a\|b}`, `{a|b\}`, `\\{a|b}`, "{{a|b}", "{a|b} {x} | \\", "｛红｜白｝"} {
		if got := all(wildcard.Escape(s)); !slices.Equal(got, []string{s}) {
			t.Errorf("%q escaped is %q and becomes %q", s, wildcard.Escape(s), got)
		}
	}
}

func TestDeepNestingIsRead(t *testing.T) {
	const deep = 20_000
	s := strings.Repeat("{a|", deep) + strings.Repeat("}", deep)
	if got := wildcard.Parse(s).Expand(func(n int) int { return n - 1 }); got != "" {
		t.Errorf("the innermost option is %.20q, want it empty", got)
	}
	if got := wildcard.Parse(strings.Repeat("{", deep)).Longest(); len(got) != deep {
		t.Errorf("%d braces without partner became %d", deep, len(got))
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"a {red|{dark|pale} green} fox", `\{a|b} \\{c|d}`, "{a|b", "{{a}|}", "一只｛红｜白｝狐狸", "{a|\xff}"} {
		f.Add(s, uint64(5))
	}
	f.Fuzz(func(t *testing.T, s string, seed uint64) {
		if len(s) > 4000 {
			return
		}
		choose := func(n int) int {
			seed = seed*6364136223846793005 + 1442695040888963407
			return int(seed>>33) % n
		}
		p := wildcard.Parse(s)
		asked := 0
		got := p.Expand(func(n int) int {
			if asked++; n < 2 {
				t.Errorf("%q: a choice of %d", s, n)
			}
			return choose(n)
		})
		if asked == 0 && !strings.ContainsRune(s, '\\') && got != s {
			t.Errorf("%q has no choice and becomes %q", s, got)
		}
		if !utf8.ValidString(s) {
			return // halves of characters count otherwise apart than together
		}
		if n, most := utf8.RuneCountInString(got), utf8.RuneCountInString(p.Longest()); n > most || most > utf8.RuneCountInString(s) {
			t.Errorf("%q becomes %q of %d characters, the longest has %d", s, got, n, most)
		}
		if least := strings.TrimSpace(p.Emptiest()); strings.TrimSpace(got) == "" && least != "" {
			t.Errorf("%q becomes %q, the emptiest is %q", s, got, least)
		}
		if every, few := p.All(12); few && !slices.Contains(every, got) {
			t.Errorf("%q becomes %q, which is none of all its %q", s, got, every)
		}
		if back := all(wildcard.Escape(s)); !slices.Equal(back, []string{s}) {
			t.Errorf("%q escaped is %q and becomes %q", s, wildcard.Escape(s), back)
		}
	})
}

func ExampleParse() {
	p := wildcard.Parse("a {red|green|blue} fox")
	fmt.Println(p.Expand(func(int) int { return 1 }))
	// Output: a green fox
}

func BenchmarkParseAndExpand(b *testing.B) {
	s := strings.Repeat("a {red|{very |}dark green|blue} fox, ", 20)
	for b.Loop() {
		wildcard.Parse(s).Expand(func(n int) int { return n - 1 })
	}
}

func BenchmarkParsePlain(b *testing.B) {
	s := strings.Repeat("a red fox in fresh snow, morning light, ", 8)
	for b.Loop() {
		wildcard.Parse(s).Expand(nil)
	}
}
