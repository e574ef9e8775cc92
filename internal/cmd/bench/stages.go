package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"volcimage/internal/embedded/disk"
	"volcimage/internal/embedded/sqlite"
	"volcimage/internal/fetch"
	"volcimage/internal/generate"
	"volcimage/internal/picture"
	"volcimage/internal/submit"
	"volcimage/internal/task"
	"volcimage/internal/visual"
)

// stage is a part of a task's time.
type stage struct {
	name  string
	ms    float64 // of one task
	calls float64 // of one task; 0 where nobody counted
}

// line is the service's own parts put together in this process, each under the
// stopwatch: one task at a time, from submit to the finished row.
type line struct {
	watch   *stopwatch
	queue   *sqlite.Queue
	submit  submit.Service
	worker  generate.Worker
	db      *sqlite.DB
	closers []func() error
}

func (l *line) close() error {
	var err error
	for _, c := range l.closers {
		err = errors.Join(err, c())
	}
	return err
}

// takeApart tells where the time of a whole task goes.
func takeApart(ctx context.Context, p plan, work string) (stages []stage, err error) {
	data, err := os.MkdirTemp(work, "stages")
	if err != nil {
		return nil, err
	}
	l, err := openLine(ctx, data)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	for range p.stages/5 + 5 { // connections, statements, pictures
		if err := l.one(ctx); err != nil {
			return nil, err
		}
	}
	l.watch.reset()
	for range p.stages {
		if err := l.one(ctx); err != nil {
			return nil, err
		}
	}
	for _, part := range []string{partRows, partQueue, partProvider, partFetch, partVerify, partStore} {
		n := float64(p.stages)
		stages = append(stages, stage{part, l.watch.spent[part].Seconds() * 1000 / n, float64(l.watch.calls[part]) / n})
	}
	if p.parts == 0 {
		return stages, nil
	}
	parts, err := pictureParts(ctx, p.parts)
	return append(stages, parts...), err
}

func openLine(ctx context.Context, data string) (l *line, err error) {
	l = &line{watch: newStopwatch()}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.close())
		}
	}()
	log := slog.New(slog.DiscardHandler)
	client, fetcher, closeProvider, err := openProvider()
	if err != nil {
		return l, err
	}
	l.closers = append(l.closers, closeProvider)
	if l.db, err = sqlite.Open(ctx, filepath.Join(data, "stages.db"), sqlite.Options{}); err != nil {
		return l, err
	}
	l.closers = append(l.closers, l.db.Close)
	objects, err := disk.Open(filepath.Join(data, "objects"), disk.Options{Secret: []byte(rand.Text() + rand.Text())})
	if err != nil {
		return l, err
	}
	l.closers = append(l.closers, objects.Close)
	l.queue = l.db.Queue(sqlite.QueueConfig{})
	l.wire(client, fetcher, objects, log)
	return l, nil
}

func (l *line) wire(client *visual.Client, fetcher *fetch.Fetcher, objects *disk.Store, log *slog.Logger) {
	table, hints := timedStore{l.db, l.watch}, timedHints{l.queue.Send, l.watch}
	limits := task.Limits{Total: 5, Model: func(string) int { return 5 }}
	granter := &generate.Granter{Store: table, Hints: hints, Limits: limits, Now: time.Now, Log: log}
	l.submit = submit.Service{Store: table, Hints: hints, Grant: granter.Grant, Now: time.Now, Log: log}
	l.worker = generate.Worker{
		Store: table, Hints: hints, Grant: granter.Grant, Now: time.Now, Log: log,
		Provider: timedProvider{client.Submit, client.Result, l.watch},
		Fetcher:  timedFetcher{fetcher.Fetch, l.watch},
		Pictures: timedPictures{(&picture.Verifier{}).Verify, l.watch},
		Objects:  timedObjects{objects.Put, objects.DeletePrefix, l.watch},
		// A picture is done before it can be asked for: one poll, at once.
		PollInterval: time.Millisecond, EagerPolls: true,
		GiveUp: time.Minute, CallTimeout: 10 * time.Second,
	}
}

// one takes a task from submit to its end.
func (l *line) one(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	t, _, err := l.submit.Submit(ctx, task.Local, task.Order{Params: task.Params{Prompt: "misty castle", Model: model, Width: 1024, Height: 1024}})
	if err != nil {
		return err
	}
	for !t.Status.Over() {
		if err := l.step(ctx); err != nil {
			return err
		}
		if t, err = l.db.Task(ctx, task.Local, t.ID); err != nil {
			return err
		}
	}
	if t.Status != task.Completed {
		return fmt.Errorf("task %s ended as %s", t.ID, t.Status)
	}
	return nil
}

// step works off the next message, as the poller does.
func (l *line) step(ctx context.Context) error {
	at, waiting, err := l.queue.Next(ctx)
	if err != nil {
		return err
	}
	if !waiting || time.Now().Before(at) {
		time.Sleep(100 * time.Microsecond)
		return ctx.Err()
	}
	done := l.watch.time(partQueue)
	messages, err := l.queue.Receive(ctx, 1)
	done()
	if err != nil {
		return err
	}
	for _, m := range messages {
		if err := l.worker.Step(ctx, m.Ref); err != nil {
			return err
		}
		done := l.watch.time(partQueue)
		err := l.queue.Delete(ctx, m.Receipt)
		done()
		if err != nil {
			return err
		}
	}
	return nil
}

// pictureParts takes verifying apart by the benchmark of its package, which alone
// has the decoders; it uses a picture of its own.
func pictureParts(ctx context.Context, times int) ([]stage, error) {
	cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", "^BenchmarkVerify$/^1024$/^jpeg$/^(decode|shrink|encode)$", //nolint:gosec // our own tests
		"-benchtime", strconv.Itoa(times)+"x", "volcimage/internal/picture")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("go test -bench: %w\n%s", err, out)
	}
	var parts []stage
	for _, p := range []struct{ name, benchmark string }{
		{"decode", "decode"}, {"convert and resize", "shrink"}, {"encode the thumbnail", "encode"},
	} {
		ns, err := benchmarked(string(out), "/jpeg/"+p.benchmark)
		if err != nil {
			return nil, err
		}
		parts = append(parts, stage{name: "— " + p.name, ms: ns / 1e6})
	}
	return parts, nil
}

// benchmarked reads ns/op of the benchmark whose name ends so, but for the number of
// processors.
func benchmarked(out, name string) (float64, error) {
	for text := range strings.Lines(out) {
		fields := strings.Fields(text)
		if len(fields) > 3 && fields[3] == "ns/op" && (strings.HasSuffix(fields[0], name) || strings.Contains(fields[0], name+"-")) {
			return strconv.ParseFloat(fields[2], 64)
		}
	}
	return 0, fmt.Errorf("no benchmark %s in\n%s", name, out)
}
