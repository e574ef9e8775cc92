// Package docs holds the documents to what is there: their links, commands and
// settings exist, and their tables are the program's own.
package docs

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the generated documents instead of comparing them")

// root is the repository, seen from this folder.
const root = "../../.."

// page is one document.
type page struct {
	name string // from the root, with slashes
	text string
}

// pages are all documents of the project, those that others wrote excepted.
func pages(t *testing.T) (all []page) {
	t.Helper()
	err := filepath.WalkDir(root, func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && name != root && (e.Name() == "node_modules" || strings.HasPrefix(e.Name(), ".")):
			return fs.SkipDir
		case e.IsDir() || filepath.Ext(name) != ".md":
			return nil
		}
		rel, err := filepath.Rel(root, name)
		all = append(all, page{filepath.ToSlash(rel), read(t, name)})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 5 {
		t.Fatalf("found only %d documents below %s", len(all), root)
	}
	return all
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// document is the text of one document.
func document(t *testing.T, name string) string {
	t.Helper()
	return read(t, filepath.Join(root, filepath.FromSlash(name)))
}

var (
	fence = regexp.MustCompile("(?ms)^ {0,3}```([a-z]*)[^\n]*\n(.*?)^ {0,3}```")
	span  = regexp.MustCompile("`([^`\n]+)`")
)

// code is what a document shows as code: the spans and the blocks.
func (p page) code() (pieces []string) {
	for _, m := range fence.FindAllStringSubmatch(p.text, -1) {
		pieces = append(pieces, m[2])
	}
	for _, m := range span.FindAllStringSubmatch(fence.ReplaceAllString(p.text, ""), -1) {
		pieces = append(pieces, m[1])
	}
	return pieces
}

// prose is the document without its code.
func (p page) prose() string { return span.ReplaceAllString(fence.ReplaceAllString(p.text, ""), "") }

// found lists what the pattern's first group finds in a page's code, each once.
func (p page) found(pattern *regexp.Regexp) (all []string) {
	for _, piece := range p.code() {
		for _, m := range pattern.FindAllStringSubmatch(piece, -1) {
			all = append(all, m[1])
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
