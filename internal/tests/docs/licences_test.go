package docs

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// licences are known by a sentence of each, the more special first.
var licences = []struct{ name, says string }{
	{"Apache-2.0", "Apache License"},
	{"MIT", "Permission is hereby granted, free of charge"},
	{"BSD-3-Clause", "Neither the name of"},
	{"BSD-2-Clause", "Redistribution and use in source and binary forms"},
}

const licencesHead = `# Licences of what the programs are built with

The modules of Go in the service and the functions, each with the licence that its own folder holds. What is in the page is listed in
[site/vendor](../site/vendor/README.md), and in its settings under "About".

| Module | Licence |
| --- | --- |
`

func TestEveryModuleOfThePrograms(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "go", "list", "-pgo=off", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Dir}}{{end}}{{end}}",
		"./internal/cmd/local", "./functions/...")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	modules := slices.Compact(slices.Sorted(strings.Lines(string(out))))
	var b strings.Builder
	b.WriteString(licencesHead)
	for _, line := range modules {
		module, dir, ok := strings.Cut(strings.TrimSpace(line), " ")
		if ok {
			fmt.Fprintf(&b, "| `%s` | %s |\n", module, licenceIn(t, dir))
		}
	}
	generated(t, "docs/licences.md", b.String())
}

// licenceIn names the licence in a module's folder.
func licenceIn(t *testing.T, dir string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "LICEN[CS]E*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text := read(t, f)
		for _, l := range licences {
			if strings.Contains(text, l.says) {
				return l.name
			}
		}
	}
	t.Errorf("%s: no licence that is known", dir)
	return ""
}
