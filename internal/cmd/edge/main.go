// Command edge stands where CloudFront stands when the service runs on an emulator of
// AWS: one address for the page, the API and the pictures, with the page's headers.
//
//	edge          serve
//	edge health   end with 0 if the edge at EDGE_ADDR serves the page
//
// It reads its settings from the environment:
//
//	EDGE_ADDR          what to listen on (127.0.0.1:8080)
//	AWS_ENDPOINT_URL   the emulator
//	API_URL            the api's function URL, as the stack's output has it
//	SITE_BUCKET        where the page is
//	PICTURE_BUCKET     where signed links lead
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"volcimage/internal/embedded/host"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Getenv)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "edge:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, env func(string) string) error {
	addr := cmp.Or(env("EDGE_ADDR"), "127.0.0.1:8080")
	switch {
	case len(args) == 0:
		return serve(ctx, addr, env)
	case len(args) == 1 && args[0] == "health":
		return health(ctx, addr)
	}
	return errors.New("usage: edge [health]")
}

func serve(ctx context.Context, addr string, env func(string) string) error {
	handler, err := newEdge(env)
	if err != nil {
		return err
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", addr, err)
	}
	return host.Serve(ctx, l, handler, slog.New(slog.NewTextHandler(os.Stderr, nil)))
}

// healthTime bounds one question whether the page is served.
const healthTime = 2 * time.Second

// health asks the edge of this machine for the page.
func health(ctx context.Context, addr string) error {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("EDGE_ADDR: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, healthTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, "http://"+net.JoinHostPort("127.0.0.1", port), nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }() // nothing of it is read
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the page: %s", resp.Status)
	}
	return nil
}
