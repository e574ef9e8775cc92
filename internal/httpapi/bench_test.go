package httpapi_test

import (
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"testing"

	"volcimage/internal/httpapi"
	"volcimage/internal/task"
)

// benchmark reads target through the whole function: event JSON, adapter,
// middleware, huma, JSON, gzip, answer JSON.
func benchmark(b *testing.B, a *api, target string) {
	r := httptest.NewRequestWithContext(b.Context(), "GET", "http://localhost:8080"+target, nil)
	for name, value := range map[string]string{
		"Accept": "application/json", "Accept-Encoding": "gzip, deflate, br", "Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8",
		"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36", "Sec-Fetch-Site": "same-origin", "Referer": "http://localhost:8080/",
	} {
		r.Header.Set(name, value)
	}
	e, err := eventOf(r)
	if err != nil {
		b.Fatal(err)
	}
	event, err := json.Marshal(e)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	size := 0
	for b.Loop() {
		out, err := a.client.Invoke(b.Context(), event)
		if err != nil {
			b.Fatal(err)
		}
		size = len(out)
	}
	b.ReportMetric(float64(size), "B/answer")
}

func quiet(c *httpapi.Config) { c.Log = slog.New(slog.DiscardHandler) }

func BenchmarkGet(b *testing.B) {
	a := newAPI(b, quiet)
	made := a.add(task.Local, fox())
	a.finish(made)
	benchmark(b, a, "/api/v1/task/"+string(made.ID))
}

func BenchmarkHistory50(b *testing.B) {
	a := newAPI(b, quiet)
	for range 60 {
		a.finish(a.add(task.Local, fox()))
	}
	benchmark(b, a, "/api/v1/history?limit=50")
}
