package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"volcimage/internal/catalog"
	"volcimage/internal/picture"
	"volcimage/internal/task"
	"volcimage/internal/visual"
)

// verifier draws and compares.
type verifier struct {
	settings
	con      console
	provider *visual.Client
	http     *http.Client
	pictures *picture.Verifier
	differs  bool
}

func newVerifier(set settings, con console) (*verifier, error) {
	c, err := visual.New(set.client)
	if err != nil {
		return nil, err
	}
	return &verifier{
		settings: set, con: con, provider: c,
		http: &http.Client{Timeout: time.Minute}, pictures: &picture.Verifier{},
	}, nil
}

// unknownJob is an id that no job has.
const unknownJob = "1"

// probe asks, without charge, for codes that the table knows: a wrong access key,
// a wrong secret, a job that is not there. It fails where the keys do.
func (v *verifier) probe(ctx context.Context) error {
	v.con.printf("Codes at %s (free):\n", v.client.Endpoint)
	model := v.models[0].ID
	_, own := v.provider.Result(ctx, model, unknownJob)
	wrongKey, wrongSecret := v.client, v.client
	wrongKey.AccessKey = "AKLTnobody"
	wrongSecret.SecretKey = "wrong"
	for _, p := range []struct {
		what string
		err  error
		want task.Code
	}{
		{"a job that is not there", own, catalog.CodeProviderLost},
		{"a wrong access key", ask(ctx, wrongKey, model), catalog.CodeProviderKeys},
		{"a wrong secret key", ask(ctx, wrongSecret, model), catalog.CodeProviderKeys},
	} {
		got := task.CodeOf(p.err)
		v.row(p.what, string(p.want), fmt.Sprintf("%s%s", got, providerCode(p.err)), got == p.want)
	}
	if got := task.KindOf(own); got == task.Misconfigured || got == task.Unavailable {
		return fmt.Errorf("the service cannot be used: %w", own)
	}
	return nil
}

// ask is one free question by other keys.
func ask(ctx context.Context, cfg visual.Config, model string) error {
	c, err := visual.New(cfg)
	if err != nil {
		return err
	}
	_, err = c.Result(ctx, model, unknownJob)
	return err
}

func providerCode(err error) string {
	var e *task.Error
	if errors.As(err, &e) && e.ProviderCode != "" {
		return " (" + e.ProviderCode + ")"
	}
	return ""
}

// row prints one comparison and remembers a difference.
func (v *verifier) row(what, assumed, came string, same bool) {
	verdict := "same"
	if !same {
		verdict, v.differs = "DIFFERS", true
	}
	v.con.printf("  %-24s assumed %-28s came %-40s %s\n", what, assumed, came, verdict)
}

// draw makes one picture and compares the model's record with it.
func (v *verifier) draw(ctx context.Context, m catalog.Model) {
	v.con.printf("\n%s\n", m.ID)
	drawn, err := v.picture(ctx, m)
	if err != nil {
		v.row("a picture", "drawn", fmt.Sprintf("%v", err), false)
		return
	}
	seen := v.compare(ctx, m, drawn)
	for _, name := range slices.Sorted(maps.Keys(m.Evidence)) {
		if e := m.Evidence[name]; e.State == catalog.Assumed && !seen[name] {
			v.con.printf("  %-24s assumed %-28s not seen in one picture\n", name, assumed(m, name))
		}
	}
}

// drawing is what came of one picture.
type drawing struct {
	took  time.Duration
	links []string
	now   time.Time // when the links came
}

func (v *verifier) picture(ctx context.Context, m catalog.Model) (drawing, error) {
	ctx, cancel := context.WithTimeout(ctx, v.wait)
	defer cancel()
	start := time.Now()
	id, err := v.provider.Submit(ctx, params(m))
	if err != nil {
		return drawing{}, err
	}
	for {
		r, err := v.provider.Result(ctx, m.ID, id)
		switch k := task.KindOf(err); {
		case err == nil && r.Done && len(r.Links) == 0:
			return drawing{}, errors.New("the picture itself came instead of a link")
		case err == nil && r.Done:
			return drawing{time.Since(start), r.Links, time.Now()}, nil
		case err != nil && k != task.Unavailable && k != task.Throttled:
			return drawing{}, err
		}
		select {
		case <-ctx.Done():
			return drawing{}, fmt.Errorf("job %s: no picture: %w", id, errors.Join(ctx.Err(), err))
		case <-time.After(v.every):
		}
	}
}

// params asks for the model's default size with every field at its default, so
// that each is seen to be taken.
func params(m catalog.Model) task.Params {
	p := task.Params{
		Model: m.ID, Prompt: "窗台上的橘猫,午后阳光,写实摄影", Count: 1,
		Width: m.Size.Default.Width, Height: m.Size.Default.Height,
	}
	for _, f := range m.Fields {
		set(&p, f)
	}
	return p
}

func set(p *task.Params, f catalog.Field) {
	var x float64
	switch v := f.Default.(type) {
	case int64:
		x = float64(v)
	case float64:
		x = v
	}
	switch f.Name {
	case "seed":
		seed := int64(7) // its default asks for any
		p.Seed = &seed
	case "use_pre_llm":
		on, _ := f.Default.(bool)
		p.UsePreLLM = &on
	case "scale":
		p.Scale = &x
	case "min_ratio":
		p.MinRatio = &x
	case "max_ratio":
		p.MaxRatio = &x
	}
}

// codes lists the codes that nobody has classed yet.
func (v *verifier) codes() {
	unknown := v.provider.UnknownCodes()
	v.con.printf("\nCodes that are not in the table: %d\n", len(unknown))
	for _, code := range slices.Sorted(maps.Keys(unknown)) {
		v.row("code "+code, "not used", fmt.Sprintf("%d times", unknown[code]), false)
	}
}
