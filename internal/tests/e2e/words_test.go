package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// wordy makes every word of the page 40 % longer, as those of another language may be.
const wordy = `(() => {
	const real = window.fetch
	const longer = (text) => typeof text === "string"
		? text + " " + "lorem ipsum dolor ".repeat(20).slice(0, Math.ceil(text.replace(/\{\w+\}/g, "").length * 0.4))
		: Object.fromEntries(Object.entries(text).map(([k, v]) => [k, longer(v)]))
	window.fetch = async (url, options) => {
		const answer = await real(url, options)
		if (!String(url).startsWith("/locales/")) return answer
		const words = Object.entries(await answer.json()).map(([k, v]) => [k, k === "app.name" ? v : longer(v)])
		return new Response(JSON.stringify(Object.fromEntries(words)))
	}
})()`

// clipped is a JavaScript expression: buttons whose words are cut off.
const clipped = `[...document.querySelectorAll("button, a.button, .segment, .chip")]
	.filter((e) => e.checkVisibility({ visibilityProperty: true }) && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0)
	.filter((e) => !e.closest(".sr-only, .place, .chip, .pick, .tile-over") && getComputedStyle(e).textOverflow !== "ellipsis")
	.map((e) => (e.dataset.testid ?? e.className) + " “" + e.innerText.slice(0, 30) + "” " + e.scrollWidth + " in " + e.clientWidth)`

func TestWordsThatAreLongerFit(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	p := furnished(t)
	for name, l := range map[string]look{"wide": {}, "phone": {phone: true}} {
		for _, s := range scenes {
			t.Run(name+"/"+s.name, func(t *testing.T) {
				defer stopAll(t, p)
				b := open(t, "about:blank", l)
				_, err := chromedp.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: wordy})
				b.must("make the words longer", err)
				b.URL = p.URL
				b.visit(p.URL)
				b.ready()
				s.show(b)
				for _, found := range [][]string{evaluate[[]string](b, narrow), evaluate[[]string](b, clipped)} {
					if len(found) > 0 {
						t.Errorf("phone %v: %s", l.phone, strings.Join(found, "; "))
					}
				}
			})
		}
	}
}
