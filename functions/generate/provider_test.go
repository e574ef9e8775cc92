package main

import (
	"context"
	"errors"
	"slices"
	"testing"

	"volcimage/internal/catalog"
	"volcimage/internal/config"
	"volcimage/internal/metrics"
	"volcimage/internal/task"
)

// vault has keys that change.
type vault struct {
	text, next string
	err        error
	renewed    int
}

func (v *vault) Text(context.Context) (string, error) { return v.text, v.err }

func (v *vault) Renewed(_ context.Context, stale string) (string, error) {
	v.renewed++
	if v.next == "" {
		return stale, v.err
	}
	v.text = v.next
	return v.text, v.err
}

// vendor refuses every access key but one.
type vendor struct {
	access string
	calls  *[]string
	err    error
}

const good = "good"

func (v *vendor) call() error {
	*v.calls = append(*v.calls, v.access)
	if v.access != good {
		return &task.Error{Kind: task.Misconfigured, Code: catalog.CodeProviderKeys}
	}
	return v.err
}

func (v *vendor) Submit(context.Context, task.Params) (string, error) { return "7", v.call() }
func (v *vendor) Result(context.Context, string, string) (task.Result, error) {
	return task.Result{Done: true}, v.call()
}

func text(access string) string { return `{"access_key":"` + access + `","secret_key":"s"}` }

func TestProvider(t *testing.T) {
	for name, c := range map[string]struct {
		vault vault
		err   error // of the provider, apart from keys
		kind  task.Kind
		calls []string
	}{
		"good keys are used as they are":                     {vault{text: text(good)}, nil, 0, []string{good, good}},
		"refused keys are read again once, and tried":        {vault{text: text("old"), next: text(good)}, nil, 0, []string{"old", good, good}},
		"where they are the same, the refusal stands":        {vault{text: text("old")}, nil, task.Misconfigured, []string{"old", "old"}},
		"where the new ones are refused too, it stands":      {vault{text: text("old"), next: text("new")}, nil, task.Misconfigured, []string{"old", "new", "new"}},
		"empty keys are looked for again before they fail":   {vault{text: text(""), next: text(good)}, nil, 0, []string{good, good}},
		"a secret that is none is the operator's to mend":    {vault{text: "{"}, nil, task.Misconfigured, nil},
		"a secret that cannot be read is no doubtful call":   {vault{err: &task.Error{Kind: task.Unavailable}}, nil, task.Unavailable, nil},
		"another error of the provider is not tried again":   {vault{text: text(good)}, &task.Error{Kind: task.Unknown}, task.Unknown, []string{good, good}},
		"the refusal counts more than the vault that is out": {vault{text: text(""), err: nil}, nil, task.Misconfigured, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var calls []string
			dialled := 0
			p := &provider{keys: &c.vault, dial: func(access, _ config.Secret) (metrics.Provider, error) {
				dialled++
				return &vendor{access.Reveal(), &calls, c.err}, nil
			}}
			id, err := p.Submit(t.Context(), task.Params{})
			if got := task.KindOf(err); err != nil && got != c.kind || err == nil && (c.kind != 0 || id != "7") {
				t.Errorf("submit: %q, %v; want kind %v", id, err, c.kind)
			}
			res, err := p.Result(t.Context(), "m", "7")
			if got := task.KindOf(err); err != nil && got != c.kind || err == nil && (c.kind != 0 || !res.Done) {
				t.Errorf("result: %+v, %v; want kind %v", res, err, c.kind)
			}
			if !slices.Equal(calls, c.calls) || dialled > 2 {
				t.Errorf("called with %v after %d clients were made, want %v", calls, dialled, c.calls)
			}
		})
	}
	t.Run("a client that cannot be made is the operator's to mend", func(t *testing.T) {
		p := &provider{keys: &vault{text: text(good)}, dial: func(config.Secret, config.Secret) (metrics.Provider, error) {
			return nil, errors.New("no")
		}}
		if _, err := p.Submit(t.Context(), task.Params{}); task.CodeOf(err) != catalog.CodeProviderKeys {
			t.Errorf("got %v", err)
		}
	})
}
