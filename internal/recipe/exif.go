package recipe

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// The Exif tags in which programs keep recipes.
const (
	tagMake        = 0x010f // ComfyUI: the workflow
	tagModel       = 0x0110 // ComfyUI: the prompt
	tagExifIFD     = 0x8769 // leads to further tags
	tagUserComment = 0x9286 // AUTOMATIC1111, Fooocus
)

const (
	maxTags = 512 // of one directory
	// The types of values that hold text: bytes, ASCII, undefined.
	typeByte, typeASCII, typeUndefined = 1, 2, 7
)

// exifTexts reads the texts of a TIFF block. The well-kept reader of Exif for Go makes
// texts printable, which takes their line breaks, and knows no UTF-16.
func exifTexts(b []byte) map[uint16]string {
	t := tiff{b: b, texts: map[uint16]string{}}
	switch {
	case bytes.HasPrefix(b, []byte("II*\x00")):
		t.order = binary.LittleEndian
	case bytes.HasPrefix(b, []byte("MM\x00*")):
		t.order = binary.BigEndian
	default:
		return t.texts
	}
	if len(b) >= 8 {
		if next := t.directory(t.order.Uint32(b[4:])); next != 0 {
			t.directory(next)
		}
	}
	return t.texts
}

type tiff struct {
	b     []byte
	order binary.ByteOrder
	texts map[uint16]string
}

// directory reads the texts of one directory, and answers where the directory of
// Exif's own tags lies.
func (t *tiff) directory(at uint32) (exif uint32) {
	if int64(at)+2 > int64(len(t.b)) {
		return 0
	}
	n := int(t.order.Uint16(t.b[at:]))
	for i := range min(n, maxTags) {
		e := int64(at) + 2 + 12*int64(i)
		if e+12 > int64(len(t.b)) {
			return exif
		}
		entry := t.b[e : e+12]
		tag, kind := t.order.Uint16(entry), t.order.Uint16(entry[2:])
		switch {
		case tag == tagExifIFD:
			exif = t.order.Uint32(entry[8:])
		case kind == typeByte || kind == typeASCII || kind == typeUndefined:
			t.keep(tag, t.value(entry))
		}
	}
	return exif
}

// value is an entry's: in the entry where it is of four bytes or less, else elsewhere.
func (t *tiff) value(entry []byte) []byte {
	size := int64(t.order.Uint32(entry[4:]))
	if size <= 4 {
		return entry[8 : 8+size]
	}
	at := int64(t.order.Uint32(entry[8:]))
	if size > maxText || at+size > int64(len(t.b)) {
		return nil
	}
	return t.b[at : at+size]
}

func (t *tiff) keep(tag uint16, value []byte) {
	switch tag {
	case tagUserComment, tagMake, tagModel:
	default:
		return
	}
	if _, have := t.texts[tag]; have || value == nil {
		return
	}
	if text, ok := t.text(value); ok {
		t.texts[tag] = text
	}
}

// text reads a comment, whose first eight bytes name its code, or a plain text, as
// several programs write it all the same.
func (t *tiff) text(b []byte) (string, bool) {
	if rest, ok := bytes.CutPrefix(b, []byte("UNICODE\x00")); ok {
		return t.utf16(rest), true
	}
	for _, code := range []string{"ASCII\x00\x00\x00", "\x00\x00\x00\x00\x00\x00\x00\x00"} {
		b = bytes.TrimPrefix(b, []byte(code))
	}
	s := strings.TrimRight(string(b), "\x00")
	return s, utf8.ValidString(s)
}

// utf16 reads two bytes a unit. Writers disagree whether they come in the order of
// the block; recipes are mostly of Latin letters, whose high byte is 0.
func (t *tiff) utf16(b []byte) string {
	high, low := 0, 0
	for i := 0; i+1 < len(b); i += 2 {
		if b[i] == 0 {
			high++
		}
		if b[i+1] == 0 {
			low++
		}
	}
	order := t.order
	switch {
	case high > low:
		order = binary.BigEndian
	case low > high:
		order = binary.LittleEndian
	}
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = order.Uint16(b[2*i:])
	}
	return strings.TrimRight(string(utf16.Decode(units)), "\x00")
}
