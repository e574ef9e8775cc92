package recipe

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// pngKeyword is that of the iTXt chunk with our recipe; pngXMP that of an XMP packet.
const (
	pngKeyword = "volcimage:recipe"
	pngXMP     = "XML:com.adobe.xmp"
)

// pngKeywords are those of texts that may be recipes.
var pngKeywords = []string{pngKeyword, pngXMP, textParameters, textPrompt, textInvoke, textOldInvoke, textDream}

// pngChunk is a chunk of a PNG: length, type, data, checksum.
type pngChunk struct {
	kind  string
	start int // of its length
	data  []byte
}

// pngChunks calls do for each whole chunk, as long as it answers true.
func pngChunks(data []byte, do func(pngChunk) bool) {
	for at := len(pngMagic); at+12 <= len(data); {
		next := int64(at) + 12 + int64(binary.BigEndian.Uint32(data[at:]))
		if next > int64(len(data)) {
			return
		}
		c := pngChunk{kind: string(data[at+4 : at+8]), start: at, data: data[at+8 : next-4]}
		if !do(c) || c.kind == "IEND" {
			return
		}
		at = int(next)
	}
}

func inspectPNG(data []byte) *carried {
	c := &carried{}
	pngChunks(data, func(k pngChunk) bool {
		switch k.kind {
		case "tEXt", "zTXt", "iTXt":
			c.addChunk(k)
		case "eXIf":
			if c.exif == nil {
				c.exif = exifTexts(k.data)
			}
		case "caBX":
			c.signed = true
		}
		return true
	})
	return c
}

// addChunk keeps the text of a chunk whose keyword is that of a recipe.
func (c *carried) addChunk(k pngChunk) {
	keyword, rest, ok := bytes.Cut(k.data, []byte{0})
	if !ok || !slices.Contains(pngKeywords, string(keyword)) {
		return
	}
	packed := false
	switch k.kind {
	case "iTXt":
		packed, rest, ok = international(rest)
	case "zTXt":
		packed, ok = true, len(rest) > 0 && rest[0] == 0
		rest = rest[min(1, len(rest)):]
	}
	if ok && packed {
		rest, ok = c.inflate(rest)
	}
	if !ok || len(rest) > maxText {
		return
	}
	switch {
	case string(keyword) == pngXMP:
		c.addXMP(rest)
	case k.kind == "iTXt":
		c.add(string(keyword), strings.ToValidUTF8(string(rest), "\ufffd"))
	default:
		c.add(string(keyword), latin1(rest))
	}
}

// latin1 reads the text of a tEXt or zTXt chunk. Its rule is ISO 8859-1, but programs
// write UTF-8, which other text hardly ever is by chance.
func latin1(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	var s strings.Builder
	for _, c := range b {
		s.WriteRune(rune(c))
	}
	return s.String()
}

// inflate unpacks a text, within the bounds.
func (c *carried) inflate(b []byte) ([]byte, bool) {
	room := c.room()
	r, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil || room <= 0 {
		return nil, false
	}
	out, err := io.ReadAll(io.LimitReader(r, int64(room)+1))
	c.spent += len(out)
	return out, err == nil && len(out) <= room
}

// international takes apart what follows the keyword of an iTXt chunk: packed or not,
// method, language, translated keyword, text.
func international(b []byte) (packed bool, text []byte, ok bool) {
	if len(b) < 2 || b[0] > 1 || b[1] != 0 {
		return false, nil, false
	}
	packed = b[0] == 1
	if _, text, ok = bytes.Cut(b[2:], []byte{0}); ok {
		_, text, ok = bytes.Cut(text, []byte{0})
	}
	return packed, text, ok
}

// writePNG puts an iTXt chunk in front of the pixels, where it is found without
// reading them.
func writePNG(data []byte, text string) ([]byte, error) {
	at := -1
	pngChunks(data, func(c pngChunk) bool {
		if c.kind == "IDAT" {
			at = c.start
		}
		return at < 0
	})
	if at < 0 {
		return nil, noRoom(errors.New("no pixels in the PNG"))
	}
	// key, end of key, not packed, method 0, no language, no translated key
	chunk := pngPart("iTXt", pngKeyword+"\x00\x00\x00\x00\x00"+text)
	return bytes.Join([][]byte{data[:at], chunk, data[at:]}, nil), nil
}

func pngPart(kind, content string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(content)))
	b = append(b, kind+content...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}
