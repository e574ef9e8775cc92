package httpapi

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"volcimage/internal/task"
)

// apiVersion is the description's own; the address has the major one.
const apiVersion = "1.0.0"

// openToAll is the security of an operation that needs no key.
var openToAll = []map[string][]string{}

// describe sets what the description says of the API as a whole.
func (s *service) describe() {
	doc := s.api.OpenAPI()
	doc.Info.Description = "Turns prompts into pictures with VolcEngine's image models, and keeps them. Times are RFC 3339 in UTC. " +
		"Errors are problem documents (RFC 9457) with a stable code, a sentence in Chinese and English, and whether it cost money. " +
		"Requests are read strictly: unknown fields and parameters are refused. Every answer carries X-Request-Id; GET answers carry an ETag."
	if s.Keys == nil {
		return
	}
	doc.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"key":    {Type: "apiKey", In: "header", Name: "X-API-Key", Description: "The API key"},
		"bearer": {Type: "http", Scheme: "bearer", Description: "The same key as Authorization: Bearer"},
	}
	doc.Security = []map[string][]string{{"key": {}}, {"bearer": {}}}
}

// operation completes op with the problems that any request may have.
func (s *service) operation(op huma.Operation) huma.Operation {
	op.Errors = append(op.Errors, http.StatusBadRequest, http.StatusUnprocessableEntity,
		http.StatusInternalServerError, http.StatusServiceUnavailable, http.StatusGatewayTimeout)
	if s.Keys != nil && op.Security == nil {
		op.Errors = append(op.Errors, http.StatusUnauthorized)
	}
	if s.Rates.Buckets != nil {
		op.Errors = append(op.Errors, http.StatusTooManyRequests)
	}
	if op.Method != http.MethodGet {
		op.Errors = append(op.Errors, http.StatusForbidden)
	}
	slices.Sort(op.Errors)
	op.Errors = slices.Compact(op.Errors)
	return op
}

// example is the description of an operation's good answer.
func example(status int, description string, body any) map[string]*huma.Response {
	r := &huma.Response{Description: description}
	if body != nil {
		r.Content = map[string]*huma.MediaType{"application/json": {Example: body}}
	}
	return map[string]*huma.Response{strconv.Itoa(status): r}
}

func requestExample() *huma.RequestBody {
	return bodyExample("What to draw", GenerateRequest{
		Prompt: "一只红狐狸站在新雪里,清晨的光", VariantRequest: VariantRequest{Model: "jimeng_t2i_v40", Width: 2048, Height: 2048, Count: 2},
	})
}

const exampleID = "01KAZ3V5N8Q2W4E6R8T0YACDEF"

var exampleTime = time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC)

func acceptedExample() Accepted {
	return Accepted{ID: exampleID, Status: task.Pending, CreatedAt: exampleTime}
}

func taskExample() Task {
	started := exampleTime.Add(time.Second)
	return Task{
		ID: exampleID, Status: task.Processing, Prompt: "一只红狐狸站在新雪里,清晨的光", Model: "jimeng_t2i_v40",
		Params:   Params{Width: 2048, Height: 2048, Count: 2},
		Images:   []Image{{Index: 0, Status: task.ImageWorking}, {Index: 1, Status: task.ImageWaiting}},
		Progress: Progress{Stage: task.ImageWorking, Total: 2, ExpectedMS: 15000},
		Children: historyPath + "?parent=" + exampleID,
		Run:      1, Version: 2, CreatedAt: exampleTime, StartedAt: &started,
	}
}

// describeFailingHealth: a 503 of health is its own document, not a problem.
func (s *service) describeFailingHealth() {
	responses := s.api.OpenAPI().Paths[healthPath].Get.Responses
	responses["503"] = &huma.Response{
		Description: "A part is failing",
		Content: map[string]*huma.MediaType{"application/json": {
			Schema:  responses["200"].Content["application/json"].Schema,
			Example: Health{Status: healthFailing, Mode: "live", Checks: map[string]string{"store": healthOK, "queue": healthFailing, "objects": healthOK}},
		}},
	}
}

// finish says what Go's types cannot, once every operation is there. None of it
// takes part in checking requests.
func (s *service) finish() {
	doc := s.api.OpenAPI()
	for name, schema := range doc.Components.Schemas.Map() {
		if !strings.HasSuffix(name, "Request") && name != "Filters" {
			schema.AdditionalProperties = nil // later versions may say more
		}
		for field, nullable := range map[string]bool{"error": name == "Task", "coherent_set": name == "Model", "price": name == "Model"} {
			if p := schema.Properties[field]; nullable && p != nil {
				schema.Properties[field] = &huma.Schema{Description: p.Description, AnyOf: []*huma.Schema{{Ref: p.Ref}, {Type: "null"}}}
			}
		}
	}
	for _, item := range doc.Paths {
		for method, op := range operations(item) {
			describeID(op)
			describeHeaders(method, op)
			s.describeRates(op)
		}
	}
}

func describeID(op *huma.Operation) {
	for _, p := range op.Parameters {
		if p.In == "path" && p.Name == "id" {
			p.Schema.Pattern = "^[0-7][0-9A-HJKMNP-TV-Z]{25}$"
		}
	}
}

// describeRates names the headers of answers that were counted.
func (s *service) describeRates(op *huma.Operation) {
	if s.Rates.Buckets == nil {
		return
	}
	text := &huma.Schema{Type: "string"}
	for _, r := range op.Responses {
		r.Headers["RateLimit-Policy"] = &huma.Header{Description: "The limit for requests of this kind: q at once, and as many again in w seconds", Schema: text}
		r.Headers["RateLimit"] = &huma.Header{Description: "What is left of it: r requests at once, all of them in t seconds", Schema: text}
	}
}

// describeHeaders names the headers that middleware adds.
func describeHeaders(method string, op *huma.Operation) {
	text := &huma.Schema{Type: "string"}
	for status, r := range maps.Clone(op.Responses) {
		if r.Headers == nil {
			r.Headers = map[string]*huma.Param{}
		}
		r.Headers["X-Request-Id"] = &huma.Header{Description: "Names the request in the service's log", Schema: text}
		switch {
		case status == "429":
			r.Headers["Retry-After"] = &huma.Header{Description: "Seconds to wait", Schema: &huma.Schema{Type: "integer"}}
		case status == "200" && method == http.MethodGet && op.OperationID != "get-health":
			r.Headers["ETag"] = &huma.Header{Description: "For If-None-Match, which is answered 304 where nothing changed", Schema: text}
			op.Responses["304"] = &huma.Response{Description: "Not changed since the ETag in If-None-Match", Headers: r.Headers}
		}
	}
}
