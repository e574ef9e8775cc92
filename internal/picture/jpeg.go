package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image/jpeg"
)

// The markers of ITU-T T.81, table B.1, that matter here.
const (
	markerSOF0 = 0xc0 // baseline
	markerSOF1 = 0xc1 // extended sequential
	markerSOF2 = 0xc2 // progressive
	markerRST0 = 0xd0
	markerRST7 = 0xd7
	markerEOI  = 0xd9
	markerSOS  = 0xda
)

// maxScans bounds the passes over a picture: a progressive JPEG can ask for
// thousands of them in few bytes. Encoders make about ten.
const maxScans = 64

func jpegHeader(data []byte) (header, error) {
	cfg, err := jpeg.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return header{}, err
	}
	memory, end, err := walkJPEG(data)
	if err != nil {
		return header{}, err
	}
	return header{cfg.Width, cfg.Height, memory, end}, nil
}

// walkJPEG goes from marker to marker, as the decoder does, to the end of image. An
// end marker inside a segment (Exif holds a picture of its own) is passed over, and
// so is one behind the picture's end.
func walkJPEG(data []byte) (memory int64, end int, err error) {
	scans := 0
	for at := 2; ; {
		marker, next := nextMarker(data, at)
		if next < 0 {
			return 0, 0, errCut
		}
		if marker == markerEOI {
			return memory, next, nil
		}
		segment, ok := segmentAt(data, next)
		if !ok {
			return 0, 0, errCut
		}
		switch marker {
		case markerSOF0, markerSOF1, markerSOF2:
			if memory != 0 {
				return 0, 0, errors.New("two frames")
			}
			memory = jpegMemory(segment, marker == markerSOF2)
		case markerSOS:
			if scans++; scans > maxScans {
				return 0, 0, fmt.Errorf("more than %d scans", maxScans)
			}
			if memory == 0 {
				return 0, 0, errors.New("a scan before the frame")
			}
		}
		at = next + 2 + len(segment)
	}
}

// nextMarker finds the first marker at or behind at that is neither a restart nor a
// stuffed 0xff of the compressed data, and where its segment begins; -1 without one.
func nextMarker(data []byte, at int) (marker byte, next int) {
	for {
		i := bytes.IndexByte(data[at:], 0xff)
		if i < 0 {
			return 0, -1
		}
		at += i + 1
		for at < len(data) && data[at] == 0xff { // fill bytes
			at++
		}
		if at == len(data) {
			return 0, -1
		}
		marker = data[at]
		at++
		if marker != 0 && (marker < markerRST0 || marker > markerRST7) {
			return marker, at
		}
	}
}

// segmentAt is the content of the segment whose length is at data[at:].
func segmentAt(data []byte, at int) (segment []byte, ok bool) {
	if at+2 > len(data) {
		return nil, false
	}
	n := int(binary.BigEndian.Uint16(data[at:]))
	if n < 2 || at+n > len(data) {
		return nil, false
	}
	return data[at+2 : at+n], true
}

// jpegMemory is what decoding a frame takes at most: a byte for each sample of each
// component; if progressive, 4 more for its coefficient; and if there is colour, 4
// for each pixel, since RGB and CMYK are copied to be interleaved. Which of these a
// frame is, other segments say. It is 0 for a frame that no decoder takes.
func jpegMemory(frame []byte, progressive bool) int64 {
	if len(frame) < 6 {
		return 0
	}
	height := int64(binary.BigEndian.Uint16(frame[1:]))
	width := int64(binary.BigEndian.Uint16(frame[3:]))
	parts := frame[6:]
	var most, samples int64 // for each unit of one by one in the least sampled part
	for ; len(parts) >= 3; parts = parts[3:] {
		n := int64(parts[1]>>4) * int64(parts[1]&15)
		most = max(most, n)
		samples += n
	}
	if most == 0 {
		return 0
	}
	// Components end at a multiple of 8 samples, 32 pixels if one has a fourth.
	pixels := (width + 31) / 32 * 32 * ((height + 31) / 32 * 32)
	perSample := int64(1)
	if progressive {
		perSample += 4
	}
	memory := (pixels*samples*perSample + most - 1) / most
	if samples > most { // more than one component
		memory += 4 * pixels
	}
	return memory
}
