package e2e

import (
	"net/http"
	"testing"
)

const annsKey, bobsKey = "ann-has-a-key-of-this-length", "bob-has-another-key-of-this-length"

// as makes a request with an API key.
func as(t *testing.T, key, url string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if key != "" {
		req.Header.Set("X-API-Key", key)
	}
	resp, err := http.DefaultTransport.RoundTrip(req) // no redirect is followed
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

// enter gives the page a key.
func (b *tab) enter(key string) {
	b.Helper()
	b.see(id("key-dialog"))
	b.write(id("api-key"), key)
	b.click(id("key-save"))
}

func TestWithKeysEachPersonSeesTheirOwnPicturesAlone(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	p := quick(t, "ENABLE_API_KEY_AUTH=true", "API_KEY=ann:"+annsKey+",bob:"+bobsKey)
	ann := open(t, p.URL, look{})
	ann.expect("401")
	ann.enter("a-key-that-nobody-has-been-given")
	ann.says(id("key-dialog"), "did not accept")
	ann.enter(annsKey)
	ann.miss(id("key-dialog"))
	ann.ready()
	ann.ask("a picture of Ann's alone")
	ann.putAway()
	ann.until("Ann's picture is there", count(id("picture"))+" === 1")
	ann.until("its thumbnail is loaded", `document.querySelector("[data-testid=picture] img").naturalWidth > 0`)
	task := evaluate[string](ann, `document.querySelector("[data-testid=picture]").dataset.key.split("/")[0]`)
	ann.visit(ann.URL) // the key is kept for the tab
	ann.ready()
	ann.until("Ann's picture is there after a reload", count(id("picture"))+" === 1")

	bob := open(t, p.URL, look{lang: "zh-CN"})
	bob.expect("401")
	bob.enter(bobsKey)
	bob.ready()
	bob.see(id("empty"))

	for path, want := range map[string][3]int{ // for Ann, Bob and a caller without a key
		"/api/v1/task/" + task:                                 {http.StatusOK, http.StatusNotFound, http.StatusUnauthorized},
		"/api/v1/task/" + task + "/images/0":                   {http.StatusFound, http.StatusNotFound, http.StatusUnauthorized},
		"/api/v1/task/" + task + "/images/0?variant=thumbnail": {http.StatusFound, http.StatusNotFound, http.StatusUnauthorized},
	} {
		for i, key := range []string{annsKey, bobsKey, ""} {
			if got := as(t, key, p.URL+path).StatusCode; got != want[i] {
				t.Errorf("GET %s with key %q: %d, want %d", path, key, got, want[i])
			}
		}
	}
}

func TestTheAPIIsReadAndTriedOnItsOwnPage(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	p := quick(t)
	draw(t, p, "read by the page of the API")
	b := open(t, p.URL+"/api/v1/docs", look{})
	b.restless = "Swagger UI draws as it goes"
	operation := `.opblock-get:has([data-path="/api/v1/history"])`
	b.click(operation + " .opblock-summary-control")
	b.click(operation + " .execute")
	b.until("the answer is shown", `[...document.querySelectorAll(".opblock .live-responses-table")].some((e) => e.innerText.includes("read by the page of the API"))`)

	b.visit(p.URL)
	b.ready()
	b.click(id("api-docs"))
	b.click(`.docs-more a[href="/api/v1/docs"]`)
	b.until("the page leads there", `location.pathname === "/api/v1/docs" && document.querySelector(".opblock")`)
}

func TestEveryAddressOfThePageIsAnswered(t *testing.T) {
	t.Parallel()
	p := quick(t)
	for path, want := range map[string]int{
		"/": http.StatusOK, "/app.css": http.StatusOK, "/app.js": http.StatusOK, "/locales/zh-CN.json": http.StatusOK,
		"/manifest.webmanifest": http.StatusOK, "/favicon.svg": http.StatusOK,
		"/package.json": http.StatusNotFound, "/html/index.in.html": http.StatusNotFound, "/tools/page.js": http.StatusNotFound, "/node_modules/": http.StatusNotFound, "/test/task_test.js": http.StatusNotFound,
		"/.npmrc": http.StatusNotFound, "/go.mod": http.StatusNotFound, "/nothing": http.StatusNotFound,
	} {
		if got := as(t, "", p.URL+path).StatusCode; got != want {
			t.Errorf("GET %s: %d, want %d", path, got, want)
		}
	}
}
