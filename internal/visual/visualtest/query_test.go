package visualtest

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"image/jpeg"
	"image/png"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestStates(t *testing.T) {
	t.Run("a task waits, is drawn and is done, by the clock", func(t *testing.T) {
		g := newRig(t, Config{Delay: 20 * time.Second})
		id := g.accepted("海 #slow=20s")
		for _, c := range []struct {
			after time.Duration
			want  string
		}{{0, "in_queue"}, {3999 * time.Millisecond, "in_queue"}, {time.Millisecond, "generating"}, {15 * time.Second, "generating"}, {time.Second, "done"}} {
			g.advance(c.after)
			r := g.query(id)
			wantCode(t, c.want, r, 200, codeSuccess)
			if d := r.result(); d.Status != c.want || (len(d.Links) == 1) != (c.want == "done") || d.Base64 != nil {
				t.Errorf("after %v: %v; want status %s", c.after, r, c.want)
			}
		}
	})
	t.Run("the time that a task takes is within a quarter of the delay", func(t *testing.T) {
		for range 200 {
			if d := spread(8 * time.Second); d < 6*time.Second || d > 10*time.Second {
				t.Fatalf("spread(8s) = %v", d)
			}
		}
	})
	t.Run("a task is not found after 12 hours, nor under another model, nor one that never was", func(t *testing.T) {
		g := newRig(t, Config{})
		id := g.accepted("海")
		notFound := func(what string, r reply) {
			t.Helper()
			wantCode(t, what, r, 200, codeSuccess)
			if got := r.result().Status; got != "not_found" {
				t.Errorf("%s: status %q, want not_found", what, got)
			}
		}
		notFound("another model", g.queryBody(fmt.Sprintf(`{"req_key":"jimeng_t2i_v40","task_id":%q}`, id)))
		notFound("never was", g.query("7392616336519610409"))
		g.advance(12*time.Hour - time.Second)
		if got := g.query(id).result().Status; got != "done" {
			t.Errorf("just before 12 hours: %q, want done", got)
		}
		g.advance(time.Second)
		notFound("12 hours later", g.query(id))
		if err := g.srv.SetFaults(FaultScript{UnknownIs50215: true}); err != nil {
			t.Fatal(err)
		}
		wantCode(t, "as 50215", g.query("1"), 400, codeNoTask)
	})
}

func TestQueryRules(t *testing.T) {
	g := newRig(t, Config{})
	id := g.accepted("海")
	for _, c := range []struct{ name, fields, rule string }{
		{"no task_id", ``, "task_id is required and must be string"},
		{"a task_id that is a number", `,"task_id":7392616336519610409`, "task_id is required and must be string"},
		{"an unknown field", `,"task_id":"1","return_url":true`, "return_url is not a parameter of CVSync2AsyncGetResult"},
		{"req_json as object", `,"task_id":"1","req_json":{"return_url":true}`, "req_json must be string"},
		{"req_json that is no JSON", `,"task_id":"1","req_json":"yes"`, "req_json must be a serialized JSON object"},
		{"return_url that is text", `,"task_id":"1","req_json":"{\"return_url\":\"true\"}"`, "return_url must be boolean"},
		{"an unknown option", `,"task_id":"1","req_json":"{\"x\":1}"`, "x is not a parameter of req_json"},
		{"logo_info as text", `,"task_id":"1","req_json":"{\"logo_info\":\"{}\"}"`, "logo_info must be object"},
		{"a logo position of 4", `,"task_id":"1","req_json":"{\"logo_info\":{\"position\":4}}"`, "logo_info.position is invalid"},
		{"an unknown logo field", `,"task_id":"1","req_json":"{\"logo_info\":{\"x\":4}}"`, "logo_info.x is not a parameter"},
		{"aigc_meta as text", `,"task_id":"1","req_json":"{\"aigc_meta\":\"\"}"`, "aigc_meta must be object"},
		{"aigc_meta without producer", `,"task_id":"1","req_json":"{\"aigc_meta\":{}}"`, "aigc_meta.producer_id is required"},
		{"an unknown meta field", `,"task_id":"1","req_json":"{\"aigc_meta\":{\"x\":\"\"}}"`, "aigc_meta.x is not a parameter"},
		{"a long producer", `,"task_id":"1","req_json":"{\"aigc_meta\":{\"producer_id\":\"` + strings.Repeat("p", 257) + `\"}}"`, "aigc_meta.producer_id must be string of at most 256 chars"},
	} {
		t.Run(c.name+" is refused", func(t *testing.T) {
			r := g.queryBody(`{"req_key":"jimeng_t2i_v31"` + c.fields + `}`)
			wantCode(t, c.fields, r, 400, codeInvalid)
			if r.Message != c.rule {
				t.Errorf("message %q, want %q", r.Message, c.rule)
			}
		})
	}
	t.Run("broken JSON and an unknown model are refused", func(t *testing.T) {
		wantCode(t, "broken", g.queryBody(`{`), 400, codeInvalid)
		wantCode(t, "unknown", g.queryBody(`{"req_key":"x","task_id":"1"}`), 400, codeDenied)
	})
	t.Run("without return_url the picture comes in base64, labelled as asked", func(t *testing.T) {
		options := `{\"logo_info\":{\"add_logo\":true,\"position\":3,\"language\":1,\"opacity\":0.3,\"logo_text_content\":\"x\"},\"aigc_meta\":{\"producer_id\":\"p-77\",\"content_producer\":\"c\"}}`
		r := g.queryBody(fmt.Sprintf(`{"req_key":"jimeng_t2i_v31","task_id":%q,"req_json":"%s"}`, id, options))
		wantCode(t, "query", r, 200, codeSuccess)
		d := r.result()
		if len(d.Base64) != 1 || d.Links != nil {
			t.Fatalf("%d in base64, links %v; want 1 and null", len(d.Base64), d.Links)
		}
		data, err := base64.StdEncoding.DecodeString(d.Base64[0])
		if err != nil {
			t.Fatal(err)
		}
		if cfg, err := jpeg.DecodeConfig(bytes.NewReader(data)); err != nil || cfg.Width != 512 {
			t.Errorf("config %+v, %v; want a JPEG 512 wide", cfg, err)
		}
		if !bytes.Contains(data, []byte(`"ContentProducer":"c","ProduceID":"p-77"`)) {
			t.Error("the picture's label does not name the producer and its number")
		}
	})
}

func TestLinks(t *testing.T) {
	t.Run("a link leads to a picture of the right format and size, to its end after 24 hours", func(t *testing.T) {
		g := newRig(t, Config{})
		r := g.submitBody(`{"req_key":"jimeng_t2i_v40","prompt":"星空","width":1280,"height":960,"force_single":true}`)
		q := g.queryBody(fmt.Sprintf(`{"req_key":"jimeng_t2i_v40","task_id":%q,"req_json":"{\"return_url\":true}"}`, r.task()))
		link := q.result().Links[0]
		if !strings.HasPrefix(link, g.url+resultPath) || !strings.Contains(link, ".png?x-expires=") {
			t.Fatalf("link %q", link)
		}
		status, header, data, err := g.get(link)
		if err != nil || status != 200 || header.Get("Content-Type") != "image/png" {
			t.Fatalf("HTTP %d, %v, %v", status, header, err)
		}
		img, err := png.Decode(bytes.NewReader(data))
		if err != nil || img.Bounds().Dx() != 1280 || img.Bounds().Dy() != 960 {
			t.Errorf("decode: %v, want 1280 × 960", err)
		}
		g.advance(24*time.Hour - time.Second)
		if status, _, again, _ := g.get(link); status != 200 || !bytes.Equal(again, data) {
			t.Errorf("a second before its end: HTTP %d, same bytes %v", status, bytes.Equal(again, data))
		}
		g.advance(time.Second)
		if status, _, _, _ := g.get(link); status != http.StatusForbidden {
			t.Errorf("after 24 hours: HTTP %d, want 403", status)
		}
	})
	t.Run("a changed link is refused", func(t *testing.T) {
		g := newRig(t, Config{})
		link := g.link("海")
		for name, changed := range map[string]string{
			"another picture": strings.Replace(link, "/0.jpg", "/1.jpg", 1),
			"a longer life":   strings.Replace(link, "x-expires=1", "x-expires=2", 1),
			"no query":        strings.Split(link, "?")[0],
		} {
			if status, _, _, _ := g.get(changed); changed == link || status != http.StatusForbidden {
				t.Errorf("%s: HTTP %d, want 403", name, status)
			}
		}
	})
	t.Run("a link takes GET and HEAD only, and a forgotten task is 404", func(t *testing.T) {
		g := newRig(t, Config{})
		link := g.link("海")
		path := strings.TrimPrefix(link, g.url)
		if status, _ := g.control(http.MethodPost, path, ""); status != http.StatusMethodNotAllowed {
			t.Errorf("POST: HTTP %d, want 405", status)
		}
		g.srv.ledger = newLedger()
		if status, _, _, _ := g.get(link); status != http.StatusNotFound {
			t.Errorf("forgotten: HTTP %d, want 404", status)
		}
	})
	t.Run("links begin with the caller's scheme and host, or with what is set", func(t *testing.T) {
		r := httptest.NewRequest(http.MethodPost, "http://emulator:18081/", nil)
		if got := New(Config{}).baseURL(r); got != "http://emulator:18081" {
			t.Errorf("got %q", got)
		}
		r.TLS = &tls.ConnectionState{}
		if got := New(Config{}).baseURL(r); got != "https://emulator:18081" {
			t.Errorf("with TLS: got %q", got)
		}
		if got := New(Config{BaseURL: "https://pictures.test/"}).baseURL(r); got != "https://pictures.test" {
			t.Errorf("set: got %q", got)
		}
	})
}

func TestPictures(t *testing.T) {
	picture := func(g *rig, fields string) []byte {
		t.Helper()
		r := g.submitBody(`{"req_key":"jimeng_t2i_v31","width":512,"height":512,` + fields + `}`)
		_, _, data, err := g.get(g.query(r.task()).result().Links[0])
		if err != nil || len(data) == 0 {
			t.Fatalf("%s: %d bytes, %v", fields, len(data), err)
		}
		return data
	}
	t.Run("the same seed draws the same picture, in another emulator too; another seed another", func(t *testing.T) {
		a := picture(newRig(t, Config{}), `"prompt":"海","seed":5`)
		g := newRig(t, Config{})
		if b := picture(g, `"prompt":"海","seed":5`); !bytes.Equal(a, b) {
			t.Error("seed 5 drew two pictures")
		}
		if b := picture(g, `"prompt":"海","seed":6`); bytes.Equal(a, b) {
			t.Error("seed 6 drew the picture of seed 5")
		}
	})
	t.Run("without a seed the n-th task draws the n-th variation", func(t *testing.T) {
		g, h := newRig(t, Config{}), newRig(t, Config{})
		a, b := picture(g, `"prompt":"海"`), picture(g, `"prompt":"海","seed":-1`)
		if bytes.Equal(a, b) {
			t.Error("two tasks drew the same picture")
		}
		if !bytes.Equal(a, picture(h, `"prompt":"海"`)) || !bytes.Equal(b, picture(h, `"prompt":"海"`)) {
			t.Error("the sequence differs in another emulator")
		}
	})
	t.Run("fault words do not change the picture", func(t *testing.T) {
		g := newRig(t, Config{})
		if !bytes.Equal(picture(g, `"prompt":"海","seed":1`), picture(g, `"prompt":"海#slow=0s","seed":1`)) {
			t.Error("#slow=0s drew another picture")
		}
	})
	t.Run("a picture is drawn once and kept, within bounds", func(t *testing.T) {
		g := newRig(t, Config{})
		link := g.link("海")
		if got := g.srv.Stats().Drawn; got != 0 {
			t.Errorf("%d drawn before anybody looked", got)
		}
		for range 3 {
			g.get(link)
		}
		if s := g.srv.Stats(); s.Drawn != 1 || s.Downloads != 3 {
			t.Errorf("stats %+v, want 1 drawn in 3 downloads", s)
		}
		a := newGallery(false)
		for i := range 5 {
			a.keep(sketch{format: fmt.Sprint(i)}, make([]byte, maxGallery/3))
		}
		if a.bytes > maxGallery || a.order.Len() != 3 || a.find(sketch{format: "0"}) != nil || a.find(sketch{format: "4"}) == nil {
			t.Errorf("%d pictures of %d bytes kept", a.order.Len(), a.bytes)
		}
	})
	t.Run("drawn beforehand, many tasks share a few pictures", func(t *testing.T) {
		g := newRig(t, Config{Prerendered: true})
		for i := range 12 {
			if status, _, _, _ := g.get(g.link(fmt.Sprint("prompt ", i%6))); status != 200 {
				t.Fatalf("HTTP %d", status)
			}
		}
		if got := g.srv.Stats().Drawn; got < 1 || got > stock {
			t.Errorf("%d drawn, want 1 to %d", got, stock)
		}
	})
}

// In a bubble there are no sockets: server and client meet in a pipe.
func TestVirtualTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := New(Config{AccessKey: "AK", SecretKey: "SK", Delay: 40 * time.Second})
		pipes := make(chan net.Conn)
		httpd := &http.Server{Handler: srv, ReadHeaderTimeout: time.Minute}
		go func() { _ = httpd.Serve(pipeListener(pipes)) }() // ends with Close
		client := &http.Client{Transport: &http.Transport{
			DisableKeepAlives: true,
			DialContext: func(context.Context, string, string) (net.Conn, error) {
				near, far := net.Pipe()
				pipes <- far
				return near, nil
			},
		}}
		call := func(action, body string) reply {
			g := &rig{t: t, url: "http://emulator", clock: &clock{t: time.Now()}}
			req := g.request(action, body)
			resp, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = resp.Body.Close() }()
			return decode(t, resp)
		}
		id := call(actionSubmit, `{"req_key":"jimeng_t2i_v31","prompt":"海","width":512,"height":512}`).task()
		status := func() string {
			return call(actionResult, fmt.Sprintf(`{"req_key":"jimeng_t2i_v31","task_id":%q,"req_json":"{\"return_url\":true}"}`, id)).result().Status
		}
		for _, c := range []struct {
			wait time.Duration
			want string
		}{{time.Second, "in_queue"}, {20 * time.Second, "generating"}, {30 * time.Second, "done"}, {12 * time.Hour, "not_found"}} {
			time.Sleep(c.wait)
			if got := status(); got != c.want {
				t.Errorf("after another %v: status %q, want %q", c.wait, got, c.want)
			}
		}
		close(pipes)
		if err := httpd.Close(); err != nil {
			t.Error(err)
		}
		synctest.Wait()
	})
}

// pipeListener accepts the far ends of pipes.
type pipeListener chan net.Conn

func (l pipeListener) Accept() (net.Conn, error) {
	c, ok := <-l
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}
func (l pipeListener) Close() error   { return nil }
func (l pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }
