// Package outside looks at the running service as the world does: who gets in, what
// every answer tells, and what a crowd, or somebody who means ill, does to it.
package outside

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// binaries holds the two programs, built once for all tests.
var binaries = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "outside")
	if err != nil {
		return "", err
	}
	out, err := exec.Command("go", "build", "-o", dir, "volcimage/internal/cmd/local", "volcimage/internal/cmd/visualstub").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return dir, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, err := binaries(); err == nil {
		_ = os.RemoveAll(dir) // a temporary folder: what stays is swept by the system
	}
	os.Exit(code)
}

// printed is what a program has printed.
type printed struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (p *printed) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.b.Write(b)
}

func (p *printed) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.b.String()
}

// program is a running program of ours; it is killed with the test.
type program struct {
	*exec.Cmd
	host string // host:port where it serves
	data string
	out  *printed
}

func start(t *testing.T, name string, env []string, args ...string) *program {
	t.Helper()
	dir, err := binaries()
	if err != nil {
		t.Fatal(err)
	}
	p := &program{Cmd: exec.Command(filepath.Join(dir, name), args...), out: &printed{}}
	p.Dir = "../../.."
	p.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}, env...)
	p.Stdout, p.Stderr = p.out, p.out
	if err := p.Start(); err != nil {
		t.Fatalf("start %s: %v", name, err)
	}
	t.Cleanup(func() {
		_ = p.Process.Signal(syscall.SIGTERM) // it may have ended by itself
		ended := make(chan struct{})
		go func() { _ = p.Wait(); close(ended) }()
		select {
		case <-ended:
		case <-time.After(15 * time.Second):
			t.Errorf("%s did not end", name)
			_ = p.Process.Kill()
			<-ended
		}
		if t.Failed() {
			s := p.out.String()
			t.Logf("%s printed:\n%s", name, s[max(0, len(s)-3000):])
		}
	})
	return p
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// serve runs the whole service, in demo mode unless env says otherwise. Later
// settings win.
func serve(t *testing.T, data string, env ...string) *program {
	t.Helper()
	port := freePort(t)
	p := start(t, "local", append([]string{"APP_PORT=" + port, "DATA_DIR=" + data}, env...))
	p.host, p.data = "127.0.0.1:"+port, data
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		resp, err := http.Get("http://" + p.host + "/api/v1/health")
		if err == nil {
			_ = resp.Body.Close()
			return p
		}
		if time.Now().After(end) {
			t.Fatalf("the service does not answer: %v\n%s", err, p.out)
		}
	}
}

// run runs one command of the service on its data.
func run(t *testing.T, data string, args ...string) string {
	t.Helper()
	dir, err := binaries()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(dir, "local"), args...)
	cmd.Dir, cmd.Env = "../../..", []string{"DATA_DIR=" + data, "HOME=" + t.TempDir()}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("local %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// emulator is VolcEngine's stand-in, and the settings that lead the service to it.
func emulator(t *testing.T, args ...string) (*program, []string) {
	t.Helper()
	port := freePort(t)
	env := []string{"VOLC_ACCESS_KEY=" + accessKey, "VOLC_SECRET_KEY=" + secretKey}
	p := start(t, "visualstub", env, append([]string{"-addr", "127.0.0.1:" + port}, args...)...)
	p.host = "127.0.0.1:" + port
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		resp, err := http.Get("http://" + p.host + "/_emulator/stats")
		if err == nil {
			_ = resp.Body.Close()
			return p, append(env, "VOLC_ENDPOINT=http://"+p.host)
		}
		if time.Now().After(end) {
			t.Fatalf("the emulator does not answer: %v", err)
		}
	}
}

const (
	accessKey = "AKLTb3V0c2lkZS10ZXN0cy1hY2Nlc3M"
	secretKey = "c2VjcmV0LW9mLXRoZS1vdXRzaWRlLXRlc3Rz"
)

// answer is an answer that was read to its end.
type answer struct {
	status int
	header http.Header
	body   []byte
}

var client = &http.Client{
	Timeout:       30 * time.Second,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Transport:     &http.Transport{MaxIdleConnsPerHost: 256},
}

// ask makes a request; headers are given as name, value, name, value. A header
// Host is the host asked for.
func (p *program) ask(t testing.TB, method, path, body string, headers ...string) answer {
	t.Helper()
	a, err := p.try(method, path, body, headers...)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return a
}

func (p *program) try(method, path, body string, headers ...string) (answer, error) {
	r, err := http.NewRequest(method, "http://"+p.host+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
	}
	resp, err := client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, b}, err
}

// field is a field of the answer's JSON, as text.
func (a answer) field(t testing.TB, name string) string {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal(a.body, &fields); err != nil {
		t.Fatalf("status %d, %.300s: %v", a.status, a.body, err)
	}
	return fmt.Sprint(fields[name])
}

// want checks status and, of a problem, the code.
func (a answer) want(t testing.TB, status int, code string) {
	t.Helper()
	if a.status != status {
		t.Errorf("status %d, want %d: %.300s", a.status, status, a.body)
		return
	}
	if code != "" && a.field(t, "code") != code {
		t.Errorf("problem %.300s, want %s", a.body, code)
	}
}

const fox = `{"prompt":"a red fox","width":1024,"height":1024}`

func (p *program) submit(t testing.TB, headers ...string) string {
	t.Helper()
	a := p.ask(t, "POST", "/api/v1/generate", fox, headers...)
	if a.status != http.StatusAccepted {
		t.Fatalf("submit: %d %s", a.status, a.body)
	}
	return a.field(t, "task_id")
}

// finished waits for the end of a task and answers it.
func (p *program) finished(t testing.TB, id string, headers ...string) answer {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		a := p.ask(t, "GET", "/api/v1/task/"+id, "", headers...)
		if s := a.field(t, "status"); s != "PENDING" && s != "PROCESSING" {
			return a
		}
		if time.Now().After(end) {
			t.Fatalf("task %s is not over after a minute: %s", id, a.body)
		}
	}
}

// firstImage is the field of a task's first picture.
func (a answer) firstImage(t testing.TB, field string) string {
	t.Helper()
	var v struct{ Images []map[string]any }
	if err := json.Unmarshal(a.body, &v); err != nil || len(v.Images) == 0 {
		t.Fatalf("no pictures in %s: %v", a.body, err)
	}
	return fmt.Sprint(v.Images[0][field])
}
