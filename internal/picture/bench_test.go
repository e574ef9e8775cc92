package picture

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/disintegration/imaging"
)

// BenchmarkVerify measures the whole and its stages; "plain" is what the stages do
// with the library alone.
func BenchmarkVerify(b *testing.B) {
	for _, side := range []int{1024, 2048} {
		m := photo(side, side)
		for name, data := range map[string][]byte{"jpeg": asJPEG(b, m), "png": asPNG(b, m)} {
			b.Run(fmt.Sprintf("%d/%s", side, name), func(b *testing.B) { stages(b, data) })
		}
	}
}

func stages(b *testing.B, data []byte) {
	c, _ := sniff(data)
	run := func(name string, f func() error) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := f(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	v := &Verifier{}
	run("all", func() error { _, err := v.Verify(data); return err })
	run("header", func() error { _, err := c.header(data); return err })
	img, err := c.decode(bytes.NewReader(data))
	if err != nil {
		b.Fatal(err)
	}
	small, err := fit(img, DefaultThumbnailSize)
	if err != nil {
		b.Fatal(err)
	}
	run("decode", func() error { _, err := c.decode(bytes.NewReader(data)); return err })
	n := img.Bounds().Dx() * 4 / (DefaultThumbnailSize * 5)
	run("shrink/boxes", func() error { _, err := shrink(img, img.Bounds().Dx()/n, img.Bounds().Dy()/n); return err })
	run("shrink", func() error { _, err := fit(img, DefaultThumbnailSize); return err })
	run("encode", func() error { _, err := encode(small, DefaultThumbnailQuality); return err })
	run("plain/shrink", func() error {
		imaging.Fit(img, DefaultThumbnailSize, DefaultThumbnailSize, imaging.Lanczos)
		return nil
	})
	run("plain/encode", func() error {
		return imaging.Encode(&bytes.Buffer{}, small, imaging.JPEG, imaging.JPEGQuality(DefaultThumbnailQuality))
	})
}
