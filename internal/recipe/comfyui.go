package recipe

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// textPrompt is the keyword of ComfyUI's graph as it was run. The graph as it was
// drawn, "workflow", holds the same without the names of its values.
const textPrompt = "prompt"

const (
	maxNodes = 2000
	maxHops  = 64 // from node to node
)

// readComfyUI finds the node that samples and follows its inputs up to the texts,
// the empty picture and the model.
func readComfyUI(c *carried) (Found, bool) {
	text := c.texts[textPrompt]
	for _, tag := range []uint16{tagModel, tagMake} { // the tag is not always the same
		if s, ok := strings.CutPrefix(c.exif[tag], "prompt:"); ok && text == "" {
			text = s
		}
	}
	if s := c.exif[tagUserComment]; text == "" && strings.HasPrefix(s, "{") {
		text = s
	}
	g, ok := parseGraph(text)
	if !ok {
		return Found{}, false
	}
	sampler := g.sampler()
	if sampler == nil {
		return Found{}, false
	}
	return g.found(sampler), true
}

// node is a node of the graph; an input is a value, or a link [id, output].
type node struct {
	Class  string         `json:"class_type"`
	Inputs map[string]any `json:"inputs"`
}

type graph map[string]*node

// parseGraph reads a graph, also where a program has put it beside others into one
// object.
func parseGraph(text string) (graph, bool) {
	if len(text) < 2 || text[0] != '{' {
		return nil, false
	}
	text = withoutNaN(text)
	var wrapped struct{ Prompt graph }
	if json.Unmarshal([]byte(text), &wrapped) == nil && len(wrapped.Prompt) > 0 {
		return wrapped.Prompt, len(wrapped.Prompt) <= maxNodes
	}
	var g graph
	if err := json.Unmarshal([]byte(text), &g); err != nil || len(g) == 0 || len(g) > maxNodes {
		return nil, false
	}
	for id, n := range g {
		if n == nil || n.Class == "" {
			delete(g, id)
		}
	}
	return g, len(g) > 0
}

// withoutNaN puts 0 where Python wrote NaN or Infinity, which are no JSON; so -Infinity
// is -0.
func withoutNaN(text string) string {
	var b strings.Builder
	inString, escaped := false, false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case escaped:
			escaped = false
		case inString && c == '\\':
			escaped = true
		case c == '"':
			inString = !inString
		case !inString && (c == 'N' || c == 'I'):
			if word := nonNumber(text[i:]); word != "" {
				b.WriteString("0")
				i += len(word) - 1
				continue
			}
		}
		b.WriteByte(c)
	}
	return b.String()
}

func nonNumber(s string) string {
	for _, word := range []string{"NaN", "Infinity"} {
		if strings.HasPrefix(s, word) {
			return word
		}
	}
	return ""
}

// ids are the graph's in the order in which its nodes were made.
func (g graph) ids() []string {
	ids := sortedKeys(g)
	slices.SortStableFunc(ids, func(a, b string) int {
		x, errX := strconv.Atoi(a)
		y, errY := strconv.Atoi(b)
		if errX != nil || errY != nil {
			return 0
		}
		return cmp.Compare(x, y)
	})
	return ids
}

// linked is the node that input name of n comes from.
func (g graph) linked(n *node, name string) *node {
	link, ok := n.Inputs[name].([]any)
	if !ok || len(link) != 2 {
		return nil
	}
	id, _ := link[0].(string)
	return g[id]
}

// sampler is the node that turns noise into the picture: the first that draws from
// an empty picture, or else the first at all. A later one only refines.
func (g graph) sampler() *node {
	var first *node
	for _, id := range g.ids() {
		n := g[id]
		if g.linked(n, "latent_image") == nil || g.linked(n, "positive") == nil && g.linked(n, "guider") == nil {
			continue
		}
		if w, _ := g.size(n); w != nil {
			return n
		}
		if first == nil {
			first = n
		}
	}
	return first
}

// up follows inputs from node to node, the first of names that leads on each time,
// until look answers true.
func (g graph) up(n *node, names []string, look func(*node) bool) {
	for range maxHops {
		if n == nil || look(n) {
			return
		}
		var next *node
		for _, name := range names {
			if next = g.linked(n, name); next != nil {
				break
			}
		}
		n = next
	}
}

// size is that of the empty picture that n begins with.
func (g graph) size(n *node) (w, h any) {
	g.up(g.linked(n, "latent_image"), []string{"samples", "latent", "latent_image"}, func(n *node) bool {
		w, h = g.value(n, "width"), g.value(n, "height")
		if pixels(w) > 0 && pixels(h) > 0 {
			return true
		}
		w, h = nil, nil
		return false
	})
	return w, h
}

// value is an input of n, followed to the node where it is given by name or as value.
func (g graph) value(n *node, name string) any {
	for range maxHops {
		next := g.linked(n, name)
		if next == nil {
			return n.Inputs[name]
		}
		n = next
		for _, other := range []string{name, "value", "seed", "noise_seed", "int", "string", "text"} {
			if _, ok := n.Inputs[other]; ok {
				name = other
				break
			}
		}
	}
	return nil
}

// textInputs are where nodes that encode a text have it.
var textInputs = []string{"text", "text_g", "clip_l", "t5xxl", "prompt", "string", "value"}

// text is what the conditioning of that role says.
func (g graph) text(n *node, role string) (text string) {
	g.up(n, []string{role, "conditioning", "conditioning_1", "conditioning_to", "cond"}, func(n *node) bool {
		for _, name := range textInputs {
			if s, ok := g.value(n, name).(string); ok && s != "" {
				text = s
				return true
			}
		}
		return false
	})
	return text
}

func (g graph) found(sampler *node) Found {
	f := Found{Tool: ComfyUI}
	source := sampler
	if guider := g.linked(sampler, "guider"); guider != nil {
		source = guider
	}
	first := func(role string) *node {
		if n := g.linked(source, role); n != nil || role == "negative" {
			return n
		}
		return g.linked(source, "conditioning")
	}
	f.prompt(g.text(first("positive"), "positive"))
	f.sized(g.size(sampler))
	f.leave("negative_prompt", g.text(first("negative"), "negative"), NotTaken)
	g.leaveModel(&f, source)
	seed := g.value(sampler, "seed")
	if noise := g.linked(sampler, "noise"); seed == nil && noise != nil {
		seed = g.value(noise, "noise_seed")
	} else if seed == nil {
		seed = g.value(sampler, "noise_seed")
	}
	f.leave("seed", seed, OtherModel)
	f.leave("cfg", g.value(source, "cfg"), OtherModel)
	for _, name := range []string{"steps", "sampler_name", "scheduler", "denoise"} {
		f.leave(name, g.value(sampler, name), NotTaken)
	}
	return f
}

// leaveModel leaves the model that n samples with, and the networks on the way to it.
func (g graph) leaveModel(f *Found, n *node) {
	g.up(g.linked(n, "model"), []string{"model"}, func(n *node) bool {
		if lora := textOf(n.Inputs, "lora_name"); lora != "" {
			f.leave("lora", lora, NotTaken)
		}
		for _, name := range []string{"ckpt_name", "unet_name", "model_name"} {
			if s := textOf(n.Inputs, name); s != "" {
				f.leave("model", s, NoSuchModel)
				return true
			}
		}
		return false
	})
}
