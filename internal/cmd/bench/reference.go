package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// reference is the stack that the service is compared with, driven by its own script.
type reference struct {
	script string
	home   string // its BENCH_HOME
	work   string // ours, for its output and its provider's pictures
}

// The addresses that the script starts the service and its provider at.
const (
	referenceService  = "127.0.0.1:18000"
	referenceProvider = "127.0.0.1:18090"
)

const (
	setupTime = 10 * time.Minute
	startTime = 3 * time.Minute // 100,000 rows included
)

// findReference looks for the script in folder dir, and has it set up what it needs.
func findReference(ctx context.Context, dir, work string, out io.Writer) (*reference, error) {
	script, err := filepath.Abs(filepath.Join(dir, "reference.sh"))
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(script); err != nil {
		return nil, errors.New("there is no reference.sh in REFERENCE_DIR")
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	r := &reference{script: script, work: work, home: cmp.Or(os.Getenv("BENCH_HOME"), filepath.Join(cache, "reference-stack"))}
	if err := givePictures(ctx, work); err != nil {
		return nil, fmt.Errorf("draw a picture for its provider: %w", err)
	}
	if r.complete() {
		return r, nil
	}
	_, _ = fmt.Fprintln(out, "setting up the reference, about a minute")
	ctx, cancel := context.WithTimeout(ctx, setupTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, script, "setup") //nolint:gosec // the operator names it
	cmd.Env = append(os.Environ(), "BENCH_HOME="+r.home)
	if text, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("set up: %w\n%s", err, text)
	}
	return r, nil
}

// complete tells whether the setup has been made.
func (r *reference) complete() bool {
	for _, name := range []string{"venv/bin/uvicorn", "bin/mockprovider", "pics/photo-4096.png"} {
		if _, err := os.Stat(filepath.Join(r.home, name)); err != nil {
			return false
		}
	}
	return true
}

func (r *reference) subject() *subject {
	return &subject{
		name: "reference", start: r.start,
		api: api{
			submit: "/api/v1/generate", accepted: 200,
			body: `{"prompt":"misty castle at golden dusk, number %d","width":1024,"height":1024,"format":"jpeg"}`,
			task: "/api/v1/task/", page: "/api/v1/history?page_size=50&page=1",
		},
	}
}

// start runs the script, which starts the service; the time of its process counts
// from the file that the script notes the process in.
func (r *reference) start(ctx context.Context, o options) (*running, error) {
	for _, address := range []string{referenceService, referenceProvider} {
		if c, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", address); err == nil {
			return nil, errors.Join(fmt.Errorf("somebody listens at %s, where the reference wants to", address), c.Close())
		}
	}
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	healthy := make(chan time.Time, 1)
	go func() {
		at, _ := awaitHealthy(ctx, referenceService) // the script fails too then, and says why
		healthy <- at
	}()
	limit := "5"
	if !o.drawing {
		limit = "0"
	}
	env := []string{"MAX_CONCURRENT_TASKS=" + limit, "PROVIDER_FLAGS=-dir " + r.work}
	text, err := r.call(ctx, env, "start", strconv.Itoa(o.rows))
	if err != nil {
		return nil, errors.Join(err, r.stop(context.WithoutCancel(ctx), nil, ""))
	}
	return r.started(context.WithoutCancel(ctx), <-healthy, text)
}

// call runs the script. Its output goes to a file: what it starts holds on to it.
func (r *reference) call(ctx context.Context, env []string, args ...string) (string, error) {
	out, err := os.CreateTemp(r.work, "reference")
	if err != nil {
		return "", err
	}
	defer func() { _ = out.Close() }()
	cmd := exec.CommandContext(ctx, r.script, args...) //nolint:gosec // the operator names it
	cmd.Env = append(append(os.Environ(), "BENCH_HOME="+r.home), env...)
	cmd.Stdout, cmd.Stderr = out, out
	err = cmd.Run()
	text, readErr := os.ReadFile(out.Name())
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, text)
	}
	return string(text), readErr
}

// started reads what the script left: the processes, and the file of ids in the
// data folder. What is started is stopped under ctx.
func (r *reference) started(ctx context.Context, ready time.Time, text string) (*running, error) {
	noted := filepath.Join(r.home, "pids")
	list, err := os.ReadFile(noted) //nolint:gosec // in the reference's own folder
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(noted)
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, f := range strings.Fields(string(list)) {
		n, err := strconv.Atoi(f)
		if err != nil {
			return nil, err
		}
		pids = append(pids, n)
	}
	if len(pids) != 2 {
		return nil, fmt.Errorf("the reference noted %d processes, want provider and service", len(pids))
	}
	_, file, _ := strings.Cut(text, "ids of some tasks: ")
	file = strings.TrimSpace(file)
	ids, err := os.ReadFile(file)                      //nolint:gosec // the reference's script names it
	if err != nil && !errors.Is(err, os.ErrNotExist) { // without rows there is none
		return nil, err
	}
	return &running{
		address: referenceService, pid: pids[1], others: pids[:1], startup: ready.Sub(info.ModTime()), ids: strings.Fields(string(ids)),
		data: filepath.Dir(file),
		stop: func() error { return r.stop(ctx, pids, filepath.Dir(file)) },
	}, nil
}

// stop ends the processes, waits for that, and removes the data.
func (r *reference) stop(ctx context.Context, pids []int, data string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*stopTime)
	defer cancel()
	_, err := r.call(ctx, nil, "stop")
	for _, pid := range pids {
		for alive(pid) && ctx.Err() == nil {
			time.Sleep(10 * time.Millisecond)
		}
		if alive(pid) {
			err = errors.Join(err, syscall.Kill(pid, syscall.SIGKILL))
		}
	}
	if strings.HasPrefix(filepath.Base(data), "data.") {
		err = errors.Join(err, os.RemoveAll(data))
	}
	return err
}

func alive(pid int) bool { return syscall.Kill(pid, 0) == nil }
