package prompts

import (
	_ "embed"
	"encoding/json"
	"slices"
	"sync"
)

// Language is one that the built-in templates are written in.
type Language string

// The languages of the built-in templates.
const (
	Chinese Language = "zh"
	English Language = "en"
)

//go:embed builtin.json
var builtInFile []byte

// builtInEntry is a built-in template in each language.
type builtInEntry struct {
	ID     string               `json:"id"`
	Ratio  string               `json:"ratio"`
	Spoken map[Language]Content `json:"in"`
}

// entries are read only. The file is part of the program and held by its test, so
// that reading it cannot fail.
var entries = sync.OnceValue(func() (all []builtInEntry) {
	if err := json.Unmarshal(builtInFile, &all); err != nil {
		panic("builtin.json: " + err.Error())
	}
	return all
})

// builtIn lists the built-in templates in that language.
func builtIn(lang Language) []Template {
	all := make([]Template, 0, len(entries()))
	for _, e := range entries() {
		all = append(all, e.in(lang))
	}
	return all
}

func builtInOf(id string, lang Language) (Template, bool) {
	i := slices.IndexFunc(entries(), func(e builtInEntry) bool { return e.ID == id })
	if i < 0 {
		return Template{}, false
	}
	return entries()[i].in(lang), true
}

func (e builtInEntry) in(lang Language) Template {
	c := e.Spoken[lang]
	c.Ratio = e.Ratio
	return Template{ID: e.ID, BuiltIn: true, CoverFile: "/covers/" + e.ID + ".jpg", Content: c}
}
