package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"volcimage/internal/generate"
	"volcimage/internal/task"
	"volcimage/internal/tests/world"
	"volcimage/internal/visual/visualtest"
)

// flows is everything that is done to a task; each leaves its end to come by
// itself.
var flows = map[string]func(*client){
	"generate": func(c *client) { c.submit(c.key, 2) },
	"fail":     func(c *client) { c.submit(c.key+" #moderated-prompt", 1) },
	"cancel": func(c *client) {
		r := c.submit(c.key, 1)
		c.until(r, func(j *task.Job) bool { return j.Call.ID != "" })
		c.cancel(r)
	},
	"cancel while it is stored": func(c *client) {
		r := c.submit(c.key, 1)
		c.at("put", func() { c.cancel(r) })
	},
	"delete": func(c *client) {
		r := c.submit(c.key, 1)
		c.until(r, func(j *task.Job) bool { return j.Call.ID != "" })
		c.remove(r)
	},
	"delete while it is stored": func(c *client) {
		r := c.submit(c.key, 2)
		c.at("put", func() { c.remove(r) })
	},
	"delete afterwards": func(c *client) {
		r := c.submit(c.key, 1)
		c.until(r, func(j *task.Job) bool { return j.Status.Over() })
		c.remove(r)
	},
	"retry after a cancel": func(c *client) {
		r := c.submit(c.key, 1)
		c.until(r, func(j *task.Job) bool { return j.Call.ID != "" })
		c.cancel(r)
		c.retry(r)
	},
	"cancel and retry in the middle of the call": func(c *client) {
		r := c.submit(c.key, 1)
		c.at("submit", func() {
			c.cancel(r)
			c.retry(r)
			c.w.Deliver()
		})
	},
	"retry of a failed picture": func(c *client) {
		if err := c.w.Emu.SetFaults(visualtest.FaultScript{Submit: []string{"denied"}}); err != nil {
			c.t.Fatal(err)
		}
		r := c.submit(c.key, 2)
		c.until(r, func(j *task.Job) bool { return j.Status.Over() })
		c.retry(r)
	},
}

// until runs until all jobs of the task are as wanted, or the task is over.
func (c *client) until(r *record, want func(*task.Job) bool) {
	c.w.Run(3*time.Hour, func() bool {
		jobs, err := c.w.DB.Jobs(c.t.Context(), r.owner, r.id)
		if err != nil {
			c.t.Fatal(err)
		}
		return !slices.ContainsFunc(jobs, func(j *task.Job) bool { return !want(j) && !j.Status.Over() })
	})
}

// at does act in the middle of the first call of that name, beside whoever makes it.
func (c *client) at(call string, act func()) {
	inner, acted := c.w.At, false
	c.w.At = func(ctx context.Context, p world.Point) world.Verdict {
		if !acted && p == (world.Point{Call: call}) {
			acted = true
			act()
		}
		return inner(ctx, p)
	}
	c.w.Run(3*time.Hour, func() bool { return acted || c.w.Quiet() })
	c.w.At = inner
}

// deaths kills whoever passes the next of its moments, each counted from the one
// before it.
type deaths struct {
	next   []int
	passed int // since the last death
	died   int
	// cut is set where a paid call's answer, or the note of its id, was lost.
	cut int
	// paid are those who have an answer that they have not noted yet.
	paid map[context.Context]bool
}

func (d *deaths) at(ctx context.Context, p world.Point) world.Verdict {
	d.passed++
	dies := len(d.next) > 0 && d.passed == d.next[0]
	switch p {
	case world.Point{Call: "submit", After: true}:
		d.paid[ctx] = true
	case world.Point{Call: "save", After: true}:
		delete(d.paid, ctx)
	}
	if !dies {
		return world.GoesWell
	}
	if len(d.paid) > 0 {
		d.cut++
	}
	clear(d.paid)
	d.next, d.passed = d.next[1:], 0
	d.died++
	return world.Dies
}

// TestC06WhoeverDiesAtAnyMoment kills a step, a sweep or a request at each moment of
// each flow, one a time. On one machine whatever was in hand is taken over at
// once; elsewhere leases end and the janitor comes.
func TestC06WhoeverDiesAtAnyMoment(t *testing.T) {
	for name := range flows {
		for _, restarts := range []bool{false, true} {
			if restarts && name != "generate" && !all() {
				continue // the others come with the pairs
			}
			t.Run(fmt.Sprintf("%s, restarts %v", name, restarts), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					var sum tally
					w := newWorld(t, delayOf(name))
					for k := 1; ; k++ {
						d := &deaths{next: []int{k}}
						sum.add(crashed(w, name, d, restarts, fmt.Sprintf("%s, death at moment %d", name, k)))
						if d.died == 0 || t.Failed() {
							atLeast(t, k-1, 6)
							break
						}
					}
					publish(fmt.Sprintf("one death, at each moment%s", how(restarts)), sum)
				})
			})
		}
	}
}

// TestC07TwoDeathsAtAnyMoments kills twice: the second time among what the first left
// to be done. By default it tries a part, chosen by the seed.
func TestC07TwoDeathsAtAnyMoments(t *testing.T) {
	for name := range flows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var sum tally
				w := newWorld(t, delayOf(name))
				dice := rand.New(rand.NewPCG(seed(), 2))
				for k := 1; ; k++ {
					first := &deaths{next: []int{k, 1}}
					for l := 1; ; l++ {
						d := first
						if l > 1 {
							d = &deaths{next: []int{k, l}}
						}
						restarts := dice.IntN(2) == 0
						sum.add(crashed(w, name, d, restarts, fmt.Sprintf("%s, deaths at moments %d and then %d", name, k, l)))
						if d.died < 2 || t.Failed() {
							break
						}
						if !all() {
							l += dice.IntN(90)
						}
					}
					if first.died == 0 || t.Failed() {
						break
					}
					if !all() {
						k += dice.IntN(20)
					}
				}
				publish("two deaths, at moments of each flow", sum)
			})
		})
	}
}

// newWorld is one in which the provider takes so long for a picture.
func newWorld(t *testing.T, delay time.Duration) *world.World {
	return world.New(t, visualtest.Config{Delay: delay, Concurrency: -1, QPS: -1, QueryQPS: -1}).Quick()
}

// delayOf is short where a flow is not about asking again and again: each question
// has its moments.
func delayOf(flow string) time.Duration {
	if flow == "generate" || all() {
		return 5 * time.Second
	}
	return 1500 * time.Millisecond
}

// crashed takes a task through a flow with deaths in it, waits until all is quiet
// and judges.
func crashed(w *world.World, flow string, d *deaths, restarts bool, what string) tally {
	h := newHistory(w, task.Owner(fmt.Sprintf("p%d", time.Now().UnixNano())))
	c := &client{history: h, key: what}
	d.paid = map[context.Context]bool{}
	died := 0
	w.At = func(ctx context.Context, p world.Point) world.Verdict { return d.at(ctx, p) }
	w.Idle = func() {
		h.observe()
		if restarts && d.died > died {
			died = d.died
			takeOver(w)
		}
	}
	flows[flow](c)
	w.Settle()
	w.At, w.Idle = nil, nil
	h.tally.Excused = d.cut
	return h.judge(what)
}

// takeOver is what a service on one machine does when it starts.
func takeOver(w *world.World) {
	jobs, err := w.DB.Due(w.T.Context(), time.Now().Add(generate.Ahead(world.StepTime)), 1000)
	if err != nil {
		w.T.Fatal(err)
	}
	world.Live(w.T.Context(), func(ctx context.Context) {
		if err := w.Worker.TakeOver(ctx, jobs); err != nil {
			w.T.Errorf("take over: %v", err)
		}
	})
}

func how(restarts bool) string {
	if restarts {
		return ", taken over at a restart"
	}
	return ""
}

func atLeast(t *testing.T, got, want int) {
	t.Helper()
	if got < want {
		t.Errorf("only %d moments were tried, want at least %d", got, want)
	}
}

func all() bool { return os.Getenv("FAULTS") == "all" }
