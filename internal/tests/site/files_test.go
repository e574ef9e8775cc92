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

var (
	atOnce  = regexp.MustCompile(`(?m)^import .*?"([^"]+)"`)
	onceDue = regexp.MustCompile(`import\("([^"]+)"\)`)
)

// imports are the modules that a module names in one of these ways, as paths below the page's folder.
func imports(t *testing.T, file string, ways ...*regexp.Regexp) []string {
	t.Helper()
	var out []string
	for _, way := range ways {
		for _, m := range way.FindAllStringSubmatch(read(t, file), -1) {
			if strings.HasPrefix(m[1], "/") {
				out = append(out, m[1][1:])
			} else {
				out = append(out, path.Join(path.Dir(file), m[1]))
			}
		}
	}
	return out
}

// reached are the modules that main.js leads to.
func reached(t *testing.T, ways ...*regexp.Regexp) map[string]bool {
	t.Helper()
	all := map[string]bool{"js/main.js": true, "js/early.js": true}
	for queue := []string{"js/main.js"}; len(queue) > 0; {
		next := imports(t, queue[0], ways...)
		queue = queue[1:]
		for _, file := range next {
			if !all[file] {
				all[file] = true
				queue = append(queue, file)
			}
		}
	}
	return all
}

func TestEveryModuleIsFetchedAtOnceOrOnceItIsDueAndNoneIsLeftOver(t *testing.T) {
	named := map[string]bool{}
	for _, e := range elements(t) {
		if rel, _ := e.attr("rel"); rel == "modulepreload" {
			href, _ := e.attr("href")
			named[strings.TrimPrefix(href, "/")] = true
		}
		if src, ok := e.attr("src"); ok && e.name == "script" {
			named[strings.TrimPrefix(src, "/")] = true
		}
	}
	if diff := cmp.Diff(sorted(reached(t, atOnce)), sorted(named)); diff != "" {
		t.Errorf("modules that main.js needs (-) and that index.html names (+):\n%s", diff)
	}
	all := reached(t, atOnce, onceDue)
	// The page of the API is another page, with modules of its own.
	for queue := []string{"js/docs.js"}; len(queue) > 0; queue = queue[1:] {
		all[queue[0]] = true
		queue = append(queue, imports(t, queue[0], atOnce)...)
	}
	for _, file := range modules(t) {
		if !all[file] {
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
