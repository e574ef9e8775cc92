package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

// Problem is every error's answer: RFC 9457, with what the catalog knows of the
// error's code.
type Problem struct {
	Type      string         `json:"type" doc:"A name for the kind of problem" example:"urn:volcimage:problem:invalid_request"`
	Title     string         `json:"title" doc:"A few words, in the language that Accept-Language prefers" example:"The request is not valid"`
	Status    int            `json:"status" doc:"The HTTP status" example:"422"`
	Detail    string         `json:"detail" doc:"What happened, whether it cost money and what to do next"`
	Code      task.Code      `json:"code" doc:"Stable name of the problem; programs may compare it" example:"invalid_request"`
	RequestID string         `json:"request_id" doc:"Names this request in the service's log" example:"TQ7ZKXW2K5F4M3J6RD2BHYSE6A"`
	Stage     task.Stage     `json:"stage" enum:"request,prompt,reference,provider,output,storage,internal" doc:"Where it went wrong"`
	Retryable bool           `json:"retryable" doc:"Asking again, unchanged, may help"`
	Charged   task.Charged   `json:"charged" enum:"no,yes,unknown" doc:"Whether the provider took money"`
	Message   catalog.Words  `json:"message" doc:"The detail in each language"`
	Errors    []ProblemField `json:"errors,omitempty" doc:"What is wrong in the request, field by field; at most 20"`

	retryAfter time.Duration
}

// ProblemField is one wrong field of a request.
type ProblemField struct {
	Location string `json:"location" doc:"The field" example:"body.width"`
	Message  string `json:"message" doc:"The rule that it breaks"`
	Value    any    `json:"value,omitempty" doc:"What was given, cut at 200 characters"`
}

// Error makes a Problem an error that huma answers with.
func (p *Problem) Error() string { return string(p.Code) + ": " + p.Detail }

// GetStatus is huma's question for the status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is huma's question for the media type.
func (p *Problem) ContentType(string) string { return problemType }

// GetHeaders is huma's question for headers that go with the problem.
func (p *Problem) GetHeaders() http.Header {
	if p.retryAfter <= 0 {
		return nil
	}
	return http.Header{"Retry-After": {strconv.FormatInt(seconds(p.retryAfter), 10)}}
}

const problemType = "application/problem+json"

// codeMalformedURL is a path or query that cannot be decoded. Its words are those
// of [catalog.CodeInvalid].
const codeMalformedURL task.Code = "malformed_url"

// statusOf is the one table from kinds to HTTP statuses.
var statusOf = map[task.Kind]int{
	task.Internal:      http.StatusInternalServerError,
	task.Invalid:       http.StatusUnprocessableEntity,
	task.Denied:        http.StatusUnauthorized,
	task.NotFound:      http.StatusNotFound,
	task.Conflict:      http.StatusConflict,
	task.Limited:       http.StatusTooManyRequests,
	task.Refused:       http.StatusUnprocessableEntity,
	task.Throttled:     http.StatusServiceUnavailable,
	task.Unavailable:   http.StatusServiceUnavailable,
	task.Unknown:       http.StatusBadGateway,
	task.Misconfigured: http.StatusServiceUnavailable,
}

// statusOfCode are the codes for which HTTP has a status of their own.
var statusOfCode = map[task.Code]int{
	codeMalformedURL:                 http.StatusBadRequest,
	catalog.CodeMalformedJSON:        http.StatusBadRequest,
	catalog.CodeForbidden:            http.StatusForbidden,
	catalog.CodeMethodNotAllowed:     http.StatusMethodNotAllowed,
	catalog.CodeBodyTooLarge:         http.StatusRequestEntityTooLarge,
	catalog.CodeUnsupportedMediaType: http.StatusUnsupportedMediaType,
	catalog.CodeVersionChanged:       http.StatusPreconditionFailed,
	catalog.CodeDeadline:             http.StatusGatewayTimeout,
	catalog.CodeProviderTimeout:      http.StatusGatewayTimeout,
}

// defaultCode stands in where an error has a kind but no code.
var defaultCode = map[task.Kind]task.Code{
	task.Invalid:       catalog.CodeInvalid,
	task.Denied:        catalog.CodeUnauthorized,
	task.NotFound:      catalog.CodeNotFound,
	task.Conflict:      catalog.CodeConflict,
	task.Limited:       catalog.CodeRateLimited,
	task.Refused:       catalog.CodeContentRisk,
	task.Throttled:     catalog.CodeProviderThrottled,
	task.Unavailable:   catalog.CodeUnavailable,
	task.Unknown:       catalog.CodeProviderOutcomeUnknown,
	task.Misconfigured: catalog.CodeProviderKeys,
}

// newProblem is what the client may know of err; all of it is noted for the log.
func newProblem(ctx context.Context, err error) *Problem {
	e := classed(err)
	code := e.Code
	switch {
	case e.Kind == task.Internal: // whatever its code is, it is not for others
		code = catalog.CodeInternal
	case code == "":
		code = defaultCode[e.Kind]
	}
	f := faultOf(code)
	q := requestOf(ctx)
	q.code, q.err = code, err
	p := &Problem{
		Type: "urn:volcimage:problem:" + string(code), Title: f.Title.EN, Detail: f.Detail.EN, Code: code,
		RequestID: q.id, Stage: f.Stage, Retryable: f.Retryable, Charged: f.Charged, Message: f.Detail,
		Errors: problemFields(e.Fields), retryAfter: e.RetryAfter,
	}
	if q.chinese {
		p.Title, p.Detail = f.Title.ZH, f.Detail.ZH
	}
	if p.Status = statusOfCode[code]; p.Status == 0 {
		p.Status = statusOf[e.Kind]
	}
	if p.Status == http.StatusTooManyRequests && p.retryAfter <= 0 {
		p.retryAfter = time.Second
	}
	return p
}

// classed is err as the domain's error. One that nobody gave a kind is internal,
// but for a time that ran out.
func classed(err error) *task.Error {
	var e *task.Error
	switch {
	case errors.As(err, &e) && e.Kind != task.Internal:
		return e
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return &task.Error{Kind: task.Unavailable, Code: catalog.CodeDeadline, Err: err}
	}
	return &task.Error{Kind: task.Internal, Code: catalog.CodeInternal, Err: err}
}

func faultOf(code task.Code) catalog.Fault {
	if code == codeMalformedURL {
		return catalog.FaultOf(catalog.CodeInvalid)
	}
	return catalog.FaultOf(code)
}

// writeProblem answers err where huma does not.
func writeProblem(w http.ResponseWriter, r *http.Request, err error) {
	p := newProblem(r.Context(), err)
	for name, values := range p.GetHeaders() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	// A Problem always marshals, and the writer is a buffer.
	_ = json.NewEncoder(w).Encode(p)
}
