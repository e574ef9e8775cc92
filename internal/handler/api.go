package handler

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	"github.com/awslabs/aws-lambda-go-api-proxy/httpadapter"
)

// API answers HTTP events of payload version 2.0 with h. What the adapter does to
// a request on its way is mended: h sees headers, host and address as they came.
func API(h http.Handler) func(context.Context, events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
	adapter := httpadapter.NewV2(mended(h))
	return func(ctx context.Context, e events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
		ctx = context.WithValue(ctx, arrivalKey{}, &arrival{
			uri: requestURI(&e), host: e.RequestContext.DomainName, id: e.RequestContext.RequestID, headers: e.Headers,
		})
		e.Headers = nil // the adapter would split them at their commas
		e.RequestContext.DomainName = anyHost
		if _, err := url.Parse("https://" + anyHost + requestURI(&e)); err != nil {
			// The adapter would fail, and the client get an empty 502. h refuses the
			// address as it came, and does so in words.
			e.RawPath, e.RawQueryString, e.QueryStringParameters = "/", "", nil
		}
		return adapter.ProxyWithContext(ctx, e)
	}
}

// anyHost stands where the adapter wants a host that it can parse.
const anyHost = "host.invalid"

// arrival is a request as it came, to be put back behind the adapter.
type arrival struct {
	uri, host, id string
	headers       map[string]string
}

type arrivalKey struct{}

// requestURI is the address as the client sent it.
func requestURI(e *events.APIGatewayV2HTTPRequest) string {
	p := e.RawPath
	if p == "" {
		p = e.RequestContext.HTTP.Path
	}
	if !strings.HasPrefix(p, "/") {
		p = "/" + p
	}
	if e.RawQueryString == "" {
		return p
	}
	return p + "?" + e.RawQueryString
}

// mended gives h the request that arrived.
func mended(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, _ := r.Context().Value(arrivalKey{}).(*arrival) // API puts it there
		cookies := r.Header["Cookie"]
		r.Header = make(http.Header, len(a.headers)+2)
		for name, value := range a.headers {
			r.Header.Set(name, value)
		}
		if len(cookies) > 0 {
			r.Header["Cookie"] = cookies
		}
		r.RequestURI, r.Host = a.uri, a.host
		if host := r.Header.Get("Host"); host != "" {
			r.Host = host
			r.Header.Del("Host")
		}
		if a.id != "" && r.Header.Get("X-Request-Id") == "" {
			r.Header.Set("X-Request-Id", a.id)
		}
		h.ServeHTTP(w, r)
	})
}
