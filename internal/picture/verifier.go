// Package picture turns bytes that somebody sent into a picture that is known to
// be one, and its thumbnail.
//
// The bytes choose the decoder, from a short list; the header is judged before a
// pixel is allocated, since 54 bytes can ask for 1.5 GiB; everything is decoded in
// full. Pictures are kept as they came, for they carry the mark of generated
// pictures that law demands; only what lies behind their end is cut.
package picture

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"image"
	"sync"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

// What a [Verifier] does where its fields are zero. The largest picture of the
// catalog has 16.8 million pixels; as a PNG of noise it has 50 MB.
const (
	DefaultMaxPixels        = 40_000_000
	DefaultMaxBytes         = 64 << 20
	DefaultMaxMemory        = 512 << 20
	DefaultThumbnailSize    = 400
	DefaultThumbnailQuality = 85
)

// Verifier verifies pictures. Its zero value is ready; it must not be copied, and
// may be used by many goroutines.
type Verifier struct {
	MaxPixels int64 // width × height of a picture
	MaxBytes  int64 // of the file
	// MaxMemory bounds the bytes that all pictures being decoded take together,
	// their files excluded. A picture that would take more alone is refused, one
	// for which there is no room at the moment waits.
	//
	// What a pixel takes at most is known from the header: 4 bytes in a PNG of 8
	// bits, 8 in one of 16, twice that if interlaced; 8 in a JPEG, 11.5 in a
	// progressive one as cameras and browsers make it, 19 without subsampling; 11
	// in a WebP. So 40 million pixels take 160 MB as an ordinary PNG, at most
	// 460 MB as an ordinary JPEG, and some odd ones are refused below that number.
	MaxMemory        int64
	ThumbnailSize    int // of the longer side
	ThumbnailQuality int // of the JPEG, 1 to 100

	once sync.Once
	room budget
}

// Verify checks that data is one whole picture and makes its thumbnail. The
// picture's data is data itself, without what lies behind the picture's end. What
// it refuses is an [*task.Error] with [catalog.CodePictureInvalid], of kind Unavailable: the bytes
// are not ours, and the next download may bring better ones.
func (v *Verifier) Verify(data []byte) (task.Picture, error) {
	v.once.Do(v.setUp)
	p, err := caught(func() (task.Picture, error) { return v.verify(data) })
	if err != nil {
		return task.Picture{}, &task.Error{Kind: task.Unavailable, Code: catalog.CodePictureInvalid, Err: err}
	}
	return p, nil
}

// caught makes an error of a panic in f. The decoders run in this goroutine, and the
// library that starts its own is only shown pixels that we laid out, so none passes
// by here.
func caught(f func() (task.Picture, error)) (p task.Picture, err error) {
	defer func() {
		if r := recover(); r != nil {
			p, err = task.Picture{}, fmt.Errorf("decoder panicked: %v", r)
		}
	}()
	return f()
}

func (v *Verifier) verify(data []byte) (task.Picture, error) {
	if n := int64(len(data)); n > v.MaxBytes {
		return task.Picture{}, fmt.Errorf("%d bytes, at most %d are taken", n, v.MaxBytes)
	}
	c, ok := sniff(data)
	if !ok {
		return task.Picture{}, errors.New("neither PNG, JPEG nor WebP")
	}
	h, err := c.header(data)
	if err != nil {
		return task.Picture{}, fmt.Errorf("read %s header: %w", c.format, err)
	}
	need, err := v.judge(h)
	if err != nil {
		return task.Picture{}, err
	}
	v.room.take(need)
	defer v.room.give(need)

	whole := data[:h.end:h.end]
	img, err := decode(c, whole, h)
	if err != nil {
		return task.Picture{}, fmt.Errorf("decode %s: %w", c.format, err)
	}
	thumbnail, err := v.thumbnail(img)
	if err != nil {
		return task.Picture{}, fmt.Errorf("thumbnail: %w", err)
	}
	return task.Picture{
		Data: whole, Format: c.format, Width: h.width, Height: h.height, Thumbnail: thumbnail,
	}, nil
}

func (v *Verifier) setUp() {
	v.MaxPixels = cmp.Or(v.MaxPixels, DefaultMaxPixels)
	v.MaxBytes = cmp.Or(v.MaxBytes, DefaultMaxBytes)
	v.MaxMemory = cmp.Or(v.MaxMemory, DefaultMaxMemory)
	v.ThumbnailSize = cmp.Or(v.ThumbnailSize, DefaultThumbnailSize)
	v.ThumbnailQuality = cmp.Or(v.ThumbnailQuality, DefaultThumbnailQuality)
	v.room.open(v.MaxMemory)
}

// judge decides from the header alone whether the picture may be decoded, and how
// much memory that and its thumbnail take.
func (v *Verifier) judge(h header) (need int64, err error) {
	if h.width < 1 || h.height < 1 {
		return 0, fmt.Errorf("%d × %d pixels", h.width, h.height)
	}
	if pixels := int64(h.width) * int64(h.height); pixels > v.MaxPixels {
		return 0, fmt.Errorf("%d × %d are %d pixels, at most %d are taken", h.width, h.height, pixels, v.MaxPixels)
	}
	// The library gets at most 2.5 times the thumbnail's size, and keeps two such.
	side := int64(v.ThumbnailSize) * 5 / 2
	need = h.memory + 2*4*side*side
	if need > v.MaxMemory {
		return 0, fmt.Errorf("takes %d MB to decode, at most %d are given", need>>20, v.MaxMemory>>20)
	}
	return need, nil
}

func decode(c codec, data []byte, h header) (image.Image, error) {
	img, err := c.decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	if b := img.Bounds(); b.Dx() != h.width || b.Dy() != h.height {
		return nil, fmt.Errorf("%d × %d pixels where the header says %d × %d", b.Dx(), b.Dy(), h.width, h.height)
	}
	return img, inPalette(img)
}

// inPalette refuses a pixel whose colour is not in the palette. The resizing library
// panics over one, in a goroutine of its own, which ends the program.
func inPalette(img image.Image) error {
	m, ok := img.(*image.Paletted)
	if !ok || len(m.Palette) > 255 {
		return nil
	}
	for y := range m.Rect.Dy() {
		for x, i := range m.Pix[y*m.Stride:][:m.Rect.Dx()] {
			if int(i) >= len(m.Palette) {
				return fmt.Errorf("pixel (%d, %d) has colour %d of %d", x, y, i, len(m.Palette))
			}
		}
	}
	return nil
}
