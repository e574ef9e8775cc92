package host

import (
	"encoding/base64"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"
)

// request is the event of payload version 2.0 that API Gateway makes of r.
func request(r *http.Request, body []byte, id string, now time.Time) *events.APIGatewayV2HTTPRequest {
	ip, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		ip = r.RemoteAddr
	}
	e := &events.APIGatewayV2HTTPRequest{
		Version:  "2.0",
		RouteKey: "$default",
		// As it was sent: an encoded slash is no slash.
		RawPath:        r.URL.EscapedPath(),
		RawQueryString: r.URL.RawQuery,
		Cookies:        cookies(r),
		Headers:        headers(r),
		RequestContext: events.APIGatewayV2HTTPRequestContext{
			RouteKey: "$default", Stage: "$default", AccountID: "anonymous", APIID: "local",
			RequestID: id, DomainName: r.Host,
			Time: now.UTC().Format("02/Jan/2006:15:04:05 +0000"), TimeEpoch: now.UnixMilli(),
			HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{
				Method: r.Method, Path: r.URL.Path, Protocol: r.Proto, SourceIP: ip, UserAgent: r.UserAgent(),
			},
		},
	}
	if r.URL.RawQuery != "" {
		e.QueryStringParameters = joined(r.URL.Query())
	}
	if utf8.Valid(body) {
		e.Body = string(body)
	} else {
		e.Body, e.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
	}
	return e
}

// cookies lists the cookies one by one; API Gateway takes them out of the headers.
func cookies(r *http.Request) []string {
	var list []string
	for _, line := range r.Header["Cookie"] {
		for cookie := range strings.SplitSeq(line, ";") {
			if cookie = strings.TrimSpace(cookie); cookie != "" {
				list = append(list, cookie)
			}
		}
	}
	return list
}

// headers joins what a header's lines say by commas, under its name in lower
// case. Those that concern the connection alone stay behind.
func headers(r *http.Request) map[string]string {
	h := make(map[string]string, len(r.Header)+1)
	for name, values := range r.Header {
		switch name {
		case "Cookie", "Connection", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade":
			continue
		}
		h[strings.ToLower(name)] = strings.Join(values, ",")
	}
	h["host"] = r.Host
	return h
}

func joined(q url.Values) map[string]string {
	m := make(map[string]string, len(q))
	for name, values := range q {
		m[name] = strings.Join(values, ",")
	}
	return m
}
