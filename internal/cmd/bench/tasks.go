package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// drain is whole tasks: clients submit them one after the other, then they are
// followed to their end, the oldest first, so that asking takes little time from
// doing.
type drain struct {
	*subject
	*running
	tasks, clients int
	client         *http.Client
}

// taskTime bounds the wait for the end of all.
const taskTime = 5 * time.Minute

// run answers how long all took, from the first submit to the last end. A task
// that fails or is lost is an error.
func (d drain) run(ctx context.Context) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, taskTime)
	defer cancel()
	d.client = &http.Client{Timeout: answerTime, Transport: &http.Transport{MaxIdleConnsPerHost: d.clients}}
	defer d.client.CloseIdleConnections()
	begin := time.Now()
	ids, err := d.submitAll(ctx)
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		if err := d.follow(ctx, id); err != nil {
			return 0, err
		}
	}
	return time.Since(begin), nil
}

func (d drain) submitAll(ctx context.Context) ([]string, error) {
	ids, errs := make([]string, d.tasks), make([]error, d.clients)
	var next atomic.Int64
	var all sync.WaitGroup
	for c := range d.clients {
		all.Go(func() {
			for i := next.Add(1) - 1; i < int64(d.tasks) && errs[c] == nil; i = next.Add(1) - 1 {
				t, err := d.call(ctx, http.MethodPost, d.api.submit, fmt.Sprintf(d.api.body, i))
				ids[i], errs[c] = t.ID, err
			}
		})
	}
	all.Wait()
	return ids, first(errs)
}

// follow asks until the task has ended.
func (d drain) follow(ctx context.Context, id string) error {
	for {
		t, err := d.call(ctx, http.MethodGet, d.api.task+id, "")
		switch {
		case err != nil:
			return err
		case t.Status == "COMPLETED":
			return nil
		case t.Status != "PENDING" && t.Status != "PROCESSING":
			return fmt.Errorf("task %s of %s ended as %s", id, d.name, t.Status)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// summary is what both services say of a task.
type summary struct {
	ID     string `json:"task_id"`
	Status string `json:"status"`
}

func (d drain) call(ctx context.Context, method, path, body string) (t summary, err error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://"+d.address+path, strings.NewReader(body))
	if err != nil {
		return t, err
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	return t, fetchJSON(d.client, req, &t)
}

// fetchJSON makes the request and decodes its answer.
func fetchJSON(client *http.Client, req *http.Request, v any) (err error) {
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, res.Body.Close()) }()
	data, err := io.ReadAll(io.LimitReader(res.Body, 8<<20))
	if err != nil {
		return err
	}
	if res.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %d %.300s", req.Method, req.URL.Path, res.StatusCode, data)
	}
	return json.Unmarshal(data, v)
}

// counters are those of the emulator that matter here.
type counters struct {
	Accepted    int `json:"accepted"`
	Throttled   int `json:"throttled"`
	Polls       int `json:"polls"`
	MaxInFlight int `json:"max_in_flight"`
}

func stats(ctx context.Context, provider string) (c counters, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+provider+"/_emulator/stats", nil)
	if err != nil {
		return c, err
	}
	client := &http.Client{Timeout: answerTime}
	defer client.CloseIdleConnections()
	return c, fetchJSON(client, req, &c)
}
