package visual_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
	"volcimage/internal/visual"
	"volcimage/internal/visual/visualtest"
)

// stand is an emulator behind a real port, with a clock that can be put forward.
type stand struct {
	*visualtest.Server
	url   string
	ahead atomic.Int64 // nanoseconds
}

func (s *stand) now() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())) }
func (s *stand) putForward()    { s.ahead.Add(int64(2 * time.Minute)) }

func newStand(t *testing.T) *stand {
	t.Helper()
	s := &stand{}
	s.Server = visualtest.New(visualtest.Config{
		AccessKey: "AKLTEXAMPLE", SecretKey: "SECRETEXAMPLE", Delay: time.Minute, Now: s.now,
		Concurrency: -1, QPS: -1, QueryQPS: -1,
	})
	srv := httptest.NewUnstartedServer(s.Server)
	srv.Config.ErrorLog = log.New(io.Discard, "", 0) // connections are cut on purpose
	srv.Start()
	t.Cleanup(srv.Close)
	s.url = srv.URL
	return s
}

func (s *stand) dial(t *testing.T, cfg visual.Config) *visual.Client {
	t.Helper()
	if cfg.AccessKey == "" {
		cfg.AccessKey, cfg.SecretKey = "AKLTEXAMPLE", "SECRETEXAMPLE"
	}
	cfg.Endpoint = s.url
	c, err := visual.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func small(model, prompt string) task.Params {
	return task.Params{Model: model, Prompt: prompt, Count: 1, Width: 1024, Height: 1024}
}

const v40 = catalog.DefaultModel

func TestEveryModelDrawsWhatItsRecordSays(t *testing.T) {
	s := newStand(t)
	c := s.dial(t, visual.Config{})
	for _, m := range catalog.Models() {
		id, err := c.Submit(t.Context(), small(m.ID, "夜色中的灯塔"))
		if err != nil {
			t.Fatalf("%s: Submit: %v", m.ID, err)
		}
		if r, err := c.Result(t.Context(), m.ID, id); err != nil || r.Done {
			t.Errorf("%s: at once: %+v, %v; want it under way", m.ID, r, err)
		}
		s.putForward()
		r, err := c.Result(t.Context(), m.ID, id)
		if err != nil || !r.Done || len(r.Links) != 1 {
			t.Fatalf("%s: after two minutes: %+v, %v; want one link", m.ID, r, err)
		}
		format, w, h := look(t, r.Links[0])
		if format != m.Format || format == "png" && (w != 1024 || h != 1024) {
			t.Errorf("%s: the picture is %s of %d × %d, want %s of 1024 × 1024", m.ID, format, w, h, m.Format)
		}
	}
	if got := s.Stats(); got.SignatureFailures != 0 || got.Accepted != len(catalog.Models()) {
		t.Errorf("stats %+v", got)
	}
}

// look fetches a picture and tells its format by its first bytes, and of a PNG its
// size.
func look(t *testing.T, link string) (format string, width, height uint32) {
	t.Helper()
	resp, err := http.Get(link)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("fetch: %v, %v", resp, err)
	}
	defer resp.Body.Close()
	head := make([]byte, 24)
	if _, err := io.ReadFull(resp.Body, head); err != nil {
		t.Fatalf("read: %v", err)
	}
	switch {
	case bytes.HasPrefix(head, []byte("\x89PNG\r\n\x1a\n")):
		return "png", binary.BigEndian.Uint32(head[16:]), binary.BigEndian.Uint32(head[20:])
	case bytes.HasPrefix(head, []byte("\xff\xd8\xff")):
		return "jpeg", 0, 0
	}
	return "unknown", 0, 0
}

func TestTheEmulatorTakesEveryFieldThatTheClientSends(t *testing.T) {
	s := newStand(t)
	c := s.dial(t, visual.Config{})
	seed, whole, half, two, off := int64(7), 50., 0.5, 2., false
	for name, p := range map[string]task.Params{
		"area and ratio": {Model: v40, Prompt: "x", Size: 4 << 20, Scale: &half, MinRatio: &half, MaxRatio: &two, CoherentSet: true},
		"whole scale":    {Model: "jimeng_seedream46_cvtob", Prompt: "x", Width: 2048, Height: 1024, Scale: &whole},
		"seed":           {Model: "jimeng_t2i_v31", Prompt: "x", Width: 512, Height: 512, Seed: &seed, UsePreLLM: &off},
		"nothing":        {Model: "jimeng_t2i_v31", Prompt: "x"},
	} {
		if _, err := c.Submit(t.Context(), p); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEveryFaultOfASubmitIsClassed(t *testing.T) {
	for prompt, want := range map[string]task.Code{
		"#429":                   catalog.CodeProviderThrottled,
		"#concurrency":           catalog.CodeProviderConcurrency,
		"#moderated-prompt":      catalog.CodePromptRefused,
		"#moderated-words":       catalog.CodePromptRefused,
		"#500":                   catalog.CodeProviderInternal,
		"#502":                   catalog.CodeProviderOutcomeUnknown,
		"#denied":                catalog.CodeProviderNotActivated,
		"#drop":                  catalog.CodeProviderOutcomeUnknown,
		"#code=50411":            catalog.CodeReferenceRefused,
		"#code=50522":            catalog.CodeModerationUnavailable,
		"#code=61234":            catalog.CodeProviderUnknownCode,
		"#drop-after-accept":     catalog.CodeProviderOutcomeUnknown,
		"#truncated-submit":      catalog.CodeProviderOutcomeUnknown,
		"#hang-submit":           catalog.CodeProviderOutcomeUnknown,
		"#http200-error #denied": catalog.CodeProviderNotActivated,
	} {
		s := newStand(t)
		c := s.dial(t, visual.Config{Timeout: 500 * time.Millisecond})
		id, err := c.Submit(t.Context(), small(v40, "a fox "+prompt))
		if id != "" || task.CodeOf(err) != want {
			t.Errorf("%s: Submit = %q, %v; want %s", prompt, id, err, want)
		}
		if got := s.Stats().Submits; got != 1 {
			t.Errorf("%s: %d submits, want 1", prompt, got)
		}
	}
}

func TestEveryFaultOfAResultIsClassed(t *testing.T) {
	for prompt, want := range map[string]task.Code{
		"#moderated-output":       catalog.CodeOutputRefused,
		"#moderated-copyright":    catalog.CodeOutputCopyright,
		"#http200-error":          catalog.CodeOutputRefused,
		"#result-code=50501":      catalog.CodeProviderInternal,
		"#result-code=50512":      catalog.CodeOutputTextRefused,
		"#result-code=61234":      catalog.CodeProviderUnknownCode,
		"#lost":                   catalog.CodeProviderLost,
		"#expired-task":           catalog.CodeProviderLost,
		"#50215":                  catalog.CodeProviderLost,
		"#500-query":              catalog.CodeProviderInternal,
		"#502-query":              catalog.CodeProviderAnswer,
		"#429-query":              catalog.CodeProviderThrottled,
		"#drop-query":             catalog.CodeProviderAnswer,
		"#hang":                   catalog.CodeProviderAnswer,
		"#truncated-json":         catalog.CodeProviderAnswer,
		"#no-picture":             catalog.CodeProviderNoPicture,
		"#result-code=50413 #x":   catalog.CodePromptRefused,
		"#http200-error #half #x": catalog.CodeOutputRefused,
	} {
		s := newStand(t)
		c := s.dial(t, visual.Config{Timeout: 500 * time.Millisecond})
		// The second of two: #half lets the first pass.
		_, _ = c.Submit(t.Context(), small(v40, "a fox "+prompt))
		id, err := c.Submit(t.Context(), small(v40, "a fox "+prompt))
		if err != nil {
			t.Fatalf("%s: Submit: %v", prompt, err)
		}
		s.putForward()
		if r, err := c.Result(t.Context(), v40, id); task.CodeOf(err) != want || r.Done {
			t.Errorf("%s: Result = %+v, %v; want %s", prompt, r, err, want)
		}
	}
}

func TestAJobThatIsNotThereIsLost(t *testing.T) {
	s := newStand(t)
	c := s.dial(t, visual.Config{})
	if _, err := c.Result(t.Context(), v40, "7392616336519610409"); task.CodeOf(err) != catalog.CodeProviderLost {
		t.Errorf("a job that never was: %v", err)
	}
	if err := s.SetFaults(visualtest.FaultScript{UnknownIs50215: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Result(t.Context(), v40, "7392616336519610409"); task.CodeOf(err) != catalog.CodeProviderLost {
		t.Errorf("by 50215: %v", err)
	}
}

func TestWrongKeysAreToldAsSuch(t *testing.T) {
	s := newStand(t)
	for name, tt := range map[string]struct {
		key, secret, region, service, providerCode string
		want                                       task.Code
	}{
		"access key": {key: "AKLTOTHER", secret: "SECRETEXAMPLE", providerCode: "100009", want: catalog.CodeProviderKeys},
		"secret key": {key: "AKLTEXAMPLE", secret: "other", providerCode: "100010", want: catalog.CodeProviderKeys},
		"service":    {key: "AKLTEXAMPLE", secret: "SECRETEXAMPLE", service: "ark", providerCode: "100007", want: catalog.CodeProviderProtocol},
	} {
		c := s.dial(t, visual.Config{AccessKey: tt.key, SecretKey: tt.secret, Region: tt.region, Service: tt.service})
		_, err := c.Submit(t.Context(), small(v40, "a fox"))
		var e *task.Error
		if !errors.As(err, &e) || e.Code != tt.want || e.ProviderCode != tt.providerCode || e.RequestID == "" {
			t.Errorf("%s: %+v, want %s by %s", name, err, tt.want, tt.providerCode)
		}
	}
}

func TestC16AnExtraPictureAndASetComeWhole(t *testing.T) {
	s := newStand(t)
	c := s.dial(t, visual.Config{})
	set := small(v40, "four seasons of one tree")
	set.CoherentSet = true
	for name, p := range map[string]task.Params{"set": set, "extra": small(v40, "a fox #extra-picture")} {
		id, err := c.Submit(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		s.putForward()
		r, err := c.Result(t.Context(), v40, id)
		if err != nil || len(r.Links) < 2 || len(slices.Compact(slices.Clone(r.Links))) != len(r.Links) {
			t.Errorf("%s: %d links, %v; want several", name, len(r.Links), err)
		}
	}
}
