package visualtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"mime"
	"net"
	"net/http"
	"slices"
	"strings"
)

// controlPath is where tests and demonstrations steer the emulator. It needs no
// signature and answers callers on this machine only.
const controlPath = "/_emulator/"

const (
	maxScript = 100_000 // calls that a script may hold for each moment
	maxCtrl   = 4 << 20 // bytes of a control request
)

// Stats counts what was asked of the emulator.
type Stats struct {
	Submits           int `json:"submits"`  // with a good signature
	Accepted          int `json:"accepted"` // submits that became tasks
	Refused           int `json:"refused"`  // submits that did not
	Throttled         int `json:"throttled"`
	Polls             int `json:"polls"`
	InFlight          int `json:"in_flight"`
	MaxInFlight       int `json:"max_in_flight"`
	Pictures          int `json:"pictures"` // that accepted tasks would be charged for
	Downloads         int `json:"downloads"`
	Drawn             int `json:"drawn"`
	Tasks             int `json:"tasks"` // remembered
	SignatureFailures int `json:"signature_failures"`
}

// PromptStats counts the submits with one prompt, of any model.
type PromptStats struct {
	Submits  int `json:"submits"` // well-formed ones with a good signature
	Accepted int `json:"accepted"`
}

// Stats is the counters as they are.
func (s *Server) Stats() Stats {
	now := s.cfg.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.stats
	st.InFlight, st.Tasks, st.Drawn = s.inFlight(now), len(s.ledger.order), s.gallery.count()
	return st
}

// PromptStats is the counters of one prompt. The oldest prompts are forgotten.
func (s *Server) PromptStats(prompt string) PromptStats {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := PromptStats{Submits: s.seen.count[key("submit", prompt)]}
	for id := range s.models {
		p.Accepted += s.seen.count[key("accept", id, prompt)]
	}
	return p
}

// FaultScript is faults for calls, whatever their prompt. "429" is a fault without
// and "429=3" one with value; "" in a list is a call that goes well.
type FaultScript struct {
	// Submit, Result and Download are for the next calls, each used once.
	Submit   []string `json:"submit,omitempty"`
	Result   []string `json:"result,omitempty"`
	Download []string `json:"download,omitempty"`
	// Rates are shares of calls, by the name of the list and of the fault.
	Rates map[string]map[string]float64 `json:"rates,omitempty"`
	// Seed makes the rates' choice repeatable.
	Seed uint64 `json:"seed,omitempty"`
	// UnknownIs50215 refuses queries for tasks that are not there with 50215.
	UnknownIs50215 bool `json:"unknown_is_50215,omitempty"`
}

// lists names the script's lists, with the moments whose faults each may hold.
func lists() map[string][]Moment {
	return map[string][]Moment{
		"submit": {AtSubmit, AtAccept, OfTask}, "result": {AtQuery, AtDone}, "download": {AtDownload},
	}
}

// SetFaults replaces the script and the rates; the zero FaultScript clears them.
func (s *Server) SetFaults(f FaultScript) error {
	script := map[string][]string{"submit": f.Submit, "result": f.Result, "download": f.Download}
	next := faults{
		script: map[Moment][]string{}, rates: map[Moment]map[string]float64{},
		dice:           rand.New(rand.NewPCG(f.Seed, 1)),
		unknownIs50215: f.UnknownIs50215,
	}
	for list := range f.Rates {
		if lists()[list] == nil {
			return fmt.Errorf("rates: no list %q", list)
		}
	}
	for list, moments := range lists() {
		names := slices.Concat(script[list], slices.Collect(maps.Keys(f.Rates[list])))
		if err := checkFaults(names, moments); err != nil {
			return fmt.Errorf("%s: %w", list, err)
		}
		next.script[moments[0]] = slices.Clone(script[list])
		next.rates[moments[0]] = maps.Clone(f.Rates[list])
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = next
	return nil
}

func checkFaults(names []string, moments []Moment) error {
	if len(names) > maxScript {
		return fmt.Errorf("more than %d calls", maxScript)
	}
	for _, name := range names {
		wishes := force(name)
		fits := len(wishes) == 1 && slices.Contains(moments, wishes[0].Moment)
		if name != "" && !fits {
			return fmt.Errorf("no fault %q here; GET %sfaults lists them", name, controlPath)
		}
	}
	return nil
}

func (s *Server) serveControl(w http.ResponseWriter, r *http.Request) {
	if !local(r) {
		http.NotFound(w, r)
		return
	}
	switch r.Method + " " + strings.TrimPrefix(r.URL.Path, controlPath) {
	case "GET stats":
		if q := r.URL.Query(); q.Has("prompt") {
			s.writeControl(w, s.PromptStats(q.Get("prompt")))
			return
		}
		s.writeControl(w, s.Stats())
	case "GET faults":
		s.writeControl(w, map[string]any{"faults": Faults()})
	case "POST faults":
		if err := s.readFaults(r); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	case "DELETE faults":
		_ = s.SetFaults(FaultScript{}) // the empty one is in order
		w.WriteHeader(http.StatusNoContent)
	default:
		http.NotFound(w, r)
	}
}

// local tells whether the caller is on this machine. A connection without an IP
// address, such as a pipe, is.
func local(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	ip := net.ParseIP(host)
	return ip == nil || ip.IsLoopback()
}

// readFaults takes JSON only, which no page of another origin can send unasked.
func (s *Server) readFaults(r *http.Request) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return errors.New("the content type must be application/json")
	}
	d := json.NewDecoder(io.LimitReader(r.Body, maxCtrl))
	d.DisallowUnknownFields()
	var f FaultScript
	if err := d.Decode(&f); err != nil {
		return fmt.Errorf("parse faults: %w", err)
	}
	return s.SetFaults(f)
}

func (s *Server) writeControl(w http.ResponseWriter, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	writeJSON(w, http.StatusOK, body)
}
