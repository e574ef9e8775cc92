package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// order waits until the library shows these tasks in this order.
func (b *tab) order(want ...Task) {
	b.Helper()
	for i, x := range want {
		b.see(".tile" + tile(x.ID) + fmt.Sprintf(`[aria-posinset="%d"]`, i+1))
	}
}

// named answers the question for a name.
func (b *tab) named(name string) {
	b.Helper()
	b.write(id("question-name"), name)
	b.click(id("question-yes"))
	b.miss(id("question"))
}

func TestAFolderIsMadeFilledPutInOrderRenamedAndDeleted(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	p := quick(t)
	one, two, three := draw(t, p, "one"), draw(t, p, "two"), draw(t, p, "three")
	draw(t, p, "stays outside")
	b := open(t, p.URL, look{})
	b.ready()
	b.to(three)
	b.press(kb.ArrowRight, chromedp.ModifierShift)
	b.press(kb.ArrowRight, chromedp.ModifierShift)
	b.says(id("chosen-count"), "3 chosen")
	b.press("f")
	b.click(id("into-new"))
	b.named("Winter")
	b.says(id("toast"), "3 tasks are in “Winter” now")
	b.click(id("place-folder"))
	b.order(three, two, one)

	b.to(three)
	b.press(kb.ArrowRight, chromedp.ModifierAlt)
	b.order(two, three, one)
	b.focused(tile(three.ID))
	b.says(id("announcement"), "At place 2 of 3")
	b.press(" ")
	b.click(id("chosen-later"))
	b.order(two, one, three)
	b.visit(p.URL)
	b.ready()
	b.click(id("place-folder"))
	b.order(two, one, three)

	b.click(id("rename-place"))
	b.named("Snow")
	b.says(".library-head h2", "Snow")
	b.to(one)
	b.press("f")
	b.click(id("out-of-folder"))
	b.miss(tile(one.ID))
	b.click(id("remove-place"))
	b.says(id("question"), "Delete the folder “Snow”?", "stays in the library")
	b.click(id("question-yes"))
	b.miss(id("place-folder"))
	b.see(tile(two.ID))
	b.see(tile(one.ID))
}

func TestATaskIsDraggedToItsPlaceInAFolder(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	p := quick(t)
	var folder struct {
		ID string `json:"folder_id"`
	}
	call(t, "POST", p.URL+"/api/v1/folders", map[string]string{"name": "Winter"}, &folder)
	var drawn []Task
	for _, prompt := range []string{"one", "two", "three"} {
		x := draw(t, p, prompt)
		call(t, "PATCH", p.URL+"/api/v1/task/"+x.ID, map[string]string{"folder": folder.ID}, nil)
		drawn = append(drawn, x)
	}
	one, two, three := drawn[0], drawn[1], drawn[2]
	b := open(t, p.URL+"/#folder/"+folder.ID, look{})
	b.ready()
	b.order(three, two, one)
	b.drag(tile(three.ID), tile(one.ID))
	b.order(two, one, three)
	b.miss(id("viewer")) // the button that is let go is no click
	b.visit(p.URL + "/#favourites")
	b.visit(p.URL + "/#folder/" + folder.ID)
	b.order(two, one, three)
}

// drag holds the mouse on one element and lets go on the right half of another.
func (b *tab) drag(from, to string) {
	b.Helper()
	at := evaluate[[]float64](b, fmt.Sprintf(`[%q, %q].flatMap((css, i) => {
		const r = document.querySelector(css).getBoundingClientRect()
		return [r.x + r.width * (0.5 + 0.3 * i), r.y + r.height / 2]
	})`, from, to))
	b.do("drag "+from,
		chromedp.MouseEvent(chromedp.MousePressed, at[0], at[1], chromedp.ButtonLeft, chromedp.ClickCount(1)),
		chromedp.MouseEvent(chromedp.MouseMoved, at[0]+20, at[1], chromedp.ButtonLeft),
		chromedp.MouseEvent(chromedp.MouseMoved, at[2], at[3], chromedp.ButtonLeft),
		chromedp.MouseEvent(chromedp.MouseReleased, at[2], at[3], chromedp.ButtonLeft, chromedp.ClickCount(1)))
}

func TestASearchIsSavedFoundAgainChangedAndDeleted(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	p := quick(t)
	fox, tea := draw(t, p, "a fox in snow"), draw(t, p, "a cup of tea")
	b := open(t, p.URL, look{})
	b.ready()
	b.write(id("search"), "fox")
	b.miss(tile(tea.ID))
	b.click(id("save-search"))
	b.until("the words are offered as its name", fmt.Sprintf(`document.querySelector(%q).value === "fox"`, id("question-name")))
	b.named("Foxes")
	b.says(id("place-search"), "Foxes")
	b.visit(p.URL)
	b.ready()
	b.see(tile(tea.ID))
	b.click(id("place-search"))
	b.miss(tile(tea.ID))
	b.see(tile(fox.ID))

	b.write(id("search"), "tea")
	b.click(id("keep-search"))
	b.miss(id("keep-search"))
	b.visit(p.URL)
	b.ready()
	b.click(id("place-search"))
	b.see(tile(tea.ID))
	b.miss(tile(fox.ID))
	b.click(id("remove-place"))
	b.click(id("question-yes"))
	b.miss(id("place-search"))
	b.see(tile(fox.ID))
}
