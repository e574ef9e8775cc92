package visual

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"sync/atomic"
	"time"
)

// exchange is what is learned of one call beside the SDK, which hands out neither
// headers nor how far a failed call got.
type exchange struct {
	paid  bool  // sending it twice may be charged twice
	limit int64 // bytes of the answer's body

	connected  atomic.Bool // from here on, bytes may have reached the service
	status     int         // of the answer; 0 where none came
	retryAfter time.Duration
	bodyErr    error // the answer's body broke off, or is too long
}

type exchangeKey struct{}

// watch lets the call made with the returned context fill x in.
func (x *exchange) watch(ctx context.Context) context.Context {
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		// Looking up, dialling and TLS are over by then. Before, nothing was sent.
		GotConn: func(httptrace.GotConnInfo) { x.connected.Store(true) },
	})
	return context.WithValue(ctx, exchangeKey{}, x)
}

// httpClient sends by given, or by connections of our own.
func httpClient(given *http.Client) *http.Client {
	c := http.Client{}
	t := transport{once: newTransport(), pooled: newTransport()}
	// A connection that idled may be closed by the other side at the very moment
	// it is used again; nobody knows then whether the request was read. What costs
	// money goes over a connection of its own: a handshake against a second bill.
	t.once.(*http.Transport).DisableKeepAlives = true
	if given != nil {
		c = *given
		if t.pooled = c.Transport; t.pooled == nil {
			t.pooled = http.DefaultTransport
		}
		t.once = t.pooled
	}
	c.Transport = t
	// A redirect would send the signed request elsewhere, or again.
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &c
}

// newTransport speaks HTTP/1.1 only: one request on a connection at a time, so
// that a failure belongs to one request.
func newTransport() *http.Transport {
	http1 := new(http.Protocols)
	http1.SetHTTP1(true)
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		TLSHandshakeTimeout:    10 * time.Second,
		MaxIdleConns:           16,
		MaxIdleConnsPerHost:    16,
		IdleConnTimeout:        30 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		Protocols:              http1,
	}
}

// transport fills the exchange of each call in.
type transport struct{ once, pooled http.RoundTripper }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	x, ok := r.Context().Value(exchangeKey{}).(*exchange)
	if !ok {
		return nil, errors.New("visual: a request that is no call of the client")
	}
	next := t.once
	if !x.paid {
		var err error
		if r, err = repeatable(r); err != nil {
			return nil, err
		}
		next = t.pooled
	}
	resp, err := next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	x.status = resp.StatusCode
	x.retryAfter = retryAfter(resp.Header.Get("Retry-After"), time.Now())
	resp.Body = &boundedBody{ReadCloser: resp.Body, left: x.limit, err: &x.bodyErr}
	return resp, nil
}

// repeatable lets net/http send a request again where a pooled connection turns
// out to be closed. An empty list is its way of saying so without a header.
// https://pkg.go.dev/net/http#Transport
func repeatable(r *http.Request) (*http.Request, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	c := r.Clone(r.Context())
	c.Header["X-Idempotency-Key"] = []string{}
	c.ContentLength = int64(len(body))
	c.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	c.Body, err = c.GetBody()
	return c, errors.Join(err, r.Body.Close())
}

var errTooLong = errors.New("the answer is too long")

// boundedBody breaks off after a number of bytes, and notes how reading failed.
type boundedBody struct {
	io.ReadCloser
	left int64
	err  *error
}

func (b *boundedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left+1)])
	b.left -= int64(n)
	if b.left < 0 {
		n, err = 0, errTooLong
	}
	if err != nil && err != io.EOF {
		*b.err = err
	}
	return n, err
}

// maxRetryAfter bounds what a Retry-After can ask for.
const maxRetryAfter = time.Hour

// retryAfter reads the header: seconds or a date, RFC 9110 10.2.3; 0 without.
func retryAfter(value string, now time.Time) time.Duration {
	wait := time.Duration(0)
	if n, err := strconv.Atoi(value); err == nil {
		wait = time.Duration(min(n, int(maxRetryAfter/time.Second))) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), maxRetryAfter)
}
