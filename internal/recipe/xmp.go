package recipe

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Names in XMP.
const (
	rdfSpace   = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
	termsSpace = "http://purl.org/dc/terms/"
	ourSpace   = "urn:volcimage:ns:"
	ourName    = "recipe"
)

// A packet's begin and end, by the XMP specification, part 1, 7.3.
const (
	packetBegin = `<?xpacket begin="` + "\ufeff" + `" id="W5M0MpCehiHzreSzNTczkc9d"?>` +
		`<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="` + rdfSpace + `">`
	packetEnd = `</rdf:RDF></x:xmpmeta><?xpacket end="w"?>`
)

// withProperty is the packet with our property in it: a new packet where there is
// none, otherwise the old one, in which nothing is changed and one element is put in.
func withProperty(packet []byte, text string) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(`<rdf:Description rdf:about="" xmlns:rdf="` + rdfSpace + `" xmlns:volcimage="` + ourSpace + `"><volcimage:` + ourName + `>`)
	if err := xml.EscapeText(&b, []byte(text)); err != nil {
		return nil, fmt.Errorf("write XMP: %w", err)
	}
	b.WriteString(`</volcimage:` + ourName + `></rdf:Description>`)
	if packet == nil {
		return []byte(packetBegin + b.String() + packetEnd), nil
	}
	at, err := endOfRDF(packet)
	if err != nil {
		return nil, fmt.Errorf("the XMP that is there: %w", err)
	}
	return bytes.Join([][]byte{packet[:at], b.Bytes(), packet[at:]}, nil), nil
}

// endOfRDF is where the last end tag of rdf:RDF begins. What follows it may be
// anything: padding, or the NUL that some programs write.
func endOfRDF(packet []byte) (int, error) {
	d := xml.NewDecoder(bytes.NewReader(packet))
	for found := -1; ; {
		at := d.InputOffset()
		t, err := d.Token()
		switch {
		case err != nil && found >= 0:
			return found, nil
		case errors.Is(err, io.EOF):
			return 0, errors.New("no end of rdf:RDF")
		case err != nil:
			return 0, err
		}
		// An empty element ends where it begins, and has no end tag.
		if e, ok := t.(xml.EndElement); ok && e.Name == (xml.Name{Space: rdfSpace, Local: "RDF"}) && bytes.HasPrefix(packet[at:], []byte("</")) {
			found = int(at)
		}
	}
}

// property is the text of our property; the last one counts.
func property(packet []byte) (text string, ok bool) {
	d := xml.NewDecoder(bytes.NewReader(packet))
	var value *strings.Builder
	for {
		t, err := d.Token()
		if err != nil {
			return text, ok
		}
		switch e := t.(type) {
		case xml.StartElement:
			value = nil
			if e.Name == (xml.Name{Space: ourSpace, Local: ourName}) {
				value = &strings.Builder{}
			}
		case xml.CharData:
			if value != nil {
				value.Write(e)
			}
		case xml.EndElement:
			if value != nil {
				text, ok, value = value.String(), true, nil
			}
		}
	}
}

// namesProof tells whether the packet names a proof of origin that lies elsewhere
// (C2PA, "External manifests"): dcterms:provenance, as attribute or element.
func namesProof(packet []byte) bool {
	proof := xml.Name{Space: termsSpace, Local: "provenance"}
	d := xml.NewDecoder(bytes.NewReader(packet))
	for {
		t, err := d.Token()
		if err != nil {
			return false
		}
		e, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		if e.Name == proof {
			return true
		}
		for _, a := range e.Attr {
			if a.Name == proof {
				return true
			}
		}
	}
}
