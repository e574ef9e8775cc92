package e2e

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// What the page may weigh and how still it must be.
const (
	mostBytes = 130_000 // of everything that a first visit fetches, compressed; without pictures
	mostShift = 0.02    // cumulative layout shift of a whole walk
	mostTask  = 50.0    // ms that a task may take while ten thousand are scrolled, but for the first (see judged)
)

// counted is how many bytes reading it gave.
type counted int

func (c *counted) Write(p []byte) (int, error) { *c += counted(len(p)); return len(p), nil }

// weigh is the size of an answer as a browser fetches it: compressed where the service does so.
func weigh(t *testing.T, url string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", "gzip")
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var n counted
	body := io.TeeReader(resp.Body, &n)
	if resp.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(body)
		if err != nil {
			t.Fatal(err)
		}
		body = z
	}
	if _, err := io.Copy(io.Discard, body); err != nil {
		t.Fatal(err)
	}
	return int(n)
}

func TestThePageIsLight(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	p := quick(t)
	b := open(t, p.URL, look{})
	b.ready()
	total := weigh(t, p.URL+"/sw.js") // which the page asks for, but does not count
	fetched := evaluate[[]string](b, `[location.href, ...performance.getEntriesByType("resource").map((e) => e.name)]`)
	for _, url := range fetched {
		if !strings.HasPrefix(url, p.URL) {
			t.Errorf("the page fetches %s from elsewhere", url)
		}
		if !strings.Contains(url, "/api/") {
			total += weigh(t, url)
		}
	}
	t.Logf("%d bytes compressed in %d requests", total, len(fetched))
	if total > mostBytes {
		t.Errorf("the page weighs %d bytes compressed, want at most %d", total, mostBytes)
	}
}

// What early.js asks ahead must be what the page then asks: an answer that nobody takes is asked for again.
func TestThePageAsksForNothingTwiceWhenItOpens(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	p := furnished(t)
	for _, at := range []string{"", "#favourites"} {
		b := open(t, p.URL+"/"+at, look{})
		b.ready()
		b.until("the library is there", `performance.getEntriesByType("resource").some((e) => e.name.includes("/api/v1/counts"))`)
		asked := evaluate[[]string](b, `performance.getEntriesByType("resource").map((e) => e.name).filter((name) => name.includes("/api/")).sort()`)
		if once := slices.Compact(slices.Clone(asked)); len(once) < 5 || len(once) != len(asked) {
			t.Errorf("at %q the page asks %q", at, asked)
		}
	}
}

// steady notes what moves in a page without a person's doing, and long tasks, from its first
// moment. The browser asks for an answer within 500 ms; beside other tests an answer takes longer
// for no fault of the page.
var steady = fmt.Sprintf(`window.moved = []; window.slow = []
{
	let asked = -Infinity
	for (const type of ["keydown", "pointerdown", "pointerup"]) addEventListener(type, (e) => { asked = e.timeStamp }, true)
	new PerformanceObserver((list) => {
		for (const e of list.getEntries()) {
			if (e.hadRecentInput || e.startTime - asked < %v) continue
			moved.push({ shift: e.value, what: e.sources.map(({ node }) => (node?.parentElement ?? node)?.className ?? "").join(", ") })
		}
	}).observe({ type: "layout-shift", buffered: true })
	new PerformanceObserver((list) => { for (const e of list.getEntries()) slow.push(e.duration) }).observe({ type: "longtask", buffered: true })
}`, min(judged(500), 2000))

// still fails where the page that is shown has moved by itself.
func (b *tab) still() {
	b.Helper()
	type move struct {
		Shift float64
		What  string // classes of what moved
	}
	all, err := try[[]move](b, "window.moved ?? []")
	if err != nil || b.restless != "" {
		return // there is no page, or it may
	}
	sum := 0.0
	for _, m := range all {
		sum += m.Shift
	}
	if sum >= mostShift {
		b.Errorf("layout shift %.4f, want less than %v: %+v", sum, mostShift, all)
	}
}

func TestNothingMovesByItselfFromThePromptToTheLibrary(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	for _, l := range []look{{}, {phone: true}} {
		p := furnished(t)
		b := open(t, p.URL, l)
		b.ready()
		b.see(id("picture"))
		b.ask("made while nothing moves")
		b.until("the picture is there", count(id("task-picture")+" img")+" === 1")
		time.Sleep(time.Second) // what would come late has come
	}
}

// manyTasks is a JavaScript expression that answers the page's questions for the library from
// a list of ten thousand tasks, made in the page, so that only the page itself is measured.
const manyTasks = `(() => {
	const real = window.fetch
	const picture = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'/>"
	const task = (n) => ({
		task_id: String(1e6 - n).padStart(26, "0"), status: "COMPLETED", prompt: "number " + n, model: "jimeng_t2i_v40", params: { width: 2048, height: 2048, count: 1 },
		images: [{ index: 0, status: "done", width: [2048, 2560, 1440][n % 3], height: 2048, format: "png", bytes: 1, url: picture, thumbnail_url: picture, download_url: picture, expires_at: "2099-01-01T00:00:00Z" }],
		error: null, progress: { stage: "", done: 1, total: 1, expected_ms: 0 }, run: 1, version: 1, tags: [], favourite: false,
		created_at: "2026-11-01T00:00:00Z", started_at: "2026-11-01T00:00:01Z", finished_at: "2026-11-01T00:00:09Z",
	})
	window.fetch = async (url, options) => {
		const at = new URL(url, location.href)
		if (!at.pathname.endsWith("/history") || at.searchParams.has("status")) return real(url, options)
		const from = Number(at.searchParams.get("cursor") ?? 0), limit = Number(at.searchParams.get("limit"))
		const items = Array.from({ length: Math.min(limit, 10000 - from) }, (_, i) => task(from + i))
		return new Response(JSON.stringify({ items, next_cursor: from + limit < 10000 ? String(from + limit) : null }), { headers: { "Content-Type": "application/json" } })
	}
})()`

func TestTenThousandTasksScrollWithoutAHitch(t *testing.T) {
	needsBrowser(t)
	p := quick(t)
	b := open(t, p.URL, look{})
	b.restless = "the end of what is read is jumped to, again and again"
	_, err := chromedp.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: manyTasks})
	b.must("answer for the library", err)
	b.visit(b.URL)
	b.ready()
	b.see(id("picture"))
	evaluate[any](b, "window.most = 0")
	waitFor(t, 2*time.Minute, "all tasks read", func() bool {
		return evaluate[bool](b, `(() => {
			scrollTo(0, document.documentElement.scrollHeight)
			most = Math.max(most, document.querySelectorAll(".tile").length)
			return document.querySelector("[data-testid=library-count]").innerText === "10,000 items"
		})()`)
	})
	evaluate[any](b, `(async () => {
		slow.length = 0
		for (let n = 0; n < 60; n++) {
			scrollBy(0, -innerHeight)
			await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))
			most = Math.max(most, document.querySelectorAll(".tile").length)
		}
	})()`)
	most := evaluate[int](b, "most")
	if most > 250 {
		t.Errorf("%d tiles were drawn at once, want those in sight", most)
	}
	slow := evaluate[[]float64](b, "slow")
	t.Logf("at most %d tiles drawn; %d tasks over 50 ms: %v", most, len(slow), slow)
	if len(slow) > 1 && slices.Max(slow[1:]) > judged(mostTask) {
		t.Errorf("a task took %.0f ms while scrolling, want at most %v", slices.Max(slow[1:]), judged(mostTask))
	}
}
