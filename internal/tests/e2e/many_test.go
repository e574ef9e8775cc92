package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// tagged are the tags of a task as the service has them.
func tagged(t *testing.T, p *process, x Task) string {
	t.Helper()
	var kept struct{ Tags []string }
	call(t, "GET", p.URL+"/api/v1/task/"+x.ID, nil, &kept)
	return fmt.Sprint(kept.Tags)
}

func TestManyAreTaggedAtOnceAndATagIsRenamedMergedAndLookedUp(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	p := quick(t)
	one, two, three := draw(t, p, "one"), draw(t, p, "two"), draw(t, p, "three")
	b := open(t, p.URL, look{})
	b.ready()
	b.to(three)
	b.press(kb.ArrowRight, chromedp.ModifierShift)
	b.press("t")
	b.focused(id("chosen-tag-name"))
	b.write(id("chosen-tag-name"), "fox")
	b.enterKey()
	b.says("#tag-panel", "fox")
	b.press(kb.Escape)
	b.press(kb.Escape)
	b.to(one)
	b.press("t")
	b.write(id("chosen-tag-name"), "foxes")
	b.enterKey()
	b.says("#tag-panel", "foxes")
	waitFor(t, patience, "the service has the tags", func() bool { return tagged(t, p, two) == "[fox]" && tagged(t, p, one) == "[foxes]" })

	b.press(kb.Escape)
	b.press(kb.Escape)
	b.click(id("tags"))
	b.until("both tags are counted", count(id("tag-look"))+" === 2")
	b.click(fmt.Sprintf("%s[aria-label*=%q]", id("tag-rename"), "foxes"))
	b.write(id("question-name"), "fox")
	b.click(id("question-yes")) // and the next question comes
	b.says(id("question"), "Merge “foxes” into “fox”?")
	b.click(id("question-yes"))
	waitFor(t, patience, "they are merged", func() bool { return tagged(t, p, one) == "[fox]" })
	b.until("one tag is left", count(id("tag-look"))+" === 1")
	b.click(id("tag-rename"))
	b.named("vulpes")
	waitFor(t, patience, "it is renamed everywhere", func() bool { return tagged(t, p, two) == "[vulpes]" && tagged(t, p, three) == "[vulpes]" })
	b.says(id("tag-look"), "vulpes")
	b.click(id("tag-look"))
	b.miss(id("tag-dialog"))
	b.until("the library shows what has it", `document.querySelector("[data-testid=filter-tag]").value === "vulpes"`)
}

func TestTheSearchBoxSuggestsTagsAndOperators(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	p := quick(t)
	fox, other := draw(t, p, "one"), draw(t, p, "two")
	call(t, "PATCH", p.URL+"/api/v1/task/"+fox.ID, map[string]any{"tags": []string{"deep sea"}}, nil)
	waitFor(t, patience, "the tag is counted", func() bool {
		var counts struct{ Tags map[string]int }
		call(t, "GET", p.URL+"/api/v1/counts", nil, &counts)
		return counts.Tags["deep sea"] == 1
	})
	b := open(t, p.URL, look{})
	b.ready()
	b.write(id("search"), "ta")
	b.says(id("suggestions"), "tag:")
	b.press(kb.ArrowDown)
	b.enterKey()
	b.until("the operator waits for its value", `document.querySelector("#search").value === "tag:"`)
	b.do("go on", chromedp.SendKeys(chromedp.CSS("#search"), "d"))
	b.says(id("suggestions"), `tag:"deep sea"`)
	b.click(id("suggestion"))
	b.until("the tag is in the box", `document.querySelector("#search").value === 'tag:"deep sea" '`)
	b.miss(id("suggestions"))
	b.miss(tile(other.ID))
	b.see(tile(fox.ID))
	b.focused("#search")
	b.write(id("search"), "ra")
	b.see(id("suggestions"))
	b.press(kb.Escape)
	b.miss(id("suggestions"))
}

func TestAllThatMatchAreThrownAwayAfterTheirNumberIsConfirmed(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	p := quick(t)
	const many = 165 // more than the page reads at first
	for i := range many {
		submit(t, p, small(fmt.Sprintf("number %d", i)))
	}
	waitFor(t, 2*time.Minute, "all pictures, in the index", func() bool {
		var counts struct{ Status map[string]int }
		call(t, "GET", p.URL+"/api/v1/counts", nil, &counts)
		return counts.Status["COMPLETED"] == many
	})
	b := open(t, p.URL, look{width: 1280, height: 500})
	b.ready()
	b.see(id("picture"))
	evaluate[any](b, fmt.Sprintf("document.querySelector(%q).focus()", id("picture")))
	b.press("a", chromedp.ModifierCtrl)
	b.click(id("chosen-every"))
	b.says(id("chosen-count"), "all 165 tasks")
	b.restless = "once all is thrown away the page is as at the first visit"
	b.click(id("chosen-delete"))
	b.says(id("question"), "Move 165 tasks to the bin?")
	b.click(id("question-yes"))
	b.see(id("empty"))
	b.says(id("toast"), "165 tasks moved to the bin")
	b.click(id("undo"))
	b.see(id("picture"))
	waitFor(t, patience, "all are back", func() bool {
		var counts struct{ Bin int }
		call(t, "GET", p.URL+"/api/v1/counts", nil, &counts)
		return counts.Bin == 0
	})
}
