package httpapi_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"volcimage/internal/handler"
)

// function is the deployed HTTP function, called as the platform does: a request
// becomes event JSON, the runtime's own decoding calls the handler, and the answer's
// JSON becomes a response.
type function struct{ lambda.Handler }

func newFunction(h http.Handler) *function { return &function{lambda.NewHandler(handler.API(h))} }

// send calls the function for one request.
func (f *function) send(r *http.Request) (*http.Response, error) {
	e, err := eventOf(r)
	if err != nil {
		return nil, err
	}
	return f.invoke(r.Context(), e)
}

// invoke calls the function with one event.
func (f *function) invoke(ctx context.Context, e events.APIGatewayV2HTTPRequest) (*http.Response, error) {
	in, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("marshal event: %w", err)
	}
	out, err := f.Invoke(ctx, in)
	if err != nil {
		return nil, fmt.Errorf("invoke: %w", err)
	}
	return response(out)
}

// eventOf is r as API Gateway would send it.
func eventOf(r *http.Request) (events.APIGatewayV2HTTPRequest, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return events.APIGatewayV2HTTPRequest{}, fmt.Errorf("read body: %w", err)
		}
	}
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	e := events.APIGatewayV2HTTPRequest{
		Version: "2.0", RawPath: r.URL.EscapedPath(), RawQueryString: r.URL.RawQuery,
		Headers: map[string]string{"host": host}, Body: string(body),
	}
	for name, values := range r.Header {
		e.Headers[strings.ToLower(name)] = strings.Join(values, ",")
	}
	if !utf8.Valid(body) {
		e.Body, e.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
	}
	e.RequestContext.DomainName = host
	e.RequestContext.HTTP = events.APIGatewayV2HTTPRequestContextHTTPDescription{
		Method: r.Method, Path: r.URL.Path, Protocol: "HTTP/1.1", SourceIP: "192.0.2.1",
	}
	return e, nil
}

func response(out []byte) (*http.Response, error) {
	var a events.APIGatewayV2HTTPResponse
	if err := json.Unmarshal(out, &a); err != nil {
		return nil, fmt.Errorf("unmarshal answer: %w", err)
	}
	body := []byte(a.Body)
	if a.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(a.Body); err != nil {
			return nil, fmt.Errorf("decode answer: %w", err)
		}
	}
	h := http.Header{}
	for name, value := range a.Headers {
		h.Set(name, value)
	}
	for _, c := range a.Cookies {
		h.Add("Set-Cookie", c)
	}
	return &http.Response{
		StatusCode: a.StatusCode, Header: h, ContentLength: int64(len(body)),
		Body: io.NopCloser(bytes.NewReader(body)),
	}, nil
}
