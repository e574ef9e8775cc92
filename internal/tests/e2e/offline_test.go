package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// unreachable is what the browser says of requests that nobody answers, of the page's
// own and of those that the service worker asked.
var unreachable = []string{"ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE", "ERR_FAILED"}

func (b *tab) expectNobody() {
	for _, part := range unreachable {
		b.expect(part)
	}
}

// keptOffline waits until the service worker has page, library and the pictures in it.
func (b *tab) keptOffline(pictures int) {
	b.Helper()
	b.until("the page is kept for later", `navigator.serviceWorker.controller`)
	evaluate[any](b, `(async () => { window.kept = async () => (await (await caches.open("pictures-1")).keys()).length })()`)
	waitFor(b.T, patience, "the pictures are kept", func() bool { return evaluate[int](b, "kept()") >= pictures })
}

func TestWithoutANetworkThePageAndItsLibraryCanBeRead(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	data := t.TempDir()
	p := service(t, data)
	draw(t, p, "a picture for later")
	draw(t, p, "another for later")
	b := open(t, p.URL, look{})
	b.expectNobody()
	b.ready()
	b.see(id("picture"))
	b.write(id("prompt"), "a draft that stays")
	b.keptOffline(2)

	p.stop(t)
	b.visit(b.URL)
	b.restless = "the card of what could not be sent goes when nobody answers"
	b.until("the picture is shown", `document.querySelector("[data-testid=picture] img")?.naturalWidth > 0`)
	b.says(id("banner"), "does not answer")
	b.until("the draft is there", `document.querySelector("#prompt").value === "a draft that stays"`)
	for _, name := range []string{"keys", "settings", "details of what is chosen", "compare", "call"} { // none was opened before
		t.Run(name, func(*testing.T) {
			scenes[slices.IndexFunc(scenes, func(s scene) bool { return s.name == name })].show(b)
			for range 3 {
				b.press("\x1b")
			}
		})
	}
	b.click(id("submit"))
	b.says(id("notice"), "Your words are kept")
	if !evaluate[bool](b, `fetch("/api/v1/history?limit=60", { headers: { "X-API-Key": "somebody else's" } }).then(() => false, () => true)`) {
		t.Error("the library is shown to somebody with another key")
	}

	serviceAt(t, p.URL, data)
	b.miss(id("banner"))
	b.click(id("submit"))
	b.until("the draft is made into a picture", count(id("task-picture")+" img")+" === 1")
}

// copySite copies what of the page is served.
func copySite(t *testing.T, to string) {
	t.Helper()
	const from = "../../../site"
	err := filepath.WalkDir(from, func(path string, e os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.Name() == "node_modules" || e.Name() == "test" {
			if e.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if e.IsDir() {
			return os.MkdirAll(filepath.Join(to, name), 0o700)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, name), data, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestANewerPageIsOfferedAndNotForced(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	site := t.TempDir()
	copySite(t, site)
	data := t.TempDir()
	p := service(t, data, "SITE_DIR="+site)
	b := open(t, p.URL, look{})
	b.expectNobody()
	b.ready()
	b.keptOffline(0)
	check := func() { evaluate[any](b, "navigator.serviceWorker.controller.postMessage({ check: true })") }
	check()
	b.miss(id("toast"))

	p.stop(t)
	file := filepath.Join(site, "early.js")
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(source, "window.newer = true\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	serviceAt(t, p.URL, data, "SITE_DIR="+site)
	check()
	b.says(id("toast"), "A new version")
	if evaluate[bool](b, "window.newer === true") {
		t.Error("the newer page came by itself")
	}
	b.click(id("undo"))
	b.until("the newer page is there", "window.newer === true")
}
