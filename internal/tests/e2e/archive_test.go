package e2e

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
