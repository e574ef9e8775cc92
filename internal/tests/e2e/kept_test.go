package e2e

import (
	"strings"
	"testing"
)

func TestAPromptIsKeptAsATemplateTakenOutAndBroughtIn(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	p := quick(t)
	drawn := draw(t, p, "a heron in the mist")
	b := open(t, p.URL, look{})
	b.ready()
	b.write(id("prompt"), "A {{animal=fox}} in ink")
	b.click(id("templates"))
	b.until("every template that is built in has its cover", count(".template-cover")+" === "+count(".template"))
	b.click(id("template-keep"))
	b.named("Ink animal")
	b.says(".template-row:has("+id("template-drop")+")", "Ink animal")
	name, data := b.save(id("template-take"))
	if name != "prompt-templates.json" || !strings.Contains(string(data), "{{animal=fox}}") {
		t.Errorf("%s is taken out: %s", name, data)
	}

	b.write(id("kept-find"), "ink an")
	b.until("one is found", count(".template")+" === 1")
	b.click(id("template-drop"))
	b.says(id("question"), "Ink animal")
	b.click(id("question-yes"))
	b.until("it is gone", "!("+visible(id("template-drop"))+") && "+count(".template")+" > 1")
	evaluate[any](b, `(async (text) => {
		const field = document.querySelector("[data-testid=template-bring]"), files = new DataTransfer()
		files.items.add(new File([text], "prompt-templates.json", { type: "application/json" }))
		field.files = files.files
		field.dispatchEvent(new Event("change", { bubbles: true }))
	})(`+"`"+string(data)+"`"+`)`)
	b.says(id("toast"), "1 template brought in")
	b.says(".template-row:has("+id("template-drop")+")", "Ink animal")
	b.click(".template-row:has(" + id("template-drop") + ") .template")
	b.says(id("filling-preview"), "A fox in ink")
	b.click(id("filling-fill"))
	b.until("the form is filled", `document.querySelector("#prompt").value === "A fox in ink"`)

	b.click(id("templates"))
	b.choose("kept-prompts")
	b.write(id("kept-find"), "heron")
	b.until("the prompt is found", count(id("sent-prompt"))+" === 1")
	b.click(id("sent-prompt"))
	b.until("the form is filled", `document.querySelector("#prompt").value === "a heron in the mist"`)
	b.until("one way back is offered", count(id("undo"))+" === 1 && "+visible(id("undo")))

	b.inform(tile(drawn.ID))
	b.click(id("aside-template"))
	b.named("Heron")
	b.says(id("toast"), "Heron")
	b.click(id("templates"))
	b.choose("kept-templates")
	b.see(".template-row:has(" + id("template-drop") + ") .template-cover")
}
