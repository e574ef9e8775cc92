// Package deps holds the import rule: which package may know of which.
package deps

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const mod = "volcimage/"

// rules forbid imports, by prefix; From may end in "..." for all below. Direct
// imports count unless Deep is set, then also what they import in turn. Only are
// the exceptions of Deny.
var rules = []struct {
	From string
	Deny []string
	Only []string
	Deep bool
	Why  string
}{
	{From: "internal/task", Deny: []string{"."}, Why: "the domain knows only the standard library"},
	{From: "internal/catalog", Deny: []string{"."}, Only: []string{mod + "internal/task"}, Why: "the catalog is data about the domain"},
	{From: "internal/search", Deny: []string{"."}, Only: []string{mod + "internal/task", "golang.org/x/text/cases", "golang.org/x/text/unicode/norm"}, Why: "what a query means is said of tasks alone, in every store alike"},
	{From: "internal/submit", Deny: []string{"."}, Only: append(core, mod+"internal/wildcard"), Why: "use cases do not know where they run"},
	{From: "internal/prompts", Deny: []string{"."}, Only: append(core, mod+"internal/wildcard", mod+"internal/record"), Why: "use cases do not know where they run"},
	{From: "internal/generate", Deny: []string{"."}, Only: core, Why: "use cases do not know where they run"},
	{From: "internal/library", Deny: []string{"."}, Only: append(core, mod+"internal/record"), Why: "use cases do not know where they run"},
	{From: "internal/sweep", Deny: []string{"."}, Only: append(core, mod+"internal/record"), Why: "use cases do not know where they run"},
	{From: "internal/record", Deny: []string{"."}, Only: []string{mod + "internal/task"}, Why: "what records have in common is said of documents of any kind"},
	{From: "internal/wildcard", Deny: []string{"."}, Why: "what stands in a prompt is text, and knows only the standard library"},
	{From: "internal/operate", Deny: []string{"."}, Only: append(slices.Clone(core), mod+"internal/apikey", mod+"internal/archive"), Why: "an operator's commands do not know where they run"},
	{From: "internal/archive", Deny: []string{"."}, Only: append(core, mod+"internal/record"), Why: "use cases do not know where they run"},
	{From: "internal/recipe", Deny: []string{"."}, Only: core, Why: "files are taken apart by the standard library, and judged by the catalog"},
	{From: "internal/ratelimit", Deny: []string{"."}, Why: "deciding what is too often knows only the standard library"},
	{From: "internal/apikey", Deny: []string{"."}, Only: []string{mod + "internal/task"}, Why: "keys are known to the domain alone"},
	{From: "internal/visual", Deny: []string{mod}, Only: core, Why: "adapters know the domain, not each other"},
	{From: "internal/picture", Deny: []string{mod}, Only: core, Why: "adapters know the domain, not each other"},
	{From: "internal/fetch", Deny: []string{mod}, Only: core, Why: "adapters know the domain, not each other"},
	{From: "internal/aws/...", Deny: []string{mod}, Only: core, Why: "adapters know the domain, not each other"},
	{From: "internal/embedded/...", Deny: []string{mod}, Only: core, Why: "adapters know the domain, not each other"},
	{From: "internal/...", Deny: []string{mod + "functions/"}, Why: "functions are the edge; nothing points at them"},
	{From: "functions/...", Deep: true, Deny: []string{"github.com/aws/aws-sdk-go-v2/config"}, Why: "the ways to log in that no function has are a megabyte of it"},
	{From: "functions/...", Deep: true, Deny: []string{"modernc.org/sqlite", mod + "internal/embedded", mod + "internal/visual/visualtest/..."}, Why: "what runs on one machine is not deployed"},
}

// core is what use cases and adapters may know of this module.
var core = []string{mod + "internal/task", mod + "internal/catalog", mod + "internal/search"}

// homes lists imports that belong to a few packages alone.
var homes = []struct {
	Import string
	In     []string
	Why    string
}{
	{"image/png", []string{"internal/picture", "internal/visual/visualtest/..."}, "untrusted bytes are decoded in one place"},
	{"image/jpeg", []string{"internal/picture", "internal/visual/visualtest/..."}, "untrusted bytes are decoded in one place"},
	{"image/gif", nil, "GIF is refused"},
	{"golang.org/x/image", []string{"internal/picture", "internal/visual/visualtest/..."}, "untrusted bytes are decoded in one place"},
	{"github.com/disintegration/imaging", []string{"internal/picture", "internal/visual/visualtest/..."}, "its decoders are never to be called"},
	{"github.com/awslabs/aws-lambda-go-api-proxy", []string{"internal/handler"}, "the event is translated in one place"},
	{"github.com/aws/aws-lambda-go", []string{"functions/...", "internal/handler", "internal/embedded/host", "internal/tests/template"}, "use cases do not know of Lambda"},
	{"github.com/aws/aws-sdk-go-v2", []string{"internal/aws/...", "internal/config"}, "AWS stays behind its adapters"},
	{"github.com/volcengine/volc-sdk-golang", []string{"internal/visual"}, "the provider's SDK stays behind its adapter"},
	{"modernc.org/sqlite", []string{"internal/embedded/sqlite"}, "SQL stays behind its adapter"},
	{"github.com/danielgtaylor/huma", []string{"internal/httpapi"}, "HTTP stays behind the API"},
}

type pkg struct {
	ImportPath string
	Imports    []string
	Deps       []string
	Standard   bool
}

func (p pkg) dir() string { return strings.TrimPrefix(p.ImportPath, mod) }

func TestImportsFollowTheRule(t *testing.T) {
	standard := map[string]bool{}
	var ours []pkg
	for _, p := range list(t) {
		if p.Standard {
			standard[p.ImportPath] = true
		} else if strings.HasPrefix(p.ImportPath, mod) {
			ours = append(ours, p)
		}
	}
	if len(ours) < 5 {
		t.Fatalf("%d packages of this module found, want all of them", len(ours))
	}
	for _, p := range ours {
		for _, r := range rules {
			if !matches(p.dir(), r.From) {
				continue
			}
			imports := p.Imports
			if r.Deep {
				imports = p.Deps
			}
			for _, i := range imports {
				if !standard[i] && denied(i, r.Deny) && !slices.Contains(r.Only, i) {
					t.Errorf("%s imports %s: %s", p.dir(), i, r.Why)
				}
			}
		}
		for _, h := range homes {
			for _, i := range p.Imports {
				if under(i, h.Import) && !slices.ContainsFunc(h.In, func(in string) bool { return matches(p.dir(), in) }) {
					t.Errorf("%s imports %s, which belongs to %v: %s", p.dir(), i, h.In, h.Why)
				}
			}
		}
	}
}

func denied(i string, deny []string) bool {
	return slices.ContainsFunc(deny, func(d string) bool { return d == "." || strings.HasPrefix(i, d) })
}

func under(i, prefix string) bool { return i == prefix || strings.HasPrefix(i, prefix+"/") }

func matches(dir, pattern string) bool {
	if p, ok := strings.CutSuffix(pattern, "/..."); ok {
		return under(dir, p)
	}
	return dir == path.Clean(pattern)
}

func list(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-pgo=off", "-deps", "-json=ImportPath,Imports,Deps,Standard", "./...")
	cmd.Dir = "../../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	d := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p pkg
		switch err := d.Decode(&p); {
		case errors.Is(err, io.EOF):
			return all
		case err != nil:
			t.Fatalf("go list: %v", err)
		}
		all = append(all, p)
	}
}
