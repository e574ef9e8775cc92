package e2e

import (
	"archive/zip"
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// to puts the focus on a task's first picture in the library.
func (b *tab) to(x Task) {
	b.Helper()
	b.see(tile(x.ID))
	evaluate[any](b, fmt.Sprintf("document.querySelector(%q).focus()", ".tile"+tile(x.ID)))
	b.focused(tile(x.ID))
}

// listed tells whether the library's list has a task.
func listed(t *testing.T, p *process, x Task) bool {
	t.Helper()
	var page struct{ Items []Task }
	call(t, "GET", p.URL+"/api/v1/history?limit=100", nil, &page)
	return slices.ContainsFunc(page.Items, func(kept Task) bool { return kept.ID == x.ID })
}

func TestSeveralPicturesAreChosenMarkedSavedAndDeletedTogether(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	p := quick(t)
	first, second, third := draw(t, p, "the first"), draw(t, p, "the second 二"), draw(t, p, "the third")
	b := open(t, p.URL, look{})
	b.ready()
	b.to(third)
	b.press(" ")
	b.says(id("chosen-count"), "1 chosen")
	b.press(kb.ArrowRight, chromedp.ModifierShift)
	b.says(id("chosen-count"), "2 chosen")
	b.press(".")
	b.until("both are favourites", count(id("picture")+" .tile-star")+" === 2")
	for _, x := range []Task{second, third} {
		var kept struct{ Favourite bool }
		waitFor(t, patience, "the service keeps the favourite", func() bool {
			call(t, "GET", p.URL+"/api/v1/task/"+x.ID, nil, &kept)
			return kept.Favourite
		})
	}

	name, data := b.save(id("chosen-download"))
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil || name != "pictures.zip" || len(archive.File) != 2 {
		t.Fatalf("saved %q with %d bytes (%v), want pictures.zip with two pictures", name, len(data), err)
	}
	_, want := download(t, p.URL+third.Images[0].URL)
	if f := archive.File[0]; f.UncompressedSize64 != uint64(len(want)) {
		t.Errorf("the first file has %d bytes, want the picture's %d", f.UncompressedSize64, len(want))
	}

	b.to(third)
	b.press(kb.Delete)
	b.miss(tile(third.ID))
	b.miss(tile(second.ID))
	b.says(id("toast"), "2 pictures moved to the bin")
	b.click(id("undo"))
	b.see(tile(second.ID))
	b.see(tile(third.ID))
	b.to(first)
	b.press("a", chromedp.ModifierCtrl)
	b.says(id("chosen-count"), "3 chosen")
	b.press(kb.Delete)
	b.miss(tile(first.ID))
	for _, x := range []Task{first, second, third} {
		waitFor(t, patience, "deletion", func() bool { return !listed(t, p, x) })
	}
}

func TestTwoPicturesAreComparedAndTheDifferencesNamed(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	p := quick(t)
	draw(t, p, "a fox by day")
	last := draw(t, p, "a fox by night")
	b := open(t, p.URL, look{})
	b.ready()
	b.to(last)
	b.press(kb.ArrowRight, chromedp.ModifierShift)
	b.press("c")
	b.see(id("pair"))
	b.says(id("differences"), "Prompt", "a fox by night", "a fox by day")
	b.until("what is alike is not named", fmt.Sprintf("!document.querySelector(%q).innerText.includes(\"1024\")", id("differences")))
	b.press("m")
	b.see(".pair-side")
	b.press("m")
	b.see(".pair-blink")
	b.click(id("compare-turn"))
	b.miss(".pair-b")
	b.press("c")
	b.until("they have changed places", fmt.Sprintf("document.querySelector(%q + \" td\").innerText === \"a fox by day\"", id("differences")))
	b.press(kb.Escape)
	b.miss(id("compare"))
}

func TestKeysOfTheLibraryTakeOverPartsOfAPictureAndCanBeSwitchedOff(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	p := quick(t)
	made := draw(t, p, "a picture to go by")
	b := open(t, p.URL, look{})
	b.ready()
	b.write(id("prompt"), "my own words")
	b.to(made)
	b.press("d")
	b.says(id("toast"), "Size", "2048", "1024")
	b.until("the words stay", `document.querySelector("#prompt").value === "my own words"`)
	b.to(made)
	b.press("p")
	b.until("the prompt is in the form", `document.querySelector("#prompt").value === "a picture to go by"`)
	b.to(made)
	b.press("?")
	b.see(id("key-sheet"))
	b.click(id("letters"))
	b.press(kb.Escape)
	b.miss(id("key-sheet"))
	b.focused(tile(made.ID))
	b.write(id("prompt"), "again my own")
	b.to(made)
	b.press("p")
	b.press(" ")
	b.see(id("chosen"))
	b.until("a letter did nothing", `document.querySelector("#prompt").value === "again my own"`)
}

func TestFavouritesAndTemplatesAreOnePressAway(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	p := quick(t)
	other, made := draw(t, p, "one among many"), draw(t, p, "the favourite")
	b := open(t, p.URL, look{})
	b.ready()
	b.to(made)
	b.press(".")
	b.says(id("place-favourites"), "1")
	b.click(id("place-favourites"))
	b.miss(tile(other.ID))
	b.see(tile(made.ID))
	b.visit(b.URL + "/#favourites")
	b.ready()
	b.see(tile(made.ID))
	b.miss(tile(other.ID))
	b.click(id("place-library"))
	b.see(tile(other.ID))

	b.click(id("templates"))
	b.click(id("template-film-portrait"))
	b.click(id("filling-fill"))
	b.until("the prompt is in the form", `document.querySelector("#prompt").value.includes("film portrait")`)
	b.click(id("undo"))
	b.until("the form is as it was", `document.querySelector("#prompt").value === ""`)
}

func TestATagAndANoteAreKept(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	p := quick(t)
	made := draw(t, p, "one to remember")
	b := open(t, p.URL, look{lang: "zh-CN"})
	b.ready()
	b.to(made)
	b.press("i")
	b.write(id("aside-tag"), "冬天\r")
	b.see(id("aside") + " .tag-drop")
	b.write(id("aside-note"), "for the card")
	b.press(kb.Tab)
	b.click(id("aside-favourite"))
	b.see(".tile-star")
	b.visit(b.URL)
	b.ready()
	b.see(".tile-star")
	b.to(made)
	b.press("i")
	b.says(id("aside")+" .tag-drop", "冬天")
	b.until("the note is there", fmt.Sprintf("document.querySelector(%q).value === \"for the card\"", id("aside-note")))
}

func TestABoxDrawnByTheMouseAndAFingerThatStaysChoose(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	p := quick(t)
	first := draw(t, p, "the first")
	second := draw(t, p, "the second")
	b := open(t, p.URL, look{})
	b.ready()
	b.see(tile(first.ID))
	b.drag(tile(second.ID), tile(first.ID))
	b.says(id("chosen-count"), "2 chosen")
	b.miss(id("viewer")) // the button that is let go is no click

	hand := open(t, p.URL, look{phone: true})
	hand.ready()
	hand.see(tile(first.ID))
	hand.touch(tile(second.ID), 700*time.Millisecond)
	hand.see(id("chosen"))
	hand.miss(id("viewer"))
	hand.touch(tile(first.ID), 0) // from then on a touch chooses too
	hand.says(".chosen-n", "2")
	hand.miss(id("viewer"))
}

// touch lays a finger on an element for a while.
func (b *tab) touch(css string, while time.Duration) {
	b.Helper()
	at := evaluate[[]float64](b, fmt.Sprintf(`(() => {
		const r = document.querySelector(%q).getBoundingClientRect()
		return [r.x + r.width / 2, r.y + r.height / 2]
	})()`, css))
	finger := []*input.TouchPoint{{X: at[0], Y: at[1]}}
	for _, e := range []input.DispatchTouchEventParams{{Type: "touchStart", TouchPoints: finger}, {Type: "touchEnd", TouchPoints: []*input.TouchPoint{}}} {
		_, err := chromedp.Call(b.ctx, input.DispatchTouchEvent, e)
		b.must("touch "+css, err)
		if e.Type == "touchStart" {
			time.Sleep(while)
		}
	}
}
