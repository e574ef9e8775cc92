package recipe

import (
	"encoding/json"
	"regexp"
	"strings"
)

// textParameters is the keyword of AUTOMATIC1111 and Fooocus.
const textParameters = "parameters"

var (
	// setting is one of the last line: name, colon, value, in quotes where there is a
	// comma in it.
	setting = regexp.MustCompile(`\s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)`)
	sizeOf  = regexp.MustCompile(`^(\d{1,5})x(\d{1,5})$`)
)

const (
	negativePrompt = "Negative prompt:"
	// minSettings is how many settings make a line one of settings: a prompt may have
	// a colon too.
	minSettings = 3
)

// ofTheModel are settings that mean something to the model alone that they were made
// for.
var ofTheModel = map[string]bool{"Seed": true, "CFG scale": true, "Model hash": true, "Distilled CFG Scale": true}

// readAutomatic1111 reads the prompt, the negative prompt behind its mark, and the
// settings in the last line.
func readAutomatic1111(c *carried) (Found, bool) {
	text := strings.TrimSpace(strings.ReplaceAll(c.comment(), "\r\n", "\n"))
	if text == "" || text[0] == '{' {
		return Found{}, false
	}
	f := Found{Tool: Automatic1111}
	line := strings.LastIndexByte(text, '\n') + 1
	rest, last := text[:line], text[line:]
	settings := setting.FindAllStringSubmatch(last, maxLeft)
	if len(settings) < minSettings {
		return Found{}, false
	}
	prompt, negative, _ := strings.Cut("\n"+rest, "\n"+negativePrompt)
	f.prompt(prompt)
	f.leave("negative_prompt", negative, NotTaken)
	for _, s := range settings {
		f.setting(s[1], unquoted(s[2]))
	}
	return f, true
}

func (f *Found) setting(name, value string) {
	size := sizeOf.FindStringSubmatch(value)
	switch {
	case name == "Size" && size != nil:
		f.sized(size[1], size[2])
	case name == "Model":
		f.leave(name, value, NoSuchModel)
	case ofTheModel[name]:
		f.leave(name, value, OtherModel)
	default:
		f.leave(name, value, NotTaken)
	}
}

func unquoted(value string) string {
	var s string
	if strings.HasPrefix(value, `"`) && json.Unmarshal([]byte(value), &s) == nil {
		return s
	}
	return value
}

// Marks that prompts for Stable Diffusion have and other models take for words.
var (
	network = regexp.MustCompile(`<(?:lora|lyco|hypernet|embedding):[^<>]{1,200}>`)
	weight  = regexp.MustCompile(`\(([^()\\]*):\s*[0-9.]{1,8}\)`)
)

// prompt takes the prompt over without marks that mean nothing here: networks to
// load, and weights, (word:1.2).
func (f *Found) prompt(text string) {
	text = strings.TrimSpace(text)
	for _, tag := range network.FindAllString(text, maxLeft) {
		f.leave("prompt", tag, Syntax)
	}
	plain := network.ReplaceAllString(text, "")
	for _, w := range weight.FindAllString(plain, maxLeft) {
		f.leave("prompt", w, Syntax)
	}
	plain = weight.ReplaceAllString(plain, "$1")
	f.Params.Prompt = strings.TrimSpace(strings.NewReplacer(`\(`, "(", `\)`, ")").Replace(plain))
}
