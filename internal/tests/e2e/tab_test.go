package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
)

func (b *tab) must(what string, err error) {
	b.Helper()
	if err != nil {
		b.Fatalf("%s: %v", what, err)
	}
}

// do takes steps in the tab, each within patience.
func (b *tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	for _, step := range steps {
		ctx, cancel := context.WithTimeout(b.ctx, patience)
		err := chromedp.Do(ctx, step)
		cancel()
		b.must(what, err)
	}
}

// evaluate is the value of a JavaScript expression in the page; promises are awaited.
func evaluate[T any](b *tab, js string) T {
	b.Helper()
	v, err := try[T](b, js)
	if err != nil {
		b.Fatalf("evaluate %s: %v", js, err)
	}
	return v
}

func try[T any](b *tab, js string) (T, error) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](js, chromedp.EvalAwaitPromise))
}

// until waits for a JavaScript condition.
func (b *tab) until(what, js string) {
	b.Helper()
	var last error
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(25 * time.Millisecond) {
		ok, err := try[bool](b, "Boolean("+js+")")
		if ok {
			return
		}
		last = err // a page that is being loaded has nothing to say yet
	}
	b.Fatalf("%s: not so after %v (%s; %v)", what, patience, js, last)
}

// id selects what has a data-testid; one that ends in * only begins so.
func id(name string) string {
	if prefix, ok := strings.CutSuffix(name, "*"); ok {
		return fmt.Sprintf("[data-testid^=%q]", prefix)
	}
	return fmt.Sprintf("[data-testid=%q]", name)
}

// visible is a JavaScript condition: the first such element is on the page and shown.
func visible(css string) string {
	return fmt.Sprintf("document.querySelector(%[1]q)?.checkVisibility({visibilityProperty: true})", css)
}

// count is a JavaScript expression: how many such elements are shown.
func count(css string) string {
	return fmt.Sprintf("[...document.querySelectorAll(%q)].filter((e) => e.checkVisibility()).length", css)
}

// see waits until something is shown, miss until it is not.
func (b *tab) see(css string)  { b.Helper(); b.until(css+" is shown", visible(css)) }
func (b *tab) miss(css string) { b.Helper(); b.until(css+" is gone", "!("+visible(css)+")") }

// click presses the mouse on an element as a person does: it must be shown, and
// nothing may lie over it.
func (b *tab) click(css string) {
	b.Helper()
	b.see(css)
	b.do("click "+css, chromedp.Click(chromedp.CSS(css)))
}

// hover points the mouse at an element.
func (b *tab) hover(css string) {
	b.Helper()
	b.see(css)
	at := evaluate[[]float64](b, fmt.Sprintf(`(() => {
		const e = document.querySelector(%q)
		e.scrollIntoView({ block: "center" })
		const r = e.getBoundingClientRect()
		return [r.x + r.width / 2, r.y + r.height / 2]
	})()`, css))
	b.do("point at "+css, chromedp.MouseEvent(chromedp.MouseMoved, at[0], at[1]))
}

// choose clicks the label of a radio button or switch, whose own box is not shown.
func (b *tab) choose(name string) { b.Helper(); b.click("label:has(" + id(name) + ")") }

// text is what an element says.
func (b *tab) text(css string) string {
	b.Helper()
	b.until(css+" is there", fmt.Sprintf("document.querySelector(%q)", css))
	return strings.TrimSpace(evaluate[string](b, fmt.Sprintf("document.querySelector(%q).innerText", css)))
}

// says waits until an element's text has all of the parts.
func (b *tab) says(css string, parts ...string) {
	b.Helper()
	for _, part := range parts {
		b.until(fmt.Sprintf("%s says %q", css, part), fmt.Sprintf("document.querySelector(%q)?.innerText.includes(%q)", css, part))
	}
}

// write puts text into a field by the keyboard, in the place of what is there.
func (b *tab) write(css, text string) {
	b.Helper()
	b.see(css)
	b.do("empty "+css, chromedp.Focus(chromedp.CSS(css)), chromedp.KeyEvent("a", chromedp.KeyModifiers(chromedp.ModifierCtrl)), chromedp.KeyEvent("\b"))
	b.do("write "+css, chromedp.SendKeys(chromedp.CSS(css), text))
}

// press types keys, wherever the focus is.
func (b *tab) press(keys string, modifiers ...chromedp.Modifier) {
	b.Helper()
	b.do(fmt.Sprintf("press %q", keys), chromedp.KeyEvent(keys, chromedp.KeyModifiers(modifiers...)))
}

// focused waits until the focus is on what the selector means.
func (b *tab) focused(css string) {
	b.Helper()
	b.until("the focus is on "+css, fmt.Sprintf("document.activeElement?.matches(%q)", css))
}

// networkChanged is what the browser says of every request under way when a network
// comes or goes on this machine, as where containers are started beside the tests.
const networkChanged = "ERR_NETWORK_CHANGED"

func (b *tab) noted(part string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.ContainsFunc(b.trouble, func(line string) bool { return strings.Contains(line, part) })
}

// ready waits until the page has the catalog and knows what is kept.
func (b *tab) ready() {
	b.Helper()
	waitFor(b.T, patience, "the page", func() bool {
		if ok, err := try[bool](b, "Boolean("+visible(id("model"))+")"); err == nil && ok {
			return true
		}
		if b.noted(networkChanged) && !b.reloaded {
			b.reloaded = true
			b.visit(b.URL)
		}
		return false
	})
	b.until("the page knows what is kept", visible(`.library:not([aria-busy])`)+" || "+visible(id("empty")))
}

// save presses a download link and returns the file and the name it was given.
func (b *tab) save(css string) (name string, data []byte) {
	b.Helper()
	dir := b.TempDir()
	events := true
	_, err := chromedp.CallBrowser(b.ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: "allowAndName", BrowserContextID: chromedp.FromContext(b.ctx).BrowserContextID, DownloadPath: dir, EventsEnabled: &events,
	})
	b.must("allow downloads", err)
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	begun := chromedp.BrowserEvents(ctx, browser.DownloadWillBegin)
	progress := chromedp.BrowserEvents(ctx, browser.DownloadProgress)
	b.click(css)
	var guid string
	for e, err := range begun {
		b.must("begin of the download", err)
		if strings.Contains(e.URL, b.URL) { // other tabs have downloads too
			guid, name = e.GUID, e.SuggestedFilename
			break
		}
	}
	for e, err := range progress {
		b.must("end of the download", err)
		if e.GUID == guid && e.State != browser.DownloadProgressStateInProgress {
			break
		}
	}
	data, err = os.ReadFile(filepath.Join(dir, guid))
	b.must("read the downloaded file", err)
	return name, data
}
