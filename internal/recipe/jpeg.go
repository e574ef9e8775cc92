package recipe

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// The markers of ITU-T T.81, table B.1, that matter here.
const (
	markerSOS   = 0xda
	markerAPP0  = 0xe0
	markerAPP1  = 0xe1
	markerAPP11 = 0xeb
)

const (
	jpegExif = "Exif\x00\x00"
	jpegXMP  = "http://ns.adobe.com/xap/1.0/\x00"
	// jpegJUMBF begins a segment of JPEG's universal metadata boxes (ISO 19566-5), in
	// which a C2PA manifest lies.
	jpegJUMBF = "JP"
	// maxSegment is what a segment holds at most, its length of two bytes excluded.
	maxSegment = 65535 - 2
)

// jpegSegment is a segment in front of the pixels.
type jpegSegment struct {
	marker     byte
	start, end int // from its marker's 0xff to behind its data
	data       []byte
}

// jpegSegments calls do for each whole segment in front of the pixels.
func jpegSegments(data []byte, do func(jpegSegment)) {
	for at := 2; ; {
		for at+1 < len(data) && data[at] == 0xff && data[at+1] == 0xff { // fill bytes
			at++
		}
		if at+4 > len(data) || data[at] != 0xff || data[at+1] == markerSOS {
			return
		}
		end := at + 2 + int(binary.BigEndian.Uint16(data[at+2:]))
		if end < at+4 || end > len(data) {
			return
		}
		do(jpegSegment{data[at+1], at, end, data[at+4 : end]})
		at = end
	}
}

func inspectJPEG(data []byte) *carried {
	c := &carried{}
	jpegSegments(data, func(s jpegSegment) {
		switch {
		case s.marker == markerAPP11 && bytes.HasPrefix(s.data, []byte(jpegJUMBF)):
			c.signed = true
		case s.marker != markerAPP1:
		case bytes.HasPrefix(s.data, []byte(jpegExif)):
			if c.exif == nil {
				c.exif = exifTexts(s.data[len(jpegExif):])
			}
		case bytes.HasPrefix(s.data, []byte(jpegXMP)):
			c.addXMP(s.data[len(jpegXMP):])
		}
	})
	return c
}

// writeJPEG puts the recipe into the file's XMP packet, or a new packet behind the
// first segments, which JFIF and Exif want to be.
func writeJPEG(data []byte, text string) ([]byte, error) {
	from, to, packet := 2, 2, []byte(nil)
	leading := true
	jpegSegments(data, func(s jpegSegment) {
		isXMP := s.marker == markerAPP1 && bytes.HasPrefix(s.data, []byte(jpegXMP))
		leading = leading && (s.marker == markerAPP0 || s.marker == markerAPP1)
		switch {
		case packet != nil:
		case isXMP:
			from, to, packet = s.start, s.end, s.data[len(jpegXMP):]
		case leading:
			from, to = s.end, s.end
		}
	})
	packet, err := withProperty(packet, text)
	if err != nil {
		return nil, noRoom(err)
	}
	size := len(jpegXMP) + len(packet)
	if size > maxSegment {
		return nil, noRoom(fmt.Errorf("an XMP segment of %d bytes, at most %d fit", size, maxSegment))
	}
	if !bytes.Contains(data[to:], []byte{0xff, markerSOS}) {
		return nil, noRoom(errors.New("no pixels in the JPEG"))
	}
	head := binary.BigEndian.AppendUint16([]byte{0xff, markerAPP1}, uint16(size+2))
	return bytes.Join([][]byte{data[:from], head, []byte(jpegXMP), packet, data[to:]}, nil), nil
}
