package docs

import (
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// exampleTime is far above what the service in demo mode takes for two pictures.
const exampleTime = 2 * time.Minute

// TestTheExamplesOfTheAPIWork runs the shell examples of docs/api.md, one behind
// the other in one shell, as a reader would who pastes them.
func TestTheExamplesOfTheAPIWork(t *testing.T) {
	for _, tool := range []string{"bash", "curl", "sed", "grep"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("the examples need %s: %v", tool, err)
		}
	}
	const assumed = "BASE=http://localhost:8080/api/v1\n"
	script := examples(t, "docs/api.md")
	if !strings.Contains(script, assumed) {
		t.Fatalf("docs/api.md does not say %q", assumed)
	}
	script = strings.Replace(script, assumed, "BASE="+serviceForExamples(t)+"/api/v1\n", 1)

	ctx, cancel := context.WithTimeout(t.Context(), exampleTime)
	defer cancel()
	shell := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", script)
	shell.Dir = t.TempDir()
	out, err := shell.CombinedOutput()
	if err != nil {
		t.Fatalf("the examples end with %v, having printed\n%s", err, out)
	}
	for _, want := range []string{
		`{"status":"ok","mode":"demo"`, "HTTP/1.1 202 Accepted", "Idempotent-Replayed: true",
		`"status":"COMPLETED"`, `"code":"not_cancellable"`, `"location":"body.width"`,
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the examples do not print %s, but\n%s", want, out)
		}
	}
	for _, pattern := range []string{"A-red-fox-*.png", "thumbnail.jpg"} {
		if found, err := filepath.Glob(filepath.Join(shell.Dir, pattern)); err != nil || len(found) != 1 {
			t.Errorf("the examples saved %v as %s, want one file: %v", found, pattern, err)
		}
	}
}

// examples are the shell blocks of a document.
func examples(t *testing.T, name string) string {
	t.Helper()
	var all strings.Builder
	for _, m := range fence.FindAllStringSubmatch(document(t, name), -1) {
		if m[1] == "sh" {
			all.WriteString(m[2])
		}
	}
	return all.String()
}

// serviceForExamples starts the service in demo mode and tells its address.
func serviceForExamples(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "local")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "volcimage/internal/cmd/local").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String()) // of a TCP listener
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	site, err := filepath.Abs(filepath.Join(root, "site"))
	if err != nil {
		t.Fatal(err)
	}
	service := exec.Command(program)
	service.Dir = t.TempDir() // where there is no .env
	service.Env = []string{"PATH=" + os.Getenv("PATH"), "APP_PORT=" + port, "SITE_DIR=" + site, "DATA_DIR=" + filepath.Join(t.TempDir(), "data")}
	var log strings.Builder
	service.Stdout, service.Stderr = &log, &log
	if err := service.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = service.Process.Kill() // it may have ended by itself
		_ = service.Wait()         // its status is "killed"
		if t.Failed() {
			t.Logf("the service logged\n%s", log.String())
		}
	})
	url := "http://localhost:" + port
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		resp, err := http.Get(url + "/api/v1/health")
		if err == nil {
			_ = resp.Body.Close() // nothing of it is needed
			return url
		}
		if time.Now().After(deadline) {
			t.Fatalf("the service does not answer: %v", err)
		}
	}
}
