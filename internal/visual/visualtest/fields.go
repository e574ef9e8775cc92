package visualtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"volcimage/internal/catalog"
)

// object is a JSON object whose numbers are as they were written.
type object map[string]any

// parseObject reads exactly one JSON object.
func parseObject(body []byte) (object, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var o object
	if err := d.Decode(&o); err != nil {
		return nil, fmt.Errorf("parse body: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) || o == nil {
		return nil, errors.New("parse body: not one object")
	}
	return o, nil
}

// order is a submit that the catalog agrees with.
type order struct {
	model         catalog.Model
	prompt        string
	width, height int
	count         int
	seed          *int64 // nil where none was given, or a random one asked for
}

// rules checks one request against a model's record. The first rule that is broken
// stays.
type rules struct {
	model  catalog.Model
	body   object
	broken string
}

func (c *rules) fail(format string, args ...any) {
	if c.broken == "" {
		c.broken = fmt.Sprintf(format, args...)
	}
}

// checkOrder is the parameter check of the service for one model. The answer is
// about the broken rule; nil when there is none.
func checkOrder(m catalog.Model, body object) (order, *answer) {
	c := &rules{model: m, body: body}
	c.unknown()
	o := order{model: m, prompt: c.prompt(), count: 1}
	for _, f := range m.Fields {
		c.field(f)
	}
	low, high := c.ratios()
	o.width, o.height = c.sides(o.prompt, low, high)
	o.seed = c.seed()
	if m.SetMax > 0 && !c.boolean("force_single") {
		o.count = min(setCount(o.prompt), m.SetMax)
	}
	if c.broken != "" {
		a := invalid(c.broken)
		return o, &a
	}
	return o, nil
}

// unknown refuses what the model's record does not have: a field that is sent in
// vain is a mistake, though the service itself may overlook it.
func (c *rules) unknown() {
	known := map[string]bool{"req_key": true, "prompt": true, "width": true, "height": true}
	known["size"] = c.model.Size.AreaField
	known["force_single"] = c.model.SetMax > 0
	for _, f := range c.model.Fields {
		known[f.WireName()] = true
	}
	for _, name := range slices.Sorted(maps.Keys(c.body)) {
		if !known[name] {
			c.fail("%s is not a parameter of %s", name, c.model.ID)
		}
	}
}

func (c *rules) prompt() string {
	text, ok := c.body["prompt"].(string)
	n := utf8.RuneCountInString(text)
	switch {
	case c.body["prompt"] == nil:
		c.fail("prompt is required")
	case !ok:
		c.fail("prompt must be string")
	case strings.TrimSpace(text) == "":
		c.fail("prompt can not be empty")
	case n > c.model.PromptMaxRunes:
		c.fail("prompt can not be more than %d chars", c.model.PromptMaxRunes)
	}
	return text
}

// field checks type and range of one of the model's own fields, where it is given.
func (c *rules) field(f catalog.Field) {
	name := f.WireName()
	v, given := c.body[name]
	if !given {
		return
	}
	if f.Type == catalog.Boolean {
		c.boolean(name)
		return
	}
	n, ok := v.(json.Number)
	x, err := strconv.ParseFloat(n.String(), 64)
	if !ok || err != nil {
		c.fail("%s must be %s", name, f.Type)
		return
	}
	if f.Type == catalog.Integer {
		i, err := strconv.ParseInt(n.String(), 10, 64)
		if err != nil {
			c.fail("%s must be integer", name)
			return
		}
		if f.Random != nil && i == *f.Random {
			return
		}
	}
	if x < f.Min || x > f.Max || f.MaxOpen && x == f.Max {
		closing := "]"
		if f.MaxOpen {
			closing = ")"
		}
		c.fail("%s must in [%s, %s%s", name, decimal(f.Min), decimal(f.Max), closing)
	}
}

func decimal(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// boolean is a field's value, false where it is not given.
func (c *rules) boolean(name string) bool {
	v, given := c.body[name]
	b, ok := v.(bool)
	if given && !ok {
		c.fail("%s must be boolean", name)
	}
	return b
}

// integer is a field's value; ok is false where it is not given or is not one.
func (c *rules) integer(name string) (n int, ok bool) {
	v, given := c.body[name]
	if !given {
		return 0, false
	}
	number, _ := v.(json.Number)
	i, err := strconv.ParseInt(number.String(), 10, 32) // no side and no area is larger
	if err != nil {
		c.fail("%s must be integer", name)
		return 0, false
	}
	return int(i), true
}

func (c *rules) float(name string, otherwise float64) float64 {
	n, _ := c.body[name].(json.Number)
	x, err := n.Float64()
	if err != nil {
		return otherwise
	}
	return x
}

// ratios are the bounds of width ÷ height: the model's, or the request's own where
// the model takes them.
func (c *rules) ratios() (low, high float64) {
	low = c.float("min_ratio", c.model.Size.MinRatio)
	high = c.float("max_ratio", c.model.Size.MaxRatio)
	if low > high {
		c.fail("min_ratio can not be more than max_ratio")
	}
	return low, high
}

// sides are the picture's: width and height where both are given, else from the
// area, the model choosing the ratio, else the default.
func (c *rules) sides(prompt string, low, high float64) (width, height int) {
	size := c.model.Size
	area, hasArea := c.integer("size")
	w, hasWidth := c.integer("width")
	h, hasHeight := c.integer("height")
	switch {
	case hasWidth && hasHeight:
		c.checkSides(w, h, low, high)
		return w, h
	case hasArea:
		if area < size.MinArea || area > size.MaxArea {
			c.fail("size must in %s", areas(size))
			return 0, 0
		}
		return sidesFor(area, ratioFor(prompt, low, high))
	case size.AreaField:
		return sidesFor(size.Default.Width*size.Default.Height, ratioFor(prompt, low, high))
	default:
		return size.Default.Width, size.Default.Height
	}
}

func (c *rules) checkSides(w, h int, low, high float64) {
	size := c.model.Size
	area := int64(w) * int64(h)
	if w <= 0 || h <= 0 || area < int64(size.MinArea) || area > int64(size.MaxArea) {
		c.fail("width*height must in %s", areas(size))
		return
	}
	if r := float64(w) / float64(h); r < low || r > high {
		c.fail("width/height must in [%.4g, %.4g]", low, high)
	}
}

// areas writes a range of areas as the service does: "[1024 * 1024, 4096 * 4096]".
func areas(s catalog.Size) string {
	low, high := math.Sqrt(float64(s.MinArea)), math.Sqrt(float64(s.MaxArea))
	return fmt.Sprintf("[%.0f * %.0f, %.0f * %.0f]", low, low, high, high)
}

func (c *rules) seed() *int64 {
	f, ok := c.model.Field("seed")
	if !ok {
		return nil
	}
	n, _ := c.body[f.WireName()].(json.Number)
	seed, err := n.Int64()
	if err != nil || f.Random != nil && seed == *f.Random {
		return nil
	}
	return &seed
}
