package main

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"volcimage/internal/catalog"
	"volcimage/internal/config"
	"volcimage/internal/metrics"
	"volcimage/internal/task"
)

// keys is the text of the secret that has the provider's keys.
type keys interface {
	Text(ctx context.Context) (string, error)
	// Renewed reads it anew, for one who found that stale does not work.
	Renewed(ctx context.Context, stale string) (string, error)
}

// provider calls with the keys of the moment. Keys may change while it runs: they
// are read again every few minutes, and at once where the provider refuses them.
type provider struct {
	keys keys
	dial func(access, hidden config.Secret) (metrics.Provider, error)

	mu     sync.Mutex
	text   string // that client was made with
	client metrics.Provider
}

// Submit makes a call that may cost money.
func (p *provider) Submit(ctx context.Context, params task.Params) (string, error) {
	return with(ctx, p, func(c metrics.Provider) (string, error) { return c.Submit(ctx, params) })
}

// Result asks after a job.
func (p *provider) Result(ctx context.Context, model, id string) (task.Result, error) {
	return with(ctx, p, func(c metrics.Provider) (task.Result, error) { return c.Result(ctx, model, id) })
}

// with does a call, and does it once more where the keys were refused and there are
// others by now. A call whose keys are refused is not carried out, so that twice is
// once.
func with[T any](ctx context.Context, p *provider, do func(metrics.Provider) (T, error)) (out T, err error) {
	text, err := p.keys.Text(ctx)
	if err != nil {
		return out, err
	}
	if out, err = withKeys(p, text, do); task.CodeOf(err) != catalog.CodeProviderKeys {
		return out, err
	}
	fresh, refetch := p.keys.Renewed(ctx, text)
	if refetch != nil || fresh == text {
		return out, errors.Join(err, refetch)
	}
	return withKeys(p, fresh, do)
}

func withKeys[T any](p *provider, text string, do func(metrics.Provider) (T, error)) (out T, err error) {
	client, err := p.clientFor(text)
	if err != nil {
		return out, err
	}
	return do(client)
}

// clientFor is the client with the keys in text, made anew only where they changed.
func (p *provider) clientFor(text string) (metrics.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.client != nil && p.text == text {
		return p.client, nil
	}
	access, hidden, err := config.ProviderKeys(text)
	var client metrics.Provider
	if err == nil {
		client, err = p.dial(access, hidden)
	}
	if err != nil {
		return nil, &task.Error{Kind: task.Misconfigured, Code: catalog.CodeProviderKeys, Err: fmt.Errorf("the provider's keys: %w", err)}
	}
	p.client, p.text = client, text
	return client, nil
}
