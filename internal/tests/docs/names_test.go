package docs

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"volcimage/internal/config"
)

var (
	asked   = regexp.MustCompile(`(?:^|[\s;&(=|])make ((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)*)`)
	rule    = regexp.MustCompile(`(?m)^([a-z][a-z -]*):(?:[^=]|$)`)
	told    = regexp.MustCompile(`(?m)^([a-z-]+):.*## `)
	setting = regexp.MustCompile(`\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\b`)
	row     = regexp.MustCompile("(?m)^\\| `([A-Z0-9_]+)` \\| ([^|]*) \\| .+ \\|$")
	given   = regexp.MustCompile(`(?m)^([A-Z0-9_]+)=(.*)$`)
)

func TestEveryMakeTargetThatIsNamedExists(t *testing.T) {
	makefile := document(t, "Makefile")
	targets := map[string]bool{}
	for _, m := range rule.FindAllStringSubmatch(makefile, -1) {
		for name := range strings.FieldsSeq(m[1]) {
			targets[name] = true
		}
	}
	for _, p := range pages(t) {
		for _, names := range p.found(asked) {
			for name := range strings.FieldsSeq(names) {
				if !targets[name] {
					t.Errorf("%s names make %s, which the Makefile does not have", p.name, name)
				}
			}
		}
	}
}

func TestTheReadmesNameEveryMakeTarget(t *testing.T) {
	for _, name := range readmes {
		p := page{name, document(t, name)}
		named := strings.Join(p.found(asked), " ") + " "
		for _, m := range told.FindAllStringSubmatch(document(t, "Makefile"), -1) {
			if m[1] != "help" && !strings.Contains(" "+named, " "+m[1]+" ") {
				t.Errorf("%s does not name make %s", name, m[1])
			}
		}
	}
}

// readmes are the same document in two languages.
var readmes = []string{"README.md", "docs/README.zh-CN.md"}

func TestTheReadmesTableOfSettingsIsTheProgramsOwn(t *testing.T) {
	want := map[string]string{} // .env.example is held to package config by its own test
	for _, m := range given.FindAllStringSubmatch(document(t, ".env.example"), -1) {
		want[m[1]] = m[2]
	}
	if unknown := config.Unknown(slices.Collect(maps.Keys(want))); len(unknown) > 0 {
		t.Fatalf(".env.example has %v, which package config does not", unknown)
	}
	for _, name := range readmes {
		got := map[string]string{}
		for _, m := range row.FindAllStringSubmatch(document(t, name), -1) {
			got[m[1]] = strings.Trim(strings.TrimSpace(m[2]), "`")
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("settings and defaults in %s (-.env.example +document):\n%s", name, diff)
		}
	}
}

// TestEverySettingThatIsNamedExists finds misspelt settings: what is written like
// one is a setting, or stands in the project's other files.
func TestEverySettingThatIsNamedExists(t *testing.T) {
	var others string // read only where it is needed
	for _, p := range pages(t) {
		for _, name := range config.Unknown(p.found(setting)) {
			if others == "" {
				others = sources(t)
			}
			if !strings.Contains(others, name) {
				t.Errorf("%s names %s, which is neither a setting nor anywhere else in the project", p.name, name)
			}
		}
	}
}

// sources is every file that could read a variable of the environment.
func sources(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(root, func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && name != root && (e.Name() == "node_modules" || e.Name() == ".git" || e.Name() == ".data"):
			return fs.SkipDir
		case !e.Type().IsRegular():
			return nil
		}
		switch filepath.Ext(name) {
		case ".go", ".yaml", ".yml", ".toml", ".sh", "":
			text, err := os.ReadFile(name)
			all.Write(text)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// TestBothLanguagesTellTheSame compares what has no language: commands, settings,
// files and codes.
func TestBothLanguagesTellTheSame(t *testing.T) {
	for english, chinese := range map[string]string{
		"README.md":      "docs/README.zh-CN.md",
		"docs/manual.md": "docs/manual.zh-CN.md",
	} {
		a, b := page{english, document(t, english)}, page{chinese, document(t, chinese)}
		if diff := cmp.Diff(a.plain(), b.plain()); diff != "" {
			t.Errorf("code that stands in one of the two only (-%s +%s):\n%s", english, chinese, diff)
		}
	}
}

// plain is the page's code that no translator may change, each piece once.
func (p page) plain() (pieces []string) {
	for _, piece := range p.code() {
		if !strings.Contains(strings.TrimSpace(piece), "\n") {
			pieces = append(pieces, strings.TrimSpace(piece))
		}
	}
	slices.Sort(pieces)
	return slices.Compact(pieces)
}
