package outside

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// quarter is the lower quartile.
func quarter(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/4]
}

// files are the contents of all files of a folder.
func files(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(name)
		all = append(all, string(b))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// say sends a text as it is and reads the answer.
func (p *program) say(t *testing.T, text string) answer {
	t.Helper()
	c, err := net.Dial("tcp", p.host)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatalf("%.60q: %v", text, err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%.60q: %v", text, err)
	}
	return answer{resp.StatusCode, resp.Header, b}
}

func TestEveryAnswer(t *testing.T) {
	p := serve(t, t.TempDir())
	done := p.finished(t, p.submit(t))
	id, picture := done.field(t, "task_id"), done.firstImage(t, "url")
	get := func(path string) string {
		return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
	}
	t.Run("C37 every answer of every part tells a browser what it may not do", func(t *testing.T) {
		for _, text := range []string{
			get("/"), get("/app.css"), get("/nowhere"), get("/.env"), get("/%2e%2e/.env"), get("//evil.example/"), get("/x/../y"),
			get("/api"), get("/api/v1/models"), get("/api/v1/health"), get("/api/v1/docs"), get("/api/v1/docs/start.js"), get("/api/v1/task/" + id),
			get("/api/v1/task/" + id + "/images/0"), get("/api/v2"), get("/api//v1/models"), get("/files/x"), get(picture), get(strings.ReplaceAll(picture, "sig=", "sig=x")),
			"BREW / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
			"GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", get("/%zz"), "nonsense\r\n\r\n", get("/" + strings.Repeat("x", 32<<10)), "GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
		} {
			a := p.say(t, text)
			line, _, _ := strings.Cut(text, "\r\n")
			csp := a.header.Get("Content-Security-Policy")
			if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
				t.Errorf("%s: %d with the policy %q", line, a.status, csp)
			}
			for name, want := range map[string]string{
				"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin", "Strict-Transport-Security": "max-age=31536000",
			} {
				if got := a.header.Get(name); got != want {
					t.Errorf("%s: %d with %s %q, want %q", line, a.status, name, got, want)
				}
			}
			if a.header.Get("Server") != "" || a.header.Get("X-Powered-By") != "" {
				t.Errorf("%s: tells what it runs on: %v", line, a.header)
			}
		}
	})
	t.Run("C39 what is odd in an address leads to no file and shows nothing internal", func(t *testing.T) {
		for _, path := range []string{
			"/../../etc/passwd", "/..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/files/../volcimage.db", "/files/..%2fvolcimage.db", "/files/images/../../volcimage.db",
			"/files/images/local/" + id + "/../../../../volcimage.db?expires=1&sig=x", "/files/%00", "/api/v1/task/..%2f..%2fetc", "/api/v1/task/%00", "/api/v1/task/" + id + "/images/..%2f0",
			"/api/v1/task/" + strings.Repeat("A", 5000), "/js/../../go.mod", "/go.mod", "/.git/config", "/package.json", "/api/v1/history?cursor=../../etc",
		} {
			a := p.say(t, get(path))
			if a.status < 300 || a.status >= 500 {
				t.Errorf("%s: status %d: %.200s", path, a.status, a.body)
			}
			for _, inner := range []string{"root:", "SQLite format", p.data, "goroutine", ".go:", "SQL", "no such file", "module volcimage"} {
				if strings.Contains(string(a.body), inner) {
					t.Errorf("%s shows %q: %.300s", path, inner, a.body)
				}
			}
		}
	})
	t.Run("a page whose name was made to lead here gets nothing", func(t *testing.T) {
		for _, path := range []string{"/", "/api/v1/history", picture} {
			a := p.ask(t, "GET", path, "", "Host", "evil.example:80")
			a.want(t, 421, "forbidden")
		}
		p.ask(t, "POST", "/api/v1/generate", fox, "Host", "evil.example", "Origin", "http://evil.example").want(t, 421, "forbidden")
		p.ask(t, "GET", "/", "", "Host", "localhost:1").want(t, 200, "")
	})
	t.Run("C38 a page of another origin reads nothing and changes nothing", func(t *testing.T) {
		for _, origin := range []string{"https://evil.example", "null", "http://" + p.host + ".evil.example", "http://evil-localhost"} {
			p.ask(t, "POST", "/api/v1/generate", fox, "Origin", origin).want(t, 403, "forbidden")
			p.ask(t, "DELETE", "/api/v1/task/"+id, "", "Origin", origin, "Sec-Fetch-Site", "cross-site").want(t, 403, "forbidden")
			for _, method := range []string{"GET", "OPTIONS"} {
				a := p.ask(t, method, "/api/v1/history", "", "Origin", origin, "Access-Control-Request-Method", "PUT")
				if a.header.Get("Access-Control-Allow-Origin") != "" {
					t.Errorf("%s by %s: %v", method, origin, a.header)
				}
			}
		}
		p.ask(t, "GET", "/api/v1/task/"+id, "").want(t, 200, "")
	})
	t.Run("a signed link is for one object, by one method, until its time", func(t *testing.T) {
		u, err := url.Parse(picture)
		if err != nil {
			t.Fatal(err)
		}
		thumbnail, err := url.Parse(done.firstImage(t, "thumbnail_url"))
		if err != nil {
			t.Fatal(err)
		}
		p.ask(t, "GET", picture, "").want(t, 200, "")
		q := u.Query()
		later := url.Values{"expires": {"9999999999"}, "sig": q["sig"]}
		for name, path := range map[string]string{
			"another object": thumbnail.Path + "?" + u.RawQuery, "a later time": u.Path + "?" + later.Encode(), "no signature": u.Path,
			"a file name of one's own": picture + "&name=x.html", "twice": picture + "&sig=" + url.QueryEscape(q.Get("sig")),
		} {
			if a := p.ask(t, "GET", path, ""); a.status != 403 {
				t.Errorf("%s: status %d", name, a.status)
			}
		}
		for _, method := range []string{"PUT", "POST", "DELETE", "PATCH"} {
			if a := p.ask(t, method, picture, ""); a.status != 405 {
				t.Errorf("%s: status %d", method, a.status)
			}
		}
	})
}

func TestStartWithEveryOriginAndKeysIsRefused(t *testing.T) {
	p := start(t, "local", []string{"APP_PORT=" + freePort(t), "DATA_DIR=" + t.TempDir(), "ENABLE_API_KEY_AUTH=true", "ALLOWED_ORIGINS=*"})
	if err := p.Wait(); err == nil || !strings.HasPrefix(p.out.String(), "ALLOWED_ORIGINS") {
		t.Errorf("C38: %v, printed %s", err, p.out)
	}
}

// TestC40 plants secrets wherever a caller or the provider can, and looks for
// them in all that the service wrote.
func TestC40NoSecretIsLogged(t *testing.T) {
	emu, env := emulator(t, "-delay", "100ms")
	logs := filepath.Join(t.TempDir(), "log", "app.log")
	data := t.TempDir()
	key, keyID := makeKey(t, data, "alice")
	const fixed = "key-of-the-environment-0123"
	p := serve(t, data, append(env, "ENABLE_API_KEY_AUTH=true", "API_KEY="+fixed, "APP_DEBUG=true", "LOG_FILE="+logs, "MAX_RETRY_COUNT=1")...)
	const planted = "Pl4ntedS3cret"
	wrong := "vi_" + strings.Repeat("b", 16) + "_" + strings.Repeat("c", 52)
	prompts := []string{"an unmistakable heron at dusk", "苍鹭在黄昏", "heron [emulator: no such word]"}
	var ids []string
	for _, prompt := range prompts {
		a := p.ask(t, "POST", "/api/v1/generate", fmt.Sprintf(`{"prompt":%q,"width":1024,"height":1024}`, prompt), "X-API-Key", key, "Idempotency-Key", planted)
		if a.status == 202 {
			ids = append(ids, a.field(t, "task_id"))
		}
	}
	for _, headers := range [][]string{
		{"X-API-Key", wrong}, {"X-API-Key", fixed + planted}, {"Authorization", "Bearer " + wrong}, {"Authorization", "Basic " + planted + planted},
		{"Cookie", "session=" + planted}, {"X-Request-Id", "id " + planted}, {"User-Agent", planted}, {"Origin", "https://" + planted + ".example"},
		{"X-Forwarded-For", planted}, {"X-API-Key", fixed},
	} {
		for _, path := range []string{"/api/v1/history?q=" + planted, "/api/v1/task/" + planted, "/api/v1/models?token=" + planted, "/files/" + planted + "?sig=" + planted, "/" + planted} {
			p.ask(t, "GET", path, "", headers...)
			p.ask(t, "POST", path, `{"prompt":"`+planted+`","password":"`+planted+`"}`, headers...)
		}
	}
	p.say(t, "GET /%zz"+planted+" HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: "+planted+"\r\n\r\n")
	for _, id := range ids {
		done := p.finished(t, id, "X-API-Key", key)
		if done.field(t, "status") == "COMPLETED" {
			p.ask(t, "GET", done.firstImage(t, "url"), "")
		}
	}
	// The provider dies in the middle of it: its errors have addresses and more.
	_ = emu.Process.Kill()
	p.finished(t, p.submit(t, "X-API-Key", key), "X-API-Key", key)
	p.ask(t, "GET", "/api/v1/health", "")

	written := p.out.String() + strings.Join(files(t, filepath.Dir(logs)), "")
	for _, secret := range append(prompts, planted, key, key[20:], wrong[20:], fixed, accessKey, secretKey, "a red fox", "Signature=", "sig=") {
		for i := strings.Index(written, secret); i >= 0; i = -1 {
			if rest := written[i+len(secret):]; strings.HasPrefix(rest, "[redacted]") {
				continue
			}
			t.Errorf("C40: %q was written: %s", secret, written[max(0, i-300):min(len(written), i+200)])
		}
	}
	if lines := strings.Count(written, "\n"); lines < 100 || !strings.Contains(written, `"owner":"alice"`) || strings.Contains(written, keyID) {
		t.Errorf("%d lines; the owner is to be in them, the key's id is not", lines)
	}
}
