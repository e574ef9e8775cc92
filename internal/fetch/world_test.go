package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
)

// world is a Fetcher for which 127.0.0.1 is a public address, with an https server
// there that goes by all names of the tests, and the names' server. Everything else is
// judged as ever. The private listener at 127.0.0.2 has the same port.
type world struct {
	*Fetcher
	names   nameServer
	asked   atomic.Int64 // connections that were about to be made
	private atomic.Int64 // connections that came to 127.0.0.2
	log     strings.Builder
}

func newWorld(t *testing.T, origin http.HandlerFunc, public http.HandlerFunc) (w *world, originURL string) {
	t.Helper()
	server := httptest.NewTLSServer(public)
	t.Cleanup(server.Close)
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	w = &world{names: nameServer{}}
	w.Fetcher, originURL = atOrigin(t, Config{Hosts: []string{".example.com", "example.com"}, Log: slog.New(slog.NewTextHandler(&w.log, nil))}, origin)
	w.listenPrivately(t, port)

	dialer := &net.Dialer{Resolver: w.names.resolver(), Control: func(network, address string, c syscall.RawConn) error {
		w.asked.Add(1)
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return err
		}
		if host == "127.0.0.1" {
			return nil
		}
		return publicOnly(network, net.JoinHostPort(host, publicPort), c)
	}}
	w.public = transport(dialer)
	w.public.DisableKeepAlives = true // each request looks the name up
	w.public.TLSClientConfig = &tls.Config{RootCAs: x509.NewCertPool(), ServerName: "example.com"}
	w.public.TLSClientConfig.RootCAs.AddCert(server.Certificate())
	w.public.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		host, asked, err := net.SplitHostPort(address)
		if err != nil || asked != publicPort {
			return nil, fmt.Errorf("asks for %s, %w", address, err)
		}
		return dialer.DialContext(ctx, network, net.JoinHostPort(host, port)) // tests may not listen on 443
	}
	return w, originURL
}

func (w *world) listenPrivately(t *testing.T, port string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.2:"+port)
	if err != nil { // not every system has a second loopback address; then none can be connected to
		t.Logf("no private listener: %v", err)
		return
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			w.private.Add(1)
			_ = c.Close()
		}
	}()
}

func TestC21NamesOfPrivateAddresses(t *testing.T) {
	for _, ip := range []string{
		"127.0.0.2", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.2", "100.64.0.1", "198.18.0.1", "64:ff9b::7f00:1", "0.0.0.0", "fe80::1",
		"172.16.0.1", "192.168.0.1", "255.255.255.255", "fd00:ec2::254", "2002:7f00:1::", "2001::1",
	} {
		t.Run("a name that stands for "+ip+" is refused before a packet is sent", func(t *testing.T) {
			w, _ := newWorld(t, http.NotFound, http.NotFound)
			w.names.names = map[string][][]netip.Addr{"p3.example.com": {addrs(ip)}}
			_, err := w.Fetch(t.Context(), "https://p3.example.com/a?signature=secret")
			unreachable(t, err, "which is not public")
			if !errors.Is(err, errRefused) {
				t.Errorf("got %v, want a refusal", err)
			}
			if w.asked.Load() == 0 || w.private.Load() != 0 {
				t.Errorf("%d connections judged, %d made; want some and none", w.asked.Load(), w.private.Load())
			}
			if !strings.Contains(w.log.String(), "not public") || strings.Contains(w.log.String(), "secret") {
				t.Errorf("log is %q, want the refusal without the query", w.log.String())
			}
		})
	}
}

func TestC22NameThatTurnsPrivate(t *testing.T) {
	picture := func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "picture") }
	w, _ := newWorld(t, http.NotFound, picture)
	w.names.names = map[string][][]netip.Addr{
		"p3.example.com": {addrs("127.0.0.1"), addrs("127.0.0.2")},
		"p4.example.com": {addrs("127.0.0.2", "127.0.0.1")},
	}
	if got, err := w.Fetch(t.Context(), "https://p3.example.com/"); err != nil || string(got) != "picture" {
		t.Fatalf("while public: got %q, %v", got, err)
	}
	_, err := w.Fetch(t.Context(), "https://p3.example.com/")
	unreachable(t, err, "which is not public")
	// Of two addresses only the public one is used.
	if got, err := w.Fetch(t.Context(), "https://p4.example.com/"); err != nil || string(got) != "picture" {
		t.Errorf("with a private and a public address: got %q, %v", got, err)
	}
	if n := w.private.Load(); n != 0 {
		t.Errorf("%d connections came to the private address", n)
	}
}

func TestC22Redirects(t *testing.T) {
	redirect := func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Referer") != "" || r.Header.Get("Cookie") != "" {
			http.Error(w, "told too much", http.StatusTeapot)
			return
		}
		w.Header().Set("Set-Cookie", "a=b")
		if to := r.URL.Query().Get("to"); to != "" {
			w.Header().Set("Location", to)
			w.WriteHeader(http.StatusTemporaryRedirect)
			return
		}
		_, _ = io.WriteString(w, "picture at "+r.URL.Path)
	}
	w, origin := newWorld(t, redirect, redirect)
	w.names.names = map[string][][]netip.Addr{
		"p3.example.com": {addrs("127.0.0.1")}, "private.example.com": {addrs("127.0.0.2")}, "evil.test": {addrs("127.0.0.1")},
	}
	to := func(at string, next string) string { return at + "/hop?to=" + url.QueryEscape(next) }
	const public = "https://p3.example.com"
	for _, c := range []struct{ name, link, want, says string }{
		{"from the origin to itself", to(origin, "/a"), "picture at /a", ""},
		{"from the origin to a listed host", to(origin, public+"/b"), "picture at /b", ""},
		{"relative, at a listed host", to(public, "../c"), "picture at /c", ""},
		{"from a listed host to the origin", to(public, origin+"/d"), "picture at /d", ""},
		{"three", to(public, to(public, to(origin, "/e"))), "picture at /e", ""},
		{"four", to(public, to(public, to(public, to(public, "/f")))), "", "more than 3 redirects"},
		{"to a private address", to(public, "https://private.example.com/?signature=secret"), "", "not public"},
		{"to http", to(public, "http://p3.example.com/?signature=secret"), "", "only https"},
		{"to a file", to(public, "file:///etc/passwd"), "", "only https"},
		{"to another port", to(public, "https://p3.example.com:8443/"), "", "only port 443"},
		{"to a host that is not listed", to(origin, "https://evil.test/?signature=secret"), "", "not one of"},
		{"to an address", to(public, "https://127.0.0.1/"), "", "not one of"},
		{"with a user", to(public, "https://secret:x@p3.example.com/"), "", "user name"},
		{"to the origin's other port", to(public, "http://127.0.0.1:1/"), "", "only https"},
		{"to nonsense", to(public, "https://[/?signature=secret"), "", "cannot be read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := w.Fetch(t.Context(), c.link)
			if c.says != "" {
				unreachable(t, err, c.says)
				return
			}
			if err != nil || string(got) != c.want {
				t.Errorf("got %q, %v; want %q", got, err, c.want)
			}
		})
	}
	if n := w.private.Load(); n != 0 {
		t.Errorf("%d connections came to the private address", n)
	}
	if strings.Contains(w.log.String(), "secret") {
		t.Errorf("the log tells a query: %s", w.log.String())
	}
}

func TestCertificateIsChecked(t *testing.T) {
	w, _ := newWorld(t, http.NotFound, http.NotFound)
	w.names.names = map[string][][]netip.Addr{"p3.example.com": {addrs("127.0.0.1")}}
	w.public.TLSClientConfig.ServerName = "" // the name in the link, which the certificate has
	w.public.TLSClientConfig.RootCAs = x509.NewCertPool()
	_, err := w.Fetch(t.Context(), "https://p3.example.com/?signature=secret")
	unreachable(t, err, "certificate")
}

func TestProxyOfTheEnvironmentIsNotUsed(t *testing.T) {
	var used atomic.Int64
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { used.Add(1) }))
	defer proxy.Close()
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"} {
		t.Setenv(name, proxy.URL)
	}
	w, _ := newWorld(t, http.NotFound, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "picture") })
	w.names.names = map[string][][]netip.Addr{"p3.example.com": {addrs("127.0.0.1")}}
	if got, err := w.Fetch(t.Context(), "https://p3.example.com/"); err != nil || string(got) != "picture" {
		t.Errorf("got %q, %v", got, err)
	}
	if n := used.Load(); n != 0 {
		t.Errorf("the proxy was asked %d times", n)
	}
}

func TestNewLooksAtResolvedAddresses(t *testing.T) {
	// As it is built, with the machine's own names.
	f := New(Config{Hosts: []string{"localhost"}})
	_, err := f.Fetch(t.Context(), "https://localhost/?signature=secret")
	unreachable(t, err, "which is not public")
	if !errors.Is(err, errRefused) {
		t.Errorf("got %v, want a refusal", err)
	}
}
