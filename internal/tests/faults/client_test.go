package faults

import (
	"context"
	"errors"
	"slices"
	"time"

	"volcimage/internal/task"
	"volcimage/internal/tests/world"
)

// client is a person with a browser: it repeats a request that was not answered,
// with the same idempotency key.
type client struct {
	*history
	key string
}

// insists does a request until it is answered, and lives on when the function
// that answers dies.
func (c *client) insists(do func(context.Context) error) {
	c.t.Helper()
	for range 20 {
		var err error
		if world.Live(c.t.Context(), func(ctx context.Context) { err = do(ctx) }) && !errors.Is(err, world.ErrInjected) {
			if err != nil {
				c.t.Errorf("request: %v", err)
			}
			return
		}
		time.Sleep(time.Second)
	}
	c.t.Error("a request was not answered in twenty tries")
}

func (c *client) submit(prompt string, count int) *record {
	var r *record
	c.insists(c.submitting(prompt, count, &r))
	return r
}

func (c *client) cancel(r *record) { c.insists(c.cancelling(r)) }
func (c *client) retry(r *record)  { c.insists(c.retrying(r)) }
func (c *client) remove(r *record) { c.insists(c.removing(r)) }

func (c *client) submitting(prompt string, count int, made **record) func(context.Context) error {
	return func(ctx context.Context) error {
		t, _, err := c.w.Submit.Submit(ctx, c.owner, task.Order{Params: world.Params(prompt, count), Key: c.key})
		if err == nil {
			*made = c.acknowledged(t)
		}
		return err
	}
}

// ordering asks for one prompt in two ways at once.
func (c *client) ordering(prompt string, count int) func(context.Context) error {
	return func(ctx context.Context) error {
		placed, err := c.w.Submit.SubmitMany(ctx, c.owner, task.Order{
			Params: world.Params(prompt, 1), Variants: []task.Params{world.Params("", 1), world.Params("", count)}, Key: c.key,
		})
		for _, p := range placed {
			c.acknowledged(p.Task)
		}
		return err
	}
}

// repeating asks for what a task asked for once more.
func (c *client) repeating(r *record) func(context.Context) error {
	return func(ctx context.Context) error {
		t, _, err := c.w.Submit.Again(ctx, r.owner, r.id, task.Again{Variation: true, Key: c.key})
		if err == nil {
			c.acknowledged(t)
		}
		return unless(err, "not_found")
	}
}

// The others are done where an earlier try was carried out and not answered, or
// where the task is not in a state for it.

func (c *client) cancelling(r *record) func(context.Context) error {
	return func(ctx context.Context) error {
		t, err := c.w.Library.Cancel(ctx, r.owner, r.id)
		c.told(r, t, err)
		return unless(err, "not_cancellable", "not_found")
	}
}

func (c *client) retrying(r *record) func(context.Context) error {
	return func(ctx context.Context) error {
		t, err := c.w.Submit.Retry(ctx, r.owner, r.id)
		c.told(r, t, err)
		return unless(err, "not_retryable", "not_found", "in_bin")
	}
}

func (c *client) removing(r *record) func(context.Context) error {
	return func(ctx context.Context) error {
		r.removed = true
		return unless(c.w.Library.Delete(ctx, r.owner, r.id), "not_found")
	}
}

func (c *client) binning(r *record) func(context.Context) error {
	return func(ctx context.Context) error {
		t, _, err := c.w.Library.Bin(ctx, r.owner, r.id)
		c.told(r, t, err)
		return unless(err, "not_found")
	}
}

func (c *client) restoring(r *record) func(context.Context) error {
	return func(ctx context.Context) error {
		t, _, err := c.w.Library.Restore(ctx, r.owner, r.id)
		c.told(r, t, err)
		return unless(err, "not_found")
	}
}

// told notes an answer that came at once. Others may have read later rows already.
func (c *client) told(r *record, t task.Task, err error) {
	if err == nil && t.Version > r.version {
		c.see(r, t)
	}
}

func unless(err error, codes ...task.Code) error {
	if slices.Contains(codes, task.CodeOf(err)) {
		return nil
	}
	return err
}
