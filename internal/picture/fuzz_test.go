package picture

import (
	"bytes"
	"image/jpeg"
	"testing"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

// FuzzVerify: whatever the bytes are, there is no panic and little memory; what is
// accepted is a picture, verifies again, and has a thumbnail that fits.
func FuzzVerify(f *testing.F) {
	for name := range accepted {
		f.Add(file(f, name))
	}
	f.Add(file(f, "animated.webp"))
	f.Add(greyJPEG(17, 9, 0x42, true, 2))
	f.Fuzz(func(t *testing.T, data []byte) {
		v := &Verifier{MaxPixels: 1 << 18, MaxMemory: 256 << 20, ThumbnailSize: 64}
		p, err := v.Verify(data)
		if err != nil {
			if task.CodeOf(err) != catalog.CodePictureInvalid {
				t.Fatalf("got %v, want %s", err, catalog.CodePictureInvalid)
			}
			return
		}
		if !bytes.HasPrefix(data, p.Data) {
			t.Fatal("the picture's bytes are not as they came")
		}
		again, err := v.Verify(p.Data)
		if err != nil || !bytes.Equal(again.Data, p.Data) || !bytes.Equal(again.Thumbnail, p.Thumbnail) {
			t.Fatalf("the kept picture verifies differently: %v", err)
		}
		thumb, err := jpeg.Decode(bytes.NewReader(p.Thumbnail))
		if err != nil {
			t.Fatalf("thumbnail: %v", err)
		}
		if b := thumb.Bounds(); b.Dx() > min(64, p.Width) || b.Dy() > min(64, p.Height) {
			t.Fatalf("thumbnail of %d × %d is %v", p.Width, p.Height, b)
		}
	})
}
