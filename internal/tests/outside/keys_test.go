package outside

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// makeKey makes a key by the command, as an operator does.
func makeKey(t *testing.T, data, name string) (key, id string) {
	t.Helper()
	key, _, _ = strings.Cut(run(t, data, "keys", "add", name), "\n")
	parts := strings.Split(key, "_")
	if len(parts) != 3 || parts[0] != "vi" {
		t.Fatalf("keys add printed %q", key)
	}
	return key, parts[1]
}

func TestKeys(t *testing.T) {
	data := t.TempDir() + "/data"
	alice, aliceID := makeKey(t, data, "alice")
	bob, _ := makeKey(t, data, "bob")
	const fixed = "of-the-environment-1"
	p := serve(t, data, "ENABLE_API_KEY_AUTH=true", "API_KEY=carol:"+fixed, "RATE_LIMIT_READ=0")
	byAlice, byBob := []string{"X-API-Key", alice}, []string{"Authorization", "Bearer " + bob}
	id := p.submit(t, byAlice...)

	t.Run("C31 what is an owner's is not there for another", func(t *testing.T) {
		p.finished(t, id, byAlice...)
		for _, r := range []string{
			"GET /api/v1/task/" + id, "POST /api/v1/task/" + id + "/cancel", "POST /api/v1/task/" + id + "/retry", "DELETE /api/v1/task/" + id,
			"GET /api/v1/task/" + id + "/images/0", "GET /api/v1/task/" + id + "/images/0?download=1",
		} {
			method, path, _ := strings.Cut(r, " ")
			p.ask(t, method, path, "", byBob...).want(t, 404, "not_found")
		}
		for _, path := range []string{"/api/v1/history", "/api/v1/tasks?ids=" + id} {
			if a := p.ask(t, "GET", path, "", byBob...); a.status != 200 || strings.Contains(string(a.body), id) {
				t.Errorf("%s: %d %s", path, a.status, a.body)
			}
		}
		p.ask(t, "GET", "/api/v1/task/"+id, "", byAlice...).want(t, 200, "")
		p.ask(t, "GET", "/api/v1/history", "", "X-API-Key", fixed).want(t, 200, "")
	})
	t.Run("C32 no key, and any that is not valid, are answered alike", func(t *testing.T) {
		none := p.ask(t, "GET", "/api/v1/history", "", "X-Request-Id", "r")
		none.want(t, 401, "unauthorized")
		for _, key := range []string{"x", "vi_", "vi_" + strings.Repeat("a", 16) + "_" + strings.Repeat("a", 52), alice[:20] + bob[20:], alice + "a", strings.ToUpper(alice)} {
			if a := p.ask(t, "GET", "/api/v1/history", "", "X-Request-Id", "r", "X-API-Key", key); string(a.body) != string(none.body) || a.status != 401 {
				t.Errorf("%s: %d %s", key, a.status, a.body)
			}
		}
	})
	t.Run("C32 an unknown id takes as long as a wrong secret", func(t *testing.T) {
		unknown := "vi_" + strings.Repeat("a", 16) + alice[19:]
		wrong := alice[:20] + bob[20:]
		ask := func(key string) time.Duration {
			began := time.Now()
			p.ask(t, "GET", "/api/v1/history", "", "X-API-Key", key).want(t, 401, "")
			return time.Since(began)
		}
		// The lower quarter: what else the machine does only ever adds.
		var a, b []time.Duration
		for range 300 {
			a, b = append(a, ask(unknown)), append(b, ask(wrong))
		}
		x, y := quarter(a), quarter(b)
		t.Logf("unknown id %v, wrong secret %v", x, y)
		if diff := (x - y).Abs(); diff > 200*time.Microsecond {
			t.Errorf("unknown id %v, wrong secret %v", x, y)
		}
	})
	t.Run("only hashes are kept, and the list shows no key", func(t *testing.T) {
		list := run(t, data, "keys", "list")
		if !strings.Contains(list, aliceID) || !strings.Contains(list, "bob") || strings.Contains(list, alice[20:]) {
			t.Errorf("keys list: %s", list)
		}
		for _, b := range files(t, data) {
			for _, secret := range []string{alice[20:], bob[20:], fixed} {
				if strings.Contains(b, secret) {
					t.Error("a key is in the data folder")
				}
			}
		}
	})
	t.Run("C32 a key that is revoked while the service runs lets nobody in, at once", func(t *testing.T) {
		run(t, data, "keys", "revoke", aliceID)
		p.ask(t, "GET", "/api/v1/history", "", byAlice...).want(t, 401, "unauthorized")
		again, _ := makeKey(t, data, "alice")
		p.ask(t, "GET", "/api/v1/task/"+id, "", "X-API-Key", again).want(t, 200, "")
		if list := run(t, data, "keys", "list"); !strings.Contains(list, "revoked") {
			t.Errorf("keys list: %s", list)
		}
	})
	t.Run("health tells numbers to those who have a key", func(t *testing.T) {
		if got := p.ask(t, "GET", "/api/v1/health", "").field(t, "numbers"); got != "<nil>" {
			t.Errorf("without a key: %s", got)
		}
		if got := p.ask(t, "GET", "/api/v1/health", "", byBob...).field(t, "numbers"); !strings.Contains(got, "dead_letters:0") {
			t.Errorf("with a key: %s", got)
		}
	})
}

func TestNoKeyAtAll(t *testing.T) {
	p := serve(t, t.TempDir(), "ENABLE_API_KEY_AUTH=true")
	p.ask(t, "GET", "/api/v1/models", "").want(t, 401, "unauthorized")
	if !strings.Contains(p.out.String(), "nobody can get in") {
		t.Errorf("the log does not say so: %s", p.out)
	}
}

func TestRateLimits(t *testing.T) {
	data := t.TempDir()
	alice, _ := makeKey(t, data, "alice")
	bob, _ := makeKey(t, data, "bob")
	emu, env := emulator(t, "-delay", "200ms")
	p := serve(t, data, append(env, "ENABLE_API_KEY_AUTH=true", "RATE_LIMIT_GENERATE=40/h", "RATE_LIMIT_READ=500/h", "MAX_IMAGES_PER_DAY=45")...)
	t.Run("C34 of 1,000 at once on one key as many as its limit pass, and others are not concerned", func(t *testing.T) {
		var passed, refused atomic.Int64
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				for range 20 {
					a, err := p.try("POST", "/api/v1/generate", fox, "X-API-Key", alice)
					switch wait, convErr := strconv.Atoi(a.header.Get("Retry-After")); {
					case err != nil:
						t.Error(err)
					case a.status == 202:
						passed.Add(1)
					case a.status == 429 && convErr == nil && wait > 0 && a.field(t, "code") == "rate_limited":
						refused.Add(1)
					default:
						t.Errorf("status %d: %s", a.status, a.body)
					}
				}
			})
		}
		all.Wait()
		if passed.Load() != 40 || refused.Load() != 960 {
			t.Errorf("%d passed and %d were refused, want 40 and 960", passed.Load(), refused.Load())
		}
		p.submit(t, "X-API-Key", bob)
		p.ask(t, "GET", "/api/v1/history", "", "X-API-Key", alice).want(t, 200, "")
	})
	t.Run("C35 past the day's pictures nothing reaches the provider, and the answer has a type of its own", func(t *testing.T) {
		for range 4 {
			p.submit(t, "X-API-Key", bob)
		}
		a := p.ask(t, "POST", "/api/v1/generate", fox, "X-API-Key", bob)
		a.want(t, 429, "daily_limit")
		if got := a.field(t, "type"); got != "urn:volcimage:problem:daily_limit" || a.header.Get("Retry-After") == "" {
			t.Errorf("type %s, headers %v", got, a.header)
		}
		accepted := func() int {
			n, err := strconv.Atoi(strings.TrimSuffix(emu.ask(t, "GET", "/_emulator/stats", "").field(t, "accepted"), ".0"))
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		for end := time.Now().Add(time.Minute); accepted() < 45 && time.Now().Before(end); {
			time.Sleep(100 * time.Millisecond)
		}
		time.Sleep(500 * time.Millisecond)
		if got := accepted(); got != 45 {
			t.Errorf("%d calls at the provider, want 45", got)
		}
	})
}

func TestWithoutKeysTheAddressIsCounted(t *testing.T) {
	p := serve(t, t.TempDir(), "RATE_LIMIT_READ=10/h")
	var statuses []string
	for i := range 12 {
		a := p.ask(t, "GET", "/api/v1/models", "", "X-Forwarded-For", fmt.Sprintf("198.51.100.%d", i), "X-API-Key", fmt.Sprint("made up ", i))
		statuses = append(statuses, strconv.Itoa(a.status))
	}
	if got, want := strings.Join(statuses, " "), strings.Repeat("200 ", 10)+"429 429"; got != want {
		t.Errorf("got %s, want %s: what a stranger writes into X-Forwarded-For gives him no new bucket", got, want)
	}
}
