package e2e

import (
	"net/http"
	"regexp"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// takes is how much space something takes, as the page says it.
var takes = regexp.MustCompile(`[\d.]+ [kM]B`)

// bin goes to the bin.
func (b *tab) bin() {
	b.Helper()
	b.menu()
	b.click(id("place-bin"))
	b.until("the address is the bin's", `location.hash === "#bin"`)
	b.until("what lies there is listed", visible(".library:not([aria-busy])"))
}

func TestTheBinGivesBackOneOrManyAndDeletesForGoodAfterAQuestion(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	p := quick(t)
	kept, back, gone, last := draw(t, p, "kept"), draw(t, p, "back"), draw(t, p, "gone"), draw(t, p, "last")
	for _, x := range []Task{back, gone, last} {
		call(t, "DELETE", p.URL+"/api/v1/task/"+x.ID, nil, nil)
	}
	waitFor(t, patience, "the bin is counted", func() bool {
		var counts struct{ Bin int }
		call(t, "GET", p.URL+"/api/v1/counts", nil, &counts)
		return counts.Bin == 3
	})
	b := open(t, p.URL, look{})
	b.ready()
	b.until("the bin counts three", `document.querySelector("[data-testid=place-bin] .place-count").innerText === "3"`)
	b.bin()
	b.miss(tile(kept.ID))
	b.says(tile(back.ID), "30 days left")
	b.to(back)
	b.press("u")
	b.miss(tile(back.ID))
	waitFor(t, patience, "it is restored", func() bool { return listed(t, p, back) })

	b.to(gone)
	b.press(kb.Delete)
	b.says(id("question"), "Delete 1 task for good?", "1 picture")
	b.press(kb.Escape)
	b.miss(id("question"))
	b.focused(tile(gone.ID))
	b.press(kb.Delete)
	b.click(id("question-yes"))
	b.miss(tile(gone.ID))
	waitFor(t, patience, "it is gone for good", func() bool { return status(t, p, gone.ID) == http.StatusNotFound })

	b.to(last)
	b.press("a", chromedp.ModifierCtrl)
	b.click(id("chosen-restore"))
	b.says(id("nothing-yet"), "30 days")
	waitFor(t, patience, "the last is restored", func() bool { return listed(t, p, last) })
	call(t, "DELETE", p.URL+"/api/v1/task/"+last.ID, nil, nil)
	b.visit(p.URL)
	b.ready()
	b.bin()
	b.see(tile(last.ID))
	b.click(id("empty-bin"))
	b.says(id("question"), "Empty the bin, 1 task?")
	before := takes.FindString(b.text(id("question")))
	b.click(id("question-yes"))
	b.says(id("toast"), "given back")
	if after := takes.FindString(b.text(id("toast"))); before == "" || after != before {
		t.Errorf("%q was to be given back, and %q was", before, after)
	}
	if got := status(t, p, last.ID); got != http.StatusNotFound {
		t.Errorf("after the bin was emptied the task is answered %d, want 404", got)
	}
	b.see(id("nothing-yet"))
}

func TestTheSettingsSayWhatTakesHowMuchAndLeadThere(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	p := quick(t)
	draw(t, p, "kept")
	gone := draw(t, p, "gone")
	call(t, "DELETE", p.URL+"/api/v1/task/"+gone.ID, nil, nil)
	waitFor(t, patience, "what lies in the bin is summed up", func() bool {
		var storage struct{ Own struct{ Bin int64 } }
		call(t, "GET", p.URL+"/api/v1/storage", nil, &storage)
		return storage.Own.Bin > 0
	})
	b := open(t, p.URL, look{})
	b.ready()
	b.click(id("settings"))
	b.says(id("space"), "Library", "Bin", "kB")
	b.click(id("space") + ` [href="#bin"]`)
	b.miss(id("settings-dialog"))
	b.see(tile(gone.ID))
}
