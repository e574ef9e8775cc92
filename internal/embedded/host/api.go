package host

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/go-json-experiment/json"

	"volcimage/internal/catalog"
)

const (
	// maxBody is the largest request in bytes that reaches the function, which
	// has its own, lower limits and better words for them. Lambda takes 4.5 MiB of
	// bytes, as they come in its event.
	maxBody = 4<<20 + 64<<10
	// largeBody is how much of a body anybody may send. More takes one of
	// largeBodies places, since each is held several times on its way, and its size
	// must be said first.
	largeBody   = 1 << 20
	largeBodies = 4
	// bodyRate is in bytes a second; a slower client is given up.
	bodyRate = 64 << 10
	// maxAnswer is the largest answer of a function in bytes, as on Lambda.
	maxAnswer = 6 << 20
	// apiTimeout is the time a function has to answer, as behind API Gateway.
	apiTimeout = 30 * time.Second
)

// API is an HTTP API with the one route $default, which leads to fn. As there,
// fn goes on when the client hangs up.
func API(fn Function, log *slog.Logger) http.Handler {
	return &api{fn: fn, log: log, large: make(chan struct{}, largeBodies)}
}

type api struct {
	fn    Function
	log   *slog.Logger
	large chan struct{} // holds a token for each large body on its way
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := newID()
	if r.ContentLength > largeBody && r.ContentLength <= maxBody {
		if err := a.enter(w, r); err != nil {
			a.refuseBody(w, r, id, err)
			return
		}
		defer func() { <-a.large }()
	}
	body, err := readBody(r)
	if err != nil {
		a.refuseBody(w, r, id, err)
		return
	}
	payload, err := json.Marshal(request(r, body, id, time.Now()), lenient)
	if err != nil {
		a.fail(w, r, id, http.StatusInternalServerError, fmt.Errorf("encode request: %w", err))
		return
	}
	out, err := a.fn.invoke(context.WithoutCancel(r.Context()), apiTimeout, id, payload)
	if err != nil {
		a.fail(w, r, id, http.StatusInternalServerError, err)
		return
	}
	res, err := decodeAnswer(out)
	if err != nil {
		a.fail(w, r, id, http.StatusBadGateway, err)
		return
	}
	res.write(w)
}

var errTooLarge = errors.New("request body too large")

var errBusy = errors.New("too many large requests at once")

// enter waits a while for a place for a large body, and gives it the time that it may
// take.
func (a *api) enter(w http.ResponseWriter, r *http.Request) error {
	patience := time.NewTimer(readTimeout)
	defer patience.Stop()
	select {
	case a.large <- struct{}{}:
	case <-patience.C:
		return errBusy
	}
	allowed := readTimeout + time.Duration(r.ContentLength/bodyRate)*time.Second
	// Where there is no limit, as in a test, there is none to move.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(allowed))
	return nil
}

// readBody reads the whole body, but never more than maxBody, nor more than largeBody
// of one whose size was not said.
func readBody(r *http.Request) ([]byte, error) {
	most := int64(maxBody)
	if r.ContentLength < 0 {
		most = largeBody
	}
	if r.ContentLength > most {
		return nil, errTooLarge
	}
	if r.ContentLength == 0 {
		return nil, nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, most+1))
	if err == nil && int64(len(body)) > most {
		err = errTooLarge
	}
	return body, err
}

func (a *api) refuseBody(w http.ResponseWriter, r *http.Request, id string, err error) {
	w.Header().Set("Connection", "close") // the rest of the body is not waited for
	switch {
	case errors.Is(err, errTooLarge):
		writeProblem(w, http.StatusRequestEntityTooLarge, catalog.CodeBodyTooLarge, id)
	case errors.Is(err, errBusy):
		writeProblem(w, http.StatusServiceUnavailable, catalog.CodeUnavailable, id)
	default:
		a.log.InfoContext(r.Context(), "request body not received", "request_id", id, "error", err)
		writeProblem(w, http.StatusBadRequest, catalog.CodeMalformedJSON, id)
	}
}

func (a *api) fail(w http.ResponseWriter, r *http.Request, id string, status int, err error) {
	a.log.ErrorContext(r.Context(), "api function failed", "request_id", id, "method", r.Method, "path", r.URL.Path, "error", err)
	writeProblem(w, status, catalog.CodeInternal, id)
}

// answer is what a function answered, its body decoded.
type answer struct {
	events.APIGatewayV2HTTPResponse
	body []byte
}

// decodeAnswer reads a function's answer, and refuses what API Gateway would.
func decodeAnswer(out []byte) (answer, error) {
	if len(out) > maxAnswer {
		return answer{}, fmt.Errorf("answer of %d bytes, at most %d", len(out), maxAnswer)
	}
	var a answer
	if err := json.Unmarshal(out, &a.APIGatewayV2HTTPResponse, lenient); err != nil {
		return answer{}, fmt.Errorf("decode answer: %w", err)
	}
	if a.StatusCode < 200 || a.StatusCode > 599 {
		return answer{}, fmt.Errorf("answer with status %d", a.StatusCode)
	}
	if !a.IsBase64Encoded {
		a.body = []byte(a.Body)
		return a, nil
	}
	var err error
	if a.body, err = base64.StdEncoding.DecodeString(a.Body); err != nil {
		return answer{}, fmt.Errorf("decode body: %w", err)
	}
	return a, nil
}

func (a *answer) write(w http.ResponseWriter) {
	h := w.Header()
	for name, value := range a.Headers {
		h.Set(name, value)
	}
	for name, values := range a.MultiValueHeaders {
		h.Del(name)
		for _, value := range values {
			h.Add(name, value)
		}
	}
	for _, cookie := range a.Cookies {
		h.Add("Set-Cookie", cookie)
	}
	if a.StatusCode != http.StatusNoContent && a.StatusCode != http.StatusNotModified && h.Get("Content-Length") == "" {
		h.Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	w.WriteHeader(a.StatusCode)
	_, _ = w.Write(a.body) // the client has gone: nobody is left to tell
}
