package faults

import (
	"context"
	"math/rand/v2"
	"time"

	"volcimage/internal/catalog"
	"volcimage/internal/generate"
	"volcimage/internal/task"
	"volcimage/internal/tests/world"
)

// chaos lets steps, sweeps and requests run beside each other, and decides by its
// dice at each of their moments who goes on, what fails and who dies. The same
// dice give the same run.
type chaos struct {
	fault
	*history
	dice   *rand.Rand
	events chan event
	parked []*actor
	// requests are those that were not answered yet.
	requests []*request
}

// fault is what goes wrong, each as a share of the moments or hints it can strike.
type fault struct {
	name             string
	drop, twice, lag float64 // hints
	refuse, mute     float64 // a call that fails, before or after it was carried out
	death, kill      float64 // of one at work; of the whole process, at one of ten moments
	restarts         bool    // after a kill a new process takes over
	submit, result   map[string]float64
}

type actor struct {
	ctx    context.Context
	resume chan struct{}
	paid   bool // it has an answer that it has not noted yet
}

// event is that an actor waits for its turn again, or has ended.
type event struct {
	*actor
	ended bool
}

type actorKey struct{}

// start makes an actor who waits for its first turn.
func (c *chaos) start(do func(context.Context)) {
	a := &actor{resume: make(chan struct{})}
	a.ctx = context.WithValue(world.Alive(c.t.Context()), actorKey{}, a)
	c.parked = append(c.parked, a)
	go func() {
		defer func() { c.events <- event{a, true} }()
		<-a.resume
		if !world.Dead(a.ctx) {
			do(a.ctx)
		}
	}()
}

// together gives turns, one at a time, until all who were started have ended. It
// tells whether the process was killed meanwhile.
func (c *chaos) together() (killed bool) {
	for len(c.parked) > 0 {
		if c.dice.Float64() < c.kill/10 {
			c.killAll()
			killed = true
		}
		i := c.dice.IntN(len(c.parked))
		a := c.parked[i]
		c.parked = append(c.parked[:i], c.parked[i+1:]...)
		a.resume <- struct{}{}
		e := <-c.events
		switch {
		case !e.ended:
			c.parked = append(c.parked, e.actor)
		case e.paid: // nobody noted it: the process died, or was asleep for too long
			c.tally.Excused++
		}
	}
	return killed
}

// killAll ends everybody at work: the process is gone.
func (c *chaos) killAll() {
	for _, a := range c.parked {
		world.Kill(a.ctx)
	}
}

// at is the moment of an actor; others are left alone.
func (c *chaos) at(ctx context.Context, p world.Point) world.Verdict {
	a, ok := ctx.Value(actorKey{}).(*actor)
	if !ok {
		return world.GoesWell
	}
	switch p {
	case world.Point{Call: "submit", After: true}:
		a.paid = true
	case world.Point{Call: "save", After: true}:
		a.paid = false
	}
	c.events <- event{a, false}
	<-a.resume
	roll := c.dice.Float64()
	failing := c.refuse
	if p.After {
		failing = c.mute
	}
	switch {
	case world.Dead(ctx):
	case roll < c.death:
		return world.Dies
	case roll < c.death+failing:
		return world.Fails
	}
	return world.GoesWell
}

// hint decides what becomes of a hint.
func (c *chaos) hint(delay time.Duration) []time.Duration {
	switch roll := c.dice.Float64(); {
	case roll < c.drop:
		return nil
	case roll < c.drop+c.twice:
		return []time.Duration{delay, delay, delay + time.Duration(c.dice.IntN(10))*time.Second}
	case roll < c.drop+c.twice+c.lag:
		return []time.Duration{delay + time.Duration(c.dice.IntN(90))*time.Second}
	}
	return []time.Duration{delay}
}

// counting notes calls of which the provider's answer never came: they may have
// been carried out.
type counting struct {
	generate.Provider
	excused *int
}

func (p counting) Submit(ctx context.Context, q task.Params) (string, error) {
	id, err := p.Provider.Submit(ctx, q)
	if task.CodeOf(err) == catalog.CodeProviderOutcomeUnknown {
		*p.excused++
		if a, ok := ctx.Value(actorKey{}).(*actor); ok {
			a.paid = false // counted
		}
	}
	return id, err
}
