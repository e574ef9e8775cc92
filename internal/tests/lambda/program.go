// Package lambda stands where Lambda stands: it builds the functions as they are
// deployed, starts them as processes and gives them events by the API of Lambda's
// runtime.
package lambda

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// Programs are the functions, built.
type Programs struct {
	dir, root string
}

// Build builds the functions of that name as the Makefile does, for this machine.
// root is the project's folder.
func Build(root string, functions ...string) (*Programs, error) {
	dir, err := os.MkdirTemp("", "lambda")
	if err != nil {
		return nil, err
	}
	p := &Programs{dir, root}
	for _, f := range functions {
		if _, err := p.Make(f, Architecture()); err != nil {
			p.Remove()
			return nil, err
		}
	}
	return p, nil
}

// Architecture is this machine's, by Lambda's name.
func Architecture() string {
	if runtime.GOARCH == "amd64" {
		return "x86_64"
	}
	return runtime.GOARCH
}

// Make builds a function for an architecture and answers where it is.
func (p *Programs) Make(function, architecture string) (path string, err error) {
	dir := filepath.Join(p.dir, architecture, function)
	target := "build-" + strings.ToUpper(function[:1]) + function[1:]
	cmd := exec.CommandContext(context.Background(), "make", "-s", target, "ARTIFACTS_DIR="+dir, "ARCHITECTURE="+architecture) //nolint:gosec // names of ours
	cmd.Dir = p.root
	if text, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("make %s: %w\n%s", target, err, text)
	}
	return filepath.Join(dir, "bootstrap"), nil
}

// Path is where a function that was built for this machine is.
func (p *Programs) Path(function string) string {
	return filepath.Join(p.dir, Architecture(), function, "bootstrap")
}

// Event is one of the recorded events of a function.
func (p *Programs) Event(function, name string) ([]byte, error) {
	return os.ReadFile(filepath.Join(p.root, "functions", function, "events", name)) //nolint:gosec // our own folder
}

// Remove removes what was built.
func (p *Programs) Remove() { _ = os.RemoveAll(p.dir) } // nobody misses it
