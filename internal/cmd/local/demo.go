package main

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"volcimage/internal/visual/visualtest"
)

// demoDelay is how long the emulator takes for a picture: long enough to see the
// stages of a task, short enough to like it.
const demoDelay = 4 * time.Second

// demo is the emulator of VolcEngine in this process.
type demo struct {
	url, host            string
	accessKey, secretKey string
	server               *http.Server
}

// startDemo serves the emulator on a free port of this machine alone, with
// credentials that nobody else knows.
func startDemo(ctx context.Context, log *slog.Logger) (*demo, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	d := &demo{url: "http://" + l.Addr().String(), host: l.Addr().String(), accessKey: rand.Text(), secretKey: rand.Text()}
	d.server = &http.Server{
		Handler: visualtest.New(visualtest.Config{
			AccessKey: d.accessKey, SecretKey: d.secretKey, Delay: demoDelay, Log: log,
		}),
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 2 * time.Minute, IdleTimeout: time.Minute,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	go func() {
		if err := d.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log.Error("the emulator ended", "error", err)
		}
	}()
	return d, nil
}

func (d *demo) close() error { return d.server.Close() }
