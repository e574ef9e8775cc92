package handler_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"volcimage/internal/handler"
)

func TestEdge(t *testing.T) {
	const gateway = "192.0.2.1"
	for name, c := range map[string]struct{ key, sent, viewer, want string }{
		"the distribution says who asks":      {"k", "k", "203.0.113.7", "203.0.113.7"},
		"also by an IPv6 address":             {"k", "k", "2001:DB8:0::7", "2001:db8::7"},
		"nobody else is believed":             {"k", "j", "203.0.113.7", gateway},
		"nor is one without the key":          {"k", "", "203.0.113.7", gateway},
		"without a key there is nobody to be": {"", "", "203.0.113.7", gateway},
		"what is no address is left":          {"k", "k", "nobody", gateway},
		"it may say nothing":                  {"k", "k", "", gateway},
		"a list of addresses is no address":   {"k", "k", "203.0.113.7, 203.0.113.8", gateway},
	} {
		t.Run(name, func(t *testing.T) {
			var got events.APIGatewayV2HTTPRequest
			h := handler.Edge(c.key, func(_ context.Context, e events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
				got = e
				return events.APIGatewayV2HTTPResponse{StatusCode: 204}, nil
			})
			e := events.APIGatewayV2HTTPRequest{Headers: map[string]string{"accept": "*/*"}}
			e.RequestContext.HTTP.SourceIP = gateway
			if c.sent != "" {
				e.Headers["x-origin-key"] = c.sent
			}
			if c.viewer != "" {
				e.Headers["x-viewer-address"] = c.viewer
			}
			answer, err := h(t.Context(), e)
			if err != nil || answer.StatusCode != http.StatusNoContent {
				t.Fatalf("got %+v, %v", answer, err)
			}
			if got.RequestContext.HTTP.SourceIP != c.want || len(got.Headers) != 1 {
				t.Errorf("address %q, headers %v; want %q and neither header", got.RequestContext.HTTP.SourceIP, got.Headers, c.want)
			}
		})
	}
}

func TestTheEdgeNamesTheRequest(t *testing.T) {
	for name, c := range map[string]struct{ sent, client, want string }{
		"by its own name":                  {"k", "", "edge-1=="},
		"by the client's where it has one": {"k", "mine", "mine"},
		"but nobody else does":             {"j", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := handler.Edge("k", func(_ context.Context, e events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
				if got := e.Headers["x-request-id"]; got != c.want {
					t.Errorf("the request is %q, want %q", got, c.want)
				}
				return events.APIGatewayV2HTTPResponse{}, nil
			})
			headers := map[string]string{"x-origin-key": c.sent, "x-amz-cf-id": "edge-1=="}
			if c.client != "" {
				headers["x-request-id"] = c.client
			}
			if _, err := h(t.Context(), events.APIGatewayV2HTTPRequest{Headers: headers}); err != nil {
				t.Fatal(err)
			}
		})
	}
}
