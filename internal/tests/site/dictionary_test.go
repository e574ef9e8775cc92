package site_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	languages    = []string{"en", "zh-CN"}
	placeholders = regexp.MustCompile(`\{(\w+)\}`)
	keys         = regexp.MustCompile(`^[a-z]+(\.[A-Za-z_]+)+$`)
	han          = regexp.MustCompile(`\p{Han}`)
)

// dictionary maps each key to its texts: one, or one for each plural category.
func dictionary(t *testing.T, language string) map[string]map[string]string {
	t.Helper()
	var raw map[string]json.RawMessage
	if err := json.Unmarshal([]byte(read(t, "locales/"+language+".json")), &raw); err != nil {
		t.Fatalf("%s: %v", language, err)
	}
	out := map[string]map[string]string{}
	for key, value := range raw {
		var text string
		var plural map[string]string
		switch {
		case json.Unmarshal(value, &text) == nil:
			out[key] = map[string]string{"": text}
		case json.Unmarshal(value, &plural) == nil:
			out[key] = plural
		default:
			t.Fatalf("%s: %s is neither a text nor plurals: %s", language, key, value)
		}
	}
	return out
}

func TestBothLanguagesHaveTheSameKeys(t *testing.T) {
	en, zh := dictionary(t, "en"), dictionary(t, "zh-CN")
	if diff := cmp.Diff(sorted(en), sorted(zh)); diff != "" {
		t.Errorf("keys of en (-) and zh-CN (+):\n%s", diff)
	}
}

func TestTextsSayTheSameInBothLanguages(t *testing.T) {
	en, zh := dictionary(t, "en"), dictionary(t, "zh-CN")
	for _, key := range sorted(en) {
		if _, ok := zh[key]; !ok {
			continue // told by the test above
		}
		if got, want := slots(zh[key]), slots(en[key]); !slices.Equal(got, want) {
			t.Errorf("%s: zh-CN has the placeholders %v, en %v", key, got, want)
		}
		_, oneText := en[key][""]
		if _, same := zh[key][""]; same != oneText {
			t.Errorf("%s: plural in one language only", key)
		}
	}
}

// slots are the placeholders of all forms of a text.
func slots(texts map[string]string) []string {
	set := map[string]bool{}
	for _, text := range texts {
		for _, m := range placeholders.FindAllStringSubmatch(text, -1) {
			set[m[1]] = true
		}
	}
	return sorted(set)
}

func TestPluralsAreComplete(t *testing.T) {
	// The categories of Intl.PluralRules for each language.
	categories := map[string][]string{"en": {"one", "other"}, "zh-CN": {"other"}}
	for _, language := range languages {
		for key, texts := range dictionary(t, language) {
			if _, plain := texts[""]; plain {
				continue
			}
			if got := sorted(texts); !slices.Equal(got, categories[language]) {
				t.Errorf("%s: %s has the plural forms %v, want %v", language, key, got, categories[language])
			}
		}
	}
}

func TestNoTextIsEmptyOrInTheWrongLanguage(t *testing.T) {
	// Named in the language that the button leads to.
	switches := []string{"nav.language", "nav.otherLanguage"}
	for _, language := range languages {
		for key, texts := range dictionary(t, language) {
			for _, text := range texts {
				if strings.TrimSpace(text) == "" {
					t.Errorf("%s: %s is empty", language, key)
				}
				if language == "en" && han.MatchString(text) && !slices.Contains(switches, key) {
					t.Errorf("en: %s has Chinese characters: %s", key, text)
				}
			}
		}
	}
}

// uses are the strings of markup and modules that can name a text: whole keys, and
// beginnings that something is put behind, which end in a dot.
func uses(t *testing.T) (whole, begun map[string]string) {
	t.Helper()
	whole, begun = map[string]string{}, map[string]string{}
	note := func(file, literal string) {
		switch {
		case keys.MatchString(literal):
			whole[literal] = file
		case strings.HasSuffix(literal, ".") && keys.MatchString(literal+"x"):
			begun[literal] = file
		}
	}
	quoted := regexp.MustCompile(`'([^']*)'`)
	for _, e := range elements(t) {
		for _, a := range e.attrs {
			for _, m := range quoted.FindAllStringSubmatch(a.value, -1) {
				note("index.html", m[1])
			}
		}
	}
	literals := regexp.MustCompile("\"([^\"\n]*)\"|`([a-z]+\\.)\\$\\{")
	for _, file := range modules(t) {
		for _, m := range literals.FindAllStringSubmatch(read(t, file), -1) {
			note(file, m[1]+m[2])
		}
	}
	return whole, begun
}

func TestEveryTextThatIsUsedIsInTheDictionary(t *testing.T) {
	en := dictionary(t, "en")
	spaces := map[string]bool{}
	for key := range en {
		spaces[key[:strings.Index(key, ".")+1]] = true
	}
	whole, begun := uses(t)
	for key, file := range whole {
		if _, ok := en[key]; !ok && spaces[key[:strings.Index(key, ".")+1]] {
			t.Errorf("%s uses %q, which no dictionary has", file, key)
		}
	}
	for start, file := range begun {
		if !spaces[start] {
			t.Errorf("%s uses texts that begin with %q; no dictionary has any", file, start)
		}
	}
}

func TestNoTextIsLeftOver(t *testing.T) {
	whole, begun := uses(t)
	for _, key := range sorted(dictionary(t, "en")) {
		if _, ok := whole[key]; ok {
			continue
		}
		if _, ok := begun[key[:strings.LastIndex(key, ".")+1]]; !ok {
			t.Errorf("nothing uses %q", key)
		}
	}
}
