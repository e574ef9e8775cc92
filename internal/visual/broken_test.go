package visual

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

// rawServer hands each connection to serve, and closes it afterwards.
func rawServer(t *testing.T, serve func(n int, c net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for n := 0; ; n++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }()
				serve(n, c)
			}()
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	return "http://" + l.Addr().String()
}

// readRequest takes a whole request off the wire.
func readRequest(c net.Conn) bool {
	r, err := http.ReadRequest(bufio.NewReader(c))
	if err != nil {
		return false
	}
	_, err = io.Copy(io.Discard, r.Body)
	return err == nil
}

// reset ends the connection the hard way.
func reset(c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0) }

const success = `{"code":10000,"data":{"task_id":"1","status":"in_queue"}}`

func TestACallThatSurelyWasNotSentSaysSo(t *testing.T) {
	closed := rawServer(t, func(int, net.Conn) {})
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refused := "http://" + free.Addr().String()
	_ = free.Close()
	over, cancel := context.WithCancel(t.Context())
	cancel()
	plain := httptest.NewServer(say(200, success))
	defer plain.Close()
	foreign := httptest.NewUnstartedServer(say(200, success))
	foreign.Config.ErrorLog = discard()
	foreign.StartTLS()
	defer foreign.Close()

	for name, tt := range map[string]struct {
		ctx context.Context
		cfg Config
	}{
		"nobody listens":           {t.Context(), Config{Endpoint: refused}},
		"no such host":             {t.Context(), Config{Endpoint: "http://gone.example", HTTP: noSuchHost()}},
		"TLS to a plain server":    {t.Context(), Config{Endpoint: strings.Replace(plain.URL, "http:", "https:", 1)}},
		"a foreign certificate":    {t.Context(), Config{Endpoint: foreign.URL}},
		"the caller gave up first": {over, Config{Endpoint: closed}},
		"TLS takes too long":       {t.Context(), Config{Endpoint: strings.Replace(rawServer(t, silent), "http:", "https:", 1), Timeout: 100 * time.Millisecond}},
	} {
		c, _ := dialURL(t, tt.cfg)
		_, err := c.Submit(tt.ctx, fox)
		if task.KindOf(err) != task.Unavailable || task.CodeOf(err) != catalog.CodeProviderUnreachable {
			t.Errorf("%s: Submit: %v, want provider_unreachable", name, err)
		}
		_, err = c.Result(tt.ctx, fox.Model, "1")
		if task.CodeOf(err) != catalog.CodeProviderUnreachable {
			t.Errorf("%s: Result: %v, want provider_unreachable", name, err)
		}
	}
}

// silent reads and says nothing until the other side is gone.
func silent(_ int, c net.Conn) { _, _ = io.Copy(io.Discard, c) }

func noSuchHost() *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext: func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.DNSError{Err: "no such host", Name: "gone.example", IsNotFound: true}
		},
	}}
}

func TestACallCutOffWhenItMayHaveArrivedIsUnknown(t *testing.T) {
	write := func(s string) func(int, net.Conn) {
		return func(_ int, c net.Conn) {
			if readRequest(c) {
				_, _ = io.WriteString(c, s)
			}
		}
	}
	for name, serve := range map[string]func(int, net.Conn){
		"closed before it was read":   func(int, net.Conn) {},
		"reset as it began":           func(_ int, c net.Conn) { _, _ = io.ReadFull(c, make([]byte, 1)); reset(c) },
		"closed in mid request":       func(_ int, c net.Conn) { _, _ = io.ReadFull(c, make([]byte, 20)) },
		"closed after it was read":    write(""),
		"reset after it was read":     func(_ int, c net.Conn) { readRequest(c); reset(c) },
		"cut in the status line":      write("HTTP/1.1 20"),
		"cut in the header":           write("HTTP/1.1 200 OK\r\nContent-Ty"),
		"cut before the body":         write("HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n"),
		"cut in the body":             write("HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n" + success[:30]),
		"cut in a chunk":              write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n" + success[:30]),
		"cut in an error's body":      write("HTTP/1.1 400 Bad Request\r\nContent-Length: 200\r\n\r\n{\"code\":50412"),
		"not HTTP":                    write("+OK redis\r\n"),
		"an endless header":           write("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 100<<10) + "\r\n\r\n"),
		"no answer in time":           silent,
		"a body that never ends":      func(n int, c net.Conn) { write("HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n{")(n, c); silent(n, c) },
		"gzip that is none":           write("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello"),
		"a short answer, then a wait": func(n int, c net.Conn) { write("HTTP/1.1 200 OK\r\n\r\n"+success[:30])(n, c) },
	} {
		c, _ := dialURL(t, Config{Endpoint: rawServer(t, serve), Timeout: 300 * time.Millisecond})
		_, err := c.Submit(t.Context(), fox)
		if task.KindOf(err) != task.Unknown || task.CodeOf(err) != catalog.CodeProviderOutcomeUnknown {
			t.Errorf("%s: Submit: %v, want provider_outcome_unknown", name, err)
		}
		_, err = c.Result(t.Context(), fox.Model, "1")
		if task.KindOf(err) != task.Unavailable || task.CodeOf(err) != catalog.CodeProviderAnswer {
			t.Errorf("%s: Result: %v, want provider_answer", name, err)
		}
	}
}

func TestACallerWhoGivesUpMidwayGetsBothTheTruthAndTheReason(t *testing.T) {
	arrived := make(chan struct{}, 1)
	url := rawServer(t, func(n int, c net.Conn) { readRequest(c); arrived <- struct{}{}; silent(n, c) })
	c, _ := dialURL(t, Config{Endpoint: url})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	_, err := c.Submit(ctx, fox)
	if task.KindOf(err) != task.Unknown || !errors.Is(err, context.Canceled) {
		t.Errorf("Submit: %v, want outcome unknown because of the cancel", err)
	}
}

func TestAPaidRequestIsSentOnce(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"internal error": say(500, businessBody(50500, "Internal Error")),
		"HTML 502":       say(502, htmlPage),
		"throttled":      say(429, businessBody(50429, "limit")),
		"a redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/?again", http.StatusTemporaryRedirect)
		},
		"cut": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		var n atomic.Int64
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			n.Add(1)
			h(w, r)
		}))
		s.Config.ErrorLog = discard()
		s.Start()
		c, _ := dialURL(t, Config{Endpoint: s.URL})
		if _, err := c.Submit(t.Context(), fox); err == nil {
			t.Errorf("%s: no error", name)
		}
		s.Close()
		if n.Load() != 1 {
			t.Errorf("%s: %d requests, want 1", name, n.Load())
		}
	}
}

func TestSubmitsNeverShareAConnectionAndPollsDo(t *testing.T) {
	var conns atomic.Int64
	s := httptest.NewUnstartedServer(say(200, success))
	s.Config.ConnState = func(_ net.Conn, st http.ConnState) {
		if st == http.StateNew {
			conns.Add(1)
		}
	}
	s.Start()
	defer s.Close()
	c, _ := dialURL(t, Config{Endpoint: s.URL})
	for range 3 {
		if _, err := c.Submit(t.Context(), fox); err != nil {
			t.Fatal(err)
		}
	}
	if got := conns.Load(); got != 3 {
		t.Errorf("3 submits over %d connections, want 3", got)
	}
	for range 3 {
		if _, err := c.Result(t.Context(), fox.Model, "1"); err != nil {
			t.Fatal(err)
		}
	}
	if got := conns.Load(); got != 4 {
		t.Errorf("then 3 polls over %d more, want 1", got-3)
	}
}

// A pooled connection that the other side has closed meanwhile is no failure of a
// poll: net/http sends it again over another.
func TestAPollSurvivesAConnectionThatIdledTooLong(t *testing.T) {
	url := rawServer(t, func(n int, c net.Conn) {
		answer := "HTTP/1.1 200 OK\r\nContent-Length: 57\r\n\r\n" + success
		if !readRequest(c) {
			return
		}
		_, _ = io.WriteString(c, answer)
		if n == 0 {
			readRequest(c) // takes the second request and closes without a word
		}
	})
	if len(success) != 57 {
		t.Fatalf("the answer has %d bytes", len(success))
	}
	c, _ := dialURL(t, Config{Endpoint: url})
	for i := range 2 {
		if _, err := c.Result(t.Context(), fox.Model, "1"); err != nil {
			t.Errorf("poll %d: %v", i, err)
		}
	}
}

func TestAClientGivenFromOutsideIsUsedAndLeftAlone(t *testing.T) {
	s := httptest.NewTLSServer(say(200, success))
	defer s.Close()
	given := s.Client()
	given.Transport.(*http.Transport).TLSClientConfig.MinVersion = tls.VersionTLS12
	before := given.Transport
	c, _ := dialURL(t, Config{Endpoint: s.URL, HTTP: given})
	if _, err := c.Submit(t.Context(), fox); err != nil {
		t.Errorf("Submit: %v", err)
	}
	if given.Transport != before || given.CheckRedirect != nil {
		t.Error("the given client was changed")
	}
	if c, _ := dialURL(t, Config{Endpoint: s.URL, HTTP: &http.Client{}}); c.sdk.Client.Transport.(transport).pooled != http.DefaultTransport {
		t.Error("a client without transport does not send by the default one")
	}
}

func TestTheTransportIsForCallsOnly(t *testing.T) {
	c, _ := dialURL(t, Config{Endpoint: "http://127.0.0.1:1"})
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1:1/", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.sdk.Client.Transport.RoundTrip(r); err == nil || !strings.Contains(err.Error(), "no call") {
		t.Errorf("RoundTrip: %v", err)
	}
}
