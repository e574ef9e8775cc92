// Package fetch downloads a picture from an address that somebody else chose: the
// links in the provider's answers. An address can name anything that this machine
// can reach, its own services and the cloud's credentials among them, so what may be
// asked is listed, not guessed.
//
// Allowed is the origin of the provider's endpoint in use, whatever it is; else https,
// port 443, a listed host and a public address, looked at when the connection is
// made. So neither a redirect nor a second answer of the name server gets past it.
package fetch

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

// What a [Fetcher] does where its Config says nothing.
const (
	DefaultMaxBytes = 64 << 20 // as package picture takes
	DefaultTimeout  = time.Minute
)

const (
	maxRedirects = 3
	maxLink      = 8 << 10  // bytes of an address; the provider's have about 500
	maxHeader    = 64 << 10 // bytes of an answer's header
)

// Config is what a [Fetcher] may reach and how much it takes.
type Config struct {
	// Origin is the provider's endpoint in use; what is asked of exactly its scheme,
	// host and port is allowed even over http and to this machine, for that is where
	// an emulator is. Its path is of no account. It may be nil.
	Origin *url.URL
	// Hosts are the other names that may be asked, or with a leading dot the suffixes
	// of such names.
	Hosts    []string
	MaxBytes int64         // of an answer; 0 means [DefaultMaxBytes]
	Timeout  time.Duration // of a whole download, redirects included; 0 means [DefaultTimeout]
	Log      *slog.Logger  // told of refused addresses; may be nil
}

// Fetcher downloads pictures. It may be used by many goroutines.
type Fetcher struct {
	rule     rule
	maxBytes int64
	timeout  time.Duration
	log      *slog.Logger
	// Connections to the origin and to the rest of the world are never shared.
	origin, public *http.Transport
}

// New makes a Fetcher.
func New(c Config) *Fetcher {
	log := c.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Fetcher{
		rule:     newRule(c.Origin, c.Hosts),
		maxBytes: cmp.Or(c.MaxBytes, DefaultMaxBytes),
		timeout:  cmp.Or(c.Timeout, DefaultTimeout),
		log:      log,
		origin:   transport(&net.Dialer{Timeout: dialTimeout}),
		public:   transport(&net.Dialer{Timeout: dialTimeout, Control: publicOnly}),
	}
}

// Fetch downloads what link names, whatever its content type says. Every error is an
// [*task.Error] with [catalog.CodePictureUnreachable], of kind Unavailable; its text names host and
// path of the link, never its query, which holds the signature.
func (f *Fetcher) Fetch(ctx context.Context, link string) ([]byte, error) {
	// The deadline of the whole also ends an answer that comes a byte a second.
	ctx, cancel := context.WithTimeout(ctx, f.timeout)
	defer cancel()
	data, err := f.follow(ctx, link)
	if err != nil {
		return nil, &task.Error{Kind: task.Unavailable, Code: catalog.CodePictureUnreachable, Err: err}
	}
	return data, nil
}

// follow asks for link and for what it redirects to. Each address is judged anew.
func (f *Fetcher) follow(ctx context.Context, link string) ([]byte, error) {
	var base *url.URL
	for range 1 + maxRedirects {
		u, err := parse(base, link)
		if err != nil {
			return nil, f.refuse(ctx, "an address that cannot be read", err)
		}
		data, next, err := f.get(ctx, u)
		if errors.Is(err, errRefused) {
			return nil, f.refuse(ctx, show(u), err)
		}
		if err != nil {
			return nil, fmt.Errorf("fetch %s: %w", show(u), err)
		}
		if next == "" {
			return data, nil
		}
		base, link = u, next
	}
	return nil, f.refuse(ctx, show(base), fmt.Errorf("%w: more than %d redirects", errRefused, maxRedirects))
}

// refuse words and logs the error of an address that is not asked.
func (f *Fetcher) refuse(ctx context.Context, what string, err error) error {
	f.log.WarnContext(ctx, "address refused", "link", what, "reason", err)
	return fmt.Errorf("fetch %s: %w", what, err)
}

// get makes one request. It answers the body, or where the body is said to be. There
// is no [http.Client]: it would add cookies, a Referer and its own error texts.
func (f *Fetcher) get(ctx context.Context, u *url.URL) (data []byte, next string, err error) {
	way := f.public
	if f.rule.isOrigin(u) {
		way = f.origin
	} else if err := f.rule.judge(u); err != nil {
		return nil, "", err
	}
	req := (&http.Request{Method: http.MethodGet, URL: u, Header: http.Header{
		"Accept-Encoding": {"identity"}, // pictures are compressed already
		"User-Agent":      {"volcimage"},
	}}).WithContext(ctx)
	res, err := way.RoundTrip(req)
	if err != nil {
		return nil, "", worded(err)
	}
	defer func() { _ = res.Body.Close() }() // nothing was written to it
	switch res.StatusCode {
	case http.StatusOK:
		data, err = f.read(res)
		return data, "", err
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		if next = res.Header.Get("Location"); next == "" {
			err = errors.New("a redirect to nowhere")
		}
		return nil, next, err
	case http.StatusForbidden, http.StatusNotFound, http.StatusGone:
		return nil, "", fmt.Errorf("the link has expired or never was (HTTP %d)", res.StatusCode)
	}
	return nil, "", fmt.Errorf("HTTP %d", res.StatusCode)
}

// worded is the error of a request, without what the other side said: that may be
// long, and may repeat the link.
func worded(err error) error {
	var network net.Error
	var certificate *tls.CertificateVerificationError
	if errors.As(err, &network) || errors.As(err, &certificate) || errors.Is(err, context.Canceled) {
		return err
	}
	return errors.New("the other side closed the connection or does not speak HTTP")
}

// read takes an answer's body, as it is sent: bytes that need decompressing could
// become any number.
func (f *Fetcher) read(res *http.Response) ([]byte, error) {
	if e := res.Header.Get("Content-Encoding"); e != "" && e != "identity" {
		return nil, fmt.Errorf("compressed as %.20q, which was not asked for", e)
	}
	if res.ContentLength > f.maxBytes {
		return nil, fmt.Errorf("%d bytes, at most %d are taken", res.ContentLength, f.maxBytes)
	}
	if res.ContentLength >= 0 {
		data := make([]byte, res.ContentLength)
		_, err := io.ReadFull(res.Body, data)
		return data, err
	}
	return readPieces(res.Body, f.maxBytes)
}

// readPieces reads a body of unknown length. Growing one buffer would take twice the
// limit before the limit is met; pieces take the limit, and twice the picture only
// once it is known to be within.
func readPieces(body io.Reader, limit int64) ([]byte, error) {
	body = io.LimitReader(body, limit+1)
	var pieces [][]byte
	var size int64
	for {
		piece := make([]byte, min(1<<20, limit+1-size))
		n, err := fill(body, piece)
		pieces, size = append(pieces, piece[:n]), size+int64(n)
		switch {
		case size > limit:
			return nil, fmt.Errorf("more than the %d bytes that are taken", limit)
		case errors.Is(err, io.EOF):
			return bytes.Join(pieces, nil), nil
		case err != nil:
			return nil, err
		}
	}
}

// fill is io.ReadFull, but for the end of r: it stays io.EOF, while
// io.ErrUnexpectedEOF is r's own, of a body that was cut.
func fill(r io.Reader, p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var m int
		m, err = r.Read(p[n:])
		n += m
	}
	return n, err
}
