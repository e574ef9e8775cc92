package catalog

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"volcimage/internal/task"
)

func TestTheDefaultModelComesFirst(t *testing.T) {
	if got := Models()[0].ID; got != DefaultModel {
		t.Errorf("first model %s, want %s", got, DefaultModel)
	}
	var ids []string
	for _, m := range Models() {
		ids = append(ids, m.ID)
		if got, ok := Lookup(m.ID); !ok || got.ID != m.ID {
			t.Errorf("Lookup(%s) = %s, %v", m.ID, got.ID, ok)
		}
	}
	if want := []string{"jimeng_t2i_v40", "jimeng_seedream46_cvtob", "jimeng_t2i_v31"}; !slices.Equal(ids, want) {
		t.Errorf("models %v, want %v", ids, want)
	}
	if m, ok := Lookup("dall-e"); ok {
		t.Errorf("Lookup(dall-e) = %s", m.ID)
	}
}

func TestEveryValueOfAModelHasItsEvidence(t *testing.T) {
	ours := []string{"Name", "Description", "Fields", "Evidence"} // words, and what has entries of its own
	for _, m := range Models() {
		want := map[string]bool{}
		for _, f := range reflect.VisibleFields(reflect.TypeFor[Model]()) {
			if !slices.Contains(ours, f.Name) {
				want[f.Name] = true
			}
		}
		for _, f := range m.Fields {
			want["Fields."+f.Name] = true
		}
		for name := range want {
			e, ok := m.Evidence[name]
			if !ok || e.Source == "" || e.State != Assumed && e.State != Verified {
				t.Errorf("%s.%s: evidence %+v", m.ID, name, e)
			}
		}
		for name := range m.Evidence {
			if !want[name] {
				t.Errorf("%s: evidence for %s, which is not there", m.ID, name)
			}
		}
	}
}

func TestEveryPresetIsValidByItsModelsOwnRules(t *testing.T) {
	for _, m := range Models() {
		for _, p := range append(m.Size.Presets, m.Size.Default) {
			_, err := Complete(task.Params{Model: m.ID, Prompt: "星空", Width: p.Width, Height: p.Height})
			if err != nil {
				t.Errorf("%s %+v: %v", m.ID, p, err)
			}
			checkAspect(t, m.ID, p)
		}
		if !slices.Contains(m.Size.Presets, m.Size.Default) {
			t.Errorf("%s: the default %+v is none of the presets", m.ID, m.Size.Default)
		}
		seen := map[[2]string]bool{}
		for _, p := range m.Size.Presets {
			if k := [2]string{p.Tier, p.Ratio}; seen[k] {
				t.Errorf("%s: two presets %v", m.ID, k)
			} else {
				seen[k] = true
			}
		}
	}
}

// checkAspect wants the name of a ratio to be that of its sides, within 3 %: the
// vendor rounds sides, and its 21:9 is 2016 × 864 and 3024 × 1296 (7:3), but
// 5404 × 3040 and 6198 × 2656 too.
func checkAspect(t *testing.T, id string, p Preset) {
	t.Helper()
	named := map[string]float64{
		"1:1": 1, "4:3": 4. / 3, "3:4": 3. / 4, "3:2": 1.5, "2:3": 2. / 3,
		"16:9": 16. / 9, "9:16": 9. / 16, "21:9": 21. / 9, "9:21": 9. / 21,
	}
	want, ok := named[p.Ratio]
	got := float64(p.Width) / float64(p.Height)
	if !ok || math.Abs(got/want-1) > 0.03 {
		t.Errorf("%s: %d × %d is %.3f, named %s", id, p.Width, p.Height, got, p.Ratio)
	}
}

func TestEveryModelIsUsable(t *testing.T) {
	for _, m := range Models() {
		checkWords(t, m.ID+" description", m.Description, true)
		if m.Name.ZH == "" || m.Name.EN == "" {
			t.Errorf("%s: name %+v", m.ID, m.Name)
		}
		positive := []int{
			m.PromptMaxRunes, m.PromptAdvisedRunes, m.CountMax, m.Concurrency, m.QPS, m.QueryQPS,
			m.Size.MinArea, m.Size.MaxArea - m.Size.MinArea, m.PromptMaxRunes - m.PromptAdvisedRunes + 1,
		}
		if slices.Min(positive) < 1 {
			t.Errorf("%s: a bound is not positive: %v", m.ID, positive)
		}
		if m.Format != "png" && m.Format != "jpeg" {
			t.Errorf("%s: format %q", m.ID, m.Format)
		}
		if m.Expected < time.Second || m.LinkLife < m.Expected || m.JobLife < m.Expected {
			t.Errorf("%s: expected %v, links %v, jobs %v", m.ID, m.Expected, m.LinkLife, m.JobLife)
		}
		for _, h := range m.ResultHosts {
			if strings.Count(h, ".") < 2 || strings.ContainsAny(h, "/:*") {
				t.Errorf("%s: result host %q is too wide, or not a host", m.ID, h)
			}
		}
	}
}

func TestEveryFieldIsDescribedAndItsDefaultIsAllowed(t *testing.T) {
	for _, m := range Models() {
		for _, f := range m.Fields {
			what := m.ID + "." + f.Name
			checkWords(t, what+" label", f.Label, false)
			checkWords(t, what+" help", f.Help, true)
			if !slices.Contains(fieldNames, f.Name) || f.WireName() == "" {
				t.Errorf("%s: no parameter of a task has this name", what)
			}
			checkDefault(t, what, f)
		}
	}
}

func checkDefault(t *testing.T, what string, f Field) {
	t.Helper()
	kinds := map[Type]reflect.Kind{Integer: reflect.Int64, Number: reflect.Float64, Boolean: reflect.Bool}
	if got := reflect.TypeOf(f.Default).Kind(); got != kinds[f.Type] {
		t.Errorf("%s: default %v is a %v, the field a %s", what, f.Default, got, f.Type)
		return
	}
	if v, ok := f.Default.(int64); ok && f.Random != nil && v == *f.Random {
		return
	}
	c := checker{}
	c.inRange(f, f.Default)
	if c.err() != nil {
		t.Errorf("%s: the default is refused: %v", what, c.err())
	}
}

func TestWireNameIsTheNameUnlessGiven(t *testing.T) {
	if got := (Field{Name: "scale"}).WireName(); got != "scale" {
		t.Errorf("WireName = %q, want scale", got)
	}
	if got := (Field{Name: "scale", Wire: "guidance"}).WireName(); got != "guidance" {
		t.Errorf("WireName = %q, want guidance", got)
	}
}

func TestScalesOfTheTwoGenerationsAreNotTheSame(t *testing.T) {
	old, _ := Lookup("jimeng_t2i_v40")
	newer, _ := Lookup("jimeng_seedream46_cvtob")
	a, _ := old.Field("scale")
	b, _ := newer.Field("scale")
	if a.Type != Number || a.Max != 1 || b.Type != Integer || b.Max != 100 {
		t.Errorf("4.0: %s to %v, 4.6: %s to %v", a.Type, a.Max, b.Type, b.Max)
	}
}
