package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"volcimage/internal/catalog"
	"volcimage/internal/visual/visualtest"
)

const (
	testKey    = "AKLTEXAMPLE"
	testSecret = "SECRETEXAMPLE"
)

func emulator(t *testing.T) (*visualtest.Server, map[string]string) {
	t.Helper()
	s := visualtest.New(visualtest.Config{AccessKey: testKey, SecretKey: testSecret, QPS: -1, QueryQPS: -1})
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	return s, map[string]string{"VOLC_ACCESS_KEY": testKey, "VOLC_SECRET_KEY": testSecret, "VOLC_ENDPOINT": srv.URL}
}

// verify runs the command as a person at a terminal would who types that.
func verify(t *testing.T, env map[string]string, typed string, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	con := console{In: strings.NewReader(typed), Terminal: true, Out: &out}
	err := run(t.Context(), append(args, "-every=20ms"), con, func(name string) string { return env[name] })
	for _, secret := range []string{testSecret, "x-signature", "x-expires"} {
		if strings.Contains(out.String(), secret) || err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("%q is printed:\n%s\n%v", secret, &out, err)
		}
	}
	return out.String(), err
}

func TestARunAsksFirstAndComparesWhatCame(t *testing.T) {
	s, env := emulator(t)
	out, err := verify(t, env, "y\n", "-models=jimeng_t2i_v31")
	if err != nil {
		t.Errorf("run: %v", err)
	}
	if got := s.Stats(); got.Accepted != 1 || got.Downloads != 1 {
		t.Errorf("stats %+v, want one picture and one download", got)
	}
	for _, want := range []string{
		"one picture with each of 1 models", "Go on? [y/N]",
		"came provider_keys (100009)", "came provider_keys (100010)", "came provider_lost",
		"jimeng_t2i_v31", "1328 × 1328", "jpeg", "24h0m0s", "default true",
		"not seen in one picture", "Codes that are not in the table: 0",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the report lacks %q", want)
		}
	}
	m, _ := catalog.Lookup("jimeng_t2i_v31")
	for name, e := range m.Evidence {
		if e.State == catalog.Assumed && !strings.Contains(out, "  "+name+" ") {
			t.Errorf("no line for %s, which is assumed", name)
		}
	}
	if t.Failed() {
		t.Log(out)
	}
}

func TestThePriceIsSaidBeforeAnythingIsDrawn(t *testing.T) {
	_, env := emulator(t)
	out, _ := verify(t, env, "n\n")
	for _, want := range []string{"each of 3 models at " + env["VOLC_ENDPOINT"], "about 0.44 CNY by the catalog's prices, and the price of 1 that nobody told"} {
		if !strings.Contains(out, want) {
			t.Errorf("the question lacks %q:\n%s", want, out)
		}
	}
}

func TestEveryFieldOfEveryModelIsAskedForAtItsDefault(t *testing.T) {
	for _, m := range catalog.Models() {
		p := params(m)
		if _, err := catalog.Complete(p); err != nil {
			t.Errorf("%s: %v", m.ID, err)
		}
		if got := catalog.Values(p); len(got) != len(m.Fields) {
			t.Errorf("%s: %v, want all %d fields", m.ID, got, len(m.Fields))
		}
	}
}

func TestNothingIsDrawnUnlessSomebodyAgrees(t *testing.T) {
	for _, typed := range []string{"", "\n", "n\n", "maybe\n"} {
		s, env := emulator(t)
		if _, err := verify(t, env, typed); err == nil || !strings.Contains(err.Error(), "not agreed") {
			t.Errorf("typed %q: %v", typed, err)
		}
		if got := s.Stats().Submits; got != 0 {
			t.Errorf("typed %q: %d submits", typed, got)
		}
	}
	s, env := emulator(t)
	con := console{In: strings.NewReader("y\n"), Out: io.Discard}
	err := run(t.Context(), nil, con, func(name string) string { return env[name] })
	if err == nil || !strings.Contains(err.Error(), "-yes") || s.Stats().Submits != 0 {
		t.Errorf("without a terminal: %v, %d submits", err, s.Stats().Submits)
	}
}

func TestWrongKeysEndTheRunBeforeAnythingIsAsked(t *testing.T) {
	s, env := emulator(t)
	env["VOLC_SECRET_KEY"] = "another"
	out, err := verify(t, env, "y\n")
	if err == nil || !strings.Contains(err.Error(), "provider_keys") || strings.Contains(out, "Go on?") || s.Stats().Submits != 0 {
		t.Errorf("run: %v, %d submits\n%s", err, s.Stats().Submits, out)
	}
}

func TestWrongUseIsToldAndNamesTheSetting(t *testing.T) {
	keys := map[string]string{"VOLC_ACCESS_KEY": "a", "VOLC_SECRET_KEY": "b"}
	for name, tt := range map[string]struct {
		env  map[string]string
		args []string
		want string
	}{
		"no keys":     {nil, nil, "VOLC_ACCESS_KEY"},
		"one key":     {map[string]string{"VOLC_ACCESS_KEY": "a"}, nil, "VOLC_SECRET_KEY"},
		"no model":    {keys, []string{"-models=dall-e"}, "dall-e"},
		"no flag":     {keys, []string{"-price"}, "price"},
		"an argument": {keys, []string{"now"}, "no arguments"},
		"no endpoint": {map[string]string{"VOLC_ACCESS_KEY": "a", "VOLC_SECRET_KEY": "b", "VOLC_ENDPOINT": "here"}, nil, "endpoint"},
	} {
		err := run(t.Context(), tt.args, console{In: strings.NewReader(""), Out: io.Discard}, func(n string) string { return tt.env[n] })
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want it to name %s", name, err, tt.want)
		}
	}
}

func TestDifferencesAreNamedAndFailTheRun(t *testing.T) {
	s, env := emulator(t)
	for fault, want := range map[string]string{
		`{"download":["wrong-size"]}`:          "664 × 664",
		`{"download":["404-picture"]}`:         "HTTP 404",
		`{"download":["bad-picture"]}`:         "picture_invalid",
		`{"download":["cut-transfer"]}`:        "unexpected EOF",
		`{"result":["private-link"]}`:          "neither https nor the endpoint's own host",
		`{"result":["extra-picture"]}`:         "came 2 ",
		`{"submit":["code=61234"]}`:            "provider_unknown_code",
		`{"submit":["moderated-prompt"]}`:      "prompt_refused",
		`{"result":["lost"]}`:                  "job is not_found",
		`{"result":["500-query","429-query"]}`: "",
	} {
		r := httptest.NewRequest(http.MethodPost, "/_emulator/faults", strings.NewReader(fault))
		r.Header.Set("Content-Type", "application/json")
		r.RemoteAddr = "127.0.0.1:1"
		w := httptest.NewRecorder()
		if s.ServeHTTP(w, r); w.Code != http.StatusNoContent {
			t.Fatalf("%s: %d %s", fault, w.Code, w.Body)
		}
		out, err := verify(t, env, "", "-yes", "-models=jimeng_t2i_v31")
		_, out, _ = strings.Cut(out, "jimeng_t2i_v31\n")
		if (want != "") != errors.Is(err, errDiffers) || !strings.Contains(out, want) {
			t.Errorf("%s: %v, want %q in\n%s", fault, err, want, out)
		}
	}
}

func TestAPictureThatDoesNotComeIsGivenUp(t *testing.T) {
	s, env := emulator(t)
	if err := s.SetFaults(visualtest.FaultScript{Submit: []string{"never"}}); err != nil {
		t.Fatal(err)
	}
	out, err := verify(t, env, "", "-yes", "-wait=300ms", "-models=jimeng_t2i_v31")
	if !errors.Is(err, errDiffers) || !strings.Contains(out, "no picture: context deadline exceeded") {
		t.Errorf("run: %v\n%s", err, out)
	}
}

func TestACancelledRunEnds(t *testing.T) {
	_, env := emulator(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := run(ctx, []string{"-yes"}, console{In: strings.NewReader(""), Out: io.Discard}, func(n string) string { return env[n] })
	if err == nil {
		t.Error("no error")
	}
}

func TestTheLifeOfALinkIsReadInEveryForm(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	for link, want := range map[string]time.Duration{
		"https://a/b?x-expires=1800003600&x-signature=c": time.Hour,
		"https://a/b?Expires=1800007200":                 2 * time.Hour,
		"https://a/b?X-Tos-Expires=86400":                24 * time.Hour,
		"https://a/b?x-expires=soon":                     0,
		"https://a/b":                                    0,
		"https://a/%zz?x-expires=1":                      0,
	} {
		if got, ok := lifeOf(link, now); got != want || ok != (want != 0) {
			t.Errorf("lifeOf(%s) = %v, %v; want %v", link, got, ok, want)
		}
	}
}
