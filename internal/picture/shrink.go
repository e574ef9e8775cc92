package picture

import (
	"image"
	"image/color"
)

// boxes divides length pixels into count boxes, as even as whole pixels allow; box i
// is from edge i to edge i+1. Even boxes keep a picture's geometry where length is
// no multiple of count; boxes of one size would move its far side by up to a pixel
// of the result.
func boxes(length, count int) (edges []int) {
	edges = make([]int, count+1)
	for i := range edges {
		edges[i] = i * length / count
	}
	return edges
}

// shrink averages boxes of img to a picture of w by h, which is opaque. With boxes
// of one pixel it only converts. img begins at (0, 0).
func shrink(img image.Image, w, h int) (*image.NRGBA, error) {
	if m, ok := img.(*image.YCbCr); ok {
		return shrinkYCbCr(m, w, h), nil
	}
	read, err := rowsOf(img)
	if err != nil {
		return nil, err
	}
	return shrinkRows(read, img.Bounds().Dx(), img.Bounds().Dy(), w, h), nil
}

// shrinkRows shrinks a picture that is read row by row, each once.
func shrinkRows(read rows, fromW, fromH, w, h int) *image.NRGBA {
	dst := image.NewNRGBA(image.Rect(0, 0, w, h))
	xs, ys := boxes(fromW, w), boxes(fromH, h)
	row, sums := make([]uint8, 3*fromW), make([]uint32, 3*fromW)
	for y := range h {
		clear(sums)
		for from := ys[y]; from < ys[y+1]; from++ {
			read(from, row)
			add(sums, row)
		}
		pix := dst.Pix[y*dst.Stride:]
		for x := range w {
			var r, g, b uint32
			for i := 3 * xs[x]; i < 3*xs[x+1]; i += 3 {
				s := sums[i : i+3 : i+3]
				r, g, b = r+s[0], g+s[1], b+s[2]
			}
			n := uint32(xs[x+1]-xs[x]) * uint32(ys[y+1]-ys[y])
			p := pix[4*x : 4*x+4 : 4*x+4]
			p[0], p[1], p[2], p[3] = mean(r, n), mean(g, n), mean(b, n), 255
		}
	}
	return dst
}

// mean is the rounded average of n bytes.
func mean(sum, n uint32) uint8 { return uint8((sum + n/2) / n) } // at most 255

// add adds each byte of row to its sum. A sum holds 2²⁴ bytes.
func add(sums []uint32, row []uint8) {
	row = row[:len(sums)]
	for i := range sums {
		sums[i] += uint32(row[i])
	}
}

// shrinkYCbCr averages luma and chroma and converts the averages, which is the same
// as converting first but for rounding. A chroma sample counts once for each pixel
// that it colours, so at odd sides the last column and row count for less.
func shrinkYCbCr(m *image.YCbCr, w, h int) *image.NRGBA {
	fromW, fromH := m.Rect.Dx(), m.Rect.Dy()
	if m.SubsampleRatio == image.YCbCrSubsampleRatio420 && fromW == 2*w && fromH == 2*h {
		return halveYCbCr(m, w, h)
	}
	dst := image.NewNRGBA(image.Rect(0, 0, w, h))
	acrossLog, downLog := subsampling(m.SubsampleRatio)
	xs, ys := boxes(fromW, w), boxes(fromH, h)
	chromaW := (fromW-1)>>acrossLog + 1
	luma, cb, cr := make([]uint32, fromW), make([]uint32, chromaW), make([]uint32, chromaW)
	for y := range h {
		clear(luma)
		clear(cb)
		clear(cr)
		for from := ys[y]; from < ys[y+1]; from++ {
			c := (from >> downLog) * m.CStride
			add(luma, m.Y[from*m.YStride:])
			add(cb, m.Cb[c:])
			add(cr, m.Cr[c:])
		}
		pix := dst.Pix[y*dst.Stride:]
		for x := range w {
			var l, b, r uint32
			for i := xs[x]; i < xs[x+1]; i++ {
				c := i >> acrossLog
				l, b, r = l+luma[i], b+cb[c], r+cr[c]
			}
			n := uint32(xs[x+1]-xs[x]) * uint32(ys[y+1]-ys[y])
			p := pix[4*x : 4*x+4 : 4*x+4]
			p[0], p[1], p[2] = color.YCbCrToRGB(mean(l, n), mean(b, n), mean(r, n))
			p[3] = 255
		}
	}
	return dst
}

// halveYCbCr is shrinkYCbCr for the picture that comes most often, in a third of the
// time: boxes of 2 × 2 whose pixels share their chroma samples.
func halveYCbCr(m *image.YCbCr, w, h int) *image.NRGBA {
	dst := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		above, below := m.Y[2*y*m.YStride:][:2*w], m.Y[(2*y+1)*m.YStride:][:2*w]
		cb, cr := m.Cb[y*m.CStride:][:w], m.Cr[y*m.CStride:][:w]
		pix := dst.Pix[y*dst.Stride:][:4*w]
		for x := range cb {
			a, b := above[2*x:2*x+2:2*x+2], below[2*x:2*x+2:2*x+2]
			sum := uint32(a[0]) + uint32(a[1]) + uint32(b[0]) + uint32(b[1])
			p := pix[4*x : 4*x+4 : 4*x+4]
			p[0], p[1], p[2] = color.YCbCrToRGB(mean(sum, 4), cb[x], cr[x])
			p[3] = 255
		}
	}
	return dst
}

// subsampling is how many pixels share a chroma sample across and down, as powers
// of two.
func subsampling(r image.YCbCrSubsampleRatio) (acrossLog, downLog int) {
	switch r {
	case image.YCbCrSubsampleRatio422:
		return 1, 0
	case image.YCbCrSubsampleRatio420:
		return 1, 1
	case image.YCbCrSubsampleRatio440:
		return 0, 1
	case image.YCbCrSubsampleRatio411:
		return 2, 0
	case image.YCbCrSubsampleRatio410:
		return 2, 1
	default: // 4:4:4
		return 0, 0
	}
}
