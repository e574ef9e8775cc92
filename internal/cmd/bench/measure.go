package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"runtime"
	"slices"
	"time"
)

// bench is one run.
type bench struct {
	plan
	only      string
	subjects  []*subject // ours first
	out       io.Writer
	table     []*row
	elsewhere []float64 // shares of the machine that others took, by measurement
	queued    counters
	stages    []stage
	lookups   []lookup
	index     index
}

// row is one line of the table: each round's figure of each subject.
type row struct {
	what, unit string
	figures    [][]float64 // by subject
	// target is what ours ÷ reference is to be: at least it, or at most if less
	// is better. 0 is none.
	target float64
	less   bool
}

func (b *bench) row(what, unit string, target float64, less bool) *row {
	r := &row{what: what, unit: unit, target: target, less: less, figures: make([][]float64, len(b.subjects))}
	b.table = append(b.table, r)
	return r
}

func median(figures []float64) float64 {
	sorted := slices.Sorted(slices.Values(figures))
	if len(sorted) == 0 {
		return 0
	}
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

func (b *bench) say(format string, args ...any) { _, _ = fmt.Fprintf(b.out, format, args...) } // to the terminal

// measure goes through all parts, or does the one that is asked for.
func (b *bench) measure(ctx context.Context, work string) error {
	parts := []struct {
		name string
		do   func(context.Context) error
	}{
		{"starts", b.starts}, {"requests", b.requests}, {"tasks", b.wholeTasks}, {"queue", b.burstAndQueue},
		{"search", func(ctx context.Context) error { return b.searching(ctx, work) }},
		{"stages", func(ctx context.Context) (err error) {
			b.stages, err = takeApart(ctx, b.plan, work)
			return err
		}},
	}
	found := false
	for _, p := range parts {
		if b.only != p.name && (b.only != "" || p.name == "search") { // searches are measured when asked for
			continue
		}
		found = true
		if err := p.do(ctx); err != nil {
			return err
		}
	}
	if !found {
		return fmt.Errorf("-only %s: no such part", b.only)
	}
	return nil
}

// starts measures the time to the first answer and the memory of a service that
// nobody uses, in turns. The first start of each is not counted: it fills the
// system's cache.
func (b *bench) starts(ctx context.Context) error {
	startup := b.row("start to the first 200 of health", "ms", 1./10, true)
	idle := b.row("memory when idle", "MiB", 1./2, true)
	for round := range b.rounds + 1 {
		for i, s := range b.subjects {
			ms, mib, err := b.startOnce(ctx, s)
			if err != nil {
				return fmt.Errorf("start %s: %w", s.name, err)
			}
			if round > 0 {
				b.note(startup, i, ms)
				b.note(idle, i, mib)
			}
		}
	}
	return nil
}

func (b *bench) startOnce(ctx context.Context, s *subject) (ms, mib float64, err error) {
	r, err := s.start(ctx, options{})
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, r.stop()) }()
	time.Sleep(b.idle)
	mib, _, err = memory(r.pid)
	return float64(r.startup.Microseconds()) / 1000, mib, err
}

func (b *bench) note(r *row, subject int, figure float64) {
	r.figures[subject] = append(r.figures[subject], figure)
	b.say("%-34s %-10s %10.1f %s\n", r.what, b.subjects[subject].name, figure, r.unit)
}

// startAll starts every subject alike, and answers how to stop them.
func (b *bench) startAll(ctx context.Context, o options) (list []*running, stop func() error, err error) {
	stop = func() error {
		var errs []error
		for _, r := range list {
			errs = append(errs, r.stop())
		}
		return errors.Join(errs...)
	}
	for _, s := range b.subjects {
		b.say("starting %s with %d rows\n", s.name, o.rows)
		r, err := s.start(ctx, o)
		if err != nil {
			return nil, nil, errors.Join(fmt.Errorf("start %s: %w", s.name, err), stop())
		}
		list = append(list, r)
	}
	return list, stop, nil
}

// requests measures requests a second: get and page first, for the submits add to
// the table.
func (b *bench) requests(ctx context.Context) (err error) {
	list, stop, err := b.startAll(ctx, options{rows: b.history})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	for i, r := range list {
		if err := b.checkPage(ctx, b.subjects[i], r); err != nil {
			return err
		}
	}
	for _, k := range kinds {
		rate, cost := b.row(k.what, "/s", k.target, false), b.row(k.what+": processor", "µs", 0, true)
		for range b.rounds {
			for i, r := range list {
				if err := b.round(ctx, k, b.subjects[i], r, func(perSecond, each float64) {
					b.note(rate, i, perSecond)
					b.note(cost, i, each)
				}); err != nil {
					return fmt.Errorf("%s of %s: %w", k.what, b.subjects[i].name, err)
				}
			}
		}
	}
	return b.peaks("memory under load, at most", list)
}

// kind is a kind of request.
type kind struct {
	what   string
	target float64
	want   func(api) int
	make   func(a api, r *running, i int64) []byte
}

func ok(api) int { return http.StatusOK }

var kinds = []kind{
	{"get one", 12, ok, func(a api, r *running, _ int64) []byte {
		return plain(http.MethodGet, r.address, a.task+r.ids[rand.IntN(len(r.ids))], "")
	}},
	{"page of 50", 6, ok, func(a api, r *running, _ int64) []byte {
		return plain(http.MethodGet, r.address, a.page, "")
	}},
	{"submit", 6, func(a api) int { return a.accepted }, func(a api, r *running, i int64) []byte {
		return plain(http.MethodPost, r.address, a.submit, fmt.Sprintf(a.body, i))
	}},
}

// round is one round of requests of one subject.
func (b *bench) round(ctx context.Context, k kind, s *subject, r *running, note func(perSecond, each float64)) error {
	l := load{
		address: r.address, conns: b.conns, length: b.length, want: k.want(s.api),
		next: func(i int64) []byte { return k.make(s.api, r, i) },
	}
	watch, err := b.watch(r)
	if err != nil {
		return err
	}
	n, took, err := l.run(ctx)
	if err != nil {
		return err
	}
	spent, err := watch()
	if err != nil {
		return err
	}
	note(float64(n)/took.Seconds(), float64(spent.Microseconds())/float64(n))
	return nil
}

// watch notes what the processors do: the answer tells how long the service itself
// worked since, and the share of the machine that others took is kept.
func (b *bench) watch(r *running) (func() (time.Duration, error), error) {
	look := func() (service, mine, all time.Duration, err error) {
		service, e1 := worked(r.pid)
		mine, e2 := worked(append([]int{r.pid, os.Getpid()}, r.others...)...)
		all, e3 := busy()
		return service, mine, all, errors.Join(e1, e2, e3)
	}
	begin := time.Now()
	service, mine, all, err := look()
	return func() (time.Duration, error) {
		service2, mine2, all2, err := look()
		machine := time.Since(begin) * time.Duration(runtime.NumCPU())
		share := float64((all2-all)-(mine2-mine)) / float64(machine)
		b.elsewhere = append(b.elsewhere, max(0, share))
		return service2 - service, err
	}, err
}

// checkPage makes sure that what is measured is what is meant.
func (b *bench) checkPage(ctx context.Context, s *subject, r *running) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+r.address+s.api.page, nil)
	if err != nil {
		return err
	}
	var page struct{ Items []summary }
	client := &http.Client{Timeout: answerTime}
	defer client.CloseIdleConnections()
	if err := fetchJSON(client, req, &page); err != nil {
		return err
	}
	if len(page.Items) != 50 || page.Items[0].Status != "COMPLETED" {
		return fmt.Errorf("the page of %s has %d tasks, want 50 that are completed", s.name, len(page.Items))
	}
	return nil
}

// peaks notes the most memory that each service has held so far.
func (b *bench) peaks(what string, list []*running) error {
	r := b.row(what, "MiB", 0, true)
	for i := range list {
		_, peak, err := memory(list[i].pid)
		if err != nil {
			return err
		}
		b.note(r, i, peak)
	}
	return nil
}
