package e2e

import (
	"testing"

	"github.com/chromedp/chromedp/kb"
)

func TestATemplateAsksForWhatItLeavesOpenAndFillsTheForm(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	b := open(t, quick(t).URL, look{})
	b.ready()
	b.write(id("prompt"), "/film")
	b.says(id("offers"), "Film portrait")
	b.press(kb.ArrowDown)
	b.press(kb.ArrowUp)
	b.enterKey()
	b.says(id("filling"), "Film portrait", "a woman in her twenties")
	b.write(id("filling-person"), "an old fisherman")
	b.says(id("filling-preview"), "portrait of an old fisherman")
	b.enterKey()
	b.miss(id("filling"))
	b.until("the prompt is in the form", `document.querySelector("#prompt").value.startsWith("Half-length film portrait of an old fisherman on a seaside boardwalk")`)
	b.focused("#prompt")
	b.says(id("toast"), "Prompt", "an old fisherman")
	b.click(id("undo"))
	b.until("the form is as before", `document.querySelector("#prompt").value === ""`)
}

func TestAChoiceIsCompletedFromWhatWasSentBefore(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	b := open(t, quick(t).URL, look{})
	b.ready()
	b.ask("a {red|white} fox")
	b.write(id("prompt"), "a house, {re")
	b.says(id("offers"), "{red|white}")
	b.enterKey()
	b.until("the choice is in the prompt", `document.querySelector("#prompt").value === "a house, {red|white}"`)
	b.miss(id("offers"))
	b.write(id("prompt"), "")
	b.press(kb.ArrowUp, 1) // Alt
	b.until("the prompt that was sent is back", `document.querySelector("#prompt").value === "a {red|white} fox"`)
}

func TestASeedIsLockedToThatOfTheNewestPicture(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	p := quick(t)
	draw(t, p, "a picture with a seed")
	b := open(t, p.URL, look{})
	b.ready()
	b.see(id("picture"))
	b.click(id("model"))
	b.choose("model-jimeng_t2i_v31")
	b.press("\x1b")
	b.click(id("advanced"))
	b.click(id("seed-lock"))
	seed := evaluate[string](b, `document.querySelector("[data-testid=field-seed]").value`)
	b.press("\x1b")
	b.inform(id("picture"))
	b.says(id("aside"), seed)
	b.click(id("advanced"))
	b.click(id("seed-lock"))
	b.until("the seed is left to chance", `document.querySelector("[data-testid=field-seed]").value === ""`)
}

func TestANewVisitBeginsWithTheModelAndSizeThatWereChosen(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	b := open(t, quick(t).URL, look{})
	b.ready()
	choose := func(model, ratio string) {
		b.click(id("model"))
		b.choose("model-" + model)
		b.press("\x1b")
		b.click(id("size"))
		b.choose("ratio-" + ratio)
		b.press("\x1b")
	}
	choose("jimeng_t2i_v31", "16:9")
	b.click(id("settings"))
	b.says(id("version"), built)
	b.click(id("keep-defaults"))
	b.says(id("defaults"), "3.1 · 16:9")
	b.press("\x1b")
	choose("jimeng_t2i_v40", "1:1")
	b.visit(b.URL)
	b.ready()
	b.says(id("model"), "4.0") // a reload is the same visit
	evaluate[any](b, "sessionStorage.clear()")
	b.visit(b.URL)
	b.ready()
	b.says(id("model"), "3.1")
	b.says(id("size"), "16:9")
}

func TestThePromptShowsAllItsWordsWhereItIsNarrower(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	p := quick(t)
	draw(t, p, "beside the form")
	b := open(t, p.URL, look{})
	b.ready()
	b.write(id("prompt"), "a fox in fresh snow, morning light, a pine forest and a small wooden cabin far behind, smoke above it")
	b.inform(id("picture"))
	b.until("all words show", `(({ scrollHeight, clientHeight }) => scrollHeight <= clientHeight && clientHeight > 60)(document.querySelector("#prompt"))`)
}
