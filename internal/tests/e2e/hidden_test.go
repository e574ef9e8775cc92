package e2e

import (
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// window minimises the tab's window, or brings it back.
func (b *tab) window(state browser.WindowState) {
	b.Helper()
	at, err := chromedp.Call(b.ctx, browser.GetWindowForTarget, browser.GetWindowForTargetParams{})
	b.must("find the window", err)
	_, err = chromedp.Call(b.ctx, browser.SetWindowBounds, browser.SetWindowBoundsParams{WindowID: at.WindowID, Bounds: &browser.Bounds{WindowState: state}})
	b.must("make the window "+string(state), err)
}

// permit answers whether the page may show notifications.
func (b *tab) permit(setting browser.PermissionSetting) {
	b.Helper()
	_, err := chromedp.CallBrowser(b.ctx, browser.SetPermission, browser.SetPermissionParams{
		Origin: b.URL, BrowserContextID: chromedp.FromContext(b.ctx).BrowserContextID,
		Permission: &browser.PermissionDescriptor{Name: "notifications"}, Setting: setting,
	})
	b.must("permit notifications", err)
}

// shownNotes keeps what the browser has shown as a notification, besides showing it.
const shownNotes = `window.notes = []
window.Notification = class extends Notification {
	constructor(title, options) {
		super(title, options)
		this.onshow = () => notes.push(title + ": " + options.body)
	}
}`

func TestWhoLooksElsewhereIsToldOfAPictureByTitleIconAndNotification(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	b := open(t, quick(t).URL, look{})
	b.permit("granted")
	_, err := chromedp.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: shownNotes})
	b.must("keep the notifications", err)
	b.visit(b.URL)
	b.ready()
	icon := func(file string) {
		b.Helper()
		b.until("the icon is "+file, `document.querySelector("link[rel=icon]").href.endsWith("/`+file+`")`)
	}

	b.ask("while nobody has asked to be told")
	b.until("it is made", `document.querySelector("[data-testid=task-card]").dataset.status === "COMPLETED"`)
	icon("favicon.svg") // who looks sees it
	b.click(id("settings"))
	b.choose("setting-notify")
	b.until("the switch is on", `document.querySelector("[data-testid=setting-notify]").checked`)
	b.press("\x1b")

	b.ask("#slow=2s a picture for later")
	b.until("the title counts it", `document.title === "(1) volcimage"`)
	b.window("minimized")
	b.until("the page knows that it is not seen", "document.hidden")
	b.until("the notification is shown", `notes.join() === "1 picture is ready: #slow=2s a picture for later"`)
	b.until("the title counts nothing", `document.title === "volcimage"`)
	icon("favicon-done.svg")
	b.window("normal")
	icon("favicon.svg")

	b.visit(b.URL)
	b.ready()
	b.click(id("settings"))
	b.until("the switch is on still", `document.querySelector("[data-testid=setting-notify]").checked`)
	b.choose("setting-notify")
	b.press("\x1b")
	b.ask("#slow=2s another for later")
	b.window("minimized")
	icon("favicon-done.svg")
	if n := evaluate[int](b, "notes.length"); n != 0 {
		t.Errorf("%d notifications though they are off", n)
	}
}

func TestNotificationsThatTheBrowserRefusesAreSaidToBe(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	b := open(t, quick(t).URL, look{})
	b.permit("denied")
	b.visit(b.URL)
	b.ready()
	b.click(id("settings"))
	b.until("the switch is off and cannot be used", `document.querySelector("[data-testid=setting-notify]").matches(":disabled:not(:checked)")`)
	b.says("label:has("+id("setting-notify")+")", "does not allow notifications")
}
