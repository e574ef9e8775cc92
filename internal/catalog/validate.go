package catalog

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"volcimage/internal/task"
)

// CodeInvalid is the code of a request that the catalog refuses.
const CodeInvalid task.Code = "invalid_request"

// Complete checks what a person asked for against the model's record and fills
// in model, count and size where they were not given. The error names every
// wrong field with its value and the rule; its locations begin with "body.".
func Complete(p task.Params) (task.Params, error) {
	if p.Model == "" {
		p.Model = DefaultModel
	}
	c := checker{}
	p.Prompt = strings.TrimSpace(p.Prompt)
	m, ok := Lookup(p.Model)
	if !ok {
		c.wrong("model", p.Model, "no such model; GET /api/v1/models lists them")
		return p, c.err()
	}
	c.prompt(m, p.Prompt)
	p = c.count(m, p)
	p = c.size(m, p)
	p = c.seed(m, p)
	c.fields(m, p)
	return p, c.err()
}

// Values lists the model fields that p gives, by name, as bool, int64 or float64.
func Values(p task.Params) map[string]any {
	v := map[string]any{}
	if p.Seed != nil {
		v["seed"] = *p.Seed
	}
	if p.Scale != nil {
		v["scale"] = *p.Scale
	}
	if p.UsePreLLM != nil {
		v["use_pre_llm"] = *p.UsePreLLM
	}
	if p.MinRatio != nil {
		v["min_ratio"] = *p.MinRatio
	}
	if p.MaxRatio != nil {
		v["max_ratio"] = *p.MaxRatio
	}
	return v
}

// fieldNames is every name that Values may use, in the order errors are listed.
var fieldNames = []string{"seed", "scale", "use_pre_llm", "min_ratio", "max_ratio"}

// checker collects what is wrong.
type checker struct{ problems []task.FieldError }

func (c *checker) wrong(field string, value any, format string, args ...any) {
	c.problems = append(c.problems, task.FieldError{
		Location: "body." + field, Message: fmt.Sprintf(format, args...), Value: value,
	})
}

func (c *checker) err() error {
	if len(c.problems) == 0 {
		return nil
	}
	return &task.Error{Kind: task.Invalid, Code: CodeInvalid, Fields: c.problems}
}

func (c *checker) prompt(m Model, prompt string) {
	switch n := utf8.RuneCountInString(prompt); {
	case n == 0:
		c.wrong("prompt", "", "must not be empty")
	case n > m.PromptMaxRunes:
		c.wrong("prompt", n, "is %d characters long, %s takes at most %d", n, m.ID, m.PromptMaxRunes)
	case !utf8.ValidString(prompt):
		c.wrong("prompt", nil, "must be UTF-8")
	case strings.ContainsRune(prompt, 0):
		c.wrong("prompt", nil, "must not contain a NUL character")
	}
}

func (c *checker) count(m Model, p task.Params) task.Params {
	if p.CoherentSet {
		if m.SetMax == 0 {
			c.wrong("coherent_set", true, "%s draws no coherent sets", m.ID)
		}
		if p.Count != 0 && p.Count != 1 {
			c.wrong("count", p.Count, "must be 1 with coherent_set: the prompt decides how many pictures there are")
		}
		p.Count = 1
		return p
	}
	if p.Count == 0 {
		p.Count = 1
	}
	if p.Count < 1 || p.Count > m.CountMax {
		c.wrong("count", p.Count, "must be 1 to %d", m.CountMax)
	}
	return p
}

func (c *checker) size(m Model, p task.Params) task.Params {
	s := m.Size
	switch {
	case p.Size != 0 && (p.Width != 0 || p.Height != 0):
		c.wrong("size", p.Size, "cannot be given together with width and height")
	case p.Size != 0 && !s.AreaField:
		c.wrong("size", p.Size, "%s takes width and height only", m.ID)
	case p.Size != 0:
		if p.Size < s.MinArea || p.Size > s.MaxArea {
			c.wrong("size", p.Size, "must be %d to %d pixels in all", s.MinArea, s.MaxArea)
		}
	case p.Width == 0 && p.Height == 0 && s.AreaField && (p.MinRatio != nil || p.MaxRatio != nil):
		// Bounds for the ratio only mean something where the model chooses it.
		p.Size = s.Default.Width * s.Default.Height
	case p.Width == 0 && p.Height == 0:
		p.Width, p.Height = s.Default.Width, s.Default.Height
	case p.Width == 0:
		c.wrong("width", nil, "must be given together with height")
	case p.Height == 0:
		c.wrong("height", nil, "must be given together with width")
	default:
		c.sides(m, p)
	}
	return p
}

func (c *checker) sides(m Model, p task.Params) {
	s := m.Size
	for _, side := range []struct {
		name   string
		pixels int
	}{{"width", p.Width}, {"height", p.Height}} {
		// Also keeps the product below from running over.
		if side.pixels < 1 || side.pixels > s.MaxArea {
			c.wrong(side.name, side.pixels, "must be 1 to %d", s.MaxArea)
			return
		}
	}
	if area := int64(p.Width) * int64(p.Height); area < int64(s.MinArea) || area > int64(s.MaxArea) {
		c.wrong("width", p.Width, "width × height is %d × %d = %d, %s takes %d to %d", p.Width, p.Height, area, m.ID, s.MinArea, s.MaxArea)
	}
	lo, hi := m.ratios(p)
	if r := float64(p.Width) / float64(p.Height); r < lo || r > hi {
		c.wrong("width", p.Width, "width ÷ height is %d ÷ %d = %.3g, must be %.3g to %.3g", p.Width, p.Height, r, lo, hi)
	}
}

// ratios bounds width ÷ height: as p asks, where the model lets it.
func (m Model) ratios(p task.Params) (lo, hi float64) {
	lo, hi = m.Size.MinRatio, m.Size.MaxRatio
	if _, ok := m.Field("min_ratio"); ok && p.MinRatio != nil {
		lo = *p.MinRatio
	}
	if _, ok := m.Field("max_ratio"); ok && p.MaxRatio != nil {
		hi = *p.MaxRatio
	}
	return lo, hi
}

// seed takes the provider's word for "any seed" as none given, so that one can be
// drawn and kept.
func (c *checker) seed(m Model, p task.Params) task.Params {
	if f, ok := m.Field("seed"); ok && p.Seed != nil && f.Random != nil && *p.Seed == *f.Random {
		p.Seed = nil
	}
	return p
}

func (c *checker) fields(m Model, p task.Params) {
	given := Values(p)
	for _, name := range fieldNames {
		v, ok := given[name]
		if !ok {
			continue
		}
		f, ok := m.Field(name)
		if !ok {
			c.wrong(name, v, "%s does not take it", m.ID)
			continue
		}
		c.inRange(f, v)
	}
	// One given alone meets the other's default.
	switch lo, hi := m.ratios(p); {
	case lo <= hi:
	case p.MinRatio != nil:
		c.wrong("min_ratio", *p.MinRatio, "must not be greater than max_ratio, which is %s", decimal(hi))
	default:
		c.wrong("max_ratio", *p.MaxRatio, "must not be less than min_ratio, which is %s", decimal(lo))
	}
}

func (c *checker) inRange(f Field, v any) {
	var x float64
	switch v := v.(type) {
	case bool:
		return
	case int64:
		x = float64(v)
	case float64:
		x = v
	}
	switch {
	case f.Type == Integer && x != math.Trunc(x):
		c.wrong(f.Name, v, "must be a whole number")
	case !(x >= f.Min && x <= f.Max) || f.MaxOpen && x == f.Max: // NaN is refused too
		limit := "to"
		if f.MaxOpen {
			limit = "to less than"
		}
		c.wrong(f.Name, v, "must be %s %s %s", decimal(f.Min), limit, decimal(f.Max))
	}
}

// decimal writes x without an exponent, with at most four digits after the point.
func decimal(x float64) string {
	return strings.TrimRight(strings.TrimRight(strconv.FormatFloat(x, 'f', 4, 64), "0"), ".")
}
