package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// killed is a program that is killed again and again, and starts anew at the same
// address.
type killed struct {
	t       *testing.T
	program string
	args    []string
	env     []string
	cmd     *exec.Cmd
}

func (k *killed) start() {
	k.t.Helper()
	k.cmd = exec.Command(k.program, k.args...)
	k.cmd.Dir, k.cmd.Env = "../../..", k.env
	if testing.Verbose() {
		k.cmd.Stdout, k.cmd.Stderr = os.Stderr, os.Stderr
	}
	if err := k.cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
}

// kill ends the program as it is, without a word to it.
func (k *killed) kill() {
	_ = k.cmd.Process.Kill() // it may have ended by itself
	_ = k.cmd.Wait()         // says "killed"
}

// till counts what the provider was paid for: it stands before the emulator, and
// outlives it.
type till struct {
	mu   sync.Mutex
	paid map[string]int // by prompt
}

func (c *till) count(resp *http.Response) error {
	if resp.Request.URL.Query().Get("Action") != "CVSync2AsyncSubmitTask" {
		return nil
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	var a struct{ Code int }
	if err := json.Unmarshal(body, &a); err != nil || a.Code != 10000 {
		return nil // refused, and not paid
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	prompt, _ := resp.Request.Context().Value(promptKey{}).(string)
	c.paid[prompt]++
	return nil
}

// of is how often the pictures of a prompt were paid for.
func (c *till) of(prompt string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.paid[prompt]
}

type promptKey struct{}

// before makes the way to the emulator, on which every submit's prompt is noted.
func (c *till) before(emulator string) http.Handler {
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: emulator})
			r.Out.Host = r.In.Host // it is signed, and links lead back here
		},
		ModifyResponse: c.count,
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) {
			panic(http.ErrAbortHandler) // the emulator is dead: so is the connection
		},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		var sent struct{ Prompt string }
		_ = json.Unmarshal(body, &sent) // a question has none
		r.Body = io.NopCloser(bytes.NewReader(body))
		proxy.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), promptKey{}, sent.Prompt)))
	})
}

// shown is what a person reads of a task.
type shown struct {
	ID     string `json:"task_id"`
	Status string
	Images []struct {
		Status       string
		URL          string
		ThumbnailURL string `json:"thumbnail_url"`
	}
	Error     *struct{ Code, Charged string }
	CreatedAt time.Time `json:"created_at"`
	Finished  time.Time `json:"finished_at"`
}

func (s shown) over() bool {
	return s.Status != "" && s.Status != "PENDING" && s.Status != "PROCESSING"
}

// asked makes a request until it is answered, as a page does.
func asked(t *testing.T, address, method, path, body, key string, into any) {
	t.Helper()
	web := &http.Client{Timeout: 5 * time.Second}
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(100 * time.Millisecond) {
		r, err := http.NewRequestWithContext(t.Context(), method, address+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		if key != "" {
			r.Header.Set("Idempotency-Key", key)
		}
		resp, err := web.Do(r)
		if err == nil {
			data, readErr := io.ReadAll(resp.Body)
			_ = resp.Body.Close() // read to its end
			if readErr == nil && resp.StatusCode < 300 {
				if raw, ok := into.(*[]byte); ok {
					*raw = data
				} else if err := json.Unmarshal(data, into); err != nil {
					t.Fatal(err)
				}
				return
			}
			err = fmt.Errorf("HTTP %d: %.200s", resp.StatusCode, data)
		}
		if time.Now().After(end) {
			t.Fatalf("%s %s: %v", method, path, err)
		}
	}
}

// TestKill9 kills the service and the emulator at random moments, as real processes,
// while people order pictures; then all must come to rest as the checker has it.
func TestKill9OfServiceAndEmulatorAtRandomMoments(t *testing.T) {
	tasks := 30
	if all() {
		tasks = 200
	}
	dir := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", dir, "volcimage/internal/cmd/local", "volcimage/internal/cmd/visualstub").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	emulatorAt, serviceAt := freeAddress(t), freeAddress(t)
	c := &till{paid: map[string]int{}}
	way := httptest.NewServer(c.before(emulatorAt))
	defer way.Close()
	_, port, _ := net.SplitHostPort(serviceAt)
	keys := []string{"VOLC_ACCESS_KEY=demo", "VOLC_SECRET_KEY=demo-secret", "HOME=" + dir}
	data := filepath.Join(dir, "data")
	emulator := &killed{t: t, program: filepath.Join(dir, "visualstub"), env: keys, args: []string{"-addr", emulatorAt, "-delay", "500ms", "-prerendered", "-qps", "-1", "-query-qps", "-1", "-concurrency", "-1"}}
	service := &killed{t: t, program: filepath.Join(dir, "local"), env: append(keys, "APP_PORT="+port, "DATA_DIR="+data, "VOLC_ENDPOINT="+way.URL, "TASK_POLL_INTERVAL=0.2", "RATE_LIMIT_GENERATE=10000/s", "RATE_LIMIT_READ=10000/s", "APP_LOG_LEVEL=warn")}
	emulator.start()
	service.start()
	defer func() { service.kill(); emulator.kill() }()

	dice := rand.New(rand.NewPCG(seed(), 9))
	t.Logf("FAULTS_SEED=%d", seed())
	ordered, kills := make(chan struct{}), 0
	var ids []string
	go func() {
		defer close(ordered)
		for n := range tasks {
			var made shown
			asked(t, "http://"+serviceAt, "POST", "/api/v1/generate", fmt.Sprintf(`{"prompt":"fox %d","model":"jimeng_t2i_v31","width":512,"height":512}`, n), fmt.Sprint("key ", n), &made)
			ids = append(ids, made.ID)
			time.Sleep(time.Duration(rand.IntN(400)) * time.Millisecond)
		}
	}()
	for ordering := true; ordering; {
		select {
		case <-ordered:
			ordering = false
		case <-time.After(time.Duration(200+dice.IntN(1300)) * time.Millisecond):
		}
		victim := service
		if dice.IntN(3) == 0 {
			victim = emulator
		}
		victim.kill()
		kills++
		victim.start()
	}
	for range tasks / 15 { // and while what was ordered is drawn
		time.Sleep(time.Duration(200+dice.IntN(1300)) * time.Millisecond)
		service.kill()
		kills++
		service.start()
	}
	sum := judgeKilled(t, "http://"+serviceAt, ids, c, data)
	t.Logf("%d tasks, %d kills: %+v", tasks, kills, sum)
	// A kill cuts off no more calls than there are slots, and each is made once more.
	if sum.Beyond > 5*kills {
		t.Errorf("%d pictures paid for beyond one a task after %d kills", sum.Beyond, kills)
	}
	sum.Excused = sum.Beyond
	publish("kill -9 of service and emulator, as processes, at random; SQLite", sum)
}

// forgotten are the codes of a picture that the emulator forgot, as it forgets all
// when it is killed: before it was known to be drawn, twice, or after.
var forgotten = []string{"provider_outcome_unknown", "provider_lost", "picture_unreachable"}

// judgeKilled waits until all is over and holds what there is against what was told.
func judgeKilled(t *testing.T, address string, ids []string, c *till, data string) tally {
	t.Helper()
	sum := tally{Acknowledged: len(ids)}
	named := 0
	for n, id := range ids {
		var got shown
		for end := time.Now().Add(5 * time.Minute); !got.over(); time.Sleep(50 * time.Millisecond) {
			asked(t, address, "GET", "/api/v1/task/"+id, "", "", &got)
			if time.Now().After(end) {
				sum.Lost++
				t.Errorf("task %d is %s after five minutes", n, got.Status)
				break
			}
		}
		sum.Final++
		sum.Worst = max(sum.Worst, got.Finished.Sub(got.CreatedAt))
		for _, im := range got.Images {
			if im.Status != "done" {
				continue
			}
			named += 2
			for _, link := range []string{im.URL, im.ThumbnailURL} {
				var bytes []byte
				if asked(t, address, "GET", link, "", "", &bytes); len(bytes) < 100 {
					t.Errorf("task %d: a picture of %d bytes", n, len(bytes))
				}
			}
		}
		if got.Status != "COMPLETED" && (got.Error == nil || !slices.Contains(forgotten, got.Error.Code)) {
			t.Errorf("task %d ended %s by %+v; want it drawn, or gone with the emulator", n, got.Status, got.Error)
		}
		paid := c.of(fmt.Sprintf("fox %d", n))
		sum.Beyond += max(0, paid-1)
		if paid > 2 {
			t.Errorf("task %d was paid for %d times", n, paid)
		}
	}
	var files int
	for end := time.Now().Add(time.Minute); ; time.Sleep(time.Second) { // the janitor comes every ten seconds
		if files = filesBelow(t, filepath.Join(data, "objects", "images")); files == named || time.Now().After(end) {
			break
		}
	}
	if files != named {
		sum.Orphans = files - named
		t.Errorf("%d files are stored, %d are named", files, named)
	}
	return sum
}

func filesBelow(t *testing.T, dir string) (n int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			n++
		}
		return nil // what goes meanwhile is gone
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
