package prompts

import (
	"slices"
	"testing"

	"volcimage/internal/catalog"
	"volcimage/internal/search"
)

func TestEveryPresetsShapeCanBeATemplates(t *testing.T) {
	for _, m := range catalog.Models() {
		for _, p := range m.Size.Presets {
			if !slices.Contains(search.Ratios(), p.Ratio) {
				t.Errorf("%s offers %s, which no template takes", m.ID, p.Ratio)
			}
		}
	}
}
