package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
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

func TestEachConditionOfASavedSearchIsShownAndCanBeTakenAway(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	p := quick(t)
	fox := draw(t, p, "a fox in snow")
	var folder struct {
		ID string `json:"folder_id"`
	}
	call(t, "POST", p.URL+"/api/v1/folders", map[string]string{"name": "Winter"}, &folder)
	var saved struct {
		ID string `json:"search_id"`
	}
	query := map[string]any{
		"q": "fox", "status": []string{"PARTIAL", "FAILED"}, "model": "gone_model", "ratio": "16:9", "tag": "nobody has it", "folder": folder.ID,
		"favourite": true, "error": true, "from": "2026-11-01", "to": "2026-11-30T12:00:00Z", "order": "oldest",
	}
	call(t, "POST", p.URL+"/api/v1/searches", map[string]any{"name": "All at once", "query": query}, &saved)
	b := open(t, p.URL+"/#search/"+saved.ID, look{})
	b.ready()
	b.see(id("no-match"))
	chips := []string{"Partly done · Failed", "gone_model", "16:9", "nobody has it", "Winter", "Favourites", "With a picture missing", "Since Nov 1, 2026", "Until Nov 30, 2026"}
	b.until("each condition has a chip", count(id("filter-chip"))+" === "+fmt.Sprint(len(chips)))
	shown := strings.Join(evaluate[[]string](b, fmt.Sprintf("[...document.querySelectorAll(%q)].map((e) => e.innerText)", id("filter-chip"))), "\n")
	for _, chip := range chips {
		if !strings.Contains(shown, chip) {
			t.Errorf("no chip says %q: %s", chip, shown)
		}
	}
	for n := len(chips); n > 0; n-- {
		b.click(id("filter-chip"))
		b.until("a chip is gone", count(id("filter-chip"))+" === "+fmt.Sprint(n-1))
	}
	b.see(tile(fox.ID))

	b.pick(id("filter-more"), "ratio=21:9")
	b.says(id("filter-chip"), "21:9")
	b.miss(tile(fox.ID))
	b.click(id("filter-chip"))
	b.see(tile(fox.ID))
	b.pick(id("filter-more"), "days=1")
	b.says(id("filter-chip"), "Since")
	b.see(tile(fox.ID))
}

// pick chooses an option of a field by its value.
func (b *tab) pick(css, value string) {
	b.Helper()
	evaluate[any](b, fmt.Sprintf(`(() => {
		const field = document.querySelector(%q)
		field.value = %q
		field.dispatchEvent(new Event("change", { bubbles: true }))
	})()`, css, value))
}

// slowOrders has the first order of a folder take its time on the way, and counts how
// many are under way at once.
const slowOrders = `
window.orders = { now: 0, most: 0, sent: 0 }
const send = fetch
window.fetch = async (url, options) => {
	if (options?.method !== "PATCH" || !String(url).includes("/folders/")) return send(url, options)
	orders.most = Math.max(orders.most, ++orders.now)
	if (++orders.sent === 1) await new Promise((late) => setTimeout(late, 700))
	try { return await send(url, options) } finally { orders.now-- }
}`

func TestQuickMovesInAFolderAreKeptInTheirOrder(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	p := quick(t)
	var folder struct {
		ID string `json:"folder_id"`
	}
	call(t, "POST", p.URL+"/api/v1/folders", map[string]string{"name": "Winter"}, &folder)
	var ids []string
	for _, prompt := range []string{"one", "two", "three", "four"} {
		x := draw(t, p, prompt)
		call(t, "PATCH", p.URL+"/api/v1/task/"+x.ID, map[string]string{"folder": folder.ID}, nil)
		ids = append([]string{x.ID}, ids...)
	}
	b := open(t, "about:blank", look{})
	_, err := chromedp.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: slowOrders})
	b.must("slow the way", err)
	b.visit(p.URL + "/#folder/" + folder.ID)
	b.ready()
	b.to(Task{ID: ids[0]})
	for at := range 3 {
		b.focused(tile(ids[0]))
		b.press(kb.ArrowRight, chromedp.ModifierAlt)
		b.see(".tile" + tile(ids[0]) + fmt.Sprintf(`[aria-posinset="%d"]`, at+2))
	}
	b.until("the last order is sent", "orders.now === 0 && orders.sent > 1")
	if most := evaluate[int](b, "orders.most"); most != 1 {
		t.Errorf("%d orders were under way at once", most)
	}
	want := append(slices.Clone(ids[1:]), ids[0])
	var kept struct {
		Items []Task `json:"items"`
	}
	call(t, "GET", p.URL+"/api/v1/folders/"+folder.ID+"/tasks", nil, &kept)
	var got []string
	for _, x := range kept.Items {
		got = append(got, x.ID)
	}
	if !slices.Equal(got, want) {
		t.Errorf("the folder is kept as %v, want %v", got, want)
	}
}

func TestTheSearchBoxKeepsTheFocusWhenASearchWithoutAMatchIsCleared(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	p := quick(t)
	fox := draw(t, p, "a fox in snow")
	b := open(t, p.URL, look{})
	b.ready()
	b.write(id("search"), "x")
	b.see(id("no-match"))
	b.press(kb.Backspace)
	b.press("f")
	b.until("what is typed on stands in the box", fmt.Sprintf(`document.activeElement?.matches(%q) && document.activeElement.value === "f"`, id("search")))
	b.see(tile(fox.ID))
}
