package recipe

import (
	"regexp"
	"strings"
)

// The keywords of InvokeAI's three generations.
const (
	textInvoke    = "invokeai_metadata"
	textOldInvoke = "sd-metadata"
	textDream     = "Dream"
)

func readInvokeAI(c *carried) (Found, bool) {
	if o, ok := object(c.texts[textInvoke]); ok {
		return invoke(o), true
	}
	if o, ok := object(c.texts[textOldInvoke]); ok {
		if im, ok := o["image"].(map[string]any); ok {
			return oldInvoke(o, im), true
		}
	}
	return dream(c.texts[textDream])
}

func invoke(o map[string]any) Found {
	f := Found{Tool: InvokeAI}
	f.prompt(textOf(o, "positive_prompt"))
	f.sized(o["width"], o["height"])
	f.leave("negative_prompt", o["negative_prompt"], NotTaken)
	f.leave("model", modelName(o["model"]), NoSuchModel)
	f.leave("seed", o["seed"], OtherModel)
	f.leave("cfg_scale", o["cfg_scale"], OtherModel)
	f.leaveRest(o, "positive_prompt", "width", "height", "negative_prompt", "model", "seed", "cfg_scale",
		"app_version", "generation_mode", "rand_device", "canvas_v2_metadata")
	return f
}

// modelName is that of a model, which has been a text and an object.
func modelName(v any) any {
	o, ok := v.(map[string]any)
	if !ok {
		return v
	}
	for _, name := range []string{"name", "model_name"} {
		if s := textOf(o, name); s != "" {
			return s
		}
	}
	return v
}

// oldInvoke reads the form of versions before 3: the picture's settings are an object
// of their own, and its prompt a text or a list of weighted texts.
func oldInvoke(o, im map[string]any) Found {
	f := Found{Tool: InvokeAI}
	prompt := textOf(im, "prompt")
	if list, ok := im["prompt"].([]any); ok {
		var texts []string
		for _, v := range list[:min(len(list), maxLeft)] {
			if p, ok := v.(map[string]any); ok {
				texts = append(texts, textOf(p, "prompt"))
			}
		}
		prompt = strings.Join(texts, " ")
	}
	f.bracketed(prompt)
	f.sized(im["width"], im["height"])
	f.leave("model", o["model_weights"], NoSuchModel)
	f.leave("seed", im["seed"], OtherModel)
	f.leave("cfg_scale", im["cfg_scale"], OtherModel)
	f.leaveRest(im, "prompt", "width", "height", "seed", "cfg_scale", "type")
	return f
}

// negatives are parts of an old prompt in brackets: what is not to be drawn.
var negatives = regexp.MustCompile(`\[([^\[\]]*)\]`)

func (f *Found) bracketed(prompt string) {
	for _, m := range negatives.FindAllStringSubmatch(prompt, maxLeft) {
		f.leave("negative_prompt", m[1], NotTaken)
	}
	f.prompt(negatives.ReplaceAllString(prompt, ""))
}

// command is the oldest form: the prompt in quotes and options, as it was typed.
var (
	command = regexp.MustCompile(`^"((?:\\.|[^\\"])*)"(.*)$`)
	option  = regexp.MustCompile(`-([A-Za-z])\s*([^\s-][^\s]*)`)
)

func dream(text string) (Found, bool) {
	m := command.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return Found{}, false
	}
	f := Found{Tool: InvokeAI}
	f.bracketed(unquoted(`"` + m[1] + `"`))
	options := map[string]string{}
	for _, o := range option.FindAllStringSubmatch(m[2], maxLeft) {
		options[o[1]] = o[2]
	}
	f.sized(options["W"], options["H"])
	f.leave("seed", options["S"], OtherModel)
	f.leave("cfg_scale", options["C"], OtherModel)
	f.leave("steps", options["s"], NotTaken)
	f.leave("sampler", options["A"], NotTaken)
	return f, true
}
