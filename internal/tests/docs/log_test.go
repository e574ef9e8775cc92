package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// levels are the methods of a logger, and where the message stands among their arguments.
var levels = map[string]int{
	"Debug": 0, "Info": 0, "Warn": 0, "Error": 0,
	"DebugContext": 1, "InfoContext": 1, "WarnContext": 1, "ErrorContext": 1, "LogAttrs": 2,
}

// TestEveryMessageOfTheLogIsExplained holds the tables of docs/operations.md to the
// source of what runs on one machine.
func TestEveryMessageOfTheLogIsExplained(t *testing.T) {
	p := page{"docs/operations.md", document(t, "docs/operations.md")}
	explained := p.code()
	found := 0
	for _, m := range messages(t) {
		found++
		known := slices.ContainsFunc(explained, func(piece string) bool {
			// A long message is quoted by its beginning.
			begin, cut := strings.CutSuffix(piece, "…")
			return piece == m.text || cut && begin != "" && strings.HasPrefix(m.text, strings.TrimSpace(begin))
		})
		if !known {
			t.Errorf("docs/operations.md does not explain %q, which %s logs", m.text, m.at)
		}
	}
	if found < 30 {
		t.Errorf("found only %d messages in the source: this test looks at the wrong place", found)
	}
}

// message is one constant text that is logged.
type message struct{ text, at string }

// elsewhere is what does not run in the service on one machine.
var elsewhere = []string{"internal/tests", "internal/aws", "internal/cmd/visualstub", "internal/cmd/verify", "internal/cmd/bench", "internal/cmd/edge", "internal/conformance"}

func messages(t *testing.T) (all []message) {
	t.Helper()
	files := token.NewFileSet()
	err := filepath.WalkDir(filepath.Join(root, "internal"), func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		switch {
		case err != nil:
			return err
		case e.IsDir() && slices.Contains(elsewhere, filepath.ToSlash(rel)):
			return fs.SkipDir
		case e.IsDir() || filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		f, err := parser.ParseFile(files, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if text, ok := logged(n); ok {
				all = append(all, message{text, filepath.ToSlash(rel)})
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// logged is the text that a call logs. Whoever is called log or Log is a logger.
func logged(n ast.Node) (text string, ok bool) {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return "", false
	}
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return "", false
	}
	at, ok := levels[method.Sel.Name]
	if !ok || !isLogger(method.X) || len(call.Args) <= at {
		return "", false
	}
	lit, ok := call.Args[at].(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

func isLogger(x ast.Expr) bool {
	switch x := x.(type) {
	case *ast.Ident:
		return strings.EqualFold(x.Name, "log")
	case *ast.SelectorExpr:
		return strings.EqualFold(x.Sel.Name, "log")
	}
	return false
}
