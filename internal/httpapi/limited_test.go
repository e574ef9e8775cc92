package httpapi_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"volcimage/internal/httpapi"
	"volcimage/internal/ratelimit"
	"volcimage/internal/task"
)

// limits allows few requests, so that a test needs few.
func limits(generate, read int) func(*httpapi.Config) {
	return func(c *httpapi.Config) {
		c.Rates = httpapi.Rates{
			Buckets:  ratelimit.NewMemory(),
			Generate: ratelimit.Limit{Count: generate, Period: time.Minute}, Read: ratelimit.Limit{Count: read, Period: time.Minute},
		}
	}
}

// fixed is a clock that stands still.
func fixed(c *httpapi.Config) {
	at := time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC)
	c.Now = func() time.Time { return at }
}

func withKeys(c *httpapi.Config) { c.Keys = keys() }

func TestRateLimit(t *testing.T) {
	ann, bob := []string{"X-Api-Key", "key-of-ann"}, []string{"Authorization", "Bearer key-of-bob"}
	t.Run("C34 of 1,000 requests at once on one key as many pass as it has, and others are not concerned", func(t *testing.T) {
		a := newAPI(t, fixed, withKeys, limits(60, 60))
		var passed, refused atomic.Int64
		var all sync.WaitGroup
		for range 1000 {
			all.Go(func() {
				// Not by way of the Lambda runtime, which is not made for many at once.
				r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1/generate", strings.NewReader(foxBody))
				r.Header = http.Header{"Content-Type": {"application/json"}, "X-Api-Key": {"key-of-ann"}}
				w := httptest.NewRecorder()
				a.handler.ServeHTTP(w, r)
				switch w.Code {
				case 202:
					passed.Add(1)
				case 429:
					refused.Add(1)
				default:
					t.Errorf("status %d: %s", w.Code, w.Body)
				}
			})
		}
		all.Wait()
		if passed.Load() != 60 || refused.Load() != 940 || len(a.tasks) != 60 {
			t.Errorf("%d passed, %d refused, %d tasks; want 60, 940, 60", passed.Load(), refused.Load(), len(a.tasks))
		}
		a.submit(t, bob...)
	})
	t.Run("every counted answer says what is left, a refused one when to come back", func(t *testing.T) {
		a := newAPI(t, fixed, limits(2, 3))
		for i, want := range []string{`"read";r=2;t=20`, `"read";r=1;t=40`, `"read";r=0;t=60`} {
			r := a.do(t, "GET", "/api/v1/models", "")
			if got := r.header.Get("RateLimit"); r.status != 200 || got != want || r.header.Get("RateLimit-Policy") != `"read";q=3;w=60` {
				t.Errorf("request %d: status %d, RateLimit %s, policy %s; want %s", i+1, r.status, got, r.header.Get("RateLimit-Policy"), want)
			}
		}
		r := a.do(t, "GET", "/api/v1/models", "")
		p := r.problem(t, 429, "rate_limited")
		wait, err := strconv.Atoi(r.header.Get("Retry-After"))
		if err != nil || wait < 20 || wait > 30 || r.header.Get("RateLimit") != fmt.Sprintf(`"read";r=0;t=%d`, wait) || p.Charged != task.ChargedNo || !p.Retryable {
			t.Errorf("Retry-After %q, RateLimit %q, problem %+v", r.header.Get("Retry-After"), r.header.Get("RateLimit"), p)
		}
	})
	t.Run("those who are refused together are not told to come back together", func(t *testing.T) {
		a := newAPI(t, fixed, limits(1, 1))
		told := map[string]bool{}
		for range 100 {
			told[a.do(t, "GET", "/api/v1/models", "").header.Get("Retry-After")] = true
		}
		if len(told) < 5 {
			t.Errorf("told %v", told)
		}
	})
	t.Run("who waits as long as he is told is let in", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			a := newAPI(t, limits(1, 1))
			a.submit(t)
			for range 20 {
				r := a.do(t, "POST", "/api/v1/generate", foxBody)
				r.problem(t, 429, "rate_limited")
				wait, err := strconv.Atoi(r.header.Get("Retry-After"))
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Duration(wait) * time.Second)
				a.submit(t)
			}
		})
	})
	t.Run("what may cost money is counted apart from what does not", func(t *testing.T) {
		a := newAPI(t, fixed, limits(2, 2))
		id := string(a.submit(t))
		a.do(t, "POST", "/api/v1/task/"+id+"/retry", "").problem(t, 409, "not_retryable")
		a.do(t, "POST", "/api/v1/task/"+id+"/retry", "").problem(t, 429, "rate_limited")
		a.do(t, "POST", "/api/v1/generate", foxBody).problem(t, 429, "rate_limited")
		a.do(t, "POST", "/api/v1/generate/many", `{"prompt":"a fox","variants":[{}]}`).problem(t, 429, "rate_limited")
		a.do(t, "POST", "/api/v1/task/"+id+"/again", "").problem(t, 429, "rate_limited")
		a.do(t, "POST", "/api/v1/task/"+id+"/cancel", "").into(t, 200, new(httpapi.Task))
		a.do(t, "GET", "/nowhere", "").problem(t, 404, "not_found")
		a.do(t, "GET", "/api/v1/models", "").problem(t, 429, "rate_limited")
	})
	t.Run("health is always answered", func(t *testing.T) {
		a := newAPI(t, fixed, limits(1, 1))
		for range 5 {
			a.do(t, "GET", "/api/v1/health", "").into(t, 200, new(httpapi.Health))
		}
	})
	t.Run("guessing keys uses up the guesser's address, not the owner's bucket", func(t *testing.T) {
		a := newAPI(t, fixed, withKeys, limits(5, 5))
		for range 5 {
			a.do(t, "GET", "/api/v1/models", "", "X-Api-Key", "guess").problem(t, 401, "unauthorized")
		}
		a.do(t, "GET", "/api/v1/models", "", "X-Api-Key", "guess").problem(t, 429, "rate_limited")
		a.do(t, "GET", "/api/v1/models", "", ann...).into(t, 200, new(httpapi.Models))
	})
	t.Run("a limit of nothing is none", func(t *testing.T) {
		a := newAPI(t, fixed, limits(0, 0))
		for range 50 {
			if r := a.do(t, "POST", "/api/v1/generate", foxBody); r.status != 202 || r.header.Get("RateLimit") != "" {
				t.Fatalf("status %d, headers %v", r.status, r.header)
			}
		}
	})
	t.Run("a page of another origin may read what is left", func(t *testing.T) {
		a := newAPI(t, fixed, limits(1, 1), func(c *httpapi.Config) { c.AllowedOrigins = []string{"https://a.example"} })
		r := a.do(t, "GET", "/api/v1/models", "", "Origin", "https://a.example")
		if got := r.header.Get("Access-Control-Expose-Headers"); !strings.Contains(got, "RateLimit,") || !strings.Contains(got, "Retry-After") {
			t.Errorf("exposed: %s", got)
		}
	})
	t.Run("the description names the limit", func(t *testing.T) {
		doc, _ := describe(t, newAPI(t, limits(1, 100)))
		read := doc.Paths["/api/v1/history"]["get"].Responses
		if read["429"].Headers["Retry-After"] == nil || read["200"].Headers["RateLimit"] == nil {
			t.Errorf("history: %+v", read)
		}
		if doc, _ := describe(t, newAPI(t)); doc.Paths["/api/v1/history"]["get"].Responses["200"].Headers["RateLimit"] != nil {
			t.Error("described where there is none")
		}
	})
}

// failing is a table of buckets that cannot be written, or not in time.
type failing struct{ slow bool }

func (f failing) Take(ctx context.Context, _ string, _ time.Time, _, _ time.Duration) (time.Time, bool, error) {
	if f.slow {
		<-ctx.Done()
		return time.Time{}, false, ctx.Err()
	}
	return time.Time{}, false, errors.New("table buckets_v1 is throttled")
}

func TestRateLimitWithoutItsTable(t *testing.T) {
	for name, f := range map[string]failing{"fails": {}, "is slow": {slow: true}} {
		t.Run("C36 while the table "+name+" nothing that costs money passes, reads do, and the log says so", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := newAPI(t, limits(5, 5), func(c *httpapi.Config) { c.Rates.Buckets = f })
				began := time.Now()
				r := a.do(t, "POST", "/api/v1/generate", foxBody)
				r.problem(t, 503, "unavailable")
				if r.header.Get("Retry-After") == "" || len(a.tasks) != 0 || strings.Contains(string(r.body), "buckets_v1") {
					t.Errorf("headers %v, %d tasks, %s", r.header, len(a.tasks), r.body)
				}
				a.do(t, "GET", "/api/v1/models", "").into(t, 200, new(httpapi.Models))
				if took := time.Since(began); took > 1100*time.Millisecond {
					t.Errorf("the two took %v", took)
				}
				if log := a.log.String(); !strings.Contains(log, "request not counted") || strings.Count(log, "count request") != 2 {
					t.Errorf("log: %s", log)
				}
			})
		})
	}
}

func TestClientAddress(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, c := range []struct {
		why, from, forwarded string
		trusted              []netip.Prefix
		want                 string
	}{
		{"the connection's, as an event has it", "192.0.2.1", "", nil, "192.0.2.1"},
		{"the connection's, as a server has it", "192.0.2.1:1234", "", nil, "192.0.2.1"},
		{"of IPv6", "[2001:db8::1]:1234", "", nil, "2001:db8::1"},
		{"of IPv6 without a port", "2001:db8::1", "", nil, "2001:db8::1"},
		{"nobody is believed unless he is trusted", "192.0.2.1", "198.51.100.7", nil, "192.0.2.1"},
		{"a stranger is not believed, though others are", "192.0.2.1", "198.51.100.7", proxies, "192.0.2.1"},
		{"a trusted proxy is", "10.1.2.3:80", "198.51.100.7", proxies, "198.51.100.7"},
		{"what the client wrote before does not count", "10.1.2.3:80", "203.0.113.9, 198.51.100.7", proxies, "198.51.100.7"},
		{"a chain of ours is followed", "10.1.2.3:80", "203.0.113.9, 198.51.100.7, 10.9.9.9, fd00::5", proxies, "198.51.100.7"},
		{"all of them ours", "10.1.2.3:80", "10.9.9.9, 10.9.9.8", proxies, "10.9.9.9"},
		{"nonsense ends it", "10.1.2.3:80", "198.51.100.7, unknown", proxies, "10.1.2.3"},
		{"nothing said", "10.1.2.3:80", "", proxies, "10.1.2.3"},
		{"IPv4 in IPv6 is IPv4", "[::ffff:10.1.2.3]:80", "::ffff:198.51.100.7", proxies, "198.51.100.7"},
		{"with a port", "10.1.2.3:80", "198.51.100.7:5555", proxies, "198.51.100.7"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.from
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := httpapi.ClientAddress(r, c.trusted); got.String() != c.want {
			t.Errorf("%s: %s, want %s", c.why, got, c.want)
		}
	}
	t.Run("several header lines are one list", func(t *testing.T) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = "10.0.0.1:1"
		r.Header["X-Forwarded-For"] = []string{"203.0.113.9", "198.51.100.7"}
		if got := httpapi.ClientAddress(r, proxies); got.String() != "198.51.100.7" {
			t.Errorf("got %s", got)
		}
	})
	t.Run("a caller of IPv6 has one bucket, however many addresses he uses", func(t *testing.T) {
		a := newAPI(t, fixed, limits(1, 3))
		ask := func(from string) int {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost/api/v1/models", nil)
			if err != nil {
				t.Fatal(err)
			}
			e, err := eventOf(r)
			if err != nil {
				t.Fatal(err)
			}
			e.RequestContext.HTTP.SourceIP = from
			res, err := a.client.invoke(t.Context(), e)
			if err != nil {
				t.Fatal(err)
			}
			return res.StatusCode
		}
		for i := range 3 {
			if got := ask(fmt.Sprintf("2001:db8::%d", i)); got != 200 {
				t.Errorf("address %d: status %d", i, got)
			}
		}
		for from, want := range map[string]int{"2001:db8::ffff:1": 429, "2001:db8:0:1::1": 200, "192.0.2.7": 200, "": 200} {
			if got := ask(from); got != want {
				t.Errorf("from %q: status %d, want %d", from, got, want)
			}
		}
	})
}
