package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/jpeg"
	"image/png"
	"io"
)

// header is what is known of a picture before a pixel of it is decoded.
type header struct {
	width, height int
	memory        int64 // bytes that decoding takes at most
	end           int   // where the picture ends in its file
}

// codec reads one format. Decoders are called by name: image.Decode would also
// take what other packages registered, TIFF and BMP among them.
type codec struct {
	format string // as in [task.Picture]
	header func([]byte) (header, error)
	decode func(io.Reader) (image.Image, error)
}

const pngMagic = "\x89PNG\r\n\x1a\n"

// sniff chooses the codec by the first bytes, whatever name or type came with them.
func sniff(data []byte) (codec, bool) {
	switch {
	case bytes.HasPrefix(data, []byte(pngMagic)):
		return codec{"png", pngHeader, png.Decode}, true
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		return codec{"jpeg", jpegHeader, jpeg.Decode}, true
	case len(data) >= 16 && string(data[:4]) == "RIFF" && string(data[8:15]) == "WEBPVP8":
		return codec{"webp", webpHeader, decodeWebP}, true
	}
	return codec{}, false
}

var errCut = errors.New("ends before the picture does")

// Where the fields of IHDR lie: it always is the first chunk.
const (
	pngDepth     = len(pngMagic) + 8 + 8
	pngInterlace = pngDepth + 4
)

func pngHeader(data []byte) (header, error) {
	cfg, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return header{}, err
	}
	end, err := pngEnd(data)
	if err != nil {
		return header{}, err
	}
	// Grey and paletted pictures take less; not to ask for their transparency
	// costs nothing but a smaller cap for them.
	perPixel := int64(4)
	if data[pngDepth] == 16 {
		perPixel = 8
	}
	if data[pngInterlace] != 0 {
		perPixel *= 2 // each pass is an image of its own, together as large again
	}
	return header{cfg.Width, cfg.Height, perPixel * int64(cfg.Width) * int64(cfg.Height), end}, nil
}

// pngEnd walks from chunk to chunk (length, type, data, checksum) to the end of IEND.
func pngEnd(data []byte) (int, error) {
	for at := len(pngMagic); at+12 <= len(data); {
		size := int64(binary.BigEndian.Uint32(data[at:]))
		next := int64(at) + 12 + size
		if next > int64(len(data)) {
			return 0, errCut
		}
		if string(data[at+4:at+8]) == "IEND" {
			return int(next), nil
		}
		at = int(next)
	}
	return 0, errCut
}
