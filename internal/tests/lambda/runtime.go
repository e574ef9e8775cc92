package lambda

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"
)

// timeLimit is how long a function may take for an event.
const timeLimit = 2 * time.Minute

// Process is one instance of a function. It takes one event at a time.
type Process struct {
	runtime *httptest.Server
	cmd     *exec.Cmd
	log     *log
	began   time.Time

	events chan []byte
	given  chan time.Time
	done   chan answer
	ended  chan struct{} // closed when the process has
	stop   context.CancelFunc
}

type answer struct {
	failed bool
	body   string
	at     time.Time
}

// log is what the function printed.
type log struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// Start starts the program with that environment, and what Lambda adds to it. began,
// where it is not nil, is called with the process's number as soon as there is one.
func Start(ctx context.Context, program string, env []string, began func(pid int) error) (*Process, error) {
	ctx, stop := context.WithCancel(ctx)
	p := &Process{
		log: &log{}, events: make(chan []byte), given: make(chan time.Time, 1), done: make(chan answer, 1), ended: make(chan struct{}), stop: stop,
	}
	p.runtime = httptest.NewServer(p)
	p.cmd = exec.CommandContext(ctx, program)
	p.cmd.Env = append([]string{
		"AWS_LAMBDA_RUNTIME_API=" + strings.TrimPrefix(p.runtime.URL, "http://"), "AWS_LAMBDA_FUNCTION_NAME=f",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=1024", "AWS_LAMBDA_FUNCTION_VERSION=1",
	}, env...)
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	p.began = time.Now()
	if err := p.cmd.Start(); err != nil {
		stop()
		p.runtime.Close()
		return nil, err
	}
	go func() {
		_ = p.cmd.Wait() // it is stopped, or Invoke tells that it ended
		close(p.ended)
	}()
	if began != nil {
		if err := began(p.cmd.Process.Pid); err != nil {
			p.Stop()
			return nil, err
		}
	}
	return p, nil
}

// Stop ends the process.
func (p *Process) Stop() {
	p.stop()
	<-p.ended
	p.runtime.Close()
}

// Log is what the function has printed.
func (p *Process) Log() string { return p.log.String() }

// Began is when the process was started.
func (p *Process) Began() time.Time { return p.began }

// Processor is how long the process has had a processor so far, to the 10 ms that
// Linux counts in.
func (p *Process) Processor() (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(text), ") ") // behind the program's name
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, fmt.Errorf("unexpected: %s", text)
	}
	user, err := strconv.Atoi(fields[11])
	if err != nil {
		return 0, err
	}
	system, err := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond, err
}

// Invoke gives the function an event, and answers what it answered, when it was
// given the event and when it was done.
func (p *Process) Invoke(event []byte) (body string, from, to time.Time, err error) {
	limit := time.NewTimer(timeLimit)
	defer limit.Stop()
	select {
	case p.events <- event:
	case <-p.ended:
		return "", from, to, fmt.Errorf("it ended:\n%s", p.Log())
	case <-limit.C:
		return "", from, to, fmt.Errorf("it does not ask for an event:\n%s", p.Log())
	}
	from = <-p.given
	select {
	case a := <-p.done:
		if a.failed {
			return "", from, a.at, fmt.Errorf("it answered an error: %s\n%s", a.body, p.Log())
		}
		return a.body, from, a.at, nil
	case <-p.ended:
		return "", from, to, fmt.Errorf("it ended:\n%s", p.Log())
	case <-limit.C:
		return "", from, to, fmt.Errorf("no answer:\n%s", p.Log())
	}
}

// ServeHTTP is the API of the runtime, as far as a function needs it.
func (p *Process) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/2018-06-01/runtime/")
	if path == "invocation/next" {
		select {
		case event := <-p.events:
			h := w.Header()
			h.Set("Lambda-Runtime-Aws-Request-Id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
			h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(time.Now().Add(timeLimit).UnixMilli(), 10))
			h.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:123456789012:function:f")
			p.given <- time.Now()
			_, _ = w.Write(event) // where it fails, Invoke's time runs out
		case <-p.ended:
		case <-r.Context().Done():
		}
		return
	}
	body, _ := io.ReadAll(r.Body)
	p.done <- answer{strings.HasSuffix(path, "/error"), string(body), time.Now()}
	w.WriteHeader(http.StatusAccepted)
}
