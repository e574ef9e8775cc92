package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"volcimage/internal/httpapi"
)

const (
	// healthWithin leaves of 200 ms what the answer itself takes.
	healthWithin = 150 * time.Millisecond
	// hungAfter tells a part that hangs from one that is slow because all are.
	hungAfter = 2 * time.Second
	// probeTime is when a question that was given up is stopped.
	probeTime = 10 * time.Second
	// maxQueueAge is how old a hint may get before the queue counts as stuck: no
	// delay is as long.
	maxQueueAge = 30 * time.Minute
	// lowDisk is how many bytes are few: some hundred pictures.
	lowDisk = 1 << 30
)

// What is said of a part that does not answer.
var (
	errHangs = errors.New("no answer for seconds")
	errSlow  = httpapi.Warning{Err: errors.New("slow to answer")}
)

// probe asks one part. However many want to know at once, it is asked once, and a
// part that hangs holds up nobody.
type probe struct {
	ask func(context.Context) error

	mu      sync.Mutex
	pending *verdict
}

type verdict struct {
	began time.Time
	done  chan struct{}
	err   error
}

// wait is what the part answers before ctx ends.
func (v *verdict) wait(ctx context.Context) error {
	select {
	case <-v.done:
		return v.err
	case <-ctx.Done():
	}
	select {
	case <-v.done: // while another was waited for
		return v.err
	default:
	}
	if time.Since(v.began) >= hungAfter {
		return errHangs
	}
	return errSlow
}

// begin asks, or joins those who have asked.
func (p *probe) begin(ctx context.Context) *verdict {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pending != nil {
		return p.pending
	}
	v := &verdict{began: time.Now(), done: make(chan struct{})}
	p.pending = v
	go func() {
		bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), probeTime)
		defer cancel()
		v.err = p.ask(bounded)
		p.mu.Lock()
		p.pending = nil
		p.mu.Unlock()
		close(v.done)
	}()
	return v
}

// probes are the parts by name.
type probes map[string]*probe

// health asks all parts at once.
func (ps probes) health(ctx context.Context) map[string]error {
	ctx, cancel := context.WithTimeout(ctx, healthWithin)
	defer cancel()
	verdicts := make(map[string]*verdict, len(ps))
	for name, p := range ps {
		verdicts[name] = p.begin(ctx)
	}
	all := make(map[string]error, len(ps))
	for name, v := range verdicts {
		all[name] = v.wait(ctx)
	}
	return all
}

func (s *service) probes() probes {
	return probes{
		"store":    {ask: s.db.Ping},
		"queue":    {ask: s.queueHealth},
		"objects":  {ask: s.objects.Ping},
		"disk":     {ask: s.diskHealth},
		"provider": {ask: s.provider.health},
	}
}

func (s *service) queueHealth(ctx context.Context) error {
	st, err := s.queue.Stats(ctx)
	if err != nil {
		return err
	}
	if age := since(st.Oldest); age > maxQueueAge {
		return fmt.Errorf("the oldest message is %v old", age)
	}
	return nil
}

func (s *service) diskHealth(context.Context) error {
	free, err := s.objects.Free()
	if err != nil {
		return err
	}
	if free < lowDisk {
		return httpapi.Warning{Err: fmt.Errorf("%d MiB left", free>>20)}
	}
	return nil
}

// since is how long ago t was, in whole seconds; 0 where there is no t.
func since(t time.Time) time.Duration {
	if t.IsZero() {
		return 0
	}
	return time.Since(t).Truncate(time.Second)
}

// numbers are what an operator looks at first; what cannot be read is left out.
func (s *service) numbers(ctx context.Context) map[string]int64 {
	ctx, cancel := context.WithTimeout(ctx, healthWithin)
	defer cancel()
	n := map[string]int64{}
	if st, err := s.queue.Stats(ctx); err == nil {
		n["queue_messages"] = int64(st.Visible + st.Hidden)
		n["queue_age_seconds"] = int64(since(st.Oldest).Seconds())
		n["dead_letters"] = int64(st.Dead)
	}
	if b, err := s.db.Backlog(ctx, time.Now().Add(-overdueAfter)); err == nil {
		n["jobs_waiting"] = int64(b.Waiting)
		n["jobs_overdue"] = int64(b.Overdue)
		n["longest_overdue_seconds"] = int64(since(b.OldestDue).Seconds())
	}
	if free, err := s.objects.Free(); err == nil {
		n["disk_free_bytes"] = free
	}
	calls, failures, _ := s.provider.recent()
	n["provider_calls"], n["provider_failures"] = int64(calls), int64(failures)
	return n
}
