package handler

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net/netip"
	"strings"

	"github.com/aws/aws-lambda-go/events"
)

// Headers that only the distribution in front may send. Names come in lower case.
const (
	edgeKeyHeader       = "x-edge-key"
	viewerAddressHeader = "cloudfront-viewer-address"
	edgeRequestHeader   = "x-amz-cf-id" // by which the distribution knows the request
	requestHeader       = "x-request-id"
)

// HTTP answers an HTTP event.
type HTTP func(context.Context, events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error)

// Edge gives a request the address of the client instead of the distribution's,
// where the distribution says it. It is known by key, which nobody else has: who
// asks the gateway itself could write any address into the same header. An empty
// key trusts nobody. Neither header goes further. The request keeps the name that the
// distribution gave it, unless the client gave it one.
func Edge(key string, next HTTP) HTTP {
	want := sha256.Sum256([]byte(key))
	return func(ctx context.Context, e events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
		got := sha256.Sum256([]byte(e.Headers[edgeKeyHeader]))
		trusted := subtle.ConstantTimeCompare(got[:], want[:]) == 1 && key != ""
		if address, ok := viewerAddress(e.Headers[viewerAddressHeader]); trusted && ok {
			e.RequestContext.HTTP.SourceIP = address
		}
		if id := e.Headers[edgeRequestHeader]; trusted && id != "" && e.Headers[requestHeader] == "" {
			e.Headers[requestHeader] = id
		}
		delete(e.Headers, edgeKeyHeader)
		delete(e.Headers, viewerAddressHeader)
		return next(ctx, e)
	}
}

// viewerAddress reads CloudFront's form, address:port, in which an IPv6 address has
// no brackets.
func viewerAddress(s string) (string, bool) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return "", false
	}
	a, err := netip.ParseAddr(strings.Trim(s[:i], "[]"))
	return a.String(), err == nil
}
