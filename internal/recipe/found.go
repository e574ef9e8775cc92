package recipe

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

// Tool is the program that wrote a recipe.
type Tool string

// The programs whose recipes are read.
const (
	Ours          Tool = "volcimage"
	Automatic1111 Tool = "automatic1111" // and those that write like it: Forge, SD.Next …
	ComfyUI       Tool = "comfyui"
	InvokeAI      Tool = "invokeai"
	Fooocus       Tool = "fooocus"
)

// Tools lists all of them.
var Tools = []Tool{Ours, Automatic1111, ComfyUI, InvokeAI, Fooocus}

// Found is what a file says of how its picture was made. Nothing of it is checked.
type Found struct {
	Tool   Tool
	Params task.Params
	Typed  string // what the person typed, in recipes of ours
	// Task and Index name the picture where it was made; in recipes of ours.
	Task  task.ID
	Index int
	// Left is what nothing here can take.
	Left []Left
}

// Left is a setting of a recipe that could not be taken over, or not as it was.
type Left struct {
	Name  string // as the recipe calls it, shortened to maxName
	Value string // shortened to maxValue
	Why   Why
	// Instead is what was taken in its place; empty for nothing.
	Instead string
}

// Why is the reason that something was left.
type Why string

// The reasons.
const (
	NotTaken    Why = "not_taken"     // no model here has such a setting
	OtherModel  Why = "other_model"   // means something to the model it was made with alone
	NoSuchModel Why = "no_such_model" // the model is not offered here
	OutOfBounds Why = "out_of_bounds" // the model here does not take that value
	TooLong     Why = "too_long"      // cut to what the model takes
	Syntax      Why = "syntax"        // marks in the prompt that mean nothing here
)

// Bounds on what is told of what was left.
const (
	maxLeft  = 64
	maxName  = 64  // characters
	maxValue = 200 // characters
)

// leave notes what could not be taken over. Empty values say nothing.
func (f *Found) leave(name string, value any, why Why) {
	text := strings.TrimSpace(shown(value))
	if text == "" || len(f.Left) == maxLeft {
		return
	}
	f.Left = append(f.Left, Left{Name: cut(name, maxName), Value: cut(text, maxValue), Why: why})
}

// leaveRest leaves the fields of an object but those named, in order of their names.
func (f *Found) leaveRest(object map[string]any, but ...string) {
	for _, name := range sortedKeys(object) {
		if !slices.Contains(but, name) {
			f.leave(name, object[name], NotTaken)
		}
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// shown is a value from JSON for a person to read.
func shown(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case json.Number:
		return v.String()
	}
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	if s := string(b); s != "[]" && s != "{}" {
		return s
	}
	return ""
}

// cut shortens text to n characters.
func cut(text string, n int) string {
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	return string([]rune(text)[:n-1]) + "…"
}

// Read finds the recipe in a file. It takes a file that is cut off for what there is
// of it. The error is of code [catalog.CodeNoPicture] for what is no PNG, JPEG or
// WebP, and [catalog.CodeNoRecipe] where no recipe is found.
func Read(data []byte) (Found, error) {
	f, ok := sniff(data)
	if !ok {
		return Found{}, catalog.NewError(catalog.CodeNoPicture, nil)
	}
	c := f.inspect(data)
	for _, read := range []func(*carried) (Found, bool){readOurs, readFooocus, readInvokeAI, readComfyUI, readAutomatic1111} {
		if found, ok := read(c); ok && found.Params.Prompt != "" {
			return found, nil
		}
	}
	return Found{}, catalog.NewError(catalog.CodeNoRecipe, nil)
}

func readOurs(c *carried) (Found, bool) {
	text, ok := c.texts[pngKeyword]
	if !ok && c.xmp != nil {
		text, ok = property(c.xmp)
	}
	if !ok {
		return Found{}, false
	}
	r, ok := parse(text)
	return r.found(), ok
}

// comment is a text that PNG files have as a chunk and others as Exif's comment.
func (c *carried) comment() string { return cmp.Or(c.texts[textParameters], c.exif[tagUserComment]) }

// object reads a text that is one JSON object, its numbers as they are written.
func object(text string) (map[string]any, bool) {
	var o map[string]any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&o); err != nil || o == nil {
		return nil, false
	}
	return o, true
}

// textOf is the field of an object where that is a text.
func textOf(o map[string]any, name string) string {
	s, _ := o[name].(string)
	return s
}

// pixels is a whole number of pixels, 0 for anything else.
func pixels(v any) int {
	n, err := strconv.Atoi(strings.TrimSpace(fmt.Sprint(v)))
	if err != nil || n < 1 || n > maxSide {
		return 0
	}
	return n
}

// maxSide bounds a side of a picture; beyond it is no size but a mistake.
const maxSide = 1 << 16

// sized sets the size, where both sides are there.
func (f *Found) sized(w, h any) {
	if w, h := pixels(w), pixels(h); w > 0 && h > 0 {
		f.Params.Width, f.Params.Height = w, h
	}
}
