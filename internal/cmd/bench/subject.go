package main

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// subject is a service that can be measured.
type subject struct {
	name string
	api  api
	// start runs it on an empty table, with rows finished tasks added.
	start func(ctx context.Context, o options) (*running, error)
}

// options of a start.
type options struct {
	rows int
	// drawing tells whether tasks are worked on; otherwise they are accepted and wait.
	drawing bool
	delay   time.Duration // of our provider
}

// api is where a service is asked what.
type api struct {
	submit, body string // body is a format with one number
	task         string // without the id
	page         string
	accepted     int // status of an accepted task
}

// health is the same for both.
const health = "/api/v1/health"

// running is a service that has been started.
type running struct {
	address  string // host:port
	provider string // host:port of our emulator, if there is one
	pid      int
	others   []int         // processes that it needs
	startup  time.Duration // from the start of its process to the first 200
	ids      []string      // of finished tasks
	data     string        // folder of the reference's
	stop     func() error
}

// awaitHealthy asks until the service answers 200, and says when it did.
func awaitHealthy(ctx context.Context, address string) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}
	for ctx.Err() == nil {
		if healthy(ctx, client, "http://"+address+health) {
			return time.Now(), nil
		}
		time.Sleep(time.Millisecond)
	}
	return time.Time{}, fmt.Errorf("%s does not answer: %w", address, ctx.Err())
}

func healthy(ctx context.Context, client *http.Client, url string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	res, err := client.Do(req)
	if err != nil {
		return false
	}
	return res.Body.Close() == nil && res.StatusCode == http.StatusOK
}
