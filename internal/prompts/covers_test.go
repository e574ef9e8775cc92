package prompts_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"

	"github.com/disintegration/imaging"

	"volcimage/internal/prompts"
	"volcimage/internal/visual/visualtest/paint"
	"volcimage/internal/wildcard"
)

var update = flag.Bool("update", false, "draw the covers of the built-in templates into site/covers")

const (
	covers = "../../site"
	// coverSide is the longer side in pixels, drawn twice as large and shrunk.
	coverSide    = 240
	coverQuality = 55
	maxCover     = 8 << 10 // bytes
)

// cover draws what the emulator makes of a template with its defaults.
func cover(t *testing.T, x prompts.Template) []byte {
	t.Helper()
	width, height := ratio(t, x.Ratio)
	w, h := coverSide*2, coverSide*2
	if width > height {
		h = h * height / width
	} else {
		w = w * width / height
	}
	filled, _ := wildcard.ParseTemplate(x.Text).Fill(nil) // each placeholder has a default
	drawn := paint.Draw(paint.Spec{Prompt: wildcard.Parse(filled).Longest(), Width: w, Height: h})
	var b bytes.Buffer
	if err := jpeg.Encode(&b, imaging.Resize(drawn, w/2, h/2, imaging.Lanczos), &jpeg.Options{Quality: coverQuality}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// ratio is the shape of that name, a square where there is none.
func ratio(t *testing.T, name string) (width, height int) {
	t.Helper()
	if name == "" {
		return 1, 1
	}
	if _, err := fmt.Sscanf(name, "%d:%d", &width, &height); err != nil {
		t.Fatalf("ratio %q: %v", name, err)
	}
	return width, height
}

func TestEachBuiltInTemplateHasASmallCoverOfItsShape(t *testing.T) {
	all, err := newService(t).List(t.Context(), "ann", prompts.English, prompts.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, x := range all {
		file := filepath.Join(covers, filepath.FromSlash(x.CoverFile))
		known[filepath.Base(file)] = true
		if *update {
			if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, cover(t, x), 0o644)); err != nil {
				t.Fatal(err)
			}
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Errorf("%s has no cover, run `go test ./internal/prompts -update`: %v", x.ID, err)
			continue
		}
		im, format, err := image.DecodeConfig(bytes.NewReader(data))
		if err != nil || format != "jpeg" || max(im.Width, im.Height) != coverSide || len(data) > maxCover {
			t.Errorf("%s: %s of %d × %d and %d bytes, %v; want a JPEG of %d pixels and %d bytes at most", file, format, im.Width, im.Height, len(data), err, coverSide, maxCover)
		}
		width, height := ratio(t, x.Ratio)
		if off := im.Width*height - im.Height*width; off > 2*max(width, height) || -off > 2*max(width, height) {
			t.Errorf("%s is %d × %d, want %s", file, im.Width, im.Height, x.Ratio)
		}
	}
	there, err := os.ReadDir(filepath.Join(covers, "covers"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range there {
		if !known[f.Name()] {
			t.Errorf("site/covers/%s is of no template", f.Name())
		}
	}
}
