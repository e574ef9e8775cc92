package docs

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The marks between which docs/reliability.md holds the checks.
const (
	checksBegin = "<!-- checks: tests by " + regenerate + " -->\n"
	checksEnd   = "<!-- checks: end -->\n"
)

var (
	checkRow    = regexp.MustCompile(`(?m)^\| (C\d\d) \| (.*?) \|.*$`)
	checkInName = regexp.MustCompile(`C\d\d`)
	checkInText = regexp.MustCompile(`^(C\d\d )+`)
)

// fuzzed are the targets that C30 is about; there may be others.
var fuzzed = []string{"FuzzVerify", "FuzzAnswer", "FuzzHintBody", "FuzzCursor", "FuzzKeyHeader", "FuzzServe"}

// TestEveryCheckHasItsTest holds the list of checks against the tests that bear
// their numbers, in their name or in that of a part.
func TestEveryCheckHasItsTest(t *testing.T) {
	const name = "docs/reliability.md"
	before, rest, ok := strings.Cut(document(t, name), checksBegin)
	table, after, ended := strings.Cut(rest, checksEnd)
	if !ok || !ended {
		t.Fatalf("%s has no place between %q and %q", name, checksBegin, checksEnd)
	}
	tests := numbered(t)
	listed := map[string]bool{}
	table = checkRow.ReplaceAllStringFunc(table, func(row string) string {
		m := checkRow.FindStringSubmatch(row)
		listed[m[1]] = true
		if len(tests[m[1]]) == 0 {
			t.Errorf("%s: %s has no test that bears its number", m[1], m[2])
		}
		return fmt.Sprintf("| %s | %s | %s |", m[1], m[2], strings.Join(tests[m[1]], ", "))
	})
	generated(t, name, before+checksBegin+table+checksEnd+after)
	for n := 1; n <= 49; n++ {
		check := fmt.Sprintf("C%02d", n)
		if pushed := n == 42 || n == 43; listed[check] == pushed { // live updates are not there
			t.Errorf("%s is listed: %v", check, listed[check])
		}
	}
}

// numbered are the tests by the checks whose numbers they bear, as package.Test.
func numbered(t *testing.T) map[string][]string {
	t.Helper()
	tests := map[string][]string{}
	for _, folder := range []string{"internal", "functions"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, e fs.DirEntry, err error) error {
			suite := strings.HasSuffix(path, "_test.go") || strings.Contains(filepath.ToSlash(path), "/conformance/")
			if err != nil || e.IsDir() || !suite || filepath.Ext(path) != ".go" {
				return err
			}
			f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			for _, d := range f.Decls {
				if d, ok := d.(*ast.FuncDecl); ok {
					test := "`" + filepath.Base(filepath.Dir(path)) + "." + d.Name.Name + "`"
					for _, check := range checksOf(d) {
						if !slices.Contains(tests[check], test) {
							tests[check] = append(tests[check], test)
						}
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return tests
}

// checksOf are the numbers that a test bears.
func checksOf(d *ast.FuncDecl) (checks []string) {
	if slices.Contains(fuzzed, d.Name.Name) {
		return []string{"C30"}
	}
	if strings.HasPrefix(d.Name.Name, "Test") {
		checks = checkInName.FindAllString(d.Name.Name, -1)
	}
	ast.Inspect(d, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if text, err := strconv.Unquote(lit.Value); err == nil {
				checks = append(checks, checkInName.FindAllString(checkInText.FindString(text), -1)...)
			}
		}
		return true
	})
	return checks
}
