package picture

import (
	"fmt"
	"image"
	"image/color"
)

// rows writes row y of a picture as opaque red, green and blue, 3 bytes a pixel.
// What is transparent is laid on white. A row at a time, a picture of any kind is
// shrunk without a second one of its size.
type rows func(y int, dst []uint8)

// rowsOf reads every kind of image that our decoders make, but for YCbCr, which is
// shrunk before its colours are converted.
func rowsOf(img image.Image) (rows, error) {
	switch m := img.(type) {
	case *image.RGBA:
		return func(y int, dst []uint8) { fromRGBA(dst, m.Pix[y*m.Stride:], 1) }, nil
	case *image.RGBA64: // big-endian: the first byte of each pair counts
		return func(y int, dst []uint8) { fromRGBA(dst, m.Pix[y*m.Stride:], 2) }, nil
	case *image.NRGBA:
		return func(y int, dst []uint8) { fromNRGBA(dst, m.Pix[y*m.Stride:], 1) }, nil
	case *image.NRGBA64:
		return func(y int, dst []uint8) { fromNRGBA(dst, m.Pix[y*m.Stride:], 2) }, nil
	case *image.Gray:
		return func(y int, dst []uint8) { fromGray(dst, m.Pix[y*m.Stride:], 1) }, nil
	case *image.Gray16:
		return func(y int, dst []uint8) { fromGray(dst, m.Pix[y*m.Stride:], 2) }, nil
	case *image.CMYK:
		return func(y int, dst []uint8) { fromCMYK(dst, m.Pix[y*m.Stride:]) }, nil
	case *image.NYCbCrA:
		return func(y int, dst []uint8) { fromNYCbCrA(dst, m, y) }, nil
	case *image.Paletted:
		colours := flatPalette(m.Palette)
		return func(y int, dst []uint8) { fromPalette(dst, m.Pix[y*m.Stride:], &colours) }, nil
	}
	return nil, fmt.Errorf("no rows of %T", img)
}

// onWhite is c, not multiplied by its alpha a, in front of white.
func onWhite(c, a uint8) uint8 {
	v := uint32(c)*uint32(a) + 255*uint32(255-a)
	return uint8((v + 127) / 255) // at most 255
}

// fromRGBA reads pixels that are multiplied by their alpha; width is that of a
// channel in bytes.
func fromRGBA(dst, pix []uint8, width int) {
	for i := 0; i+3 <= len(dst); i += 3 {
		p := pix[: 3*width+1 : 3*width+1]
		clear := 255 - p[3*width]
		dst[i], dst[i+1], dst[i+2] = p[0]+clear, p[width]+clear, p[2*width]+clear
		pix = pix[4*width:]
	}
}

func fromNRGBA(dst, pix []uint8, width int) {
	for i := 0; i+3 <= len(dst); i += 3 {
		p := pix[: 3*width+1 : 3*width+1]
		dst[i], dst[i+1], dst[i+2] = p[0], p[width], p[2*width]
		if a := p[3*width]; a != 255 {
			dst[i], dst[i+1], dst[i+2] = onWhite(p[0], a), onWhite(p[width], a), onWhite(p[2*width], a)
		}
		pix = pix[4*width:]
	}
}

func fromGray(dst, pix []uint8, width int) {
	for i := 0; i+3 <= len(dst); i += 3 {
		dst[i], dst[i+1], dst[i+2] = pix[0], pix[0], pix[0]
		pix = pix[width:]
	}
}

func fromCMYK(dst, pix []uint8) {
	for i := 0; i+3 <= len(dst); i += 3 {
		dst[i], dst[i+1], dst[i+2] = color.CMYKToRGB(pix[0], pix[1], pix[2], pix[3])
		pix = pix[4:]
	}
}

func fromNYCbCrA(dst []uint8, m *image.NYCbCrA, y int) {
	for x := range len(dst) / 3 {
		c := m.COffset(x, y)
		r, g, b := color.YCbCrToRGB(m.Y[m.YOffset(x, y)], m.Cb[c], m.Cr[c])
		a := m.A[m.AOffset(x, y)]
		dst[3*x], dst[3*x+1], dst[3*x+2] = onWhite(r, a), onWhite(g, a), onWhite(b, a)
	}
}

// flatPalette is the palette on white. It has a colour for each byte, so that no
// index is beyond it.
func flatPalette(p color.Palette) (flat [256][3]uint8) {
	for i, c := range p[:min(len(p), 256)] {
		n, _ := color.NRGBAModel.Convert(c).(color.NRGBA) // that model converts to nothing else
		flat[i] = [3]uint8{onWhite(n.R, n.A), onWhite(n.G, n.A), onWhite(n.B, n.A)}
	}
	return flat
}

func fromPalette(dst, pix []uint8, colours *[256][3]uint8) {
	for x := range len(dst) / 3 {
		copy(dst[3*x:], colours[pix[x]][:])
	}
}
