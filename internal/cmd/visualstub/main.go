// Visualstub runs the emulator of VolcEngine's visual service as a process of its own.
// See internal/visual/visualtest for what it does and for the faults it can be asked
// for.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"volcimage/internal/visual/visualtest"
)

func main() { os.Exit(program(os.Args[1:], os.Getenv, os.Stderr)) }

// program runs until a signal and returns the exit code.
func program(args []string, env func(string) string, out io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, args, env, out)
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return 0
	}
	_, _ = fmt.Fprintln(out, "visualstub:", err) // nowhere else to say it
	return 1
}

// settings is the command line.
type settings struct {
	addr     string
	emulator visualtest.Config
}

// parse reads the command line. Keys come from the environment unless they are given,
// so that they need not stand in a list of processes.
func parse(args []string, env func(string) string, out io.Writer) (settings, error) {
	var s settings
	f := flag.NewFlagSet("visualstub", flag.ContinueOnError)
	f.SetOutput(out)
	f.StringVar(&s.addr, "addr", "127.0.0.1:18081", "`address` to listen on")
	f.DurationVar(&s.emulator.Delay, "delay", 3*time.Second, "time that a task takes, give or take a quarter")
	f.StringVar(&s.emulator.AccessKey, "access-key", "", "access key to accept (default $VOLC_ACCESS_KEY, else \"demo\")")
	f.StringVar(&s.emulator.SecretKey, "secret-key", "", "secret key to accept (default $VOLC_SECRET_KEY, else \"demo-secret\")")
	f.IntVar(&s.emulator.Concurrency, "concurrency", 0, "tasks in flight for each model; 0 is the catalog's limit, -1 none")
	f.IntVar(&s.emulator.QPS, "qps", 0, "submits a second for each model; 0 is the catalog's limit, -1 none")
	f.IntVar(&s.emulator.QueryQPS, "query-qps", 0, "queries a second for each model; 0 is the catalog's limit, -1 none")
	f.StringVar(&s.emulator.BaseURL, "base-url", "", "what result links begin with (default the address that a query came to)")
	f.BoolVar(&s.emulator.Prerendered, "prerendered", false, "draw a few pictures for each size and answer with these")
	if err := f.Parse(args); err != nil {
		return s, err
	}
	if f.NArg() > 0 {
		return s, fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	if s.emulator.Delay < 0 {
		return s, fmt.Errorf("-delay %v: must not be negative", s.emulator.Delay)
	}
	s.emulator.AccessKey = cmp.Or(s.emulator.AccessKey, env("VOLC_ACCESS_KEY"), visualtest.DemoAccessKey)
	s.emulator.SecretKey = cmp.Or(s.emulator.SecretKey, env("VOLC_SECRET_KEY"), visualtest.DemoSecretKey)
	return s, nil
}

// run serves until ctx ends, then lets answers in hand finish.
func run(ctx context.Context, args []string, env func(string) string, out io.Writer) error {
	s, err := parse(args, env, out)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(out, nil))
	s.emulator.Log = log
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", s.addr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", s.addr, err)
	}
	log.Info("emulator of the visual service", "address", "http://"+listener.Addr().String(),
		"delay", s.emulator.Delay, "prerendered", s.emulator.Prerendered)
	return serve(ctx, listener, visualtest.New(s.emulator))
}

// stopTime is how long answers in hand may take after the signal to stop.
const stopTime = 5 * time.Second

func serve(ctx context.Context, l net.Listener, h http.Handler) error {
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second,
		WriteTimeout: 11 * time.Minute, // an answer that never comes takes ten
		IdleTimeout:  2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	select {
	case err := <-done:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	if err := server.Shutdown(stopping); err != nil {
		return errors.Join(fmt.Errorf("stop: %w", err), server.Close())
	}
	return nil
}
