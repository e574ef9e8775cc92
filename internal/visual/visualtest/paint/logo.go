package paint

import (
	"image"
	"image/color"
	"image/draw"

	"github.com/hajimehoshi/bitmapfont/v3"
	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"
)

// Logo is a visible mark: words in a corner. The zero Logo is none.
type Logo struct {
	Text    string
	Corner  int     // 0 bottom right, 1 bottom left, 2 top left, 3 top right
	Opacity float64 // 0 to 1
}

// The rules ask for letters of a twentieth of the shorter side at least.
const logoPart = 20

// Put draws the mark: white letters on a shade, so that they are read on any ground.
func (l Logo) Put(img *image.RGBA) {
	if l.Text == "" {
		return
	}
	glyphs := l.letters()
	b := img.Bounds()
	n := max(1, min(b.Dx(), b.Dy())/logoPart/glyphs.Rect.Dy()+1) // pixels a dot
	for n > 1 && n*glyphs.Rect.Dx() > b.Dx() {
		n--
	}
	w, h := n*glyphs.Rect.Dx(), n*glyphs.Rect.Dy()
	at := image.Pt(b.Max.X-w-h/2, b.Max.Y-h-h/2)
	if l.Corner == 1 || l.Corner == 2 {
		at.X = b.Min.X + h/2
	}
	if l.Corner == 2 || l.Corner == 3 {
		at.Y = b.Min.Y + h/2
	}
	for _, layer := range []struct {
		shift int
		color color.Gray
	}{{max(1, n/2), color.Gray{Y: 0}}, {0, color.Gray{Y: 255}}} {
		mask := &enlarged{glyphs, n, uint8(255 * l.Opacity)}
		r := image.Rect(0, 0, w, h).Add(at).Add(image.Pt(layer.shift, layer.shift))
		draw.DrawMask(img, r, image.NewUniform(layer.color), image.Point{}, mask, image.Point{}, draw.Over)
	}
}

// letters are the words in dots, 16 high.
func (l Logo) letters() *image.Alpha {
	face := bitmapfont.FaceSC
	m := face.Metrics()
	w := font.MeasureString(face, l.Text).Ceil()
	img := image.NewAlpha(image.Rect(0, 0, max(1, w), m.Height.Ceil()))
	d := font.Drawer{Dst: img, Src: image.Opaque, Face: face, Dot: fixed.P(0, m.Ascent.Ceil())}
	d.DrawString(l.Text)
	return img
}

// enlarged is a mask of n by n pixels a dot.
type enlarged struct {
	dots    *image.Alpha
	n       int
	opacity uint8
}

func (e *enlarged) ColorModel() color.Model { return color.AlphaModel }

func (e *enlarged) Bounds() image.Rectangle {
	return image.Rect(0, 0, e.n*e.dots.Rect.Dx(), e.n*e.dots.Rect.Dy())
}

func (e *enlarged) At(x, y int) color.Color {
	if e.dots.AlphaAt(x/e.n, y/e.n).A == 0 {
		return color.Alpha{}
	}
	return color.Alpha{A: e.opacity}
}
