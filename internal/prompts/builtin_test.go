package prompts

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
	"volcimage/internal/wildcard"
)

func TestTheBuiltInTemplatesAreWholeInBothLanguages(t *testing.T) {
	if n := len(entries()); n < 24 {
		t.Fatalf("%d built-in templates, want at least 24", n)
	}
	seen := map[string]bool{}
	for _, e := range entries() {
		if seen[e.ID] || e.ID == "" || strings.ToLower(e.ID) != e.ID {
			t.Errorf("id %q is there twice, or not in small letters", e.ID)
		}
		seen[e.ID] = true
		zh, en := e.in(Chinese), e.in(English)
		if a, b := len(wildcard.ParseTemplate(zh.Text).Placeholders()), len(wildcard.ParseTemplate(en.Text).Placeholders()); a != b || a == 0 {
			t.Errorf("%s has %d placeholders in Chinese and %d in English", e.ID, a, b)
		}
		if len(zh.Tags) != len(en.Tags) || len(zh.Tags) == 0 {
			t.Errorf("%s has the tags %q and %q", e.ID, zh.Tags, en.Tags)
		}
		if strings.ContainsFunc(en.Name+en.Description+strings.Join(en.Tags, ""), isHan) {
			t.Errorf("%s: Chinese in the English words", e.ID)
		}
		for _, x := range []Template{zh, en} {
			checkBuiltIn(t, x)
		}
	}
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

func checkBuiltIn(t *testing.T, x Template) {
	t.Helper()
	tidy, err := x.tidy("")
	if err != nil || tidy.Text != x.Text || tidy.Name != x.Name || !slices.Equal(tidy.Tags, x.Tags) || x.Description == "" {
		t.Errorf("%s %q is not as a person's would be kept: %v", x.ID, x.Name, err)
	}
	filled, missing := wildcard.ParseTemplate(x.Text).Fill(nil)
	longest := wildcard.Parse(filled).Longest()
	if missing != nil || strings.ContainsAny(longest, "{}|=") {
		t.Errorf("%s %q becomes %q, missing %q", x.ID, x.Name, longest, missing)
	}
	for _, m := range catalog.Models() {
		if _, err := catalog.Complete(task.Params{Prompt: longest, Model: m.ID}); err != nil {
			t.Errorf("%s %q of %d characters for %s: %v", x.ID, x.Name, utf8.RuneCountInString(longest), m.ID, err)
		}
	}
}
