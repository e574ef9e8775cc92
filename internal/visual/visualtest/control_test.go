package visualtest

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestScript(t *testing.T) {
	post := func(t *testing.T, g *rig, script string) {
		t.Helper()
		if status, body := g.control(http.MethodPost, "/_emulator/faults", script); status != http.StatusNoContent {
			t.Fatalf("HTTP %d %s", status, body)
		}
	}
	t.Run("each call takes the next fault of its list", func(t *testing.T) {
		g := newRig(t, Config{})
		post(t, g, `{"submit":["429","","moderated-output","code=50413"],"result":["500-query","truncated-json"],"download":["503-picture"]}`)
		wantCode(t, "submit 1", g.submit("a"), 429, codeQPS)
		id := g.accepted("b")
		failed := g.accepted("c")
		wantCode(t, "submit 4", g.submit("d"), 400, codeWordRisk)
		g.accepted("e")
		wantCode(t, "query 1", g.query(id), 500, codeInternal)
		if r := g.query(id); json.Valid([]byte(r.raw)) {
			t.Errorf("query 2: %v, want half of the JSON", r)
		}
		wantCode(t, "query of the third", g.query(failed), 400, codePictureRisk)
		link := g.query(id).result().Links[0]
		if status, _, _, _ := g.get(link); status != http.StatusServiceUnavailable {
			t.Errorf("download 1: HTTP %d, want 503", status)
		}
		if status, _, _, _ := g.get(link); status != http.StatusOK {
			t.Errorf("download 2: HTTP %d, want 200", status)
		}
	})
	t.Run("a fault of done pictures waits until they are done", func(t *testing.T) {
		g := newRig(t, Config{})
		post(t, g, `{"result":["no-picture"]}`)
		id := g.accepted("#slow=10s")
		if got := g.query(id).result().Status; got != "in_queue" {
			t.Errorf("status %q, want in_queue", got)
		}
		g.advance(10 * time.Second)
		if d := g.query(id).result(); d.Status != "done" || len(d.Links) != 0 {
			t.Errorf("got %+v, want done without pictures", d)
		}
	})
	t.Run("rates strike their share of calls, alike for the same seed", func(t *testing.T) {
		refused := func() (marks string) {
			g := newRig(t, Config{})
			post(t, g, `{"rates":{"submit":{"500":0.3}},"seed":7}`)
			for range 100 {
				if g.submit("海").http == http.StatusInternalServerError {
					marks += "x"
					continue
				}
				marks += "."
			}
			return marks
		}
		a, b := refused(), refused()
		if n := strings.Count(a, "x"); n < 15 || n > 45 || a != b {
			t.Errorf("%d of 100 refused, want about 30; repeated alike: %v", n, a == b)
		}
	})
	t.Run("DELETE clears the script", func(t *testing.T) {
		g := newRig(t, Config{})
		post(t, g, `{"submit":["500","500"],"unknown_is_50215":true}`)
		if status, _ := g.control(http.MethodDelete, "/_emulator/faults", ""); status != http.StatusNoContent {
			t.Errorf("HTTP %d, want 204", status)
		}
		g.accepted("海")
		wantCode(t, "unknown", g.query("1"), 200, codeSuccess)
	})
	for _, body := range []string{
		`{"submit":["nonsense"]}`, `{"submit":["lost"]}`, `{"result":["429"]}`, `{"download":["500"]}`, `{"submit":["429","slow"]}`,
		`{"rates":{"other":{"500":1}}}`, `{"rates":{"submit":{"x":1}}}`, `{"unknown":1}`, `{`, `{"submit":["500 429"]}`,
	} {
		t.Run("refused: "+body, func(t *testing.T) {
			g := newRig(t, Config{})
			if status, text := g.control(http.MethodPost, "/_emulator/faults", body); status != http.StatusBadRequest || text == "" {
				t.Errorf("HTTP %d %q, want 400 with words", status, text)
			}
		})
	}
}

func TestControl(t *testing.T) {
	t.Run("stats count what happened", func(t *testing.T) {
		g := newRig(t, Config{Delay: time.Minute, Concurrency: 3})
		id := g.accepted("a #slow=0s")
		g.accepted("b")
		g.submit("b")
		g.submit("c")
		g.submit("#moderated-prompt")
		g.get(g.query(id).result().Links[0])
		status, body := g.control(http.MethodGet, "/_emulator/stats", "")
		var got Stats
		if err := json.Unmarshal([]byte(body), &got); err != nil || status != 200 {
			t.Fatalf("HTTP %d %s: %v", status, body, err)
		}
		want := Stats{Submits: 5, Accepted: 4, Refused: 1, Polls: 1, InFlight: 3, MaxInFlight: 3, Pictures: 4, Downloads: 1, Drawn: 1, Tasks: 4}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("stats (-want +got):\n%s", d)
		}
		_, body = g.control(http.MethodGet, "/_emulator/stats?prompt=b", "")
		if body != `{"submits":2,"accepted":2}` {
			t.Errorf("of prompt b: %s", body)
		}
		if got := g.srv.PromptStats("#moderated-prompt"); got != (PromptStats{Submits: 1}) {
			t.Errorf("of the refused prompt: %+v", got)
		}
	})
	t.Run("the table of faults can be read", func(t *testing.T) {
		g := newRig(t, Config{})
		var got struct{ Faults []Fault }
		_, body := g.control(http.MethodGet, "/_emulator/faults", "")
		if err := json.Unmarshal([]byte(body), &got); err != nil || len(got.Faults) != len(Faults()) {
			t.Errorf("%d faults, %v; want %d", len(got.Faults), err, len(Faults()))
		}
	})
	t.Run("only callers on this machine are answered", func(t *testing.T) {
		for address, want := range map[string]bool{
			"127.0.0.1:5": true, "[::1]:5": true, "pipe": true, "": true, "192.0.2.1:5": false, "[2001:db8::1]:5": false, "192.0.2.1": false,
		} {
			if got := local(&http.Request{RemoteAddr: address}); got != want {
				t.Errorf("%q: %v, want %v", address, got, want)
			}
		}
	})
	t.Run("faults are taken as JSON only, other paths are not there", func(t *testing.T) {
		g := newRig(t, Config{})
		resp, err := http.Post(g.url+"/_emulator/faults", "text/plain", strings.NewReader(`{"submit":["500"]}`))
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusBadRequest {
			t.Errorf("text/plain: HTTP %d, want 400", resp.StatusCode)
		}
		if status, _ := g.control(http.MethodPut, "/_emulator/stats", ""); status != http.StatusNotFound {
			t.Errorf("PUT stats: HTTP %d, want 404", status)
		}
	})
}
