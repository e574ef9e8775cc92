// Package site_test holds what is true of the page's files as a whole: complete
// dictionaries, markup that a strict content security policy lets run, and no file
// that is missing or left over.
package site_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// root is the page's folder, seen from this one.
const root = "../../../site"

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// modules lists the page's own scripts, by their path below the page's folder.
func modules(t *testing.T) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(filepath.Join(root, "js"), func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(root, path)
		names = append(names, filepath.ToSlash(name))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// element is an opening tag.
type element struct {
	name  string
	attrs []attr
	// text is what stands between this tag and the next one, of whatever kind.
	text string
}

type attr struct{ name, value string }

func (e element) attr(name string) (string, bool) {
	for _, a := range e.attrs {
		if a.name == name {
			return a.value, true
		}
	}
	return "", false
}

var (
	comments = regexp.MustCompile(`(?s)<!--.*?-->`)
	tags     = regexp.MustCompile(`<(!?/?[A-Za-z][A-Za-z0-9]*)((?:\s+[^\s=<>"']+(?:="[^"]*")?)*)\s*/?>`)
	attrs    = regexp.MustCompile(`([^\s=<>"']+)(?:="([^"]*)")?`)
)

// elements reads index.html. It knows the one way of writing that the page keeps to:
// double quotes, no unescaped brackets.
func elements(t *testing.T) []element {
	t.Helper()
	html := comments.ReplaceAllString(read(t, "index.html"), "")
	found := tags.FindAllStringSubmatchIndex(html, -1)
	var out []element
	for i, at := range found {
		end := len(html)
		if i+1 < len(found) {
			end = found[i+1][0]
		}
		e := element{name: html[at[2]:at[3]], text: strings.TrimSpace(html[at[1]:end])}
		for _, m := range attrs.FindAllStringSubmatch(html[at[4]:at[5]], -1) {
			e.attrs = append(e.attrs, attr{m[1], m[2]})
		}
		out = append(out, e)
	}
	if len(out) < 100 {
		t.Fatalf("index.html: read only %d elements, so the page is not written as this test expects", len(out))
	}
	return out
}

// sorted is a set's members in order.
func sorted[V any](set map[string]V) []string {
	var names []string
	for name := range set {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
