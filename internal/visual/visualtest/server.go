package visualtest

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"volcimage/internal/catalog"
)

// The credentials of demo mode, which callers that have none of their own give.
const (
	DemoAccessKey = "demo"
	DemoSecretKey = "demo-secret"
)

// maxBody bounds a request. The longest prompt with every field is below 8 KiB.
const maxBody = 1 << 20

// Config is how an emulator behaves. The zero value answers at once and lets
// nobody in, for it knows no credentials.
type Config struct {
	// AccessKey and SecretKey are the only credentials that are accepted.
	AccessKey, SecretKey string
	// Delay is the time from accept to done, give or take a quarter.
	Delay time.Duration
	// Now is the clock that everything goes by; nil is time.Now.
	Now func() time.Time
	// Concurrency bounds each model's tasks in flight, QPS its submits and
	// QueryQPS its queries a second. 0 is the catalog's limit, less than 0 none.
	Concurrency, QPS, QueryQPS int
	// BaseURL is what result links begin with; empty is the scheme and host that
	// the query came to.
	BaseURL string
	// Prerendered draws a few pictures for each size and format and answers with
	// these, so that a benchmark measures its caller and not the drawing.
	Prerendered bool
	// Log gets a line for each refusal; nil is none. No prompt and no secret is
	// ever logged.
	Log *slog.Logger
}

// Server is the emulator. It has no goroutines of its own: what a task has come to
// is worked out from the clock when somebody asks.
type Server struct {
	cfg     Config
	models  map[string]catalog.Model
	linkKey []byte
	gallery *gallery

	mu     sync.Mutex // guards what follows
	ledger ledger
	gates  map[string]*gate // by model
	faults faults
	stats  Stats
	seen   seen
}

// New makes an emulator that knows every model of the catalog.
func New(cfg Config) *Server {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{
		cfg: cfg, models: map[string]catalog.Model{}, linkKey: make([]byte, 32),
		gallery: newGallery(cfg.Prerendered), gates: map[string]*gate{},
		ledger: newLedger(), seen: newSeen(),
	}
	_, _ = rand.Read(s.linkKey) // never fails, says crypto/rand
	for _, m := range catalog.Models() {
		s.models[m.ID] = m
		s.gates[m.ID] = newGate(cfg, m)
	}
	return s
}

// ServeHTTP answers the two actions at "/", result links below resultPath and the
// controls below controlPath.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/" || r.URL.Path == "":
		s.serveAction(w, r)
	case strings.HasPrefix(r.URL.Path, resultPath):
		s.serveResult(w, r)
	case strings.HasPrefix(r.URL.Path, controlPath):
		s.serveControl(w, r)
	default:
		http.NotFound(w, r)
	}
}

// serveAction takes one call of the API through the gateway to its action.
func (s *Server) serveAction(w http.ResponseWriter, r *http.Request) {
	start := s.cfg.Now()
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return // the caller is gone
	}
	if refused := s.gateway(r, body, start); refused != nil {
		s.refuseAtGateway(w, r, refused)
		return
	}
	var a answer
	switch r.URL.Query().Get("Action") {
	case actionSubmit:
		a = s.submit(body)
	case actionResult:
		a = s.query(r, body)
	}
	s.deliver(w, r, a, start)
}

// The two actions, and the version that both have.
const (
	actionSubmit = "CVSync2AsyncSubmitTask"
	actionResult = "CVSync2AsyncGetResult"
	version      = "2022-08-31"
)

// answer is what an action comes to.
type answer struct {
	outcome
	data any
	how  delivery
}

// delivery is how an answer reaches the caller, if at all.
type delivery int

const (
	asJSON     delivery = iota
	asHTML              // of a proxy in front, 502
	asHalfJSON          // cut in the middle, the length declared being that of the half
	asCutLine           // the connection ends without an answer
	asHTTP200           // a business error under HTTP 200
	neverAtAll          // until the caller goes away, or maxHang
)

// maxHang bounds an answer that never comes.
const maxHang = 10 * time.Minute

// envelope is a business answer. status repeats code; clients are told to ignore it.
type envelope struct {
	Code        int    `json:"code"`
	Data        any    `json:"data"`
	Message     string `json:"message"`
	RequestID   string `json:"request_id"`
	Status      int    `json:"status"`
	TimeElapsed string `json:"time_elapsed"`
}

func (s *Server) deliver(w http.ResponseWriter, r *http.Request, a answer, start time.Time) {
	if a.code != codeSuccess {
		s.cfg.Log.Info("refused", "action", r.URL.Query().Get("Action"), "code", a.code, "message", a.message)
	}
	switch a.how {
	case neverAtAll:
		outwait(r)
		fallthrough
	case asCutLine:
		panic(http.ErrAbortHandler) // net/http ends the connection
	case asHTML:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		_, _ = io.WriteString(w, badGateway) // fails only where the caller is gone
		return
	}
	s.deliverJSON(w, a, start)
}

func (s *Server) deliverJSON(w http.ResponseWriter, a answer, start time.Time) {
	body, err := json.Marshal(envelope{
		Code: a.code, Data: a.data, Message: a.message, RequestID: newRequestID(start),
		Status: a.code, TimeElapsed: s.cfg.Now().Sub(start).String(),
	})
	if err != nil {
		s.cfg.Log.Error("encode answer", "error", err)
		panic(http.ErrAbortHandler)
	}
	status := a.http
	if a.how == asHTTP200 {
		status = http.StatusOK
	}
	if a.how == asHalfJSON {
		body = body[:len(body)/2]
	}
	writeJSON(w, status, body)
}

const badGateway = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"

// writeJSON sends a body. A failure means that the caller is gone.
func writeJSON(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// outwait returns when the caller is gone, or after maxHang.
func outwait(r *http.Request) {
	t := time.NewTimer(maxHang)
	defer t.Stop()
	select {
	case <-t.C:
	case <-r.Context().Done():
	}
}

// newRequestID looks like the service's: the local time in 14 digits and hex in
// upper case.
func newRequestID(now time.Time) string {
	var b [10]byte
	_, _ = rand.Read(b[:])
	return now.Format("20060102150405") + strings.ToUpper(hex.EncodeToString(b[:]))
}

// baseURL is what links in an answer to r begin with.
func (s *Server) baseURL(r *http.Request) string {
	if s.cfg.BaseURL != "" {
		return strings.TrimSuffix(s.cfg.BaseURL, "/")
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + cmp.Or(r.Host, "localhost")
}
