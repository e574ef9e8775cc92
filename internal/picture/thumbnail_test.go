package picture

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"testing"

	"github.com/disintegration/imaging"
)

func TestFitLooksLikeTheGoodFilterAlone(t *testing.T) {
	// 40 dB is where differences end that an eye can see.
	compare := func(name string, size int, img image.Image) {
		t.Run(name, func(t *testing.T) {
			got, err := fit(img, size)
			if err != nil {
				t.Fatal(err)
			}
			want := imaging.Resize(img, got.Rect.Dx(), got.Rect.Dy(), imaging.Lanczos)
			db := psnr(t, got, want)
			t.Logf("%.1f dB", db)
			if db < 40 {
				t.Errorf("%.1f dB beside Lanczos alone, want 40", db)
			}
		})
	}
	square := photo(1024, 1024)
	compare("1024 × 1024 NRGBA to 400", 400, square)
	compare("1024 × 1024 4:2:0 to 400", 400, asYCbCr(square, image.YCbCrSubsampleRatio420))
	for _, side := range [][2]int{{664, 664}, {832, 468}, {501, 751}, {1025, 511}, {648, 1512}} {
		m := photo(side[0], side[1])
		name := fmt.Sprintf("%d × %d", side[0], side[1])
		compare(name+" NRGBA", 200, m)
		compare(name+" 4:2:0", 200, asYCbCr(m, image.YCbCrSubsampleRatio420))
	}
	odd := photo(753, 507)
	for ratio := image.YCbCrSubsampleRatio444; ratio <= image.YCbCrSubsampleRatio410; ratio++ {
		compare("odd sides "+ratio.String(), 200, asYCbCr(odd, ratio))
	}
	grey := image.NewGray(odd.Rect)
	deep, deepGrey := image.NewNRGBA64(odd.Rect), image.NewGray16(odd.Rect)
	for y := range odd.Rect.Dy() {
		for x := range odd.Rect.Dx() {
			c := odd.NRGBAAt(x, y)
			grey.Set(x, y, c)
			deep.Set(x, y, c)
			deepGrey.Set(x, y, c)
		}
	}
	compare("grey", 200, grey)
	compare("16 bit", 200, deep)
	compare("16 bit grey", 200, deepGrey)
	compare("just above the size, so without boxes", 200, photo(249, 166))
}

func TestFitSizes(t *testing.T) {
	for _, c := range []struct{ w, h, wantW, wantH int }{
		{1, 1, 1, 1}, {1, 400, 1, 400}, {399, 20, 399, 20}, {400, 400, 400, 400}, // never enlarged
		{401, 401, 400, 400}, {1024, 1024, 400, 400}, {2048, 1024, 400, 200}, {999, 1000, 400, 400},
		{1296, 3024, 171, 400}, {10000, 1, 400, 1}, {1, 10000, 1, 400}, {7001, 3, 400, 1}, {1173, 880, 400, 300},
	} {
		for _, img := range []image.Image{
			image.NewYCbCr(image.Rect(0, 0, c.w, c.h), image.YCbCrSubsampleRatio420),
			image.NewNRGBA(image.Rect(0, 0, c.w, c.h)),
		} {
			t.Run(fmt.Sprintf("%T %d × %d", img, c.w, c.h), func(t *testing.T) {
				m, err := fit(img, 400)
				if err != nil {
					t.Fatal(err)
				}
				if m.Rect != image.Rect(0, 0, c.wantW, c.wantH) {
					t.Errorf("got %v, want %d × %d", m.Rect, c.wantW, c.wantH)
				}
				if !m.Opaque() {
					t.Error("not opaque")
				}
			})
		}
	}
}

func TestShrinkLosesNoColumn(t *testing.T) {
	// Everything is black but for the last column and row.
	for _, n := range []int{1, 2, 3, 4, 5, 7, 8} {
		for ratio := image.YCbCrSubsampleRatio444; ratio <= image.YCbCrSubsampleRatio410; ratio++ {
			const w, h = 51, 37
			m := image.NewYCbCr(image.Rect(0, 0, w, h), ratio)
			for i := range m.Cb {
				m.Cb[i], m.Cr[i] = 128, 128
			}
			for x := range w {
				m.Y[m.YOffset(x, h-1)] = 255
			}
			for y := range h {
				m.Y[m.YOffset(w-1, y)] = 255
			}
			small := shrinkYCbCr(m, w/n, h/n)
			b := small.Rect
			if c := small.NRGBAAt(b.Max.X-1, 0); c.R == 0 {
				t.Errorf("%v by %d: the last column is lost", ratio, n)
			}
			if c := small.NRGBAAt(0, b.Max.Y-1); c.R == 0 {
				t.Errorf("%v by %d: the last row is lost", ratio, n)
			}
			if c := small.NRGBAAt(0, 0); n < 8 && c != (color.NRGBA{0, 0, 0, 255}) {
				t.Errorf("%v by %d: the first pixel is %v, want black", ratio, n, c)
			}
		}
	}
}

func TestShrinkOfOneConverts(t *testing.T) {
	want := photo(33, 17)
	for i := 3; i < len(want.Pix); i += 4 { // some transparency
		want.Pix[i] = uint8(i)
	}
	flat := asNRGBA(imaging.Overlay(imaging.New(33, 17, color.White), want, image.Point{}, 1))
	kinds := map[string]image.Image{"NRGBA": want}
	rgba, rgba64, nrgba64 := image.NewRGBA(want.Rect), image.NewRGBA64(want.Rect), image.NewNRGBA64(want.Rect)
	for y := range want.Rect.Dy() {
		for x := range want.Rect.Dx() {
			c := want.NRGBAAt(x, y)
			rgba.Set(x, y, c)
			rgba64.Set(x, y, c)
			nrgba64.Set(x, y, c)
		}
	}
	kinds["RGBA"], kinds["RGBA64"], kinds["NRGBA64"] = rgba, rgba64, nrgba64
	for name, img := range kinds {
		t.Run("transparent "+name+" is laid on white", func(t *testing.T) {
			got, err := shrink(img, 33, 17)
			if err != nil {
				t.Fatal(err)
			}
			if db := psnr(t, got, flat); db < 45 { // one step of rounding
				t.Errorf("%.1f dB beside the library's overlay, want 45", db)
			}
		})
	}
	t.Run("an unknown kind is an error", func(t *testing.T) {
		if _, err := fit(image.NewAlpha(image.Rect(0, 0, 2, 2)), 1); err == nil {
			t.Error("got none")
		}
		if _, err := (&Verifier{ThumbnailSize: 1}).thumbnail(image.NewUniform(color.White)); err == nil {
			t.Error("got none")
		}
	})
}

func TestHalvingIsShrinkingToAHalf(t *testing.T) {
	for _, side := range [][2]int{{2, 2}, {34, 18}, {256, 130}} {
		m := asYCbCr(photo(side[0], side[1]), image.YCbCrSubsampleRatio420)
		// The same pixels with a chroma sample each, which is not halved the short way.
		full := image.NewYCbCr(m.Rect, image.YCbCrSubsampleRatio444)
		for y := range side[1] {
			for x := range side[0] {
				full.Y[full.YOffset(x, y)] = m.Y[m.YOffset(x, y)]
				full.Cb[full.COffset(x, y)], full.Cr[full.COffset(x, y)] = m.Cb[m.COffset(x, y)], m.Cr[m.COffset(x, y)]
			}
		}
		got, want := shrinkYCbCr(m, side[0]/2, side[1]/2), shrinkYCbCr(full, side[0]/2, side[1]/2)
		if got.Rect != want.Rect || !bytes.Equal(got.Pix, want.Pix) {
			t.Errorf("%d × %d: halved otherwise than by boxes", side[0], side[1])
		}
	}
}

func TestThumbnailQuality(t *testing.T) {
	data := asJPEG(t, photo(640, 480))
	size := func(quality int) int {
		p, err := (&Verifier{ThumbnailQuality: quality}).Verify(data)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := jpeg.Decode(bytes.NewReader(p.Thumbnail)); err != nil {
			t.Fatalf("thumbnail: %v", err)
		}
		return len(p.Thumbnail)
	}
	low, usual, high := size(40), size(0), size(95)
	if low >= usual || usual >= high {
		t.Errorf("thumbnails have %d, %d, %d bytes at quality 40, %d, 95; want them to grow", low, usual, high, DefaultThumbnailQuality)
	}
}
