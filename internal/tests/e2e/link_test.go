package e2e

import (
	"fmt"
	"testing"
)

func TestAPictureHasAnAddressThatBackLeavesAndALinkOpens(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	p := quick(t)
	first, second := draw(t, p, "the first picture"), draw(t, p, "the second picture")
	failed := draw(t, p, "#moderated-prompt refused")
	b := open(t, p.URL, look{})
	b.ready()
	entries := evaluate[int](b, "history.length")
	address := func(want string) { b.until("the address is "+want, fmt.Sprintf("location.hash === %q", want)) }

	b.click(tile(second.ID))
	b.see(id("viewer"))
	address("#task/" + second.ID + "/0")
	b.click(id("next"))
	address("#task/" + first.ID + "/0")
	if n := evaluate[int](b, "history.length"); n != entries+1 {
		t.Errorf("looking at two pictures leaves %d entries in the browser's history, want one", n-entries)
	}
	evaluate[any](b, "history.back()")
	b.miss(id("viewer"))
	b.focused(tile(first.ID))
	evaluate[any](b, "history.forward()")
	b.see(id("viewer"))
	b.press("\x1b")
	b.miss(id("viewer"))
	address("")

	b.link(p, first.ID, "the first picture")
	b.visit(b.URL) // and a reload
	b.see(id("viewer"))
	b.press("\x1b")
	b.miss(id("viewer"))

	b.follow("#task/" + failed.ID)
	b.says(id("toast"), "no picture: Failed")
	b.follow("#task/01M850AYHZNN2Z2MRHFPERD967")
	b.says(".toast-list", "not here")
	address("#library")
}

// link opens the address of a picture as one that was sent by somebody.
func (b *tab) link(p *process, taskID, prompt string) {
	b.Helper()
	b.URL = p.URL + "/#task/" + taskID
	b.visit("about:blank")
	b.visit(b.URL)
	b.says(id("viewer-prompt"), prompt)
}

// follow puts an address of the same page into the address bar.
func (b *tab) follow(hash string) {
	b.Helper()
	evaluate[any](b, fmt.Sprintf("location.hash = %q", hash))
}

func TestTheFocusReturnsToTheCardThatAPictureWasOpenedFrom(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	b := open(t, quick(t).URL, look{})
	b.ready()
	b.ask("a picture that stays in its card")
	b.click(".slot-open")
	b.see(id("viewer"))
	evaluate[any](b, "history.back()")
	b.miss(id("viewer"))
	b.focused(".slot-open")
}
