package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

const (
	// maxIdle is how long a poller sleeps at most, should a wake-up get lost.
	maxIdle = 5 * time.Second
	// minIdle keeps it from spinning where the queue announces a message but
	// hands none out.
	minIdle = 5 * time.Millisecond
	// firstBackoff and maxBackoff bound the pause after the queue failed.
	firstBackoff = 100 * time.Millisecond
	maxBackoff   = 10 * time.Second
	// queueTimeout is what one call of the queue may take.
	queueTimeout = 10 * time.Second
	// killGrace is how long functions that were told to end are waited for.
	killGrace = 2 * time.Second

	defaultTimeout = 30 * time.Second
	defaultGrace   = 20 * time.Second
)

// Poller is the event source mapping between a queue and a function: it receives
// messages, calls the function with them, deletes those it worked off and leaves
// the others to their visibility timeout. It never takes more messages than it
// can hand over at once, so none grows old in its hands.
type Poller struct {
	Queue    Queue
	Function Function
	// MaxConcurrency is how many calls run at once, 0 means 1. BatchSize is how
	// many messages a call gets at most, 0 means 1.
	MaxConcurrency, BatchSize int
	// Timeout is what one call may take, 0 means 30 seconds.
	Timeout time.Duration
	// Grace is how long calls may go on when the poller is told to stop; 0 means
	// 20 seconds.
	Grace time.Duration
	Log   *slog.Logger
}

// Run polls until ctx ends. Then it receives no more, waits for the calls that
// run, ends those that outlast the grace, and gives back what they had. It
// answers an error only where a call could not be ended.
func (p Poller) Run(ctx context.Context) error {
	p.MaxConcurrency, p.BatchSize = max(p.MaxConcurrency, 1), max(p.BatchSize, 1)
	if p.Timeout <= 0 {
		p.Timeout = defaultTimeout
	}
	if p.Grace <= 0 {
		p.Grace = defaultGrace
	}
	work, stop := outliving(ctx, p.Grace)
	defer stop()
	calls := make(chan struct{}, p.MaxConcurrency)
	var running sync.WaitGroup
	var backoff time.Duration
	for ctx.Err() == nil {
		free := acquire(ctx, calls)
		messages, next, err := p.receive(ctx, free*p.BatchSize)
		backoff = p.nextBackoff(ctx, backoff, err)
		for len(messages) > 0 && ctx.Err() == nil {
			batch := messages[:min(p.BatchSize, len(messages))]
			messages = messages[len(batch):]
			free--
			running.Go(func() {
				defer release(calls, 1)
				p.deliver(work, batch)
			})
			next = 0
		}
		p.giveBack(work, messages)
		release(calls, free)
		p.sleep(ctx, max(next, backoff), backoff > 0)
	}
	return p.finish(&running)
}

// acquire waits for a free call and takes all that are free.
func acquire(ctx context.Context, calls chan struct{}) (n int) {
	select {
	case calls <- struct{}{}:
	case <-ctx.Done():
		return 0
	}
	for n = 1; ; n++ {
		select {
		case calls <- struct{}{}:
		default:
			return n
		}
	}
}

func release(calls chan struct{}, n int) {
	for range n {
		<-calls
	}
}

// receive takes up to n messages. Where there is none it tells how long to sleep.
// It looks before it takes, because looking costs no write.
func (p *Poller) receive(ctx context.Context, n int) (got []Message, idle time.Duration, err error) {
	if n == 0 {
		return nil, 0, nil
	}
	// Messages that were received while the service is told to stop must be known
	// to be given back, so the stop does not end the call.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), queueTimeout)
	defer cancel()
	at, ok, err := p.Queue.Next(ctx)
	switch {
	case err != nil:
		return nil, 0, fmt.Errorf("look for messages: %w", err)
	case !ok:
		return nil, maxIdle, nil
	case time.Until(at) > 0:
		return nil, min(time.Until(at), maxIdle), nil
	}
	if got, err = p.Queue.Receive(ctx, n); err != nil {
		return nil, 0, fmt.Errorf("receive messages: %w", err)
	}
	return got, minIdle, nil
}

// nextBackoff is the pause after err, twice the one before; none without an error.
func (p *Poller) nextBackoff(ctx context.Context, before time.Duration, err error) time.Duration {
	if err == nil {
		return 0
	}
	pause := min(max(2*before, firstBackoff), maxBackoff)
	p.Log.ErrorContext(ctx, "queue failed", "error", err, "pause", pause)
	return pause
}

// sleep waits for d, or less where a message came; after an error nothing but
// the end of the service cuts the pause short.
func (p *Poller) sleep(ctx context.Context, d time.Duration, failed bool) {
	if d <= 0 {
		return
	}
	changed := p.Queue.Changed()
	if failed {
		changed = nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	case <-changed:
	}
}

// deliver calls the function with a batch and settles what becomes of it.
func (p *Poller) deliver(ctx context.Context, batch []Message) {
	failed, err := p.call(ctx, batch)
	var done []string
	var left []Message
	for _, m := range batch {
		if err != nil || failed[m.ID] {
			left = append(left, m)
		} else {
			done = append(done, m.Receipt)
		}
	}
	if err != nil {
		p.Log.WarnContext(ctx, "function failed, messages come back", "messages", ids(batch), "error", err)
	}
	if ctx.Err() != nil { // it was ended before its time: the next process goes on at once
		p.giveBack(ctx, left)
	}
	if len(done) == 0 {
		return
	}
	save, cancel := context.WithTimeout(context.WithoutCancel(ctx), queueTimeout)
	defer cancel()
	if err := p.Queue.Delete(save, done...); err != nil {
		p.Log.ErrorContext(ctx, "messages not deleted, they come again", "messages", ids(batch), "error", err)
	}
}

// call calls the function; an error means that the whole batch failed.
func (p *Poller) call(ctx context.Context, batch []Message) (failed map[string]bool, err error) {
	payload, err := json.Marshal(sqsEvent(batch))
	if err != nil {
		return nil, fmt.Errorf("encode event: %w", err)
	}
	out, err := p.Function.invoke(ctx, p.Timeout, newID(), payload)
	if err != nil {
		return nil, err
	}
	return failedOf(out, batch)
}

// giveBack shows messages again that were not worked off.
func (p *Poller) giveBack(ctx context.Context, messages []Message) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), queueTimeout)
	defer cancel()
	for _, m := range messages {
		if err := p.Queue.ChangeVisibility(ctx, m.Receipt, 0); err != nil {
			p.Log.WarnContext(ctx, "message not given back, it comes later", "message", m.ID, "error", err)
		}
	}
}

// finish waits for the calls that run. The grace ends their context; one that
// does not heed it is left behind.
func (p *Poller) finish(running *sync.WaitGroup) error {
	ended := make(chan struct{})
	go func() {
		running.Wait()
		close(ended)
	}()
	t := time.NewTimer(p.Grace + killGrace)
	defer t.Stop()
	select {
	case <-ended:
		return nil
	case <-t.C:
		return errors.New("stop poller: a function does not end")
	}
}

func ids(batch []Message) []string {
	list := make([]string, len(batch))
	for i, m := range batch {
		list[i] = m.ID
	}
	return list
}
