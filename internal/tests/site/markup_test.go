package site_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestEveryWordOnThePageComesFromTheDictionaries(t *testing.T) {
	// The name is the same in every language, and without scripts there is no dictionary.
	static := []string{"title", "p"}
	for _, e := range elements(t) {
		if e.text != "" && !slices.Contains(static, e.name) {
			t.Errorf("<%s>: %q stands in the markup", e.name, e.text)
		}
		if class, _ := e.attr("class"); e.name == "p" && e.text != "" && class != "noscript" {
			t.Errorf("<p>: %q stands in the markup", e.text)
		}
		for _, name := range []string{"placeholder", "title", "aria-label", "alt"} {
			if value, ok := e.attr(name); ok && value != "" {
				t.Errorf("<%s %s=%q> is not translated; bind it", e.name, name, value)
			}
		}
	}
}

func TestNothingIsInline(t *testing.T) {
	for _, e := range elements(t) {
		if e.name == "style" {
			t.Error("a <style> element; the policy refuses it")
		}
		if _, ok := e.attr("src"); e.name == "script" && (!ok || e.text != "") {
			t.Errorf("an inline <script>: %q", e.text)
		}
		for _, a := range e.attrs {
			if a.name == "style" || strings.HasPrefix(a.name, "on") {
				t.Errorf("<%s %s=%q>; the policy refuses it", e.name, a.name, a.value)
			}
		}
	}
}

// beyond is what Alpine's build for strict policies cannot read, or may not do.
var beyond = []struct {
	pattern *regexp.Regexp
	why     string
}{
	{regexp.MustCompile("`"), "template strings are not read"},
	{regexp.MustCompile(`=>`), "arrow functions are not read"},
	{regexp.MustCompile(`\?\.|\?\?`), "?. and ?? are not read"},
	{regexp.MustCompile(`[-+*/]=`), "assigning operators are not read"},
	{regexp.MustCompile(`;`), "one expression only"},
	{regexp.MustCompile(`\b(typeof|await|const|let|if|new)\s`), "statements are not read"},
	{regexp.MustCompile(`\b(Math|JSON|document|window|console)\b`), "globals are not there"},
	{regexp.MustCompile(`\.\.\.`), "spreading is not read"},
}

// styleObject is an object, or the name of one. A name may lie, which the tests in a browser would see.
var styleObject = regexp.MustCompile(`^(\{.*\}|[a-zA-Z.]+)$`)

func TestExpressionsAreWhatTheStrictBuildReads(t *testing.T) {
	for _, e := range elements(t) {
		for _, a := range e.attrs {
			if a.name == "x-html" {
				t.Errorf("<%s x-html=%q>: texts are shown by x-text only", e.name, a.value)
			}
			if !strings.HasPrefix(a.name, ":") && !strings.HasPrefix(a.name, "@") && !strings.HasPrefix(a.name, "x-") {
				continue
			}
			for _, b := range beyond {
				if b.pattern.MatchString(a.value) {
					t.Errorf("<%s %s=%q>: %s", e.name, a.name, a.value, b.why)
				}
			}
			if a.name == ":style" && !styleObject.MatchString(a.value) {
				t.Errorf("<%s :style=%q>: only an object passes the policy, written out or by its name", e.name, a.value)
			}
		}
	}
}

func TestControlsSayWhatTheyAre(t *testing.T) {
	for _, e := range elements(t) {
		_, kind := e.attr("type")
		_, alt := e.attr("alt")
		_, boundAlt := e.attr(":alt")
		switch {
		case e.name == "button" && !kind:
			t.Errorf("a button without a type sends the form: %v", e.attrs)
		case e.name == "input" && !kind:
			t.Errorf("an input without a type: %v", e.attrs)
		case e.name == "img" && !alt && !boundAlt:
			t.Errorf("a picture without alt: %v", e.attrs)
		}
	}
}

func TestReferencesWithinThePageLeadSomewhere(t *testing.T) {
	ids := map[string]int{}
	for _, e := range elements(t) {
		if id, ok := e.attr("id"); ok {
			ids[id]++
		}
	}
	for id, n := range ids {
		if n > 1 {
			t.Errorf("id %q stands %d times", id, n)
		}
	}
	for _, e := range elements(t) {
		for _, name := range []string{"for", "aria-controls", "aria-describedby", "aria-labelledby"} {
			value, _ := e.attr(name)
			for _, id := range strings.Fields(value) {
				if ids[id] == 0 {
					t.Errorf("<%s %s=%q>: no element has this id", e.name, name, id)
				}
			}
		}
		if href, ok := e.attr("href"); ok && strings.HasPrefix(href, "#") && ids[href[1:]] == 0 {
			t.Errorf("<%s href=%q>: no element has this id", e.name, href)
		}
	}
}

func TestEveryClassHasAStyle(t *testing.T) {
	css := read(t, "app.css")
	for _, e := range elements(t) {
		value, _ := e.attr("class")
		for _, class := range strings.Fields(value) {
			styled := regexp.MustCompile(`\.` + regexp.QuoteMeta(class) + `[^\w-]`)
			if !styled.MatchString(css) {
				t.Errorf("class %q has no style in app.css: a slip, or `npm run build` was not run", class)
			}
		}
	}
}
