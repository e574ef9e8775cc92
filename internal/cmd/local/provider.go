package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"volcimage/internal/generate"
	"volcimage/internal/httpapi"
	"volcimage/internal/task"
)

const (
	outcomesKept = 20
	// outcomesFor is how long an outcome says something of the present.
	outcomesFor = 10 * time.Minute
	// outcomesEnough is from how many failures on they are no accident.
	outcomesEnough = 3
)

// observed is the provider, with how its last calls ended: health tells from
// what happened anyway, and makes no call of its own.
type observed struct {
	generate.Provider
	now func() time.Time

	mu   sync.Mutex
	last []outcome // oldest first
}

type outcome struct {
	at  time.Time
	err error // nil: the provider works, whatever it thinks of the prompt
}

// Submit calls the provider.
func (o *observed) Submit(ctx context.Context, p task.Params) (string, error) {
	id, err := o.Provider.Submit(ctx, p)
	o.note(ctx, err)
	return id, err
}

// Result calls the provider.
func (o *observed) Result(ctx context.Context, model, id string) (task.Result, error) {
	r, err := o.Provider.Result(ctx, model, id)
	o.note(ctx, err)
	return r, err
}

func (o *observed) note(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return // we broke it off ourselves
	}
	switch task.KindOf(err) {
	case task.Internal, task.Unavailable, task.Unknown, task.Misconfigured:
	default:
		err = nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.last = append(o.last, outcome{o.now(), err})
	o.last = o.last[max(0, len(o.last)-outcomesKept):]
}

// recent counts the calls that say something of the present, and those of them
// that failed; worst is the last failure.
func (o *observed) recent() (calls, failures int, worst error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, c := range o.last {
		if o.now().Sub(c.at) > outcomesFor {
			continue
		}
		calls++
		if c.err != nil {
			failures++
			worst = c.err
		}
	}
	return calls, failures, worst
}

// health warns where half of the last calls failed. It is never more than a
// warning: what was drawn can be seen all the same.
func (o *observed) health(context.Context) error {
	calls, failures, worst := o.recent()
	if failures < outcomesEnough || 2*failures < calls {
		return nil
	}
	return httpapi.Warning{Err: fmt.Errorf("%d of the last %d calls failed, at last: %w", failures, calls, worst)}
}
