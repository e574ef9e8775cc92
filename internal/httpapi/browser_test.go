package httpapi_test

import (
	"context"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// chromium is the browser's path; without one the test is skipped, unless
// REQUIRE_BROWSER=1 makes that a failure.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("REQUIRE_BROWSER") == "1" {
		t.Fatal("no Chromium, and REQUIRE_BROWSER=1")
	}
	t.Skip("NO BROWSER: the documentation page is not tried out; install Chromium")
	return ""
}

// complaints collects what a page reports as going wrong.
type complaints struct {
	mu    sync.Mutex
	lines []string
}

func (c *complaints) add(line string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lines = append(c.lines, line)
}

func (c *complaints) all() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.lines)
}

func (c *complaints) listen(tab context.Context) {
	chromedp.Listen(tab, func(ev any) {
		switch ev := ev.(type) {
		case *runtime.EventExceptionThrown:
			c.add("exception: " + ev.ExceptionDetails.Text)
		case *runtime.EventConsoleAPICalled:
			if ev.Type == "error" || ev.Type == "warning" {
				text := "console " + string(ev.Type) + ":"
				for _, arg := range ev.Args {
					text += " " + string(arg.Value) + arg.Description
				}
				c.add(text)
			}
		case *cdplog.EventEntryAdded:
			if ev.Entry.Level == "error" || ev.Entry.Source == "security" {
				c.add("log: " + ev.Entry.Text + " " + ev.Entry.URL)
			}
		}
	})
}

func openTab(t *testing.T) context.Context {
	t.Helper()
	opts := slices.Clone(chromedp.DefaultExecAllocatorOptions[:])
	opts = append(opts, chromedp.ExecPath(chromium(t)), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("no-proxy-server", true), chromedp.WindowSize(1280, 800))
	alloc, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(stop)
	tab, closeTab := chromedp.NewContext(alloc)
	t.Cleanup(closeTab)
	t.Cleanup(func() { _ = chromedp.Cancel(tab) }) // waits for the browser's end; how it ended does not matter
	if err := chromedp.Do(tab, chromedp.Navigate("about:blank")); err != nil {
		t.Fatalf("start browser: %v", err)
	}
	return tab
}

// The page is only proven once an operation was opened and carried out: closed, it
// breaks no policy.
func TestDocsPageInBrowser(t *testing.T) {
	tab := openTab(t)
	a := newAPI(t)
	server := httptest.NewServer(a.handler)
	t.Cleanup(server.Close)

	ctx, cancel := context.WithTimeout(tab, 40*time.Second)
	defer cancel()
	var wrong complaints
	wrong.listen(tab)
	if _, err := chromedp.Call(ctx, cdplog.Enable, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
	const watch = `window.__csp=[];document.addEventListener('securitypolicyviolation',e=>__csp.push(e.effectiveDirective+' '+e.blockedURI))`
	if _, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: watch}); err != nil {
		t.Fatal(err)
	}
	const health = "#operations-default-get-health"
	if err := chromedp.Do(ctx, chromedp.Navigate(server.URL+"/api/v1/docs"),
		chromedp.Click(chromedp.CSS(health+" button.opblock-summary-control")),
		chromedp.WaitVisible(chromedp.CSS(health+" .opblock-description")), // only now it is resolved, though its button is there
		chromedp.Click(chromedp.CSS(health+" button.execute")),
		chromedp.WaitVisible(chromedp.CSS(health+" .live-responses-table")),
	); err != nil {
		t.Fatalf("try an operation: %v; complaints %q", err, wrong.all())
	}
	shown, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelector("`+health+` .live-responses-table").innerText`))
	if err != nil || !strings.Contains(shown, `"mode": "demo"`) {
		t.Errorf("the page shows %q, error %v", shown, err)
	}
	violations, err := chromedp.Run(ctx, chromedp.Evaluate[[]string]("__csp"))
	if err != nil || len(violations) > 0 || len(wrong.all()) > 0 {
		t.Errorf("violations %q, complaints %q, error %v", violations, wrong.all(), err)
	}
}
