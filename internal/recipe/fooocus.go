package recipe

import (
	"regexp"
	"strings"
)

// sides are the two numbers of a resolution, which Fooocus writes as Python does:
// (1152, 896).
var sides = regexp.MustCompile(`^[(\[]['"]?(\d{1,5})['"]?, ?['"]?(\d{1,5})['"]?[)\]]$`)

// readFooocus reads an object in the same place as AUTOMATIC1111's text. Old versions
// write the labels of their form in the place of names.
func readFooocus(c *carried) (Found, bool) {
	o, ok := object(c.comment())
	if !ok {
		return Found{}, false
	}
	for _, name := range sortedKeys(o) {
		if plain := strings.ReplaceAll(strings.ToLower(name), " ", "_"); plain != name && o[plain] == nil {
			o[plain] = o[name]
			delete(o, name)
		}
	}
	if textOf(o, "base_model") == "" && textOf(o, "performance") == "" && textOf(o, "metadata_scheme") != "fooocus" {
		return Found{}, false
	}
	f := Found{Tool: Fooocus}
	f.prompt(textOf(o, "prompt"))
	f.leave("negative_prompt", o["negative_prompt"], NotTaken)
	if s := sides.FindStringSubmatch(textOf(o, "resolution")); s != nil {
		f.sized(s[1], s[2])
	} else {
		f.leave("resolution", o["resolution"], OutOfBounds)
	}
	f.leave("base_model", o["base_model"], NoSuchModel)
	f.leave("seed", o["seed"], OtherModel)
	f.leave("guidance_scale", o["guidance_scale"], OtherModel)
	// The full prompts are the short ones with the styles' words.
	f.leaveRest(o, "prompt", "negative_prompt", "resolution", "base_model", "seed", "guidance_scale",
		"full_prompt", "full_negative_prompt", "metadata_scheme", "base_model_hash", "version", "created_by")
	return f, true
}
