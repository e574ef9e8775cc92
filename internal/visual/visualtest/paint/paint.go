// Package paint draws the pictures of the emulator: landscapes, night skies, cities,
// flowers, each worked out from the prompt, the seed and the size, so that the same
// request always gives the same picture and a different one a different picture.
//
// A scene is a function from a point to light. Light is linear RGB, colours are mixed
// in OKLab, and what is soft (clouds, mist) is worked out on a coarse grid, so that
// four million pixels take well below a second.
package paint

import (
	"hash/fnv"
	"image"
	"math"
	"math/rand/v2"
	"runtime"
	"strconv"
	"sync"
)

// Spec is what a picture follows from.
type Spec struct {
	Prompt string
	Model  string
	// Variation is the seed, or the number of the request where a model has none.
	Variation int64
	// Index is the picture's place in a coherent set, whose pictures share palette
	// and light.
	Index         int
	Width, Height int
}

// scene is what can be seen from one point of view. at gives the light that falls on
// pixel (x, y); it must be safe for several goroutines.
type scene interface {
	at(x, y int) rgb
}

// frame is the canvas of a scene and its source of chance.
type frame struct {
	w, h int
	unit float32 // pixels: the geometric mean of the sides, which shapes are measured by
	seed uint32
	*rand.Rand
}

// Draw paints the picture. It uses at most four cores.
func Draw(s Spec) *image.RGBA {
	sc := compose(s)
	img := image.NewRGBA(image.Rect(0, 0, s.Width, s.Height))
	roll := newFilm(s)
	overRows(s.Height, func(y int) {
		row := img.Pix[y*img.Stride : y*img.Stride+4*s.Width]
		for x := range s.Width {
			roll.expose(row[4*x:4*x+4:4*x+4], x, y, sc.at(x, y))
		}
	})
	return img
}

// overRows calls fn for each row below h, on several cores, and returns when all are
// done.
func overRows(h int, fn func(y int)) {
	const band = 16
	workers := min(runtime.GOMAXPROCS(0), 4)
	var wg sync.WaitGroup
	for k := range workers {
		wg.Go(func() {
			for top := k * band; top < h; top += workers * band {
				for y := top; y < min(top+band, h); y++ {
					fn(y)
				}
			}
		})
	}
	wg.Wait()
}

// newFrame prepares the canvas; salt tells apart the choices made for one picture.
func newFrame(s Spec, salt string) *frame {
	seed := hash(s, salt)
	return &frame{
		w: s.Width, h: s.Height,
		unit: float32(math.Sqrt(float64(s.Width) * float64(s.Height))),
		seed: uint32(seed >> 32),
		Rand: rand.New(rand.NewPCG(seed, 1)),
	}
}

// hash mixes what the picture depends on. The size is left out, so that the same
// seed shows the same scene in every size.
func hash(s Spec, salt string) uint64 {
	h := fnv.New64a()
	for _, part := range []string{s.Model, s.Prompt, strconv.FormatInt(s.Variation, 10), strconv.Itoa(s.Index), salt} {
		_, _ = h.Write([]byte(part)) // a hash never fails
		_, _ = h.Write([]byte{0})
	}
	return h.Sum64()
}

// between is a number from a to b.
func (f *frame) between(a, b float32) float32 { return a + (b-a)*f.Float32() }

// film turns light into bytes: exposure with a soft shoulder, darker corners, grain.
type film struct {
	cx, cy, reach float32
	seed          uint32
	grain         float32 // the most it adds, of 255, for one step of a byte of noise
	tones         *tones
}

func newFilm(s Spec) *film {
	w, h := float32(s.Width), float32(s.Height)
	return &film{cx: w / 2, cy: h / 2, reach: 1 / (w*w/4 + h*h/4), seed: uint32(hash(s, "grain")), grain: 2.2 / 256, tones: toneTable()}
}

func (f *film) expose(pix []uint8, x, y int, c rgb) {
	dx, dy := float32(x)-f.cx, float32(y)-f.cy
	corner := (dx*dx + dy*dy) * f.reach
	fall := 1 - 0.3*corner*corner
	n := bits(int32(x), int32(y), f.seed)
	// Three sums of two uniform bytes: a triangle, so that grain is fine and never harsh.
	pix[0] = f.develop(c.r*fall, n&0xff+n>>8&0xff)
	pix[1] = f.develop(c.g*fall, n&0xff+n>>16&0xff)
	pix[2] = f.develop(c.b*fall, n&0xff+n>>24)
	pix[3] = 255
}

// develop is one channel. Highlights bend towards white instead of breaking off.
func (f *film) develop(light float32, noise uint32) uint8 {
	v := f.tones.srgb(light) + (float32(noise)-255)*f.grain + 0.5
	if v <= 0 {
		return 0
	}
	if v >= 255 {
		return 255
	}
	return uint8(v)
}
