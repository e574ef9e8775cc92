package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

// maxDepth of brackets in a body; a request's own have three at most.
const maxDepth = 8

// shape is what the description says of a value.
type shape struct {
	kind   string           // JSON type
	fields map[string]shape // of an object
	items  *shape           // of an array
}

// shapeOf reads a description. Those of requests do not hold themselves.
func shapeOf(schemas huma.Registry, s *huma.Schema) shape {
	if s.Ref != "" {
		s = schemas.SchemaFromRef(s.Ref)
	}
	out := shape{kind: s.Type}
	if s.Items != nil {
		items := shapeOf(schemas, s.Items)
		out.items = &items
	}
	for name, field := range s.Properties {
		if out.fields == nil {
			out.fields = map[string]shape{}
		}
		out.fields[name] = shapeOf(schemas, field)
	}
	return out
}

// checkObject refuses what is not one JSON object in UTF-8, gives a name twice,
// nests too deeply, or has a number that Go would round or refuse. Names and types
// beyond that are huma's to check.
func checkObject(body []byte, wants shape) error {
	if !utf8.Valid(body) {
		return malformed(errors.New("not UTF-8"))
	}
	if loneSurrogate(body) {
		return malformed(errors.New("half a surrogate pair"))
	}
	if err := oneValue(body); err != nil {
		return malformed(err)
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return invalid("body", "must be an object", nil)
	}
	return checkFields(d, "body", wants, 1)
}

// oneValue finds broken JSON, and anything behind the first value.
func oneValue(body []byte) error {
	d := json.NewDecoder(bytes.NewReader(body))
	var v json.RawMessage
	if err := d.Decode(&v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("data behind the value")
	}
	return nil
}

// checkFields reads an object behind its opening brace, to its end.
func checkFields(d *json.Decoder, location string, wants shape, depth int) error {
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return malformed(err)
		}
		name, _ := t.(string) // a name is all that stands here in valid JSON
		if seen[name] {
			return invalid(location+"."+name, "given more than once", nil)
		}
		seen[name] = true
		if err := checkValue(d, location+"."+name, wants.fields[name], depth); err != nil {
			return err
		}
	}
	return endOf(d)
}

// checkItems reads an array behind its opening bracket, to its end.
func checkItems(d *json.Decoder, location string, wants shape, depth int) error {
	for n := 0; d.More(); n++ {
		at, item := location, shape{}
		if wants.items != nil {
			at, item = fmt.Sprintf("%s[%d]", location, n), *wants.items
		}
		if err := checkValue(d, at, item, depth); err != nil {
			return err
		}
	}
	return endOf(d)
}

// endOf reads the bracket that closes what was read.
func endOf(d *json.Decoder) error {
	if _, err := d.Token(); err != nil {
		return malformed(err)
	}
	return nil
}

// checkValue reads one value, to its end. depth is how many brackets are open.
func checkValue(d *json.Decoder, location string, wants shape, depth int) error {
	t, err := d.Token()
	if err != nil {
		return malformed(err)
	}
	switch t := t.(type) {
	case json.Delim:
		switch {
		case depth >= maxDepth:
			return invalid(location, fmt.Sprintf("nested more than %d deep", maxDepth), nil)
		case t == '{':
			return checkFields(d, location, wants, depth+1)
		}
		return checkItems(d, location, wants, depth+1)
	case nil:
		return invalid(location, "must not be null; leave it out", nil)
	case json.Number:
		if rule := checkNumber(t.String(), wants.kind); rule != "" {
			return invalid(location, rule, t.String())
		}
	}
	return nil
}

// checkNumber tells the rule that a number breaks, empty for none.
func checkNumber(literal, wants string) string {
	x, err := strconv.ParseFloat(literal, 64)
	if err != nil || math.IsInf(x, 0) {
		return "is out of range"
	}
	if wants != "integer" {
		return ""
	}
	if strings.ContainsAny(literal, ".eE") {
		return "must be a whole number, written without fraction and exponent"
	}
	if _, err := strconv.ParseInt(literal, 10, 64); err != nil {
		return "is out of range"
	}
	return ""
}

// loneSurrogate finds a \u escape that is half a character; encoding/json would
// put U+FFFD in its place and say nothing.
func loneSurrogate(body []byte) bool {
	for i := 0; i+1 < len(body); i++ {
		if body[i] != '\\' {
			continue
		}
		i++ // the escaped character
		switch u := escaped(body, i); {
		case u >= 0xDC00 && u < 0xE000:
			return true
		case u >= 0xD800 && u < 0xDC00:
			if i+5 >= len(body) || body[i+5] != '\\' {
				return true
			}
			if low := escaped(body, i+6); low < 0xDC00 || low >= 0xE000 {
				return true
			}
			i += 6
		}
	}
	return false
}

// escaped is the number in uXXXX at i, 0 where there is none.
func escaped(body []byte, i int) uint64 {
	if i+5 > len(body) || body[i] != 'u' {
		return 0
	}
	u, err := strconv.ParseUint(string(body[i+1:i+5]), 16, 32)
	if err != nil {
		return 0
	}
	return u
}

// validText tells whether all values are UTF-8.
func validText(values url.Values) bool {
	for name, vs := range values {
		if !utf8.ValidString(name) {
			return false
		}
		for _, v := range vs {
			if !utf8.ValidString(v) {
				return false
			}
		}
	}
	return true
}

func malformed(cause error) error {
	return &task.Error{Kind: task.Invalid, Code: catalog.CodeMalformedJSON, Err: cause}
}

func invalid(location, rule string, value any) error {
	return &task.Error{Kind: task.Invalid, Code: catalog.CodeInvalid,
		Fields: []task.FieldError{{Location: location, Message: rule, Value: value}}}
}
