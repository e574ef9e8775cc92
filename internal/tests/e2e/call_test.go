package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// programs are how what the page shows in each language is run, as a file.
var programs = map[string][]string{
	"curl": {"sh", "call.sh"}, "Go": {"go", "run", "call.go"}, "Python": {"python3", "call.py"}, "JavaScript": {"node", "call.mjs"},
}

func TestTheCallsThatThePageShowsAskForWhatTheFormSays(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	p := quick(t)
	b := open(t, p.URL, look{})
	b.ready()
	b.click(id("count-more"))
	for language, run := range programs {
		t.Run(language, func(t *testing.T) {
			if _, err := exec.LookPath(run[0]); err != nil {
				t.Skipf("%s is not installed: the program is not run", run[0])
			}
			prompt := "it's a “fox” in `snow`, for " + language
			b.write(id("prompt"), prompt)
			b.click(id("advanced"))
			b.click(id("show-call"))
			b.choose("call-" + language)
			b.says(id("call-code"), language) // the prompt names it
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, run[len(run)-1]), []byte(b.text(id("call-code"))), 0o600); err != nil {
				t.Fatal(err)
			}
			b.press("\x1b")
			b.miss(id("call-dialog"))
			cmd := exec.CommandContext(t.Context(), run[0], run[1:]...)
			cmd.Dir = dir
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), "task_id") {
				t.Fatalf("%v: %s", err, out)
			}
			var found struct{ Items []Task }
			call(t, "GET", p.URL+"/api/v1/history?limit=1", nil, &found)
			if len(found.Items) != 1 || found.Items[0].Prompt != prompt || len(found.Items[0].Images) != 2 {
				t.Errorf("asked for %+v, want two pictures of %q", found.Items, prompt)
			}
		})
	}
}

func TestThePageOfTheAPIShowsEveryRequestInTheProductsOwnLook(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	axe, err := os.ReadFile("testdata/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	p := quick(t)
	var doc struct {
		Paths map[string]map[string]any
	}
	call(t, "GET", p.URL+"/api/v1/openapi.json", nil, &doc)
	want := 0
	for path, methods := range doc.Paths {
		if !strings.HasPrefix(path, "/api/v1/docs") && path != "/api/v1/openapi.json" {
			want += len(methods)
		}
	}
	for _, l := range []look{{}, {dark: true, lang: "zh-CN"}, {phone: true, lang: "zh-CN"}} {
		b := open(t, p.URL+"/docs.html", l)
		b.see(id("operation"))
		if got := evaluate[int](b, count(id("operation"))); got != want || want < 40 {
			t.Errorf("%d requests are shown, the service has %d", got, want)
		}
		b.says("#generate", "POST", "/api/v1/generate", "prompt", "curl -sS -X POST")
		b.choose("docs-Python")
		b.says("#generate", "urllib.request")
		if got := evaluate[[]string](b, narrow); len(got) > 0 {
			t.Errorf("beyond the sides of the window: %s", strings.Join(got, "; "))
		}
		for _, v := range b.violations(string(axe)) {
			t.Errorf("axe: %s", v)
		}
	}
}

func TestAPictureIsPrintedWithItsRecipeOnOnePage(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	p := quick(t)
	made := draw(t, p, "a picture for the wall "+strings.Repeat("with many words ", 40))
	b := open(t, p.URL, look{})
	b.ready()
	b.click(tile(made.ID))
	b.until("the picture is loaded", `document.querySelector("[data-testid=viewer-picture]").naturalWidth > 0`)
	sheet, err := chromedp.Call(b.ctx, page.PrintToPDF, page.PrintToPDFParams{})
	b.must("print", err)
	if n := strings.Count(string(sheet.Data), "/Type /Page\n") + strings.Count(string(sheet.Data), "/Type /Page/"); n != 1 {
		t.Errorf("it takes %d pages, want one", n)
	}
	if len(sheet.Data) < 20_000 {
		t.Errorf("the page has %d bytes: no picture is on it", len(sheet.Data))
	}
}
