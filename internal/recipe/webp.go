package recipe

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
)

// Flags of VP8X, the header of an extended WebP.
const (
	webpHasXMP   = 0x04
	webpHasAlpha = 0x10
)

const webpHeader = 12 // "RIFF", size, "WEBP"

// webpChunk is a chunk: name, size, data, and a byte more where the size is odd.
type webpChunk struct {
	name  string
	start int
	data  []byte
	end   int
}

// webpChunks calls do for each whole chunk, and answers where the last one ends.
func webpChunks(data []byte, do func(webpChunk)) (end int) {
	at := webpHeader
	for at+8 <= len(data) {
		size := int64(binary.LittleEndian.Uint32(data[at+4:]))
		if int64(at)+8+size > int64(len(data)) {
			break
		}
		c := webpChunk{string(data[at : at+4]), at, data[at+8 : at+8+int(size)], at + 8 + int(size+size%2)}
		do(c)
		at = c.end
	}
	return at
}

func inspectWebP(data []byte) *carried {
	c := &carried{}
	webpChunks(data, func(k webpChunk) {
		switch k.name {
		case "EXIF": // some programs keep JPEG's prefix
			c.exif = exifTexts(bytes.TrimPrefix(k.data, []byte(jpegExif)))
		case "XMP ":
			c.addXMP(k.data)
		case "C2PA":
			c.signed = true
		}
	})
	return c
}

// writeWebP puts the recipe into the file's XMP chunk, or a new one at its end. A
// simple file is made an extended one for that; its picture's chunk stays as it is.
func writeWebP(data []byte, text string) ([]byte, error) {
	end := webpHeader - 4 + int64(binary.LittleEndian.Uint32(data[4:]))
	if end > int64(len(data)) {
		return nil, noRoom(errors.New("the WebP is cut off"))
	}
	var parts [][]byte
	var first, old *webpChunk
	last := webpChunks(data[:end], func(c webpChunk) {
		if first == nil {
			first = &c
		}
		if c.name == "XMP " && old == nil {
			old = &c
			return
		}
		parts = append(parts, even(data[c.start:min(c.end, int(end))]))
	})
	if first == nil || int64(last) < end {
		return nil, noRoom(errors.New("the WebP cannot be taken apart"))
	}
	head, err := extended(first)
	if err != nil {
		return nil, noRoom(err)
	}
	if first.name == "VP8X" {
		parts = parts[1:]
	}
	var packet []byte
	if old != nil {
		packet = old.data
	}
	if packet, err = withProperty(packet, text); err != nil {
		return nil, noRoom(err)
	}
	parts = append([][]byte{webpPart("VP8X", head)}, append(parts, webpPart("XMP ", packet))...)
	return riff(parts)
}

// extended is the content of the VP8X chunk of a file whose first chunk that is,
// with the flag for XMP set.
func extended(first *webpChunk) ([]byte, error) {
	d := first.data
	switch {
	case first.name == "VP8X" && len(d) >= 10:
		head := bytes.Clone(d)
		head[0] |= webpHasXMP
		return head, nil
	case first.name == "VP8 " && len(d) >= 10 && string(d[3:6]) == "\x9d\x01\x2a": // RFC 6386, 9.1
		w := binary.LittleEndian.Uint16(d[6:]) & 0x3fff
		h := binary.LittleEndian.Uint16(d[8:]) & 0x3fff
		return canvas(webpHasXMP, uint32(w), uint32(h))
	case first.name == "VP8L" && len(d) >= 5 && d[0] == 0x2f: // RFC 9649, 3.4
		bits := binary.LittleEndian.Uint32(d[1:])
		flags := byte(webpHasXMP)
		if bits>>28&1 == 1 {
			flags |= webpHasAlpha
		}
		return canvas(flags, bits&0x3fff+1, bits>>14&0x3fff+1)
	}
	return nil, errors.New("no picture at the WebP's begin")
}

// canvas is the content of a VP8X chunk: flags, three bytes for later, and width and
// height less one in three bytes each.
func canvas(flags byte, w, h uint32) ([]byte, error) {
	if w == 0 || h == 0 {
		return nil, errors.New("a WebP of no size")
	}
	w, h = w-1, h-1
	return []byte{flags, 0, 0, 0, byte(w), byte(w >> 8), byte(w >> 16), byte(h), byte(h >> 8), byte(h >> 16)}, nil
}

func webpPart(name string, content []byte) []byte {
	b := binary.LittleEndian.AppendUint32([]byte(name), uint32(len(content)))
	return even(append(b, content...))
}

// even adds the byte that a chunk of odd size ends with.
func even(chunk []byte) []byte {
	if len(chunk)%2 == 1 {
		return append(bytes.Clone(chunk), 0)
	}
	return chunk
}

func riff(parts [][]byte) ([]byte, error) {
	size := int64(4)
	for _, p := range parts {
		size += int64(len(p))
	}
	if size > math.MaxUint32-1 {
		return nil, noRoom(errors.New("the WebP would be too large"))
	}
	b := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(size))
	return append(append(b, "WEBP"...), bytes.Join(parts, nil)...), nil
}
