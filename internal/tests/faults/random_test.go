package faults

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"volcimage/internal/tests/world"
	"volcimage/internal/visual/visualtest"
)

var randomFaults = []fault{
	{name: "none"},
	{name: "hints: 30 % lost", drop: 0.3},
	{name: "hints: 30 % three times, 30 % late and out of order", twice: 0.3, lag: 0.3},
	{name: "table, queue, files and provider: 5 % of calls fail, 5 % of answers are lost", refuse: 0.05, mute: 0.05},
	{name: "provider: 429, 500, 502, connections cut, answers late", submit: map[string]float64{
		"429": 0.2, "concurrency": 0.1, "500": 0.1, "drop": 0.05, "drop-after-accept": 0.1, "truncated-submit": 0.05, "hang-submit": 0.05,
	}, result: map[string]float64{"429-query": 0.1, "502-query": 0.1, "drop-query": 0.1, "hang": 0.02}},
	{name: "steps, sweeps and requests die: 2 % of moments", death: 0.02},
	{name: "the process dies, and leases end", kill: 0.1},
	{name: "the process dies, and the next one takes over", kill: 0.1, restarts: true},
	{name: "all of these", drop: 0.1, twice: 0.1, lag: 0.1, refuse: 0.02, mute: 0.02, death: 0.005, kill: 0.02, restarts: true,
		submit: map[string]float64{"429": 0.1, "500": 0.05, "drop-after-accept": 0.05}, result: map[string]float64{"429-query": 0.05, "502-query": 0.05}},
}

// TestC48EverythingAtOnceAndAtRandom lets people submit, cancel, retry, throw away,
// restore and delete while faults strike.
func TestC48EverythingAtOnceAndAtRandom(t *testing.T) {
	tasks := 18
	if all() {
		tasks = 10_000 / len(randomFaults)
	}
	for _, f := range randomFaults {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			t.Logf("FAULTS_SEED=%d", seed())
			const batch = 100 // tasks in one world, so that its files are few
			var sum tally
			for done := 0; done < tasks && !t.Failed(); done += batch {
				synctest.Test(t, func(t *testing.T) {
					sum.add(people(t, f, min(batch, tasks-done), seed()+uint64(done)))
				})
			}
			publish("at random; "+f.name, sum)
		})
	}
}

// people make tasks, and change their minds about some, until all is quiet.
func people(t *testing.T, f fault, tasks int, seed uint64) tally {
	w := newWorld(t, 5*time.Second)
	c := &chaos{fault: f, history: newHistory(w, world.Owner), dice: rand.New(rand.NewPCG(seed, 3)), events: make(chan event)}
	w.Worker.Provider = counting{w.Worker.Provider, &c.tally.Excused}
	w.At, w.Hint = c.at, c.hint
	script := visualtest.FaultScript{Seed: seed, Rates: map[string]map[string]float64{"submit": f.submit, "result": f.result}}
	if err := w.Emu.SetFaults(script); err != nil {
		t.Fatal(err)
	}
	end := time.Now().Add(24 * time.Hour)
	for asked, next := 0, time.Now(); ; {
		c.observe()
		if asked < 2*tasks && !time.Now().Before(next) {
			next = time.Now().Add(time.Duration(c.dice.IntN(5000)) * time.Millisecond)
			c.ask(asked, len(c.records) < tasks)
			asked++
		}
		if asked == 2*tasks && len(c.requests) == 0 && w.Quiet() || t.Failed() {
			break
		}
		if time.Now().After(end) {
			t.Errorf("not quiet after a day: seed %d", seed)
			break
		}
		if !c.round() {
			w.Sleep()
		}
	}
	w.At, w.Hint = nil, nil
	w.Settle()
	return c.judge(fmt.Sprintf("%s, seed %d", f.name, seed))
}

// round lets all that is to be done take place beside each other; false means
// that there was nothing.
func (c *chaos) round() bool {
	if c.w.SweepDue() {
		c.start(c.w.Sweep)
	}
	messages, err := c.w.Queue.Receive(c.t.Context(), 10)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, m := range messages {
		c.start(func(ctx context.Context) { c.w.Step(ctx, m) })
	}
	for _, r := range c.requests {
		c.start(func(ctx context.Context) {
			err := r.do(ctx)
			r.answered = !errors.Is(err, world.ErrInjected)
			if r.answered && err != nil {
				c.t.Errorf("request: %v", err)
			}
		})
	}
	if len(c.parked) == 0 {
		return false
	}
	if killed := c.together(); killed && c.restarts {
		takeOver(c.w)
	}
	c.requests = slices.DeleteFunc(c.requests, func(r *request) bool { return r.answered })
	return true
}

// request is what a person asked for and asks for again until it is answered.
type request struct {
	do       func(context.Context) error
	answered bool
}

// ask adds one person's request: a new task, or a change of mind about an old one.
func (c *chaos) ask(n int, more bool) {
	cl := &client{history: c.history, key: fmt.Sprint(n)}
	r := &request{}
	c.requests = append(c.requests, r)
	if len(c.records) == 0 || more && c.dice.IntN(2) == 0 {
		var made *record
		r.do = cl.submitting(fmt.Sprintf("fox %d", n), 1+c.dice.IntN(3), &made)
		if c.dice.IntN(4) == 0 {
			r.do = cl.ordering(fmt.Sprintf("fox %d", n), 1+c.dice.IntN(2))
		}
		return
	}
	old := c.records[len(c.records)-1-c.dice.IntN(min(3, len(c.records)))]
	changes := []func(*record) func(context.Context) error{
		cl.cancelling, cl.retrying, cl.cancelling, cl.retrying, cl.removing, cl.binning, cl.restoring, cl.repeating,
	}
	r.do = changes[c.dice.IntN(len(changes))](old)
}
