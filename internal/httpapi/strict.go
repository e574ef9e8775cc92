package httpapi

import (
	"bytes"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

// maxBody is in bytes; the longest prompt takes a tenth of it.
const maxBody = 32 << 10

// rule is what one operation takes. It is read from the operation's description,
// so that the two agree.
type rule struct {
	query    []string
	body     *shape // nil where no JSON is due
	optional bool   // the body may be left out
	// types are those of a body that is not JSON, most its size in bytes.
	types []string
	most  int
}

// strict refuses what huma would let pass: unknown and repeated query parameters,
// bodies where none is due, other types than JSON, names given twice, trailing
// data, text that is not UTF-8.
func (s *service) strict(pattern string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		requestOf(r.Context()).route = pattern
		u := s.rules[pattern]
		err := u.checkQuery(r.URL.RawQuery)
		if err == nil {
			err = u.checkBody(r)
		}
		if err != nil {
			writeProblem(w, r, err)
			return
		}
		next(w, r)
	}
}

func (u rule) checkQuery(raw string) error {
	if raw == "" {
		return nil
	}
	values, err := url.ParseQuery(raw)
	if err != nil || !validText(values) {
		return &task.Error{Kind: task.Invalid, Code: codeMalformedURL, Err: err,
			Fields: []task.FieldError{{Location: "query", Message: "cannot be decoded"}}}
	}
	e := &task.Error{Kind: task.Invalid, Code: catalog.CodeInvalid}
	for name, v := range values {
		switch {
		case !slices.Contains(u.query, name):
			e.Fields = append(e.Fields, task.FieldError{Location: "query." + name, Message: "unknown query parameter", Value: v[0]})
		case len(v) > 1:
			e.Fields = append(e.Fields, task.FieldError{Location: "query." + name, Message: "must be given once", Value: v})
		}
	}
	if e.Fields == nil {
		return nil
	}
	sortFields(e)
	return e
}

// checkBody reads the body, and leaves it to be read once more.
func (u rule) checkBody(r *http.Request) error {
	if u.optional && r.ContentLength == 0 {
		return nil
	}
	if u.body != nil && !isJSON(r.Header) || u.types != nil && !isOneOf(u.types, r.Header) {
		return &task.Error{Kind: task.Invalid, Code: catalog.CodeUnsupportedMediaType}
	}
	most := max(maxBody, u.most)
	if r.ContentLength > int64(most) {
		return &task.Error{Kind: task.Invalid, Code: catalog.CodeBodyTooLarge}
	}
	body, err := readBody(r, most)
	switch {
	case err != nil:
		return &task.Error{Kind: task.Invalid, Code: catalog.CodeMalformedJSON, Err: err}
	case len(body) > most:
		return &task.Error{Kind: task.Invalid, Code: catalog.CodeBodyTooLarge}
	case u.body != nil:
		r.Body = io.NopCloser(bytes.NewReader(body))
		r.Header.Set("Content-Type", "application/json") // huma knows this spelling only
		return checkObject(body, *u.body)
	case u.types != nil && len(body) == 0:
		return u.nothing()
	case u.types != nil:
		r.Body = io.NopCloser(bytes.NewReader(body))
	case len(body) > 0:
		return &task.Error{Kind: task.Invalid, Code: catalog.CodeInvalid,
			Fields: []task.FieldError{{Location: "body", Message: "this request takes no body"}}}
	}
	return nil
}

// nothing refuses an empty body where bytes are due.
func (u rule) nothing() error {
	if slices.Equal(u.types, []string{bytesType}) {
		return invalid("body", "must not be empty", nil)
	}
	return &task.Error{Kind: task.Invalid, Code: catalog.CodeNoPicture}
}

// sortFields gives what comes from a map an order.
func sortFields(e *task.Error) {
	slices.SortStableFunc(e.Fields, func(a, b task.FieldError) int { return strings.Compare(a.Location, b.Location) })
}

func readBody(r *http.Request, most int) ([]byte, error) {
	if r.Body == nil || r.ContentLength == 0 {
		return nil, nil
	}
	return io.ReadAll(io.LimitReader(r.Body, int64(most)+1))
}

// isOneOf takes exactly one of the types, not compressed.
func isOneOf(types []string, h http.Header) bool {
	mediaType, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	return err == nil && slices.Contains(types, mediaType) && h.Get("Content-Encoding") == ""
}

// isJSON takes exactly application/json, in UTF-8 and not compressed. No page of
// another origin can send that without asking first.
func isJSON(h http.Header) bool {
	mediaType, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || mediaType != "application/json" || h.Get("Content-Encoding") != "" {
		return false
	}
	charset, given := params["charset"]
	return len(params) == 0 || len(params) == 1 && given && strings.EqualFold(charset, "utf-8")
}
