package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

const (
	// searchers are the connections that search at once.
	searchers = 8
	// larger is how many times as large the library is that the same is asked of.
	larger = 10
)

// lookup is what is looked for: the query of ours, and the text that the reference
// looks for by LIKE, where it can.
type lookup struct {
	what, query, text string
	figures           [3]searched // ours, the reference, and ours in the larger library
}

// searched is what rounds of one lookup took.
type searched struct{ rate, p95, cost []float64 }

// lookups are in so many prompts of demo data.
func lookups() []lookup {
	q := func(text string) string { return "limit=20&q=" + url.QueryEscape(text) }
	return []lookup{
		{what: "the list", query: "limit=20"},
		{what: "a word in 1 of 10", query: q("misty "), text: "misty"},
		{what: "a word that is being typed", query: q("mist"), text: "mist"},
		{what: "a word in 1 of 1,000", query: q("zeppelin "), text: "zeppelin"},
		{what: "two words", query: q("misty castle "), text: "misty castle"},
		{what: "two common words that never meet", query: q("castle harbour "), text: "castle harbour"},
		{what: "two Chinese characters in 1 of 20", query: q("城堡"), text: "城堡"},
		{what: "no match", query: q("nothingness "), text: "nothingness"},
		{what: "a tag", query: "limit=20&tag=sea"},
		{what: "favourites of one shape", query: "limit=20&favourite=true&ratio=16:9"},
	}
}

// searching measures searches in demo data: ours and the reference in turns, which has
// the same prompts, then what submits are left beside the index, and last ours in a
// library ten times as large.
func (b *bench) searching(ctx context.Context, work string) (err error) {
	o, err := build(ctx, work)
	if err != nil {
		return err
	}
	b.lookups = lookups()
	data := filepath.Join(work, "search")
	if err := o.demoData(ctx, data, b.history); err != nil {
		return err
	}
	if err := b.inTurns(ctx, o, data); err != nil {
		return err
	}
	if b.index.rows, b.index.bytes, err = indexSize(ctx, data); err != nil {
		return err
	}
	if err := b.besideTheIndex(ctx, o, filepath.Join(data, "volcimage.db")); err != nil {
		return fmt.Errorf("submits beside the index: %w", err)
	}
	b.say("copying the library %d times\n", larger-1)
	if err := enlarge(ctx, filepath.Join(data, "volcimage.db"), larger); err != nil {
		return fmt.Errorf("a larger library: %w", err)
	}
	r, err := o.serve(ctx, data)
	if err != nil {
		return err
	}
	for range b.rounds {
		if err := b.lookupRound(ctx, r, 2); err != nil {
			return errors.Join(err, r.stop())
		}
	}
	return r.stop()
}

// demoData makes n tasks in a folder by the command that people use.
func (o *ours) demoData(ctx context.Context, data string, n int) error {
	cmd := exec.CommandContext(ctx, filepath.Join(o.work, "local"), "demo-data", fmt.Sprint(n)) //nolint:gosec // the program that we built
	cmd.Dir, cmd.Env = o.work, []string{"DATA_DIR=" + data}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("demo data: %w\n%s", err, out)
	}
	return nil
}

// serve runs the service on data that is there.
func (o *ours) serve(ctx context.Context, data string) (*running, error) {
	r := &running{stop: func() error { return nil }}
	return r, o.startService(ctx, r, data)
}

// inTurns measures ours and, where it is there, the reference.
func (b *bench) inTurns(ctx context.Context, o *ours, data string) (err error) {
	list := make([]*running, len(b.subjects))
	if len(list) > 1 {
		if list[1], err = b.subjects[1].start(ctx, options{}); err != nil {
			return fmt.Errorf("start the reference: %w", err)
		}
		defer func() { err = errors.Join(err, list[1].stop()) }()
		if err := copyPrompts(ctx, filepath.Join(data, "volcimage.db"), filepath.Join(list[1].data, "database.db")); err != nil {
			return fmt.Errorf("give the reference the same tasks: %w", err)
		}
	}
	if list[0], err = o.serve(ctx, data); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, list[0].stop()) }()
	for range b.rounds {
		for i := range list {
			if err := b.lookupRound(ctx, list[i], i); err != nil {
				return err
			}
		}
	}
	return nil
}

// lookupRound asks for everything once that there is a column for.
func (b *bench) lookupRound(ctx context.Context, r *running, column int) error {
	for i := range b.lookups {
		l := &b.lookups[i]
		path := "/api/v1/history?" + l.query
		if column == 1 {
			path = "/api/v1/history?page=1&page_size=20"
			if l.text != "" {
				path += "&search=" + url.QueryEscape(l.text)
			} else if l.query != "limit=20" {
				continue // it has no such thing
			}
		}
		rate, p95, cost, err := b.searchRound(ctx, r, path)
		if err != nil {
			return fmt.Errorf("%s: %w", l.what, err)
		}
		f := &l.figures[column]
		f.rate, f.p95, f.cost = append(f.rate, rate), append(f.p95, p95), append(f.cost, cost)
		b.say("%-34s %-10s %8.1f /s, 95 of 100 within %7.1f ms, %8.0f µs of the processor\n", l.what, columns[column], rate, p95, cost)
	}
	return nil
}

var columns = [3]string{"volcimage", "reference", "larger"}

func (b *bench) searchRound(ctx context.Context, r *running, path string) (perSecond, p95, each float64, err error) {
	var mu sync.Mutex
	var times []time.Duration
	l := load{
		address: r.address, conns: searchers, length: b.length, want: http.StatusOK,
		next:     func(int64) []byte { return plain(http.MethodGet, r.address, path, "") },
		answered: func(took time.Duration) { mu.Lock(); times = append(times, took); mu.Unlock() },
	}
	watch, err := b.watch(r)
	if err != nil {
		return 0, 0, 0, err
	}
	n, took, err := l.run(ctx)
	if err != nil {
		return 0, 0, 0, err
	}
	spent, err := watch()
	slices.Sort(times)
	return float64(n) / took.Seconds(), float64(times[len(times)*95/100].Microseconds()) / 1000, float64(spent.Microseconds()) / float64(max(n, 1)), err
}
