package main

import (
	"context"
	"errors"
	"fmt"
)

// wholeTasks measures tasks a second from submit to stored picture, five at the
// provider at most, which answers at once with pictures drawn beforehand.
func (b *bench) wholeTasks(ctx context.Context) (err error) {
	list, stop, err := b.startAll(ctx, options{drawing: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	for i, r := range list {
		if err := b.warmUp(ctx, b.subjects[i], r); err != nil {
			return err
		}
	}
	rate, cost := b.row("whole tasks", "/s", 1, false), b.row("whole tasks: processor", "ms", 0, true)
	for range b.rounds {
		for i, r := range list {
			watch, err := b.watch(r)
			if err != nil {
				return err
			}
			took, err := drain{subject: b.subjects[i], running: r, tasks: b.tasks, clients: b.clients}.run(ctx)
			if err != nil {
				return err
			}
			spent, err := watch()
			if err != nil {
				return err
			}
			b.note(rate, i, float64(b.tasks)/took.Seconds())
			b.note(cost, i, float64(spent.Microseconds())/1000/float64(b.tasks))
		}
	}
	return b.peaks("memory with whole tasks, at most", list)
}

// warmUp lets a service draw until it gets no faster: ours learns from its last
// tasks when an answer is likely.
func (b *bench) warmUp(ctx context.Context, s *subject, r *running) error {
	best := 0.0
	for range b.warmups {
		took, err := drain{subject: s, running: r, tasks: b.tasks, clients: b.clients}.run(ctx)
		if err != nil {
			return err
		}
		rate := float64(b.tasks) / took.Seconds()
		b.say("%-34s %-10s %10.1f /s\n", "whole tasks, warming up", s.name, rate)
		if rate < best*1.05 {
			return nil
		}
		best = rate
	}
	return nil
}

// burstAndQueue holds our service to its promise: tasks that come at once, and many
// that wait, all end well, and never are more than five at the provider, which
// takes its time here and refuses nobody.
func (b *bench) burstAndQueue(ctx context.Context) (err error) {
	s := b.subjects[0]
	r, err := s.start(ctx, options{drawing: true, delay: b.drawTime})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.stop()) }()
	for _, d := range []drain{
		{subject: s, running: r, tasks: b.burst, clients: b.burst},
		{subject: s, running: r, tasks: b.queue, clients: b.conns},
	} {
		took, err := d.run(ctx)
		if err != nil {
			return err
		}
		b.say("%d tasks by %d clients: all completed in %.1f s\n", d.tasks, d.clients, took.Seconds())
	}
	if b.queued, err = stats(ctx, r.provider); err != nil {
		return err
	}
	if b.queued.MaxInFlight > 5 || b.queued.Accepted != b.burst+b.queue || b.queued.Throttled > 0 {
		return fmt.Errorf("the provider had %d tasks at most at once, accepted %d and throttled %d; want 5, %d and none",
			b.queued.MaxInFlight, b.queued.Accepted, b.queued.Throttled, b.burst+b.queue)
	}
	return nil
}
