package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"volcimage/internal/visual/visualtest"
)

// Credentials that the emulator and the service share. They open nothing else.
const (
	accessKey = visualtest.DemoAccessKey
	secretKey = visualtest.DemoSecretKey
)

// ours is the built service.
type ours struct {
	work string // folder for programs, data and logs
	site string
}

// build makes the programs, as they would be installed.
func build(ctx context.Context, work string) (*ours, error) {
	out, err := exec.CommandContext(ctx, "go", "build", "-o", work, "volcimage/internal/cmd/local", "volcimage/internal/cmd/visualstub").CombinedOutput() //nolint:gosec // our own folder
	if err != nil {
		return nil, fmt.Errorf("go build: %w\n%s", err, out)
	}
	mod, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return nil, fmt.Errorf("go env GOMOD: %w", err)
	}
	return &ours{work: work, site: filepath.Join(filepath.Dir(strings.TrimSpace(string(mod))), "site")}, nil
}

func (o *ours) subject() *subject {
	return &subject{
		name: "volcimage", start: o.start,
		api: api{
			submit: "/api/v1/generate", accepted: 202,
			body: `{"prompt":"misty castle at golden dusk, number %d","model":"` + model + `","width":1024,"height":1024}`,
			task: "/api/v1/task/", page: "/api/v1/history?limit=50",
		},
	}
}

// start runs the service, with the emulator where it is to draw and paused where not.
func (o *ours) start(ctx context.Context, opts options) (r *running, err error) {
	data, err := os.MkdirTemp(o.work, "data")
	if err != nil {
		return nil, err
	}
	r = &running{stop: func() error { return os.RemoveAll(data) }}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.stop())
		}
	}()
	if opts.rows > 0 {
		if r.ids, err = seed(ctx, data, opts.rows); err != nil {
			return r, err
		}
	}
	if opts.drawing {
		if err := o.startProvider(ctx, r, opts); err != nil {
			return r, err
		}
	}
	if err := o.startService(ctx, r, data); err != nil {
		return r, err
	}
	if !opts.drawing {
		return r, o.pause(ctx, data)
	}
	return r, nil
}

// startProvider runs the emulator without limits: what the service keeps to is to be seen.
func (o *ours) startProvider(ctx context.Context, r *running, opts options) error {
	address, err := freeAddress(ctx)
	if err != nil {
		return err
	}
	p, err := launch(ctx, o.work, nil, filepath.Join(o.work, "visualstub"), "-addr", address, "-prerendered",
		"-delay", opts.delay.String(), "-concurrency", "-1", "-qps", "-1", "-query-qps", "-1",
		"-access-key", accessKey, "-secret-key", secretKey)
	if err != nil {
		return err
	}
	r.provider, r.others = address, []int{p.cmd.Process.Pid}
	r.also(p.stop)
	_, err = stats(ctx, address)
	for range 1000 {
		if err == nil || ctx.Err() != nil {
			break
		}
		time.Sleep(5 * time.Millisecond)
		_, err = stats(ctx, address)
	}
	return err
}

// also has stop do something more, before all else.
func (r *running) also(stop func() error) {
	before := r.stop
	r.stop = func() error { return errors.Join(stop(), before()) }
}

// unlimited is a rate that nobody reaches; 0 would leave the counting out.
const unlimited = "100000/s"

// nowhere is the provider of a service that is not to draw.
const nowhere = "127.0.0.1:9"

func (o *ours) startService(ctx context.Context, r *running, data string) error {
	address, err := freeAddress(ctx)
	if err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	provider := r.provider
	if provider == "" {
		provider = nowhere
	}
	p, err := launch(ctx, o.work, []string{
		"APP_PORT=" + port, "DATA_DIR=" + data, "SITE_DIR=" + o.site, "TASK_POLL_INTERVAL=0.05", "MAX_CONCURRENT_TASKS=5",
		"RATE_LIMIT_GENERATE=" + unlimited, "RATE_LIMIT_READ=" + unlimited,
		"VOLC_ENDPOINT=http://" + provider, "VOLC_ACCESS_KEY=" + accessKey, "VOLC_SECRET_KEY=" + secretKey,
	}, filepath.Join(o.work, "local"))
	if err != nil {
		return err
	}
	r.also(p.stop)
	r.address, r.pid = address, p.cmd.Process.Pid
	ready, err := awaitHealthy(ctx, address)
	r.startup = ready.Sub(p.begun)
	return err
}

// pause turns the operator's switch, so that tasks are accepted and wait.
func (o *ours) pause(ctx context.Context, data string) error {
	cmd := exec.CommandContext(ctx, filepath.Join(o.work, "local"), "pause") //nolint:gosec // the program that we built
	cmd.Dir, cmd.Env = o.work, []string{"DATA_DIR=" + data}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("pause: %w\n%s", err, out)
	}
	return nil
}
