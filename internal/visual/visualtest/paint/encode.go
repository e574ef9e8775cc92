package paint

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"image"
	"image/jpeg"
	"image/png"
)

// jpegQuality is about what image services send.
const jpegQuality = 90

// mark is the label of generated pictures that the Chinese rules ask for (GB 45438,
// implicit identifiers): that the picture was generated, by whom, and its number.
type mark struct {
	Label             string
	ContentProducer   string
	ProduceID         string
	ReservedCode1     string
	ContentPropagator string
	PropagateID       string
	ReservedCode2     string
}

// Meta is what a caller says of a picture's label; what it leaves empty the service
// says by itself.
type Meta struct{ ContentProducer, ProduceID, ContentPropagator, PropagateID string }

// Mark is the label of the picture, as JSON. It follows from the spec and what the
// caller says alone.
func (s Spec) Mark(c Meta) string {
	m := mark{
		Label: "1", ContentProducer: cmp.Or(c.ContentProducer, "visualtest"),
		ProduceID:         cmp.Or(c.ProduceID, fmt.Sprintf("%016x", hash(s, fmt.Sprintf("%dx%d", s.Width, s.Height)))),
		ContentPropagator: c.ContentPropagator, PropagateID: c.PropagateID,
	}
	text, err := json.Marshal(m)
	if err != nil { // strings always marshal
		return "{}"
	}
	return string(text)
}

// Encode writes the picture as "png" or "jpeg" and labels it.
func Encode(img *image.RGBA, format, label string) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(len(img.Pix) / 2)
	if format == "jpeg" {
		if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: jpegQuality}); err != nil {
			return nil, fmt.Errorf("encode jpeg: %w", err)
		}
		return labelJPEG(b.Bytes(), label), nil
	}
	e := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := e.Encode(&b, img); err != nil {
		return nil, fmt.Errorf("encode png: %w", err)
	}
	return labelPNG(b.Bytes(), label), nil
}

// pngHeader is the length of signature and IHDR, behind which other chunks may come.
const pngHeader = 8 + 25

// labelPNG adds an iTXt chunk, which is UTF-8, under the key AIGC.
func labelPNG(data []byte, label string) []byte {
	// key, end of key, not compressed, method 0, no language, no translated key
	text := chunk("iTXt", append([]byte("AIGC\x00\x00\x00\x00\x00"), label...))
	return bytes.Join([][]byte{data[:pngHeader], text, data[pngHeader:]}, nil)
}

func chunk(kind string, body []byte) []byte {
	c := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	c = append(append(c, kind...), body...)
	return binary.BigEndian.AppendUint32(c, crc32.ChecksumIEEE(c[4:]))
}

// labelJPEG adds an XMP packet with the label behind the start of the file.
func labelJPEG(data []byte, label string) []byte {
	var escaped bytes.Buffer
	// The label is JSON in an XML text.
	for _, r := range label {
		switch r {
		case '<':
			escaped.WriteString("&lt;")
		case '&':
			escaped.WriteString("&amp;")
		default:
			escaped.WriteRune(r)
		}
	}
	xmp := "http://ns.adobe.com/xap/1.0/\x00" +
		`<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">` +
		`<rdf:Description rdf:about="" xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/"><TC260:AIGC>` +
		escaped.String() + `</TC260:AIGC></rdf:Description></rdf:RDF></x:xmpmeta>`
	head := []byte{0xff, 0xe1}
	head = binary.BigEndian.AppendUint16(head, uint16(len(xmp)+2))
	return bytes.Join([][]byte{data[:2], head, []byte(xmp), data[2:]}, nil)
}

// HugeHeader is 54 bytes of a PNG that declares 20000 × 20000 pixels: a decoder that
// trusts the header asks for 1.5 GiB.
func HugeHeader() []byte {
	ihdr := binary.BigEndian.AppendUint32(nil, 20000)
	ihdr = binary.BigEndian.AppendUint32(ihdr, 20000)
	ihdr = append(ihdr, 8, 6, 0, 0, 0)
	head := append([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", ihdr)...)
	return append(head, chunk("IDAT", []byte("\x78\x01\x01\x00\x00\xff\xff\x00\x00"))...)
}
