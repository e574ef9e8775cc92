package site_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEveryIconThatIsUsedIsOnThePage(t *testing.T) {
	used, drawn := map[string]bool{}, map[string]bool{}
	for _, file := range append(modules(t), "index.html") {
		for _, m := range regexp.MustCompile(`"#i-([a-z0-9-]+)"`).FindAllStringSubmatch(read(t, file), -1) {
			used[m[1]] = true
		}
	}
	for _, m := range regexp.MustCompile(`<symbol id="i-([^"]+)"`).FindAllStringSubmatch(read(t, "index.html"), -1) {
		drawn[m[1]] = true
	}
	if diff := cmp.Diff(sorted(used), sorted(drawn)); diff != "" {
		t.Errorf("icons used (-) and drawn in index.html (+); run `make site`:\n%s", diff)
	}
}

func TestVendoredScriptsAreAsTheyCame(t *testing.T) {
	listed := map[string]string{}
	for line := range strings.Lines(read(t, "vendor/SHA256SUMS")) {
		sum, name, ok := strings.Cut(strings.TrimSpace(line), "  ")
		if !ok {
			t.Fatalf("vendor/SHA256SUMS: %q", line)
		}
		listed[name] = sum
	}
	files, err := filepath.Glob(filepath.Join(root, "vendor", "*.js"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, file := range files {
		name := filepath.Base(file)
		sum := sha256.Sum256([]byte(read(t, "vendor/"+name)))
		found[name] = hex.EncodeToString(sum[:])
	}
	if diff := cmp.Diff(listed, found); diff != "" {
		t.Errorf("hashes listed (-) and found (+):\n%s", diff)
	}
}

var imported = regexp.MustCompile(`(?m)^import .*?"([^"]+)"`)

func TestNoModuleIsLeftOver(t *testing.T) {
	// From these site/tools/scripts.js builds what is served.
	queue := []string{"js/main.js", "js/docs.js", "js/early.js"}
	reached := map[string]bool{}
	for ; len(queue) > 0; queue = queue[1:] {
		if file := queue[0]; !reached[file] {
			reached[file] = true
			for _, m := range imported.FindAllStringSubmatch(read(t, file), -1) {
				queue = append(queue, path.Join(path.Dir(file), m[1]))
			}
		}
	}
	for _, file := range modules(t) {
		if !reached[file] {
			t.Errorf("nothing imports %s", file)
		}
	}
}

func TestNothingComesFromAnotherHost(t *testing.T) {
	address := regexp.MustCompile(`(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}`)
	names := []string{"http://www.w3.org"} // names of XML vocabularies; nothing is fetched
	files := append(modules(t), "index.html", "app.css", "favicon.svg", "manifest.webmanifest", "sw.js", "docs.html", "docs.css")
	for _, file := range files {
		for _, found := range address.FindAllString(read(t, file), -1) {
			// The built file names its tool's home in a comment.
			if !slices.Contains(names, found) && (file != "app.css" || found != "https://tailwindcss.com") {
				t.Errorf("%s names %s", file, found)
			}
		}
	}
}

func TestScriptsMakeNoMarkupFromText(t *testing.T) {
	sinks := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser|srcdoc`)
	for _, file := range modules(t) {
		if m := sinks.FindString(read(t, file)); m != "" {
			t.Errorf("%s uses %s; texts are data", file, m)
		}
	}
}

func TestFilesThatThePageNamesAreThere(t *testing.T) {
	var manifest struct{ Icons []struct{ Src string } }
	if err := json.Unmarshal([]byte(read(t, "manifest.webmanifest")), &manifest); err != nil {
		t.Fatal(err)
	}
	var named []string
	for _, icon := range manifest.Icons {
		named = append(named, icon.Src)
	}
	for _, e := range elements(t) {
		if href, _ := e.attr("href"); e.name == "link" {
			named = append(named, href)
		}
		if src, ok := e.attr("src"); ok && e.name == "script" {
			named = append(named, src)
		}
	}
	if len(named) == 0 {
		t.Fatal("the page names no files")
	}
	for _, name := range named {
		if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(name))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
