package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"volcimage/internal/visual/visualtest"
)

func noEnv(string) string { return "" }

func TestParse(t *testing.T) {
	env := func(name string) string {
		return map[string]string{"VOLC_ACCESS_KEY": "from-env", "VOLC_SECRET_KEY": "secret-env"}[name]
	}
	for _, c := range []struct {
		name string
		args []string
		env  func(string) string
		want settings
	}{
		{"nothing given", nil, noEnv, settings{"127.0.0.1:18081", visualtest.Config{Delay: 3 * time.Second, AccessKey: "demo", SecretKey: "demo-secret"}}},
		{"keys from the environment", nil, env, settings{"127.0.0.1:18081", visualtest.Config{Delay: 3 * time.Second, AccessKey: "from-env", SecretKey: "secret-env"}}},
		{
			"everything given", strings.Fields("-addr :1 -delay 0 -access-key a -secret-key b -concurrency -1 -qps 7 -query-qps 9 -base-url http://x -prerendered"), env,
			settings{":1", visualtest.Config{AccessKey: "a", SecretKey: "b", Concurrency: -1, QPS: 7, QueryQPS: 9, BaseURL: "http://x", Prerendered: true}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := parse(c.args, c.env, io.Discard)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, got, cmp.AllowUnexported(settings{})); d != "" {
				t.Errorf("settings (-want +got):\n%s", d)
			}
		})
	}
	for _, args := range []string{"-delay -1s", "-delay soon", "-nonsense", "left over"} {
		t.Run("refused: "+args, func(t *testing.T) {
			if got, err := parse(strings.Fields(args), noEnv, io.Discard); err == nil {
				t.Errorf("%q was taken as %+v", args, got)
			}
		})
	}
}

// logged is a log that another goroutine writes.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestRun(t *testing.T) {
	t.Run("it serves on the address that it logs, and stops when told", func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		var log logged
		done := make(chan error, 1)
		go func() {
			done <- run(ctx, []string{"-addr", "127.0.0.1:0", "-secret-key", "not-for-logs"}, noEnv, &log)
		}()
		address := regexp.MustCompile(`http://127\.0\.0\.1:[0-9]+`)
		deadline := time.Now().Add(10 * time.Second)
		for !address.MatchString(log.String()) && time.Now().Before(deadline) {
			time.Sleep(5 * time.Millisecond) // a process has no other way to say that it is up
		}
		resp, err := http.Get(address.FindString(log.String()) + "/_emulator/stats")
		if err != nil {
			t.Fatalf("%v; log: %s", err, log.String())
		}
		defer func() { _ = resp.Body.Close() }()
		var stats visualtest.Stats
		if err := json.NewDecoder(resp.Body).Decode(&stats); err != nil || resp.StatusCode != http.StatusOK {
			t.Errorf("stats: HTTP %d, %v", resp.StatusCode, err)
		}
		stop()
		if err := <-done; err != nil {
			t.Errorf("stop: %v", err)
		}
		if strings.Contains(log.String(), "not-for-logs") {
			t.Errorf("the secret is in the log: %s", log.String())
		}
	})
	t.Run("a listener that breaks is an error", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if err := serve(t.Context(), l, http.NotFoundHandler()); err == nil || !strings.HasPrefix(err.Error(), "serve: ") {
			t.Errorf("error %v, want one of serving", err)
		}
	})
	t.Run("a wrong flag is exit code 1 with a line that names it, -h is 0 with the flags", func(t *testing.T) {
		var out bytes.Buffer
		if code := program([]string{"-delay", "x"}, noEnv, &out); code != 1 || !strings.Contains(out.String(), "visualstub: invalid value") {
			t.Errorf("exit code %d, %q", code, out.String())
		}
		out.Reset()
		if code := program([]string{"-h"}, noEnv, &out); code != 0 || !strings.Contains(out.String(), "-access-key") {
			t.Errorf("exit code %d, %q", code, out.String())
		}
	})
	t.Run("an address that cannot be had is an error that names it", func(t *testing.T) {
		err := run(t.Context(), []string{"-addr", "127.0.0.1:99999"}, noEnv, io.Discard)
		if err == nil || !strings.Contains(err.Error(), "127.0.0.1:99999") {
			t.Errorf("error %v does not name the address", err)
		}
	})
}
