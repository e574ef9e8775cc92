package e2e

import (
	"archive/zip"
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

func TestALibraryIsTakenOutAndBroughtIntoAnother(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	here, there := quick(t), quick(t)
	made := draw(t, here, "taken along 带走")
	draw(t, here, "stays in the first")
	b := open(t, here.URL, look{})
	b.ready()
	b.to(made)
	b.press(" ")
	b.click(id("open-archive"))
	b.click(id("export-go")) // what is chosen is offered first
	b.see(id("export-part"))
	name, data := b.save(id("export-part"))
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil || !strings.HasSuffix(name, ".zip") || len(archive.File) < 3 {
		t.Fatalf("saved %q with %d bytes (%v), want a ZIP of a picture, a manifest and a page", name, len(data), err)
	}
	b.click(id("export-delete"))
	b.miss(id("export"))

	file := filepath.Join(t.TempDir(), "out.zip")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	other := open(t, there.URL, look{lang: "zh-CN"})
	other.ready()
	for _, says := range []string{"导入了 1 个任务", "1 个已存在"} { // a second time nothing changes
		other.click(id("open-archive"))
		other.do("choose the file", chromedp.SetUploadFiles(chromedp.CSS(id("import-file")), []string{file}))
		other.says(id("bringing"), says)
		other.click(id("archive-close"))
	}
	other.see(tile(made.ID))
	if listed(t, here, made) != listed(t, there, made) {
		t.Error("the task is not listed where it was brought in")
	}
}

func TestWhatIsDroppedOnThePageIsReadOrSaidToBeOfNoUse(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	p := quick(t)
	made := draw(t, p, "a picture that brings its recipe")
	b := open(t, p.URL, look{})
	b.ready()
	b.see(tile(made.ID))
	drop := func(name, kind, from string) {
		evaluate[any](b, fmt.Sprintf(`(async () => {
			const data = new DataTransfer()
			data.items.add(new File([await (await fetch(%q)).blob()], %q, { type: %q }))
			document.querySelector(".shelf").dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }))
		})()`, from, name, kind))
	}
	_, picture := download(t, p.URL+"/api/v1/task/"+made.ID+"/images/0")
	kind := http.DetectContentType(picture)
	drop("p", kind, "/api/v1/task/"+made.ID+"/images/0?recipe=1")
	b.until("the prompt is in the form", `document.querySelector("#prompt").value === "a picture that brings its recipe"`)
	b.says(id("toast"), "The form is filled")
	b.click(".toast-close")
	b.expect("422") // the clean one has no recipe
	drop("p", kind, "/api/v1/task/"+made.ID+"/images/0")
	b.says(id("toast"), "says nothing of how it was made")
	b.click(".toast-close")
	drop("x.txt", "text/plain", "/favicon.svg")
	b.says(id("toast"), "Nothing else is read")
}

// manyParts answers for an export of eight files, and notes what the page downloads.
const manyParts = `
window.downloads = []
HTMLAnchorElement.prototype.click = function () { downloads.push(this.pathname) }
const ask = fetch
window.fetch = (url, options) => {
	const list = String(url).endsWith("/exports")
	if (!list && !String(url).endsWith("/exports/x")) return ask(url, options)
	const parts = Array.from({ length: 8 }, (_, i) => ({ url: "/files/part-" + i, bytes: 75_000_000 }))
	const one = { export_id: "x", format: "zip", status: "done", tasks: 8000, images: 8000, bytes: 600_000_000, parts, created_at: "2026-11-26T10:00:00Z", kept_until: "2026-11-27T10:00:00Z" }
	return Promise.resolve(new Response(JSON.stringify(list ? { items: [one] } : one), { headers: { "Content-Type": "application/json" } }))
}`

func TestManyFilesOfAnExportAreDownloadedWithOneButton(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	p := quick(t)
	draw(t, p, "to be there")
	b := open(t, "about:blank", look{})
	_, err := chromedp.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: manyParts})
	b.must("answer for exports", err)
	b.visit(p.URL)
	b.ready()
	b.follow("#archive")
	b.says(id("export-every"), "Download all 8 files")
	b.miss(id("export-part"))
	b.click(id("export-every"))
	b.until("all are downloaded, in order", `downloads.join() === Array.from({ length: 8 }, (_, i) => "/files/part-" + i).join()`)
	b.click(id("export-unfold"))
	b.until("each is shown", count(id("export-part"))+" === 8 && "+visible(id("export-part")))
}
