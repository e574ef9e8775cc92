// Package e2e drives the whole service as its user does: real processes, real
// HTTP, a real browser.
package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// built is the version of what is tested.
const built = "v0-tested"

// binaries holds the two programs, built once for all tests.
var binaries = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "e2e")
	if err != nil {
		return "", err
	}
	out, err := exec.Command("go", "build", "-ldflags", "-X volcimage/internal/config.version="+built, "-o", dir, "volcimage/internal/cmd/local", "volcimage/internal/cmd/visualstub").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return dir, nil
})

func TestMain(m *testing.M) {
	flag.Parse()
	if f := flag.Lookup("test.parallel"); f.Value.String() == f.DefValue {
		// They wait for processes more than they work.
		if err := f.Value.Set(strconv.Itoa(2 * runtime.GOMAXPROCS(0))); err != nil {
			panic(err)
		}
	}
	code := m.Run()
	closeChromium()
	if dir, err := binaries(); err == nil {
		_ = os.RemoveAll(dir) // a temporary folder: what stays is swept by the system
	}
	os.Exit(code)
}

// process is a running program with what it printed.
type process struct {
	*exec.Cmd
	URL string
	out *lockedBuffer
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// launch starts a program of ours; it is killed with the test.
func launch(t *testing.T, name string, env []string, args ...string) *process {
	t.Helper()
	dir, err := binaries()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{Cmd: exec.Command(filepath.Join(dir, name), args...), out: &lockedBuffer{}}
	p.Dir = repository(t)
	p.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}, env...)
	p.Stdout, p.Stderr = p.out, p.out
	if err := p.Start(); err != nil {
		t.Fatalf("start %s: %v", name, err)
	}
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("%s printed:\n%s", name, tail(p.out.String(), 4000))
		}
	})
	return p
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }

func repository(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// kill is kill -9: nothing of the program runs after it.
func (p *process) kill() {
	_ = p.Process.Kill() // it may have ended by itself
	_ = p.Wait()         // its status is "killed"
}

// stop asks the program to end and waits for it.
func (p *process) stop(t *testing.T) {
	t.Helper()
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatalf("SIGTERM: %v", err)
	}
	if err := p.Wait(); err != nil {
		t.Errorf("after SIGTERM the program ended with %v, want exit code 0\n%s", err, tail(p.out.String(), 2000))
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// service is the whole service on one machine, in demo mode unless env says otherwise.
func service(t *testing.T, data string, env ...string) *process {
	t.Helper()
	return serviceAt(t, "http://127.0.0.1:"+freePort(t), data, env...)
}

// serviceAt starts a service at an address of this machine, such as that of an earlier one.
func serviceAt(t *testing.T, url, data string, env ...string) *process {
	t.Helper()
	port := url[strings.LastIndexByte(url, ':')+1:]
	p := launch(t, "local", append([]string{"APP_PORT=" + port, "DATA_DIR=" + data}, env...))
	p.URL = url
	waitFor(t, 15*time.Second, "health of the service", func() bool {
		resp, err := http.Get(url + "/api/v1/health")
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
	return p
}

const (
	accessKey = "AKTEST0000000000"
	secretKey = "c2VjcmV0LW9mLXRoZS1lbmQtdG8tZW5kLXRlc3Rz"
)

// emulator is VolcEngine's stand-in as a process of its own, and the settings
// that point the service at it.
func emulator(t *testing.T, args ...string) (*process, []string) {
	t.Helper()
	port := freePort(t)
	env := []string{"VOLC_ACCESS_KEY=" + accessKey, "VOLC_SECRET_KEY=" + secretKey}
	p := launch(t, "visualstub", env, append([]string{"-addr", "127.0.0.1:" + port}, args...)...)
	p.URL = "http://127.0.0.1:" + port
	waitFor(t, 10*time.Second, "the emulator", func() bool {
		resp, err := http.Get(p.URL + "/_emulator/stats")
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
	return p, append(env, "VOLC_ENDPOINT="+p.URL)
}

func waitFor(t *testing.T, limit time.Duration, what string, ready func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !ready(); {
		if time.Now().After(end) {
			t.Fatalf("%s: not so after %v", what, limit)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// Task is what the tests read of a task.
type Task struct {
	ID     string `json:"task_id"`
	Status string
	Prompt string
	Images []struct {
		Status       string
		Width        int
		Height       int
		URL          string
		ThumbnailURL string `json:"thumbnail_url"`
		DownloadURL  string `json:"download_url"`
	}
	Error    *struct{ Code, Charged string }
	BinnedAt string `json:"binned_at"` // empty unless it lies in the bin
}

func (t Task) over() bool { return t.Status != "PENDING" && t.Status != "PROCESSING" }

// call makes a request and decodes its JSON answer into out, if given.
func call(t *testing.T, method, url string, body, out any) *http.Response {
	t.Helper()
	var r io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		r = bytes.NewReader(b)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, url, r)
	if err != nil {
		t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	if out != nil {
		if err := json.Unmarshal(b, out); err != nil {
			t.Fatalf("%s %s: %d %s", method, url, resp.StatusCode, tail(string(b), 500))
		}
	}
	return resp
}

func submit(t *testing.T, p *process, body map[string]any) Task {
	t.Helper()
	var tk Task
	if resp := call(t, "POST", p.URL+"/api/v1/generate", body, &tk); resp.StatusCode != http.StatusAccepted {
		t.Fatalf("submit %v: %d, want 202", body, resp.StatusCode)
	}
	return tk
}

func get(t *testing.T, p *process, id string) Task {
	t.Helper()
	var tk Task
	if resp := call(t, "GET", p.URL+"/api/v1/task/"+id, nil, &tk); resp.StatusCode != http.StatusOK {
		t.Fatalf("get %s: %d, want 200", id, resp.StatusCode)
	}
	return tk
}

// finish waits until the task is over.
func finish(t *testing.T, p *process, id string, limit time.Duration) Task {
	t.Helper()
	var tk Task
	waitFor(t, limit, "end of task "+id, func() bool {
		tk = get(t, p, id)
		return tk.over()
	})
	return tk
}

func stats(t *testing.T, emulator *process, query string) map[string]any {
	t.Helper()
	var s map[string]any
	call(t, "GET", emulator.URL+"/_emulator/stats"+query, nil, &s)
	return s
}

// number reads a counter of the emulator.
func number(t *testing.T, s map[string]any, name string) int {
	t.Helper()
	f, ok := s[name].(float64)
	if !ok {
		t.Fatalf("the emulator's stats have no number %q: %v", name, s)
	}
	return int(f)
}

func hasPrefix(b []byte, prefix string) bool { return strings.HasPrefix(string(b), prefix) }
