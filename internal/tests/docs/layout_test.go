package docs

import (
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	tree   = regexp.MustCompile("(?s)```\n((?:functions|internal)/.*?)```")
	branch = regexp.MustCompile(`(?m)^( *)([a-z]+)/(?: |$)`)
)

func TestTheReadmesLayoutIsThatOfTheFolders(t *testing.T) {
	want := map[string]bool{}
	for _, top := range []string{"docs", "functions", "internal", "site"} {
		if info, err := os.Stat(filepath.Join(root, top)); err == nil && info.IsDir() {
			want[top] = true
		}
	}
	folders, err := os.ReadDir(filepath.Join(root, "internal"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range folders {
		if f.IsDir() {
			want["internal/"+f.Name()] = true
		}
	}
	for _, name := range readmes {
		m := tree.FindStringSubmatch(document(t, name))
		if m == nil {
			t.Fatalf("%s shows no layout", name)
		}
		got, above := map[string]bool{}, ""
		for _, b := range branch.FindAllStringSubmatch(m[1], -1) {
			if b[1] == "" {
				above = b[2]
				got[b[2]] = true
				continue
			}
			got[path.Join(above, b[2])] = true
		}
		if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got))); diff != "" {
			t.Errorf("folders that are there and folders in %s (-there +document):\n%s", name, diff)
		}
	}
}
