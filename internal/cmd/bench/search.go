package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// searchers are the connections that search at once.
const searchers = 8

// searches are what is looked for, and in how many prompts of demo data it is.
var searches = []struct{ what, query string }{
	{"list, a page of 20", "limit=20"},
	{"search: a word in 1 of 20", "limit=20&q=castle%20"},
	{"search: a word being typed", "limit=20&q=cast"},
	{"search: a word in 1 of 2,000", "limit=20&q=zeppelin%20"},
	{"search: two words", "limit=20&q=castle%20watercolour%20"},
	{"search: two that never meet", "limit=20&q=castle%20harbour%20"},
	{"search: two Chinese characters", "limit=20&q=" + url.QueryEscape("城堡")},
	{"search: no match", "limit=20&q=nothingness%20"},
	{"filter: a tag", "limit=20&tag=sea"},
	{"filter: favourites of a shape", "limit=20&favourite=true&ratio=16:9"},
}

// searching measures searches of ours on demo data, 95 of a hundred of which are
// answered within the time in the table. SEARCH_DATA names a folder with such data;
// without it the data is made.
func (b *bench) searching(ctx context.Context, work string) (err error) {
	o, err := build(ctx, work)
	if err != nil {
		return err
	}
	data := cmp.Or(os.Getenv("SEARCH_DATA"), filepath.Join(work, "search"))
	if os.Getenv("SEARCH_DATA") == "" {
		cmd := exec.CommandContext(ctx, filepath.Join(work, "local"), "demo-data", fmt.Sprint(b.history)) //nolint:gosec // the program that we built
		cmd.Dir, cmd.Env = work, []string{"DATA_DIR=" + data}
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("demo data: %w\n%s", err, out)
		}
	}
	r := &running{stop: func() error { return nil }}
	if err := o.startService(ctx, r, data); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.stop()) }()
	for _, s := range searches {
		rate, slow, cost := b.row(s.what, "/s", 0, false), b.row(s.what+": p95", "ms", 0, true), b.row(s.what+": processor", "µs", 0, true)
		for range b.rounds {
			n, p95, each, err := b.searchRound(ctx, r, s.query)
			if err != nil {
				return fmt.Errorf("%s: %w", s.what, err)
			}
			b.note(rate, 0, n)
			b.note(slow, 0, p95)
			b.note(cost, 0, each)
		}
	}
	return nil
}

func (b *bench) searchRound(ctx context.Context, r *running, query string) (perSecond, p95, each float64, err error) {
	var mu sync.Mutex
	var times []time.Duration
	l := load{
		address: r.address, conns: searchers, length: b.length, want: http.StatusOK,
		next:     func(int64) []byte { return plain(http.MethodGet, r.address, "/api/v1/history?"+query, "") },
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
	return float64(n) / took.Seconds(), float64(times[len(times)*95/100].Microseconds()) / 1000, float64(spent.Microseconds()) / float64(n), err
}
