package world

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"

	"volcimage/internal/catalog"
	"volcimage/internal/visual/visualtest/paint"
)

// pipe is a client whose requests reach h without a socket, so that virtual time
// goes on while they wait.
func pipe(h http.Handler) (*http.Client, func()) {
	l := &listener{conns: make(chan net.Conn), done: make(chan struct{})}
	server := &http.Server{Handler: h, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)} //nolint:gosec // no client but ours
	go func() { _ = server.Serve(l) }()                                                                   // ends with the listener
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: l.dial}}, func() { _ = server.Close() }
}

type listener struct {
	conns chan net.Conn
	done  chan struct{}
}

func (l *listener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case l.conns <- theirs:
		return ours, nil
	case <-l.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *listener) Close() error   { close(l.done); return nil }
func (l *listener) Addr() net.Addr { return &net.UnixAddr{Name: "volc.test"} }

// drawn is one picture for tests that are not about pictures: drawing takes most
// of the time otherwise.
var drawn = sync.OnceValues(func() ([]byte, error) {
	return paint.Encode(paint.Draw(paint.Spec{Prompt: "a fox", Width: 64, Height: 64}), "jpeg", "{}")
})

// fetcher downloads by the same pipe; addresses are not its business here.
type fetcher struct {
	web   *http.Client
	world *World
	// quick answers [drawn] and asks nobody.
	quick bool
}

func (f fetcher) Fetch(ctx context.Context, link string) ([]byte, error) {
	data, err := between(ctx, f.world, "fetch", func() ([]byte, error) { return f.fetch(ctx, link) })
	if errors.Is(err, ErrInjected) {
		err = catalog.NewError(catalog.CodePictureUnreachable, err)
	}
	return data, err
}

func (f fetcher) fetch(ctx context.Context, link string) ([]byte, error) {
	if f.quick {
		return drawn()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil {
		return nil, err
	}
	resp, err := f.web.Do(req)
	if err != nil {
		return nil, catalog.NewError(catalog.CodePictureUnreachable, err)
	}
	defer func() { _ = resp.Body.Close() }() // it was read to its end, or is of no use
	if resp.StatusCode != http.StatusOK {
		return nil, catalog.NewError(catalog.CodePictureUnreachable, fmt.Errorf("HTTP %d", resp.StatusCode))
	}
	return io.ReadAll(resp.Body)
}
