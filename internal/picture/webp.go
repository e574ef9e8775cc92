package picture

import (
	"bytes"
	"encoding/binary"
	"image"
	"io"

	"golang.org/x/image/webp"
)

// What decoding a WebP takes, by reading the decoder. A pixel: 8 bytes for a
// lossless one whose palette is expanded, and where that is the alpha channel of a
// lossy one, 1 for the channel and 1.5 for the colours. Besides, one group of five
// Huffman trees for 16 pixels or more, at most 2600 groups, each of at most 3136
// symbols with two nodes of 8 bytes, and tables.
const (
	webpPerPixel  = 11
	webpPerGroup  = 3136*2*8 + 5*600
	webpMaxGroups = 2600
)

func webpHeader(data []byte) (header, error) {
	cfg, err := webp.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return header{}, err
	}
	end := int64(binary.LittleEndian.Uint32(data[4:])) + 8
	if end > int64(len(data)) {
		return header{}, errCut
	}
	pixels := int64(cfg.Width) * int64(cfg.Height)
	memory := webpPerPixel*pixels + webpPerGroup*min(webpMaxGroups, pixels/16+1)
	return header{cfg.Width, cfg.Height, memory, int(end)}, nil
}

// decodeWebP decodes, and widens the colours of a lossy picture: its luma goes from
// 16 to 235 and its chroma from 16 to 240 (BT.601), the decoder hands them on as they
// are, and Go's YCbCr goes from 0 to 255. Without this, thumbnails are pale.
func decodeWebP(r io.Reader) (image.Image, error) {
	img, err := webp.Decode(r)
	switch m := img.(type) {
	case *image.YCbCr:
		widen(m)
	case *image.NYCbCrA:
		widen(&m.YCbCr)
	}
	return img, err
}

func widen(m *image.YCbCr) {
	var luma, chroma [256]uint8
	for i := range 256 {
		luma[i] = uint8(min(max(((i-16)*255+109)/219, 0), 255))
		chroma[i] = uint8(min(max(((i-128)*255+128*224+112)/224, 0), 255))
	}
	replace(m.Y, &luma)
	replace(m.Cb, &chroma)
	replace(m.Cr, &chroma)
}

func replace(samples []uint8, by *[256]uint8) {
	for i, s := range samples {
		samples[i] = by[s]
	}
}
