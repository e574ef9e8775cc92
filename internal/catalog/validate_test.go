package catalog

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"volcimage/internal/task"
)

func ptr[T any](v T) *T { return &v }

const (
	v40 = "jimeng_t2i_v40"
	v46 = "jimeng_seedream46_cvtob"
	v31 = "jimeng_t2i_v31"
)

func TestCompleteFillsInWhatWasNotGiven(t *testing.T) {
	for _, tt := range []struct {
		name     string
		in, want task.Params
	}{
		{
			"model, count and size", task.Params{Prompt: "  星空\n"},
			task.Params{Model: v40, Prompt: "星空", Count: 1, Width: 2048, Height: 2048},
		},
		{
			"the model's own default size", task.Params{Model: v31, Prompt: "fox", Count: 4},
			task.Params{Model: v31, Prompt: "fox", Count: 4, Width: 1328, Height: 1328},
		},
		{
			"an area stays alone", task.Params{Prompt: "fox", Size: 2 << 20},
			task.Params{Model: v40, Prompt: "fox", Count: 1, Size: 2 << 20},
		},
		{
			"bounds of the ratio leave the ratio to the model",
			task.Params{Prompt: "fox", MinRatio: ptr(1.5)},
			task.Params{Model: v40, Prompt: "fox", Count: 1, Size: 2048 * 2048, MinRatio: ptr(1.5)},
		},
		{
			"a set is one call", task.Params{Prompt: "fox", CoherentSet: true},
			task.Params{Model: v40, Prompt: "fox", CoherentSet: true, Count: 1, Width: 2048, Height: 2048},
		},
		{
			"the provider's word for any seed is no seed", task.Params{Model: v31, Prompt: "fox", Seed: ptr[int64](-1)},
			task.Params{Model: v31, Prompt: "fox", Count: 1, Width: 1328, Height: 1328},
		},
	} {
		got, err := Complete(tt.in)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.name, diff)
		}
	}
}

func TestCompleteAcceptsTheEdges(t *testing.T) {
	for name, p := range map[string]task.Params{
		"800 characters of three bytes":     {Prompt: strings.Repeat("星", 800)},
		"800 characters of four bytes":      {Prompt: strings.Repeat("🦊", 800)},
		"blanks around do not count":        {Prompt: strings.Repeat(" ", 900) + "x"},
		"the smallest square":               {Prompt: "x", Width: 1024, Height: 1024},
		"the largest square":                {Prompt: "x", Width: 4096, Height: 4096},
		"exactly 3 to 1":                    {Prompt: "x", Width: 3072, Height: 1024},
		"exactly 1 to 3":                    {Prompt: "x", Width: 1024, Height: 3072},
		"wider where the ratio's bound is":  {Prompt: "x", Width: 5120, Height: 512, MaxRatio: ptr(10.)},
		"the largest area":                  {Prompt: "x", Size: 16 << 20},
		"the smallest area":                 {Prompt: "x", Size: 1 << 20},
		"scale 0":                           {Prompt: "x", Scale: ptr(0.)},
		"scale 1":                           {Prompt: "x", Scale: ptr(1.)},
		"scale 100 of the newer generation": {Model: v46, Prompt: "x", Scale: ptr(100.)},
		"the least ratio":                   {Prompt: "x", MinRatio: ptr(1. / 16), MaxRatio: ptr(15.999)},
		"seed 0":                            {Model: v31, Prompt: "x", Seed: ptr[int64](0)},
		"the largest seed":                  {Model: v31, Prompt: "x", Seed: ptr[int64](1<<31 - 1)},
		"refinement off":                    {Model: v31, Prompt: "x", UsePreLLM: ptr(false)},
		"four pictures":                     {Prompt: "x", Count: 4},
		"the smallest of 3.1":               {Model: v31, Prompt: "x", Width: 512, Height: 512},
		"a count of 1 with a set":           {Prompt: "x", Count: 1, CoherentSet: true},
	} {
		if _, err := Complete(p); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCompleteNamesFieldValueAndRule(t *testing.T) {
	wrong := func(field string, value any, message string) task.FieldError {
		return task.FieldError{Location: "body." + field, Value: value, Message: message}
	}
	for _, tt := range []struct {
		name string
		in   task.Params
		want []task.FieldError
	}{
		{"no such model", task.Params{Model: "dall-e", Prompt: "x"}, []task.FieldError{
			wrong("model", "dall-e", "no such model; GET /api/v1/models lists them"),
		}},
		{"no prompt", task.Params{}, []task.FieldError{wrong("prompt", "", "must not be empty")}},
		{"a prompt of blanks", task.Params{Prompt: " \t\n\u3000"}, []task.FieldError{wrong("prompt", "", "must not be empty")}},
		{"801 characters", task.Params{Prompt: strings.Repeat("星", 801)}, []task.FieldError{
			wrong("prompt", 801, "is 801 characters long, jimeng_t2i_v40 takes at most 800"),
		}},
		{"a NUL character", task.Params{Prompt: "a\x00b"}, []task.FieldError{wrong("prompt", nil, "must not contain a NUL character")}},
		{"a broken character", task.Params{Prompt: "a\xffb"}, []task.FieldError{wrong("prompt", nil, "must be UTF-8")}},

		{"too many pictures", task.Params{Prompt: "x", Count: 5}, []task.FieldError{wrong("count", 5, "must be 1 to 4")}},
		{"a negative count", task.Params{Prompt: "x", Count: -1}, []task.FieldError{wrong("count", -1, "must be 1 to 4")}},
		{"a count beside a set", task.Params{Prompt: "x", Count: 2, CoherentSet: true}, []task.FieldError{
			wrong("count", 2, "must be 1 with coherent_set: the prompt decides how many pictures there are"),
		}},
		{"a negative count beside a set", task.Params{Prompt: "x", Count: -2, CoherentSet: true}, []task.FieldError{
			wrong("count", -2, "must be 1 with coherent_set: the prompt decides how many pictures there are"),
		}},
		{"a set of a model without sets", task.Params{Model: v31, Prompt: "x", CoherentSet: true}, []task.FieldError{
			wrong("coherent_set", true, "jimeng_t2i_v31 draws no coherent sets"),
		}},

		{"area and sides", task.Params{Prompt: "x", Size: 1 << 20, Width: 1024, Height: 1024}, []task.FieldError{
			wrong("size", 1<<20, "cannot be given together with width and height"),
		}},
		{"an area of a model that takes none", task.Params{Model: v31, Prompt: "x", Size: 1 << 20}, []task.FieldError{
			wrong("size", 1<<20, "jimeng_t2i_v31 takes width and height only"),
		}},
		{"too small an area", task.Params{Prompt: "x", Size: 1<<20 - 1}, []task.FieldError{
			wrong("size", 1<<20-1, "must be 1048576 to 16777216 pixels in all"),
		}},
		{"a negative area", task.Params{Prompt: "x", Size: -1}, []task.FieldError{
			wrong("size", -1, "must be 1048576 to 16777216 pixels in all"),
		}},
		{"width alone", task.Params{Prompt: "x", Width: 1024}, []task.FieldError{wrong("height", nil, "must be given together with width")}},
		{"height alone", task.Params{Prompt: "x", Height: 1024}, []task.FieldError{wrong("width", nil, "must be given together with height")}},
		{"a negative side", task.Params{Prompt: "x", Width: 1024, Height: -1024}, []task.FieldError{
			wrong("height", -1024, "must be 1 to 16777216"),
		}},
		{"sides whose product runs over into the range", task.Params{Prompt: "x", Width: 1<<53 + 2048, Height: 1<<53 + 2048}, []task.FieldError{
			wrong("width", 1<<53+2048, "must be 1 to 16777216"),
		}},
		{"too small", task.Params{Prompt: "x", Width: 1024, Height: 1023}, []task.FieldError{
			wrong("width", 1024, "width × height is 1024 × 1023 = 1047552, jimeng_t2i_v40 takes 1048576 to 16777216"),
		}},
		{"too large", task.Params{Model: v31, Prompt: "x", Width: 2048, Height: 2049}, []task.FieldError{
			wrong("width", 2048, "width × height is 2048 × 2049 = 4196352, jimeng_t2i_v31 takes 262144 to 4194304"),
		}},
		{"too wide", task.Params{Prompt: "x", Width: 4096, Height: 1024}, []task.FieldError{
			wrong("width", 4096, "width ÷ height is 4096 ÷ 1024 = 4, must be 0.333 to 3"),
		}},
		{"narrower than asked for", task.Params{Prompt: "x", Width: 2048, Height: 2048, MinRatio: ptr(1.5)}, []task.FieldError{
			wrong("width", 2048, "width ÷ height is 2048 ÷ 2048 = 1, must be 1.5 to 3"),
		}},

		{"a field of another model", task.Params{Prompt: "x", Seed: ptr[int64](7), UsePreLLM: ptr(true)}, []task.FieldError{
			wrong("seed", int64(7), "jimeng_t2i_v40 does not take it"),
			wrong("use_pre_llm", true, "jimeng_t2i_v40 does not take it"),
		}},
		{"bounds of the ratio of a model that takes none", task.Params{Model: v31, Prompt: "x", MinRatio: ptr(2.), MaxRatio: ptr(1.)}, []task.FieldError{
			wrong("min_ratio", 2., "jimeng_t2i_v31 does not take it"),
			wrong("max_ratio", 1., "jimeng_t2i_v31 does not take it"),
		}},
		{"a seed too large", task.Params{Model: v31, Prompt: "x", Seed: ptr[int64](1 << 31)}, []task.FieldError{
			wrong("seed", int64(1<<31), "must be 0 to 2147483647"),
		}},
		{"a negative seed", task.Params{Model: v31, Prompt: "x", Seed: ptr[int64](-2)}, []task.FieldError{
			wrong("seed", int64(-2), "must be 0 to 2147483647"),
		}},
		{"a scale of the other generation", task.Params{Prompt: "x", Scale: ptr(50.)}, []task.FieldError{wrong("scale", 50., "must be 0 to 1")}},
		{"half a whole number", task.Params{Model: v46, Prompt: "x", Scale: ptr(0.5)}, []task.FieldError{wrong("scale", 0.5, "must be a whole number")}},
		{"an excluded end", task.Params{Prompt: "x", MaxRatio: ptr(16.)}, []task.FieldError{
			wrong("max_ratio", 16., "must be 0.0625 to less than 16"),
		}},
		{"bounds of the ratio crossed", task.Params{Prompt: "x", MinRatio: ptr(2.), MaxRatio: ptr(1.)}, []task.FieldError{
			wrong("min_ratio", 2., "must not be greater than max_ratio, which is 1"),
		}},
		{"one bound beyond the other's default", task.Params{Prompt: "x", MinRatio: ptr(4.)}, []task.FieldError{
			wrong("min_ratio", 4., "must not be greater than max_ratio, which is 3"),
		}},
		{"the other bound beyond", task.Params{Prompt: "x", MaxRatio: ptr(0.2)}, []task.FieldError{
			wrong("max_ratio", 0.2, "must not be less than min_ratio, which is 0.3333"),
		}},
		{"several at once", task.Params{Count: 9, Scale: ptr(-1.)}, []task.FieldError{
			wrong("prompt", "", "must not be empty"),
			wrong("count", 9, "must be 1 to 4"),
			wrong("scale", -1., "must be 0 to 1"),
		}},
	} {
		_, err := Complete(tt.in)
		var e *task.Error
		if !errors.As(err, &e) || e.Kind != task.Invalid || e.Code != CodeInvalid {
			t.Errorf("%s: error %v, want invalid_request", tt.name, err)
			continue
		}
		if diff := cmp.Diff(tt.want, e.Fields); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.name, diff)
		}
	}
}

func TestNotANumberIsRefused(t *testing.T) {
	for _, x := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if _, err := Complete(task.Params{Prompt: "x", Scale: ptr(x)}); task.KindOf(err) != task.Invalid {
			t.Errorf("scale %v: %v, want it refused", x, err)
		}
		if _, err := Complete(task.Params{Prompt: "x", MinRatio: ptr(x)}); task.KindOf(err) != task.Invalid {
			t.Errorf("min_ratio %v: %v, want it refused", x, err)
		}
	}
}

func TestValuesListsWhatWasGiven(t *testing.T) {
	if got := Values(task.Params{Prompt: "x"}); len(got) != 0 {
		t.Errorf("Values of nothing = %v", got)
	}
	got := Values(task.Params{Seed: ptr[int64](7), Scale: ptr(0.), UsePreLLM: ptr(false), MinRatio: ptr(1.), MaxRatio: ptr(2.)})
	want := map[string]any{"seed": int64(7), "scale": 0., "use_pre_llm": false, "min_ratio": 1., "max_ratio": 2.}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Values (-want +got)\n%s", diff)
	}
	for name := range got {
		found := false
		for _, n := range fieldNames {
			found = found || n == name
		}
		if !found {
			t.Errorf("%s is not in fieldNames and would not be checked", name)
		}
	}
}
