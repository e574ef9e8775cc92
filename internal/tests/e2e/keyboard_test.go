package e2e

import (
	"fmt"
	"slices"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// at says where the focus is: the data-testid of the element, or its tag and text.
func (b *tab) at() string {
	b.Helper()
	return evaluate[string](b, `(() => {
		const e = document.activeElement
		return e.dataset.testid ?? (e.tagName + " " + e.innerText.trim())
	})()`)
}

// tabs presses Tab until the focus is where it should be and returns the way there.
func (b *tab) tabs(to string) []string {
	b.Helper()
	var way []string
	for range 40 {
		b.press(kb.Tab)
		way = append(way, b.at())
		if way[len(way)-1] == to {
			return way
		}
	}
	b.Fatalf("Tab does not come to %q: %q", to, way)
	return nil
}

// strike presses a key as a keyboard does: where the page keeps the keydown for
// itself, no character follows. (chromedp sends the character as an event of its own.)
func (b *tab) strike(key, code, text string, number int64) {
	b.Helper()
	for _, e := range []input.DispatchKeyEventParams{
		{Type: input.DispatchKeyEventTypeKeyDown, Key: key, Code: code, Text: text, WindowsVirtualKeyCode: number},
		{Type: input.DispatchKeyEventTypeKeyUp, Key: key, Code: code, WindowsVirtualKeyCode: number},
	} {
		_, err := chromedp.Call(b.ctx, input.DispatchKeyEvent, e)
		b.must("strike "+key, err)
	}
}

func (b *tab) slash()    { b.Helper(); b.strike("/", "Slash", "/", 191) }
func (b *tab) enterKey() { b.Helper(); b.strike("Enter", "Enter", "\r", 13) }

func TestTheWholeWayByKeyboard(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	p := quick(t)
	b := open(t, p.URL, look{})
	b.ready()
	b.fillByKeys()
	b.press("\r", chromedp.ModifierCtrl)
	b.until("both pictures are there", count(id("task-picture")+" img")+" === 2")
	b.reachLibraryByKeys()
	b.viewByKeys()
}

// fillByKeys writes a prompt and goes through the parameters of the form.
func (b *tab) fillByKeys() {
	b.Helper()
	b.slash()
	b.focused("#prompt")
	b.slash() // in the field it is a sign like any other
	b.until("what is typed stands in the field", `document.querySelector("#prompt").value === "/"`)
	b.see(".prompt-clear")
	want := []string{"BUTTON ", "templates", "model"}
	if got := b.tabs("model"); !slices.Equal(got, want) {
		b.Errorf("Tab goes from the prompt to %q, want %q", got, want)
	}
	b.enterKey()
	b.until("the focus is in the list of models", `document.activeElement?.name === "model"`)
	b.press(kb.ArrowDown)
	b.press(kb.ArrowDown)
	b.until("the third model is chosen", `document.querySelector("[data-testid=model-jimeng_t2i_v31]").checked`)
	b.enterKey() // takes the choice, and sends nothing
	b.focused(id("model"))
	b.miss("#model-panel")
	b.says(id("model"), "3.1")

	b.press(kb.Tab)
	b.enterKey()
	b.until("the focus is on the sizes", `["tier", "ratio"].includes(document.activeElement?.name)`)
	b.press(kb.Escape)
	b.focused(id("size"))
	b.miss("#size-panel")
	want = []string{"count-more", "advanced", "submit"} // one picture is the least: count-less is off
	if got := b.tabs("submit"); !slices.Equal(got, want) {
		b.Errorf("Tab goes from the size to %q, want %q", got, want)
	}
	for range 2 {
		b.press(kb.Tab, chromedp.ModifierShift)
	}
	b.enterKey()
	b.says(id("count"), "2")
	b.miss(id("task-card"))
}

// reachLibraryByKeys goes by the link at the top of the page to the first picture.
func (b *tab) reachLibraryByKeys() {
	b.Helper()
	b.visit(b.URL)
	b.ready()
	b.until("both pictures are shown", count(id("picture"))+" === 2")
	b.press(kb.Tab)
	b.focused(".skip")
	b.enterKey()
	b.focused("#shelf")
	want := []string{"search", "filter-status", "filter-model", "filter-more", "order", "tile-size-medium", "picture"}
	if got := b.tabs("picture"); !slices.Equal(got, want) {
		b.Errorf("Tab goes through the library by %q, want %q", got, want)
	}
	b.press(kb.ArrowRight)
	b.focused(id("picture") + `[aria-posinset="2"]`)
	b.press(kb.Home)
	b.focused(id("picture") + `[aria-posinset="1"]`)
}

// viewByKeys looks at both pictures and comes back to the second.
func (b *tab) viewByKeys() {
	b.Helper()
	b.enterKey()
	b.focused(".canvas")
	b.says(id("viewer-place"), "1 of 2")
	b.press(kb.ArrowRight)
	b.says(id("viewer-place"), "2 of 2")
	b.press(kb.ArrowRight)
	b.says(id("viewer-place"), "2 of 2")
	b.press(kb.ArrowLeft)
	b.says(id("viewer-place"), "1 of 2")
	b.press("z")
	b.until("the picture is at full size", fmt.Sprintf(`document.querySelector(%q).getAttribute("aria-pressed") === "true"`, id("zoom")))
	b.press("z")
	for range 20 { // more often than there are controls
		b.press(kb.Tab)
		if inside := evaluate[bool](b, fmt.Sprintf(`document.activeElement === document.body || document.querySelector(%q).contains(document.activeElement)`, id("viewer"))); !inside {
			b.Errorf("Tab leaves the full view for %q", b.at())
		}
	}
	b.tabs("details")
	b.press(kb.ArrowRight)
	b.says(id("viewer-place"), "2 of 2")
	b.press(kb.Escape)
	b.miss(id("viewer"))
	b.focused(id("picture") + `[aria-posinset="2"]`)
}
