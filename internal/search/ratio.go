package search

import (
	"math"
	"strconv"
	"strings"

	"volcimage/internal/task"
)

// ratios are the shapes that have a name, as the page offers them.
var ratios = []string{"1:1", "4:3", "3:4", "3:2", "2:3", "16:9", "9:16", "21:9", "9:21"}

// Ratios are the shapes that can be asked for.
func Ratios() []string { return append([]string(nil), ratios...) }

// tolerance is how far a picture may be from a shape, as a part of it: models round
// sizes to their own steps.
const tolerance = 0.04

// RatioOf is the shape of a task: that of its first stored picture, else the one
// asked for; empty for none that has a name.
func RatioOf(t *task.Task) string {
	w, h := t.Params.Width, t.Params.Height
	for _, im := range t.Images {
		if im.Width > 0 && im.Height > 0 {
			w, h = im.Width, im.Height
			break
		}
	}
	if w <= 0 || h <= 0 {
		return ""
	}
	nearest, least := "", tolerance
	for _, name := range ratios {
		if off := math.Abs(math.Log(float64(w) / float64(h) / valueOf(name))); off < least {
			nearest, least = name, off
		}
	}
	return nearest
}

func valueOf(ratio string) float64 {
	a, b, _ := strings.Cut(ratio, ":")
	w, err1 := strconv.Atoi(a)
	h, err2 := strconv.Atoi(b)
	if err1 != nil || err2 != nil || h == 0 {
		return 0
	}
	return float64(w) / float64(h)
}
