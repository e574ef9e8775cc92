package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// scene is a state of the page worth looking at from every side.
type scene struct {
	name string
	show func(b *tab)
}

// scenes of a library that has pictures, a record of a failure and one of a set with gaps.
var scenes = []scene{
	{"full", func(b *tab) { b.see(id("picture")) }},
	{"viewer", func(b *tab) {
		b.click(id("picture"))
		b.until("the picture is loaded", `document.querySelector("[data-testid=viewer-picture]").naturalWidth > 0`)
	}},
	{"busy", func(b *tab) {
		b.ask("#slow=60s a task that runs")
		b.until("the task is at the provider", `document.querySelector("[data-testid=task-card]")?.dataset.status === "PROCESSING"`)
	}},
	{"failed", func(b *tab) {
		b.ask("#moderated-prompt a refused one")
		b.see(id("task-error"))
	}},
	{"advanced", func(b *tab) { b.click(id("advanced")); b.see("#advanced-panel") }},
	{"size", func(b *tab) {
		b.click(id("size"))
		b.choose("ratio-custom")
		b.write(id("width"), "9000")
		b.see(id("nearest"))
	}},
	{"models", func(b *tab) { b.click(id("model")); b.see("#model-panel") }},
	{"theme", func(b *tab) { b.menu(); b.click(id("theme")); b.see("#theme-panel") }},
	{"templates", func(b *tab) { b.click(id("templates")); b.see(".template") }},
	{"offers", func(b *tab) { b.write(id("prompt"), "a fox, {"); b.see(".offer") }},
	{"filling", func(b *tab) { b.click(id("templates")); b.click(".template"); b.see(id("filling")) }},
	{"call", func(b *tab) { b.click(id("advanced")); b.click(id("show-call")); b.see(id("call-code")) }},
	{"settings", func(b *tab) { b.menu(); b.click(id("settings")); b.see(id("settings-dialog")) }},
	{"keys", func(b *tab) { b.press("?"); b.see(id("key-sheet")) }},
	{"compare", func(b *tab) {
		b.see(id("picture"))
		evaluate[any](b, fmt.Sprintf("document.querySelector(%q).focus()", id("picture")))
		b.press(kb.ArrowRight, chromedp.ModifierShift)
		b.click(id("chosen-compare"))
		b.see(id("pair"))
	}},
	{"chosen", func(b *tab) {
		b.see(id("picture"))
		evaluate[any](b, fmt.Sprintf("document.querySelector(%q).focus()", id("picture")))
		b.press(" ")
		b.see(id("chosen"))
	}},
	{"details", func(b *tab) { b.inform(id("picture")) }},
	{"details of what is chosen", func(b *tab) {
		b.inform(id("picture"))
		b.press(" ")
		b.until("it is chosen", `document.querySelector("[data-testid=chosen]")`)
	}},
	{"bin", func(b *tab) { b.bin(); b.see(id("picture")) }},
	{"binned", func(b *tab) { b.bin(); b.inform(id("picture")) }},
	{"question", func(b *tab) { b.bin(); b.click(id("empty-bin")); b.see(id("question")) }},
	{"folder", func(b *tab) {
		b.menu()
		b.click(id("new-folder"))
		b.write(id("question-name"), "Winter 冬")
		b.click(id("question-yes"))
		b.see(id("nothing-yet"))
	}},
	{"into a folder", func(b *tab) {
		b.see(id("picture"))
		evaluate[any](b, fmt.Sprintf("document.querySelector(%q).focus()", id("picture")))
		b.press("f")
		b.see(id("into-new"))
	}},
	{"suggestions", func(b *tab) {
		b.write(id("search"), "r")
		b.see(id("suggestions"))
		b.press(kb.ArrowDown)
	}},
	{"tags", func(b *tab) { b.menu(); b.click(id("tags")); b.see(id("tag-dialog")) }},
	{"tagging", func(b *tab) {
		b.see(id("picture"))
		evaluate[any](b, fmt.Sprintf("document.querySelector(%q).focus()", id("picture")))
		b.press("t")
		b.see("#tag-panel")
	}},
	{"also", func(b *tab) { b.click(id("advanced")); b.choose("also-16:9"); b.says(id("submit"), "2") }},
	{"archive", func(b *tab) { b.menu(); b.click(id("open-archive")); b.see(id("archive")) }},
	{"failure", func(b *tab) { b.click(id("record")); b.see(id("aside")) }},
}

// menu opens the sidebar where it is a drawer.
func (b *tab) menu() {
	b.Helper()
	if evaluate[bool](b, visible(id("menu"))) {
		b.click(id("menu"))
		b.see(".sidebar.is-open")
	}
}

// inform opens the details of a tile, by the way that a finger has where there is no mouse.
func (b *tab) inform(css string) {
	b.Helper()
	b.see(css)
	evaluate[any](b, fmt.Sprintf("document.querySelector(%q).focus()", css))
	b.press("i")
	b.see(id("aside"))
}

// furnished is a service with something of everything in its library.
func furnished(t *testing.T) *process {
	t.Helper()
	p := quick(t)
	draw(t, p, "一幅横的画 a picture")
	draw(t, p, "another picture")
	draw(t, p, "#moderated-prompt refused")
	half := small("#half with gaps")
	half["count"] = 4
	finish(t, p, submit(t, p, half).ID, time.Minute)
	call(t, "DELETE", p.URL+"/api/v1/task/"+draw(t, p, "thrown away").ID, nil, nil)
	return p
}

// stopAll ends what still runs, so that one scene does not show in the next.
func stopAll(t *testing.T, p *process) {
	t.Helper()
	var page struct{ Items []Task }
	call(t, "GET", p.URL+"/api/v1/history?status=active", nil, &page)
	for _, x := range page.Items {
		call(t, "POST", p.URL+"/api/v1/task/"+x.ID+"/cancel", nil, nil)
	}
}

// narrow is a JavaScript expression: what reaches beyond the sides of the window, but for the row of
// filters, which a finger pushes along.
const narrow = `(() => {
	const wide = document.documentElement.scrollWidth > innerWidth ? ["the page is " + document.documentElement.scrollWidth + " wide"] : []
	for (const e of document.querySelectorAll("button, a, input, textarea, select, .panel, .card, .tile, .toast, h1, h2, p")) {
		const r = e.getBoundingClientRect()
		if (r.width > 0 && !e.closest(".sr-only, .skip, .tile, .filter-row") && e.checkVisibility({ visibilityProperty: true }) && (r.left < -0.5 || r.right > innerWidth + 0.5)) {
			wide.push((e.dataset.testid ?? e.className) + " " + Math.round(r.left) + "…" + Math.round(r.right))
		}
	}
	return wide
})()`

// untouchable is a JavaScript expression: controls that a finger of 44 pixels misses.
// A control's room may be larger than its drawing, so the edges are asked for what is there.
const untouchable = `(async () => {
	const small = []
	for (const e of document.querySelectorAll("button, a[href], input, select, textarea, summary, [role=switch]")) {
		const target = e.matches(".sr-only") ? e.closest("label") : e
		if (!target || !target.checkVisibility({ visibilityProperty: true, opacityProperty: true }) || target.closest(".skip, [inert]")) continue
		if (document.querySelector("dialog[open]") && !target.closest("dialog")) continue
		const sheet = [...document.querySelectorAll(".panel")].find((p) => p.checkVisibility())
		if (sheet && !sheet.contains(target)) continue
		target.scrollIntoView({ block: "center", inline: "center" })
		await new Promise((done) => requestAnimationFrame(done))
		const r = target.getBoundingClientRect()
		const x = r.x + r.width / 2, y = r.y + r.height / 2
		const hits = (dx, dy) => {
			const there = document.elementFromPoint(x + dx, y + dy)
			return there && (target.contains(there) || (there.closest("label")?.contains(target) ?? false))
		}
		const wide = r.width >= 43.5 || hits(-21.5, 0) && hits(21.5, 0)
		const tall = r.height >= 43.5 || hits(0, -21.5) && hits(0, 21.5)
		if (!wide || !tall) small.push((e.dataset.testid ?? e.className ?? "") + " “" + target.innerText.slice(0, 20) + "” " + Math.round(r.width) + " × " + Math.round(r.height))
	}
	return small
})()`

// spilt is a JavaScript expression: controls that stick out of the region they belong to.
const spilt = `[...document.querySelectorAll(".composer, .aside, .viewer-side, .chosen, .sidebar, .card, .viewer-bar, .dialog-in")]
	.filter((region) => region.checkVisibility({ visibilityProperty: true })).flatMap((region) => {
		const box = region.getBoundingClientRect()
		return [...region.querySelectorAll("button, a, input, textarea")]
			.filter((e) => !e.closest(".panel, .sr-only, .strip .card-words") && e.checkVisibility({ visibilityProperty: true }))
			.filter((e) => { const r = e.getBoundingClientRect(); return r.width > 0 && (r.left < box.left - 1 || r.right > box.right + 1) })
			.map((e) => region.className + " > " + (e.dataset.testid ?? e.className))
	})`

func TestNoControlLeavesItsRegion(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	p := furnished(t)
	for _, l := range []look{{}, {width: 1180, height: 800, lang: "zh-CN"}, {width: 1024, height: 768}, {width: 768, height: 1024}, {phone: true}} {
		b := open(t, p.URL, l)
		b.ready()
		b.see(id("picture"))
		check := func(what string) {
			for _, line := range evaluate[[]string](b, spilt) {
				t.Errorf("%s in a window %d wide: %s", what, l.width, line)
			}
		}
		check("the page")
		b.write(id("prompt"), "words that make the counter show")
		check("the form with words")
		b.inform(id("picture"))
		check("details")
	}
}

// cutNames is a JavaScript expression: filters of the library whose name does not fit.
const cutNames = `[...document.querySelectorAll(".filter-row select")].filter((e) => e.checkVisibility()).flatMap((e) => {
	const brush = document.createElement("canvas").getContext("2d"), style = getComputedStyle(e)
	brush.font = style.font
	const room = e.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight)
	return brush.measureText(e.selectedOptions[0].text).width > room + 1 ? [e.dataset.testid] : []
})`

func TestOnAPhoneNamesAreWholeAndRowsAreRows(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	p := furnished(t)
	for _, lang := range []string{"en", "zh-CN"} {
		b := open(t, p.URL, look{phone: true, lang: lang})
		b.ready()
		b.see(id("picture"))
		if got := evaluate[[]string](b, cutNames); len(got) > 0 {
			b.Errorf("%s: cut off: %q", lang, got)
		}
		height := func(css string) float64 {
			return evaluate[float64](b, fmt.Sprintf("document.querySelector(%q).getBoundingClientRect().height", css))
		}
		if got := height(id("submit")); got > 48 {
			b.Errorf("%s: without a prompt the button is %.0f pixels high", lang, got)
		}
		evaluate[any](b, `document.querySelector("[data-testid=picture]").focus()`)
		b.press("a", chromedp.ModifierCtrl)
		b.see(id("chosen-compare"))
		if got := height(id("chosen")); got > 56 {
			b.Errorf("%s: the bar of what is chosen is %.0f pixels high", lang, got)
		}
	}
}

func TestOnAPhoneNothingIsTooWideAndEverythingIsWithinReachOfAFinger(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	check := func(b *tab) {
		b.Helper()
		if got := evaluate[[]string](b, narrow); len(got) > 0 {
			b.Errorf("beyond the sides of the window: %s", strings.Join(got, "; "))
		}
		if got := evaluate[[]string](b, untouchable); len(got) > 0 {
			b.Errorf("smaller than 44 × 44 pixels: %s", strings.Join(got, "; "))
		}
	}
	t.Run("empty", func(t *testing.T) {
		b := open(t, quick(t).URL, look{phone: true})
		b.ready()
		check(b)
	})
	p := furnished(t)
	for i, s := range scenes {
		t.Run(s.name, func(t *testing.T) {
			defer stopAll(t, p)
			b := open(t, p.URL, look{phone: true, lang: []string{"en-US", "zh-CN"}[i%2]})
			b.ready()
			s.show(b)
			check(b)
		})
	}
	t.Run("320 pixels", func(t *testing.T) {
		b := open(t, p.URL, look{phone: true, width: 320, height: 640})
		b.ready()
		if got := evaluate[[]string](b, narrow); len(got) > 0 {
			t.Errorf("beyond the sides of the window: %s", strings.Join(got, "; "))
		}
	})
}

func TestOnAPhoneAPictureIsOrderedAndLookedAt(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	p := quick(t)
	b := open(t, p.URL, look{phone: true, lang: "zh-CN"})
	b.ready()
	b.until("the form is at the bottom", `Math.abs(document.querySelector("[data-testid=composer]").getBoundingClientRect().bottom - innerHeight) < 1`)
	b.click(id("size"))
	b.until("the sheet is at the bottom", `Math.abs(document.querySelector("#size-panel").getBoundingClientRect().bottom - innerHeight) < 1`)
	b.choose("ratio-9:16")
	b.click("#size-panel .panel-close")
	b.miss("#size-panel")
	b.write(id("prompt"), "手机上的一张画")
	b.click(id("submit"))
	b.see(id("task-card"))
	b.putAway()
	b.until("the picture is in the library", count(id("picture"))+" === 1")
	b.click(id("picture"))
	b.see(id("viewer-download"))
	b.click(id("details"))
	b.says(id("viewer-prompt"), "手机上的一张画")
	b.click(id("viewer-use"))
	b.until("the prompt is in the form", `document.querySelector("#prompt").value === "手机上的一张画"`)
}

// violations is what axe-core finds against WCAG 2.2 AA in the page as it stands.
func (b *tab) violations(source string) []string {
	b.Helper()
	evaluate[any](b, source+"; null")
	found := evaluate[[]struct {
		ID    string
		Nodes []string
	}](b, `axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] })
		.then((r) => r.violations.map((v) => ({ id: v.id, nodes: v.nodes.map((n) => n.target.join(" ") + ": " + n.failureSummary) })))`)
	var out []string
	for _, v := range found {
		nodes, err := json.Marshal(v.Nodes)
		b.must("write "+v.ID, err)
		out = append(out, v.ID+" "+string(nodes))
	}
	return out
}

func TestThePageBreaksNoRuleOfAccessibility(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	source, err := os.ReadFile("testdata/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	check := func(b *tab) {
		b.Helper()
		for _, v := range b.violations(string(source)) {
			b.Errorf("axe: %s", v)
		}
	}
	// Each scene is seen light and dark, wide, narrow and between, and in both languages.
	wide := []look{{}, {dark: true, lang: "zh-CN"}}
	middle := look{width: 768, height: 1024}
	narrow := []look{{phone: true, dark: true}, {phone: true}}
	see := func(t *testing.T, p *process, i int, show func(b *tab)) {
		defer stopAll(t, p)
		b := open(t, p.URL, wide[i%2])
		b.ready()
		show(b)
		for _, l := range []look{wide[i%2], middle, narrow[i%2]} {
			b.dress(l)
			check(b)
		}
		lang := evaluate[string](b, "document.documentElement.lang")
		evaluate[any](b, fmt.Sprintf("document.querySelector(%q).click()", id("language")))
		b.until("the page speaks the other language", fmt.Sprintf("document.documentElement.lang !== %q", lang))
		b.allowMoves()
		check(b)
	}
	t.Run("empty", func(t *testing.T) {
		p := quick(t)
		for i := range 2 {
			see(t, p, i, func(b *tab) { b.see(id("empty")) })
		}
	})
	p := furnished(t)
	for i, s := range scenes {
		t.Run(s.name, func(t *testing.T) { see(t, p, i, s.show) })
	}
}

// The tests of the page prove something only as long as they see what goes wrong.
func TestWhatGoesWrongInTheBrowserIsSeen(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	source, err := os.ReadFile("testdata/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	b := open(t, quick(t).URL, look{})
	b.ready()
	for name, c := range map[string]struct{ js, noted string }{
		"a violation of the policy": {`document.body.setAttribute("style", "color: red")`, "style-src-attr"},
		"a warning":                 {`console.warn("take care")`, "take care"},
		"an exception":              {`setTimeout(() => { throw new Error("broken") })`, "broken"},
		"a lost promise":            {`Promise.reject(new Error("lost")); 0`, "lost"},
		"a failed request":          {`fetch("/nothing-here"); 0`, "404"},
	} {
		b.expect(c.noted)
		evaluate[any](b, c.js)
		waitFor(t, patience, name, func() bool { return b.noted(c.noted) })
	}
	b.expect("Content Security Policy") // the browser's own line about the first
	evaluate[any](b, `document.querySelector("[data-testid=count-more]").removeAttribute("aria-label")`)
	if got := b.violations(string(source)); len(got) == 0 {
		t.Error("axe sees nothing wrong with a button that has no name")
	}
}
