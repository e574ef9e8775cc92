package e2e

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience bounds one wait for the page. It is long because machines are busy; a
// wait ends as soon as what it waits for is there.
const patience = 20 * time.Second

var errNoBrowser = errors.New("no Chromium on this machine")

// chromium is the one browser of the package, started when the first test wants it.
var chromium = sync.OnceValues(func() (context.Context, error) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		if path, err = exec.LookPath("google-chrome"); err != nil {
			return nil, errNoBrowser
		}
	}
	home, err := os.MkdirTemp("", "e2e-browser")
	if err != nil {
		return nil, err
	}
	opts := append([]chromedp.ExecAllocatorOption{}, chromedp.DefaultExecAllocatorOptions[:]...)
	opts = append(opts, chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(home),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("no-proxy-server", true), chromedp.WindowSize(1280, 800))
	alloc, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, cancel := chromedp.NewContext(alloc)
	closeChromium = func() {
		_ = chromedp.Cancel(ctx) // the tests are over, whatever it says
		cancel()
		stop()
		_ = os.RemoveAll(home)
	}
	return ctx, chromedp.Do(ctx, chromedp.Navigate("about:blank"))
})

// closeChromium ends the browser, if one was started.
var closeChromium = func() {}

// tab is one page of the browser, with storage and cookies of its own. The test
// fails with whatever goes wrong in it: a violation of the content security policy,
// an uncaught exception, a warning or an error on the console.
type tab struct {
	*testing.T
	ctx context.Context
	URL string

	mu       sync.Mutex
	trouble  []string
	expected []string
	reloaded bool   // because of networkChanged
	restless string // why what is shown may move by itself, where it may
}

// look is how the browser shows itself to the page.
type look struct {
	lang          string // as in Accept-Language; "en-US" where empty
	dark, phone   bool
	width, height int64 // 1280 × 800 where 0, 390 × 844 on a phone
}

// needsBrowser skips the test loudly where there is no Chromium, unless REQUIRE_BROWSER is set.
func needsBrowser(t *testing.T) context.Context {
	t.Helper()
	ctx, err := chromium()
	if errors.Is(err, errNoBrowser) && os.Getenv("REQUIRE_BROWSER") == "" {
		t.Skip("NOT TESTED IN A BROWSER: no Chromium here; REQUIRE_BROWSER=1 makes this a failure")
	}
	if err != nil {
		t.Fatalf("the browser: %v", err)
	}
	return ctx
}

// open shows a page of the service in a new tab.
func open(t *testing.T, url string, l look) *tab {
	t.Helper()
	parent := needsBrowser(t)
	ctx, cancel := chromedp.NewContext(parent, chromedp.WithNewBrowserContext())
	b := &tab{T: t, ctx: ctx, URL: url, expected: []string{networkChanged}}
	t.Cleanup(func() {
		b.finish()
		_ = chromedp.Cancel(ctx) // the test is over, whatever it says
		cancel()
	})
	b.must("open a tab", chromedp.Do(ctx, chromedp.Navigate("about:blank")))
	b.watch()
	b.dress(l)
	b.visit(url)
	return b
}

// visit loads an address in the tab.
func (b *tab) visit(url string) {
	b.Helper()
	b.still()
	b.do("visit "+url, chromedp.Navigate(url))
}

// watch notes everything that goes wrong from here on.
func (b *tab) watch() {
	b.Helper()
	b.must("listen", chromedp.Listen(b.ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			b.note(exception(e.ExceptionDetails))
		case *runtime.EventConsoleAPICalled:
			if e.Type == "error" || e.Type == "warning" {
				b.note(fmt.Sprintf("console.%s: %s", e.Type, arguments(e.Args)))
			}
		case *log.EventEntryAdded:
			if e.Entry.Level == "error" || e.Entry.Level == "warning" || e.Entry.Source == "security" {
				b.note(fmt.Sprintf("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL))
			}
		}
	}))
	_, err := chromedp.Call(b.ctx, log.Enable, cdp.Empty{})
	b.must("log", err)
	_, err = chromedp.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `document.addEventListener("securitypolicyviolation", (e) => console.error("CSP:", e.effectiveDirective, e.blockedURI, e.sample));` + steady,
	})
	b.must("watch the policy and what moves", err)
}

// dress sets language, theme, motion and window. Motion is off: an animation is
// nothing that a test should wait for.
func (b *tab) dress(l look) {
	b.Helper()
	version, err := chromedp.CallBrowser(b.ctx, browser.GetVersion, cdp.Empty{})
	b.must("version", err)
	_, err = chromedp.Call(b.ctx, emulation.SetUserAgentOverride,
		emulation.SetUserAgentOverrideParams{UserAgent: version.UserAgent, AcceptLanguage: cmp.Or(l.lang, "en-US")})
	b.must("language", err)
	scheme := "light"
	if l.dark {
		scheme = "dark"
	}
	_, err = chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
	b.must("theme", err)
	b.resize(l)
	b.allowMoves()
}

// allowMoves forgets what has moved so far: the test itself has changed the page, not a person.
func (b *tab) allowMoves() {
	b.Helper()
	evaluate[any](b, "new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))).then(() => { window.moved = [] })")
}

func (b *tab) resize(l look) {
	b.Helper()
	if l.phone {
		b.do("phone", chromedp.EmulateViewport(cmp.Or(l.width, 390), cmp.Or(l.height, 844), chromedp.EmulateMobile, chromedp.EmulateTouch))
		return
	}
	b.do("window", chromedp.EmulateViewport(cmp.Or(l.width, 1280), cmp.Or(l.height, 800)))
}

func exception(d *runtime.ExceptionDetails) string {
	if d.Exception != nil && d.Exception.Description != "" {
		return "uncaught: " + d.Exception.Description
	}
	return fmt.Sprintf("uncaught: %s at %s:%d", d.Text, d.URL, d.LineNumber)
}

func arguments(args []*runtime.RemoteObject) string {
	var words []string
	for _, a := range args {
		if a.Description != "" {
			words = append(words, a.Description)
		} else {
			words = append(words, string(a.Value))
		}
	}
	return strings.Join(words, " ")
}

func (b *tab) note(line string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trouble = append(b.trouble, line)
}

// expect names a part of a line that the browser itself writes for something the test
// does on purpose, such as a request that is refused.
func (b *tab) expect(part string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.expected = append(b.expected, part)
}

// finish reports what went wrong in the tab, with a picture of it where the test failed.
func (b *tab) finish() {
	b.still()
	b.mu.Lock()
	for _, line := range b.trouble {
		if !slices.ContainsFunc(b.expected, func(part string) bool { return strings.Contains(line, part) }) {
			b.Errorf("in the browser: %s", line)
		}
	}
	b.mu.Unlock()
	if b.Failed() {
		b.shoot(filepath.Join(b.ArtifactDir(), "last.png"))
	}
}

// shoot writes a picture of the window.
func (b *tab) shoot(file string) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(file, png, 0o600)
	}
	if err != nil {
		b.Logf("no picture of the window: %v", err)
	}
}
