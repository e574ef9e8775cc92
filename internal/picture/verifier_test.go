package picture

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"runtime"
	"strings"
	"testing"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

// accepted is every kind of picture that must be taken, with its format.
var accepted = map[string]string{
	"photo.png": "png", "alpha.png": "png", "paletted.png": "png", "interlaced.png": "png", "deep.png": "png",
	"baseline444.jpg": "jpeg", "baseline422.jpg": "jpeg", "progressive.jpg": "jpeg", "restarts.jpg": "jpeg",
	"grey.jpg": "jpeg", "cmyk.jpg": "jpeg", "exif.jpg": "jpeg",
	"lossy.webp": "webp", "lossless.webp": "webp", "alpha.webp": "webp",
}

func TestVerifyAccepts(t *testing.T) {
	v := &Verifier{ThumbnailSize: 48}
	for name, format := range accepted {
		t.Run(name+" is kept as it came, with a thumbnail", func(t *testing.T) {
			data := file(t, name)
			p, err := v.Verify(data)
			if err != nil {
				t.Fatalf("Verify: %v", err)
			}
			if p.Format != format || p.Width != 97 || p.Height != 61 {
				t.Errorf("got %s %d × %d, want %s 97 × 61", p.Format, p.Width, p.Height, format)
			}
			if !bytes.Equal(p.Data, data) {
				t.Errorf("data has changed: %d bytes, %d came", len(p.Data), len(data))
			}
			thumb, err := jpeg.DecodeConfig(bytes.NewReader(p.Thumbnail))
			if err != nil || thumb.Width != 48 || thumb.Height != 30 {
				t.Errorf("thumbnail is %d × %d (%v), want 48 × 30", thumb.Width, thumb.Height, err)
			}
		})
	}
}

func TestColours(t *testing.T) {
	scene := decoded(t, file(t, "photo.png"))
	for name := range accepted {
		want := 24. // lossy at quality 80 to 85 of a small, noisy scene
		switch name {
		case "grey.jpg", "alpha.png", "alpha.webp":
			continue // shows other colours; see below
		case "lossless.webp", "interlaced.png", "deep.png", "photo.png":
			want = 60
		case "paletted.png":
			want = 20
		}
		t.Run(name+" has the scene's colours", func(t *testing.T) {
			if got := psnr(t, decoded(t, file(t, name)), scene); got < want {
				t.Errorf("%.1f dB beside photo.png, want %.0f", got, want)
			}
		})
	}
	t.Run("lossy WebP and JPEG are equally bright", func(t *testing.T) {
		if got := psnr(t, decoded(t, file(t, "lossy.webp")), scene); got < 28 {
			t.Errorf("%.1f dB beside photo.png, want 28: colours not widened give 25", got)
		}
	})
	t.Run("what is transparent is white", func(t *testing.T) {
		for _, name := range []string{"alpha.png", "alpha.webp"} { // clear at the left, opaque at the right
			m := decoded(t, file(t, name))
			if c := m.NRGBAAt(0, 30); c.R < 250 || c.G < 250 || c.B < 250 || c.A != 255 {
				t.Errorf("%s: pixel at the clear side is %v, want white", name, c)
			}
			right := image.Rect(90, 0, 97, 61)
			if got := psnr(t, part(m, right), part(scene, right)); got < 20 {
				t.Errorf("%s: the opaque side differs from the scene: %.1f dB", name, got)
			}
		}
	})
}

// decoded is the picture as thumbnails are made from it, at its full size.
func decoded(t *testing.T, data []byte) *image.NRGBA {
	t.Helper()
	c, ok := sniff(data)
	if !ok {
		t.Fatal("no format")
	}
	img, err := c.decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	m, err := shrink(img, img.Bounds().Dx(), img.Bounds().Dy())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func part(m *image.NRGBA, r image.Rectangle) *image.NRGBA { return asNRGBA(m.SubImage(r)) }

func TestC26VerifyRefuses(t *testing.T) {
	tiff := "II*\x00\x08\x00\x00\x00" + strings.Repeat("\x00", 100)
	for name, data := range map[string]string{
		"nothing":                       "",
		"one byte":                      "\x89",
		"only the PNG magic":            pngMagic,
		"only the JPEG magic":           "\xff\xd8\xff",
		"only the WebP magic":           "RIFF\x00\x00\x00\x00WEBPVP8 ",
		"TIFF":                          tiff, // the same bytes under any name
		"BMP":                           "BM" + strings.Repeat("\x00", 100),
		"GIF":                           "GIF89a\x01\x00\x01\x00\x00\x00\x00;",
		"SVG":                           `<svg xmlns="http://www.w3.org/2000/svg"/>`,
		"HTML":                          "<!doctype html><title>error</title>",
		"JSON":                          `{"code":50412}`,
		"zip":                           "PK\x03\x04" + strings.Repeat("\x00", 100),
		"an animated WebP":              string(file(t, "animated.webp")),
		"a WebP shorter than RIFF says": string(file(t, "lossy.webp")[:1200]),
		"a PNG without pixels":          pngMagic + ihdr(8, 8, 8, 2) + chunk("IEND", ""),
		"a JPEG without a scan":         "\xff\xd8\xff\xd9",
		"a PNG of no width":             pngMagic + ihdr(0, 8, 8, 2) + chunk("IDAT", "") + chunk("IEND", ""),
		"a JPEG of no height":           string(greyJPEG(8, 0, 0x11, false, 1)),
		"a JPEG with two frames":        string(bytes.Replace(greyJPEG(8, 8, 0x11, false, 1), []byte{0xff, 0xc4}, append(greyJPEG(9, 9, 0x11, false, 1)[71:90:90], 0xff, 0xc4), 1)),
		"a JPEG with 65 scans":          string(greyJPEG(8, 8, 0x11, true, maxScans+1)),
		"a PNG with a wrong byte":       flipped(file(t, "photo.png")),
	} {
		t.Run(name, func(t *testing.T) { refused(t, &Verifier{}, []byte(data)) })
	}
	t.Run("64 scans are taken", func(t *testing.T) {
		if _, err := (&Verifier{}).Verify(greyJPEG(8, 8, 0x11, true, maxScans)); err != nil {
			t.Errorf("Verify: %v", err)
		}
	})
	t.Run("more bytes than MaxBytes", func(t *testing.T) {
		data := file(t, "photo.png")
		refused(t, &Verifier{MaxBytes: int64(len(data)) - 1}, data)
		if _, err := (&Verifier{MaxBytes: int64(len(data))}).Verify(data); err != nil {
			t.Errorf("Verify of exactly MaxBytes: %v", err)
		}
	})
	t.Run("more pixels than MaxPixels", func(t *testing.T) {
		refused(t, &Verifier{MaxPixels: 97*61 - 1}, file(t, "photo.png"))
		if _, err := (&Verifier{MaxPixels: 97 * 61}).Verify(file(t, "photo.png")); err != nil {
			t.Errorf("Verify of exactly MaxPixels: %v", err)
		}
	})
	t.Run("a file cut anywhere", func(t *testing.T) {
		v := &Verifier{}
		for name := range accepted {
			data := file(t, name)
			for n := len(data) - 1; n > 0; n -= 1 + n/9 {
				if _, err := v.Verify(data[:n]); task.CodeOf(err) != catalog.CodePictureInvalid {
					t.Errorf("%s cut to %d of %d bytes: got %v, want %s", name, n, len(data), err, catalog.CodePictureInvalid)
				}
			}
		}
	})
}

// flipped damages the middle of the compressed pixels.
func flipped(data []byte) string {
	data = bytes.Clone(data)
	data[len(data)/2] ^= 0x10
	return string(data)
}

func refused(t *testing.T, v *Verifier, data []byte) {
	t.Helper()
	p, err := v.Verify(data)
	if task.CodeOf(err) != catalog.CodePictureInvalid || task.KindOf(err) != task.Unavailable {
		t.Errorf("got %v, want %s of kind Unavailable", err, catalog.CodePictureInvalid)
	}
	if p.Data != nil || p.Thumbnail != nil {
		t.Errorf("got a picture of %d bytes beside the error", len(p.Data))
	}
}

func TestC25HeadersAreJudgedBeforePixels(t *testing.T) {
	huge := greyJPEG(8, 8, 0x11, false, 1)
	huge = bytes.Replace(huge, []byte{8, 0, 8, 0, 8, 3}, []byte{8, 0xff, 0xff, 0xff, 0xff, 3}, 1)
	canvas := "RIFF\x2e\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x10\x00\x00\x00\x1f\x4e\x00\x1f\x4e\x00" + // 20,000 × 20,000 with alpha
		"ALPH\x02\x00\x00\x00\x00\x00" + "VP8 \x0a\x00\x00\x00" + strings.Repeat("\x00", 10)
	for name, data := range map[string]string{
		"a PNG of 20,000 × 20,000":             pngMagic + ihdr(20000, 20000, 8, 2) + chunk("IEND", ""),
		"a PNG of 2³¹-1 × 2³¹-1":               pngMagic + ihdr(1<<31-1, 1<<31-1, 8, 2) + chunk("IEND", ""),
		"a JPEG of 65,535 × 65,535":            string(huge),
		"a WebP of 20,000 × 20,000":            canvas,
		"a progressive JPEG beyond the memory": string(greyJPEG(6000, 6000, 0x11, true, 1)[:400]) + "\xff\xd9",
		"a 16 bit PNG with too little memory":  pngMagic + ihdr(8000, 5000, 16, 6) + chunk("IEND", ""),
	} {
		t.Run(name+" costs nothing", func(t *testing.T) {
			v := &Verifier{MaxMemory: 256 << 20}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			refused(t, v, []byte(data))
			runtime.ReadMemStats(&after)
			if got := after.TotalAlloc - before.TotalAlloc; got >= 1<<20 {
				t.Errorf("allocated %d bytes, want less than 1 MiB", got)
			}
		})
	}
}

func TestC29EndOfPicture(t *testing.T) {
	png, jpg, webp := string(file(t, "photo.png")), string(file(t, "exif.jpg")), string(file(t, "lossy.webp"))
	// A zip that holds what ends a JPEG and a PNG.
	tail := "PK\x03\x04<script>\xff\xd9" + chunk("IEND", "") + "\x00\xff\xd9"
	mark := `{"Label":"1","ContentProducer":"001"}`
	manifest := "\xff\xeb\x00\x14JP\x00\x01\x00\x00\x00\x01c2pa\xff\xd9\xff\xd9" // with end markers in it
	for name, want := range map[string]string{
		"a PNG":                              png,
		"a PNG with its AIGC and C2PA marks": png[:33] + chunk("tEXt", "AIGC\x00"+mark) + chunk("caBX", "jumb") + png[33:],
		"a PNG with a mark before its end":   png[:len(png)-12] + chunk("iTXt", "AIGC\x00\x00\x00\x00\x00"+mark) + png[len(png)-12:],
		"a JPEG":                             jpg,
		"a JPEG with its C2PA manifest":      jpg[:2] + manifest + jpg[2:],
		"a JPEG with restart markers":        string(file(t, "restarts.jpg")),
		"a progressive JPEG":                 string(file(t, "progressive.jpg")),
		"a JPEG with fill bytes":             jpg[:2] + "\xff\xff" + jpg[2:],
		"a WebP":                             webp,
	} {
		t.Run(name+" ends where it ends", func(t *testing.T) {
			p, err := (&Verifier{}).Verify([]byte(want + tail))
			if err != nil {
				t.Fatalf("Verify: %v", err)
			}
			if string(p.Data) != want {
				t.Errorf("kept %d bytes of %d, want %d", len(p.Data), len(want)+len(tail), len(want))
			}
			if cap(p.Data) != len(p.Data) {
				t.Errorf("an append would write into the tail: length %d, capacity %d", len(p.Data), cap(p.Data))
			}
		})
	}
}

func TestC27Palette(t *testing.T) {
	beyond := image.NewPaletted(image.Rect(0, 0, 3, 3), color.Palette{color.Black, color.White})
	beyond.Pix[4] = 200
	t.Run("an index beyond the palette is refused", func(t *testing.T) {
		if err := inPalette(beyond); err == nil || !strings.Contains(err.Error(), "(1, 1) has colour 200 of 2") {
			t.Errorf("got %v, want pixel (1, 1) named", err)
		}
	})
	t.Run("rows outside a part of a picture are not its own", func(t *testing.T) {
		within, _ := beyond.SubImage(image.Rect(0, 0, 1, 3)).(*image.Paletted)
		if err := inPalette(within); err != nil {
			t.Errorf("got %v", err)
		}
	})
	t.Run("the thumbnail of one does not panic", func(t *testing.T) {
		if _, err := (&Verifier{ThumbnailSize: 2, ThumbnailQuality: 85}).thumbnail(beyond); err != nil {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a PNG with one does not panic", func(t *testing.T) {
		full := image.NewPaletted(image.Rect(0, 0, 600, 3), make(color.Palette, 256))
		for i := range full.Palette {
			full.Palette[i] = color.Gray{uint8(i)}
		}
		full.Pix[4] = 200
		data := string(asPNG(t, full))
		from, to := strings.Index(data, "PLTE")-4, strings.Index(data, "IDAT")-4
		data = data[:from] + chunk("PLTE", "\x00\x00\x00\xff\xff\xff") + data[to:]
		if _, err := (&Verifier{}).Verify([]byte(data)); err != nil && task.CodeOf(err) != catalog.CodePictureInvalid {
			t.Errorf("got %v", err)
		}
	})
}

func TestPanicsBecomeErrors(t *testing.T) {
	p, err := caught(func() (task.Picture, error) { panic("index out of range") })
	if err == nil || !strings.Contains(err.Error(), "index out of range") || p.Data != nil {
		t.Errorf("got %v, %v; want the panic as an error", p, err)
	}
	want := errors.New("ordinary")
	if _, err := caught(func() (task.Picture, error) { return task.Picture{}, want }); !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
}

func TestHeaderMustAgreeWithPixels(t *testing.T) {
	c, _ := sniff(file(t, "photo.png"))
	if _, err := decode(c, file(t, "photo.png"), header{width: 97, height: 60}); err == nil {
		t.Error("a decoder whose picture is taller than the header says was believed")
	}
}
