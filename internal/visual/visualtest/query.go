package visualtest

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"time"
	"unicode/utf8"

	"volcimage/internal/catalog"
	"volcimage/internal/visual/visualtest/paint"
)

// resultData is the data of a query's answer.
type resultData struct {
	Base64   []string `json:"binary_data_base64"`
	Links    []string `json:"image_urls"`
	Response string   `json:"response_data"`
	Status   string   `json:"status"`
}

// options is what the string req_json of a query may hold.
type options struct {
	ReturnURL bool
	label
}

// label is how the pictures of a task are labelled as generated.
type label struct {
	meta paint.Meta // aigc_meta, written into the file
	logo paint.Logo // logo_info, drawn
}

// query is the action that tells what a task has come to.
func (s *Server) query(r *http.Request, body []byte) answer {
	q, broken := s.readQuery(body)
	now := s.cfg.Now()
	s.mu.Lock()
	s.stats.Polls++
	if broken != nil {
		s.mu.Unlock()
		return *broken
	}
	e, wishes, a := s.lookAt(q, now)
	if e != nil && a.code == codeSuccess {
		e.label = q.options.label // what its links lead to is labelled as was asked last
	}
	s.mu.Unlock()
	if e == nil || a.code != codeSuccess {
		return a
	}
	return s.present(r, e, wishes, q.options, a, now)
}

// lookAt finds the task and its state; the entry is nil unless its pictures are done.
func (s *Server) lookAt(q question, now time.Time) (*entry, []wish, answer) {
	if !s.gates[q.model.ID].polled.allow(now) {
		s.stats.Throttled++
		return nil, nil, refuse(codeQPS)
	}
	e := s.ledger.byID[q.task]
	if e == nil || e.model.ID != q.model.ID {
		if s.faults.unknownIs50215 {
			return nil, nil, refuse(codeNoTask)
		}
		return nil, nil, succeed(resultData{Status: "not_found"})
	}
	status := e.status(now)
	wishes := append(s.faults.next(AtQuery, status == "done"), e.wishes...)
	for _, w := range wishes {
		if w.Moment == AtQuery && s.due(w, e.prompt) {
			return nil, nil, callFault(w)
		}
	}
	if status != "done" {
		return nil, nil, succeed(resultData{Status: status})
	}
	if e.code != 0 {
		return nil, nil, underHTTP200(refuse(e.code), wishes)
	}
	due := slices.DeleteFunc(slices.Clone(wishes), func(w wish) bool {
		return w.Moment != AtDone || !s.due(w, e.prompt)
	})
	return e, due, succeed(nil)
}

// present makes the answer for a task whose pictures are done.
func (s *Server) present(r *http.Request, e *entry, wishes []wish, opt options, a answer, now time.Time) answer {
	asked := func(name string) bool {
		return slices.ContainsFunc(wishes, func(w wish) bool { return w.Name == name })
	}
	if asked("truncated-json") {
		a.how = asHalfJSON
	}
	n, data := e.count, resultData{Status: "done"}
	expires := e.done.Add(e.model.LinkLife)
	switch {
	case asked("no-picture"):
		n, data.Links = 0, []string{}
	case asked("extra-picture"):
		n++
	case asked("expired-link"):
		expires = now.Add(-time.Minute)
	}
	for i := range n {
		switch {
		case asked("private-link"):
			data.Links = append(data.Links, "http://169.254.169.254/latest/meta-data/")
		case opt.ReturnURL:
			data.Links = append(data.Links, s.link(s.baseURL(r), e, i, expires))
		default:
			bytes, err := s.gallery.picture(e.sketch(i, opt.label))
			if err != nil {
				s.cfg.Log.Error("draw", "error", err)
				return refuse(codeInternal)
			}
			data.Base64 = append(data.Base64, base64.StdEncoding.EncodeToString(bytes))
		}
	}
	a.data = data
	return a
}

// question is a query that is in order.
type question struct {
	model   catalog.Model
	task    string
	options options
}

func (s *Server) readQuery(body []byte) (question, *answer) {
	wrong := func(a answer) (question, *answer) { return question{}, &a }
	o, err := parseObject(body)
	if err != nil {
		return wrong(invalid("the body must be one JSON object"))
	}
	name, _ := o["req_key"].(string)
	m, known := s.models[name]
	if !known {
		return wrong(refuse(codeDenied))
	}
	q := question{model: m}
	q.task, _ = o["task_id"].(string)
	if q.task == "" {
		return wrong(invalid("task_id is required and must be string"))
	}
	for field := range o {
		if field != "req_key" && field != "task_id" && field != "req_json" {
			return wrong(invalid(field + " is not a parameter of " + actionResult))
		}
	}
	opt, rule := readOptions(o["req_json"])
	if rule != "" {
		return wrong(invalid(rule))
	}
	q.options = opt
	return q, nil
}

// readOptions reads req_json, which is a string that holds JSON. rule is what is
// broken.
func readOptions(v any) (o options, rule string) {
	if v == nil {
		return o, ""
	}
	text, ok := v.(string)
	if !ok {
		return o, "req_json must be string"
	}
	fields, err := parseObject([]byte(text))
	if err != nil {
		return o, "req_json must be a serialized JSON object"
	}
	for name, v := range fields {
		switch name {
		case "return_url":
			if o.ReturnURL, ok = v.(bool); !ok {
				return o, "return_url must be boolean"
			}
		case "logo_info":
			o.logo, rule = readLogo(v)
		case "aigc_meta":
			o.meta, rule = readMeta(v)
		default:
			rule = name + " is not a parameter of req_json"
		}
		if rule != "" {
			return o, rule
		}
	}
	return o, ""
}

// logoWords are the service's own, by language.
var logoWords = []string{"AI生成", "Generated by AI"}

// readLogo reads the visible mark; the zero one where none is to be added.
func readLogo(v any) (logo paint.Logo, rule string) {
	fields, ok := v.(map[string]any)
	if !ok {
		return logo, "logo_info must be object"
	}
	most := map[string]float64{"position": 3, "language": 1, "opacity": 1}
	given := map[string]float64{"opacity": 1}
	for name, v := range fields {
		switch name {
		case "add_logo":
			_, ok = v.(bool)
		case "logo_text_content":
			_, ok = v.(string)
		case "position", "language", "opacity":
			n, _ := v.(json.Number)
			x, err := n.Float64()
			ok = err == nil && x >= 0 && x <= most[name]
			given[name] = x
		default:
			return logo, "logo_info." + name + " is not a parameter"
		}
		if !ok {
			return logo, "logo_info." + name + " is invalid"
		}
	}
	if add, _ := fields["add_logo"].(bool); !add {
		return logo, ""
	}
	text, _ := fields["logo_text_content"].(string)
	return paint.Logo{
		Text: cmp.Or(text, logoWords[int(given["language"])]), Corner: int(given["position"]), Opacity: given["opacity"],
	}, ""
}

// maxMeta bounds each text of aigc_meta, in characters.
const maxMeta = 256

func readMeta(v any) (meta paint.Meta, rule string) {
	fields, ok := v.(map[string]any)
	if !ok {
		return meta, "aigc_meta must be object"
	}
	into := map[string]*string{
		"producer_id": &meta.ProduceID, "content_producer": &meta.ContentProducer,
		"content_propagator": &meta.ContentPropagator, "propagate_id": &meta.PropagateID,
	}
	for name, v := range fields {
		if into[name] == nil {
			return meta, "aigc_meta." + name + " is not a parameter"
		}
		text, ok := v.(string)
		if !ok || utf8.RuneCountInString(text) > maxMeta {
			return meta, "aigc_meta." + name + " must be string of at most 256 chars"
		}
		*into[name] = text
	}
	if meta.ProduceID == "" {
		return meta, "aigc_meta.producer_id is required"
	}
	return meta, ""
}
