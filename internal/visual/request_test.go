package visual

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

func ptr[T any](v T) *T { return &v }

func TestABodyHoldsWhatTheModelTakesAndNoMore(t *testing.T) {
	for _, tt := range []struct {
		name string
		p    task.Params
		want string
	}{
		{
			"4.0, one picture", fox,
			`{"force_single":true,"height":2048,"prompt":"一只狐狸 \u003c\u0026\u003e","req_key":"jimeng_t2i_v40","width":2048}`,
		},
		{
			"4.0, everything",
			task.Params{
				Model: "jimeng_t2i_v40", Prompt: "x", Count: 1, CoherentSet: true, Size: 4194304,
				Scale: ptr(0.25), MinRatio: ptr(0.5), MaxRatio: ptr(2.),
			},
			`{"force_single":false,"max_ratio":2,"min_ratio":0.5,"prompt":"x","req_key":"jimeng_t2i_v40","scale":0.25,"size":4194304}`,
		},
		{
			"4.6, its scale is a whole number",
			task.Params{Model: "jimeng_seedream46_cvtob", Prompt: "x", Count: 1, Width: 1024, Height: 2048, Scale: ptr(70.)},
			`{"force_single":true,"height":2048,"prompt":"x","req_key":"jimeng_seedream46_cvtob","scale":70,"width":1024}`,
		},
		{
			"3.1, nothing given: no seed, no sets, and its switch said",
			task.Params{Model: "jimeng_t2i_v31", Prompt: "x", Count: 1},
			`{"height":1328,"prompt":"x","req_key":"jimeng_t2i_v31","use_pre_llm":true,"width":1328}`,
		},
		{
			"3.1, everything",
			task.Params{Model: "jimeng_t2i_v31", Prompt: "x", Count: 1, Width: 1664, Height: 936, Seed: ptr[int64](0), UsePreLLM: ptr(false)},
			`{"height":936,"prompt":"x","req_key":"jimeng_t2i_v31","seed":0,"use_pre_llm":false,"width":1664}`,
		},
		{
			"fields of other models stay out",
			task.Params{Model: "jimeng_t2i_v31", Prompt: "x", Count: 1, Width: 512, Height: 512, Size: 1 << 20, Scale: ptr(1.), MinRatio: ptr(1.)},
			`{"height":512,"prompt":"x","req_key":"jimeng_t2i_v31","use_pre_llm":true,"width":512}`,
		},
	} {
		body, err := submitBody(tt.p)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		got, err := json.Marshal(body)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if diff := cmp.Diff(tt.want, string(got)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.name, diff)
		}
	}
}

func TestEveryPresetOfEveryModelIsSentAsItIs(t *testing.T) {
	for _, m := range catalog.Models() {
		for _, p := range m.Size.Presets {
			body, err := submitBody(task.Params{Model: m.ID, Prompt: "x", Width: p.Width, Height: p.Height})
			if err != nil || body["width"] != p.Width || body["height"] != p.Height || body["size"] != nil {
				t.Errorf("%s %+v: %v, %v", m.ID, p, body, err)
			}
		}
	}
}

func TestAModelThatIsNotInTheCatalogIsNotAskedFor(t *testing.T) {
	c, _ := dialURL(t, Config{Endpoint: "http://127.0.0.1:1"})
	_, err := c.Submit(t.Context(), task.Params{Model: "dall-e", Prompt: "x"})
	if task.CodeOf(err) != catalog.CodeInvalid || task.KindOf(err) != task.Invalid {
		t.Errorf("Submit: %v, want invalid_request", err)
	}
}
