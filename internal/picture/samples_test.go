package picture

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// file is a picture of testdata. All show the same 97 by 61 scene as photo.png and
// were written by Pillow, deep.png and interlaced.png by hand.
func file(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// photo draws what photographs are made of: soft gradients, hard edges, fine
// stripes and noise. Equal sizes give equal pictures.
func photo(w, h int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	noise := rand.New(rand.NewPCG(uint64(w), uint64(h)))
	long := float64(max(w, h))
	for y := range h {
		for x := range w {
			fx, fy := float64(x)/long, float64(y)/long
			r := 128 + 90*math.Sin(7*fx+3*fy)
			g := 128 + 90*math.Sin(5*fy-2*fx)
			b := 128 + 60*math.Sin(9*fx*fy+1)
			if d := math.Hypot(fx-0.4, fy-0.35); d < 0.2 { // a disc with an edge
				r, g, b = 220-300*d, 80, 60
			}
			if fx > 0.7 && fy > 0.5 { // stripes of about a thousandth of the side
				s := 30 * math.Sin(fx*1000)
				r, g, b = r+s, g+s, b+s
			}
			n := noise.NormFloat64() * 6
			i := m.PixOffset(x, y)
			m.Pix[i], m.Pix[i+1], m.Pix[i+2], m.Pix[i+3] = byteOf(r+n), byteOf(g+n), byteOf(b+n), 255
		}
	}
	return m
}

func byteOf(f float64) uint8 { return uint8(min(max(f, 0), 255)) }

// asYCbCr is m with its chroma subsampled, each sample the first of those it stands for.
func asYCbCr(m *image.NRGBA, ratio image.YCbCrSubsampleRatio) *image.YCbCr {
	out := image.NewYCbCr(m.Rect, ratio)
	for y := m.Rect.Dy() - 1; y >= 0; y-- {
		for x := m.Rect.Dx() - 1; x >= 0; x-- {
			p := m.NRGBAAt(x, y)
			l, b, r := color.RGBToYCbCr(p.R, p.G, p.B)
			out.Y[out.YOffset(x, y)] = l
			out.Cb[out.COffset(x, y)], out.Cr[out.COffset(x, y)] = b, r
		}
	}
	return out
}

// asNRGBA converts pixel by pixel through the standard library.
func asNRGBA(m image.Image) *image.NRGBA {
	out := image.NewNRGBA(image.Rect(0, 0, m.Bounds().Dx(), m.Bounds().Dy()))
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			out.Set(x, y, m.At(x, y))
		}
	}
	return out
}

// psnr compares the colours of two opaque pictures, in decibels.
func psnr(t testing.TB, a, b *image.NRGBA) float64 {
	t.Helper()
	if a.Rect != b.Rect {
		t.Fatalf("sizes %v and %v differ", a.Rect, b.Rect)
	}
	sum, n := 0., 0
	for i := range a.Pix {
		if i%4 != 3 {
			d := float64(a.Pix[i]) - float64(b.Pix[i])
			sum, n = sum+d*d, n+1
		}
	}
	return 10 * math.Log10(255*255/(sum/float64(n)))
}

func asJPEG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 92}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asPNG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// chunk is a PNG chunk.
func chunk(kind, content string) string {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(content)))
	b = append(b, kind+content...)
	return string(binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:])))
}

// ihdr is the header of a PNG; colour 2 is RGB, 3 a palette, 6 RGB with alpha.
func ihdr(w, h, depth, colour int) string {
	b := binary.BigEndian.AppendUint32(nil, uint32(w))
	b = binary.BigEndian.AppendUint32(b, uint32(h))
	return chunk("IHDR", string(append(b, byte(depth), byte(colour), 0, 0, 0)))
}

// blackPNG is a black picture of any size, in few bytes.
func blackPNG(t testing.TB, w, h, depth int) []byte {
	t.Helper()
	var idat bytes.Buffer
	z, err := zlib.NewWriterLevel(&idat, zlib.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	row := make([]byte, 1+w*3*depth/8)
	for range h {
		if _, err := z.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return []byte(pngMagic + ihdr(w, h, depth, 2) + chunk("IDAT", idat.String()) + chunk("IEND", ""))
}

// greyJPEG is an even grey picture of three components, all sampled as h by v for the
// first, in few bytes: every block is "no change", one bit long. The first scan of a
// progressive one is repeated.
func greyJPEG(w, h int, sampling byte, progressive bool, scans int) []byte {
	segment := func(marker byte, content ...byte) []byte {
		n := len(content) + 2
		return append([]byte{0xff, marker, byte(n >> 8), byte(n)}, content...)
	}
	frame, last := byte(markerSOF0), byte(63)
	if progressive {
		frame, last = markerSOF2, 0
	}
	out := []byte{0xff, 0xd8}
	out = append(out, segment(0xdb, append([]byte{0}, bytes.Repeat([]byte{1}, 64)...)...)...)
	out = append(out, segment(frame, 8, byte(h>>8), byte(h), byte(w>>8), byte(w), 3, 1, sampling, 0, 2, 0x11, 0, 3, 0x11, 0)...)
	oneCode := append([]byte{1}, make([]byte, 16)...) // a single code, of one bit, for 0
	out = append(out, segment(0xc4, append([]byte{0x00}, oneCode...)...)...)
	out = append(out, segment(0xc4, append([]byte{0x10}, oneCode...)...)...)
	across, down := 8*int(sampling>>4), 8*int(sampling&15)
	blocks := ((w + across - 1) / across) * ((h + down - 1) / down) * (int(sampling>>4)*int(sampling&15) + 2)
	bits := blocks
	if !progressive {
		bits *= 2 // the end of block too
	}
	for range scans {
		out = append(out, segment(markerSOS, 3, 1, 0, 2, 0, 3, 0, 0, last, 0)...)
		out = append(out, make([]byte, (bits+7)/8)...)
	}
	return append(out, 0xff, markerEOI)
}
