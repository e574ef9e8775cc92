package handler

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net/netip"

	"github.com/aws/aws-lambda-go/events"
)

// Headers that only the distribution in front may send. Names come in lower case.
const (
	edgeKeyHeader       = "x-origin-key"
	viewerAddressHeader = "x-viewer-address"
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
		if address, err := netip.ParseAddr(e.Headers[viewerAddressHeader]); trusted && err == nil {
			e.RequestContext.HTTP.SourceIP = address.String()
		}
		if id := e.Headers[edgeRequestHeader]; trusted && id != "" && e.Headers[requestHeader] == "" {
			e.Headers[requestHeader] = id
		}
		delete(e.Headers, edgeKeyHeader)
		delete(e.Headers, viewerAddressHeader)
		return next(ctx, e)
	}
}
