package visualtest

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"image/jpeg"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// decode reads an answer of the API.
func decode(t *testing.T, resp *http.Response) reply {
	t.Helper()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	r := reply{http: resp.StatusCode, raw: string(b)}
	if err := json.Unmarshal(b, &r.envelope); err != nil {
		t.Fatalf("%s: %v", b, err)
	}
	return r
}

// exercises shows what each fault of the table does.
func exercises() map[string]func(*testing.T, *rig) {
	submitCode := func(prompt string, status, code int) func(*testing.T, *rig) {
		return func(t *testing.T, g *rig) {
			wantCode(t, prompt, g.submit(prompt), status, code)
			wantCode(t, prompt+", again", g.submit(prompt), status, code)
		}
	}
	resultCode := func(prompt string, status, code int) func(*testing.T, *rig) {
		return func(t *testing.T, g *rig) {
			r := g.query(g.accepted(prompt))
			wantCode(t, prompt, r, status, code)
			if r.Data != nil {
				t.Errorf("data %v, want null", r.Data)
			}
		}
	}
	resultStatus := func(prompt, status string) func(*testing.T, *rig) {
		return func(t *testing.T, g *rig) {
			r := g.query(g.accepted(prompt))
			wantCode(t, prompt, r, 200, codeSuccess)
			if got := r.result().Status; got != status {
				t.Errorf("status %q, want %q", got, status)
			}
		}
	}
	download := func(prompt string, check func(t *testing.T, status int, data []byte, err error)) func(*testing.T, *rig) {
		return func(t *testing.T, g *rig) {
			status, _, data, err := g.get(g.link(prompt))
			check(t, status, data, err)
		}
	}
	badGateway := func(t *testing.T, r reply) {
		t.Helper()
		if r.http != http.StatusBadGateway || !strings.HasPrefix(r.raw, "<html>") {
			t.Errorf("got %v, want 502 in HTML", r)
		}
	}
	dropped := func(t *testing.T, g *rig, r reply, accepted int) {
		t.Helper()
		if got := g.srv.Stats().Accepted; r.err == nil || got != accepted {
			t.Errorf("answer %v, %d tasks accepted; want none and %d", r, got, accepted)
		}
	}
	truncated := func(t *testing.T, r reply) {
		t.Helper()
		if r.http != 200 || json.Valid([]byte(r.raw)) || !strings.HasPrefix(r.raw, "{") {
			t.Errorf("got %v, want 200 with half of the JSON", r)
		}
	}
	return map[string]func(*testing.T, *rig){
		"429": func(t *testing.T, g *rig) {
			wantCode(t, "first", g.submit("海 #429"), 429, codeQPS)
			g.accepted("海 #429")
			for range 2 {
				wantCode(t, "of two", g.submit("海 #429=2"), 429, codeQPS)
			}
			g.accepted("海 #429=2")
		},
		"concurrency": func(t *testing.T, g *rig) {
			wantCode(t, "first", g.submit("#concurrency"), 429, codeConcurrency)
			g.accepted("#concurrency")
		},
		"moderated-prompt": submitCode("#moderated-prompt", 400, codeTextRisk),
		"moderated-words":  submitCode("#moderated-words", 400, codeWordRisk),
		"500":              submitCode("海 #500", 500, codeInternal),
		"502":              func(t *testing.T, g *rig) { badGateway(t, g.submit("海 #502")) },
		"denied":           submitCode("#denied", 400, codeDenied),
		"drop":             func(t *testing.T, g *rig) { dropped(t, g, g.submit("#drop"), 0) },
		"code": func(t *testing.T, g *rig) {
			wantCode(t, "of the vendor", g.submit("#code=50518"), 400, 50518)
			wantCode(t, "internal", g.submit("#code=50501"), 500, 50501)
			wantCode(t, "unheard of", g.submit("#code=50999"), 400, 50999)
		},
		"drop-after-accept": func(t *testing.T, g *rig) {
			dropped(t, g, g.submit("#drop-after-accept=1"), 1)
			g.accepted("#drop-after-accept=1")
		},
		"truncated-submit": func(t *testing.T, g *rig) { truncated(t, g.submit("#truncated-submit")) },
		"hang-submit": func(t *testing.T, g *rig) {
			dropped(t, g, g.impatient(actionSubmit, `{"req_key":"jimeng_t2i_v31","prompt":"#hang-submit"}`), 1)
		},

		"moderated-output": func(t *testing.T, g *rig) {
			wantCode(t, "first", g.query(g.accepted("#moderated-output=1")), 400, codePictureRisk)
			wantCode(t, "second", g.query(g.accepted("#moderated-output=1")), 200, codeSuccess)
		},
		"moderated-copyright": resultCode("#moderated-copyright", 400, codeCopyright),
		"half": func(t *testing.T, g *rig) {
			for i := range 4 {
				status, code := 200, codeSuccess
				if i%2 == 1 {
					status, code = 400, codePictureRisk
				}
				wantCode(t, fmt.Sprint("task ", i), g.query(g.accepted("#half")), status, code)
			}
		},
		"result-code": resultCode("#result-code=50500", 500, codeInternal),
		"slow": func(t *testing.T, g *rig) {
			id := g.accepted("#slow=20s")
			g.advance(19 * time.Second)
			if got := g.query(id).result().Status; got != "generating" {
				t.Errorf("after 19 s: %q", got)
			}
			g.advance(time.Second)
			if got := g.query(id).result().Status; got != "done" {
				t.Errorf("after 20 s: %q", got)
			}
		},
		"never": func(t *testing.T, g *rig) {
			id := g.accepted("#never")
			g.advance(busyLimit)
			if got := g.query(id).result().Status; got != "in_queue" && got != "generating" {
				t.Errorf("after %v: %q", busyLimit, got)
			}
			if got := g.srv.Stats().InFlight; got != 0 {
				t.Errorf("%d in flight: it blocks others for ever", got)
			}
		},
		"http200-error": func(t *testing.T, g *rig) {
			wantCode(t, "alone", g.query(g.accepted("#http200-error")), 200, codePictureRisk)
			wantCode(t, "at submit", g.submit("#http200-error #moderated-prompt"), 200, codeTextRisk)
			wantCode(t, "with another", g.query(g.accepted("#http200-error #moderated-copyright")), 200, codeCopyright)
		},

		"lost":         resultStatus("#lost", "not_found"),
		"expired-task": resultStatus("#expired-task", "expired"),
		"50215":        resultCode("海 #50215", 400, codeNoTask),
		"500-query":    resultCode("#500-query=1", 500, codeInternal),
		"502-query":    func(t *testing.T, g *rig) { badGateway(t, g.query(g.accepted("#502-query"))) },
		"429-query": func(t *testing.T, g *rig) {
			id := g.accepted("#429-query")
			wantCode(t, "first", g.query(id), 429, codeQPS)
			wantCode(t, "second", g.query(id), 200, codeSuccess)
		},
		"drop-query": func(t *testing.T, g *rig) { dropped(t, g, g.query(g.accepted("#drop-query")), 1) },
		"hang": func(t *testing.T, g *rig) {
			id := g.accepted("#hang")
			dropped(t, g, g.impatient(actionResult, fmt.Sprintf(`{"req_key":"jimeng_t2i_v31","task_id":%q}`, id)), 1)
		},

		"truncated-json": func(t *testing.T, g *rig) {
			id := g.accepted("#truncated-json=1")
			truncated(t, g.query(id))
			wantCode(t, "second", g.query(id), 200, codeSuccess)
		},
		"no-picture": func(t *testing.T, g *rig) {
			r := g.query(g.accepted("#no-picture"))
			if d := r.result(); d.Status != "done" || d.Links == nil || len(d.Links)+len(d.Base64) != 0 {
				t.Errorf("got %v, want done with an empty list", r)
			}
		},
		"extra-picture": func(t *testing.T, g *rig) {
			if got := len(g.query(g.accepted("#extra-picture")).result().Links); got != 2 {
				t.Errorf("%d links, want 2", got)
			}
		},
		"expired-link": download("#expired-link", func(t *testing.T, status int, _ []byte, _ error) {
			if status != http.StatusForbidden {
				t.Errorf("HTTP %d, want 403", status)
			}
		}),
		"private-link": func(t *testing.T, g *rig) {
			if got := g.link("#private-link"); !strings.HasPrefix(got, "http://169.254.169.254/") {
				t.Errorf("link %q", got)
			}
		},

		"bad-picture": download("#bad-picture", func(t *testing.T, status int, data []byte, _ error) {
			if _, err := jpeg.DecodeConfig(bytes.NewReader(data)); status != 200 || err == nil {
				t.Errorf("HTTP %d, %d bytes that decode", status, len(data))
			}
		}),
		"cut-picture": download("#cut-picture", func(t *testing.T, _ int, data []byte, err error) {
			if _, bad := jpeg.Decode(bytes.NewReader(data)); err != nil || bad == nil {
				t.Errorf("transfer %v, decode %v; want a whole transfer of half a picture", err, bad)
			}
		}),
		"cut-transfer": download("#cut-transfer", func(t *testing.T, status int, data []byte, err error) {
			if err == nil || status != 200 || len(data) == 0 {
				t.Errorf("HTTP %d, %d bytes, %v; want an unexpected end", status, len(data), err)
			}
		}),
		"empty-picture": download("#empty-picture", func(t *testing.T, status int, data []byte, err error) {
			if status != 200 || len(data) != 0 || err != nil {
				t.Errorf("HTTP %d, %d bytes, %v", status, len(data), err)
			}
		}),
		"huge-header": download("#huge-header", func(t *testing.T, _ int, data []byte, _ error) {
			if len(data) != 54 {
				t.Errorf("%d bytes, want 54", len(data))
			}
		}),
		"oversized": download("#oversized", func(t *testing.T, _ int, data []byte, err error) {
			if len(data) <= oversize || err != nil {
				t.Errorf("%d bytes, %v; want more than %d", len(data), err, oversize)
			}
		}),
		"trailing": download("#trailing", func(t *testing.T, _ int, data []byte, _ error) {
			_, bad := jpeg.Decode(bytes.NewReader(data))
			if _, err := zip.NewReader(bytes.NewReader(data), int64(len(data))); err != nil || bad != nil {
				t.Errorf("as zip: %v, as picture: %v; want both", err, bad)
			}
		}),
		"wrong-size": download("#wrong-size", func(t *testing.T, _ int, data []byte, _ error) {
			if cfg, err := jpeg.DecodeConfig(bytes.NewReader(data)); cfg.Width != 256 {
				t.Errorf("width %d, %v; want 256 of the 512 asked for", cfg.Width, err)
			}
		}),
		"404-picture": download("#404-picture", func(t *testing.T, status int, _ []byte, _ error) {
			if status != http.StatusNotFound {
				t.Errorf("HTTP %d, want 404", status)
			}
		}),
		"503-picture": func(t *testing.T, g *rig) {
			link := g.link("#503-picture=1")
			first, _, _, _ := g.get(link)
			if second, _, _, _ := g.get(link); first != http.StatusServiceUnavailable || second != http.StatusOK {
				t.Errorf("HTTP %d, then %d; want 503, then 200", first, second)
			}
		},
	}
}

// impatient makes a call and gives up after a moment.
func (g *rig) impatient(action, body string) reply {
	g.t.Helper()
	client := &http.Client{Timeout: 200 * time.Millisecond}
	resp, err := client.Do(g.request(action, body))
	if err != nil {
		return reply{err: err}
	}
	defer func() { _ = resp.Body.Close() }()
	return reply{http: resp.StatusCode}
}

func TestFaults(t *testing.T) {
	shown := exercises()
	for _, f := range Faults() {
		t.Run("#"+f.Name+": "+f.Effect, func(t *testing.T) {
			show := shown[f.Name]
			if show == nil {
				t.Fatalf("no exercise for #%s", f.Name)
			}
			show(t, newRig(t, Config{}))
		})
	}
	t.Run("the package's documentation has the whole table", func(t *testing.T) {
		doc, err := os.ReadFile("doc.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range Faults() {
			row := regexp.MustCompile(`(?m)^//\t#` + regexp.QuoteMeta(f.Name) + `(\[?=\S+)?\s+` + regexp.QuoteMeta(f.Effect) + `$`)
			if !row.Match(doc) {
				t.Errorf("no row for #%s with the words %q", f.Name, f.Effect)
			}
		}
	})
	t.Run("other words with a # are part of the prompt, and a wrong value is no fault", func(t *testing.T) {
		for _, prompt := range []string{"#sunset", "#1", "#", "##", "#429x", "#code", "#code=x", "#slow=long", "#429=x"} {
			if got := parseWishes(prompt); len(got) != 0 {
				t.Errorf("%q asks for %v", prompt, got)
			}
		}
	})
}
