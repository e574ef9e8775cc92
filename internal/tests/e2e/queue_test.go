package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// card selects the card of the task with a prompt.
func card(b *tab, prompt string) string {
	b.Helper()
	find := fmt.Sprintf(`[...document.querySelectorAll("[data-testid=task-card]")].find((e) => e.innerText.includes(%q))?.dataset.task`, prompt)
	b.until("there is a card of "+prompt, fmt.Sprintf(`(%s ?? "sending").length === 26`, find))
	return fmt.Sprintf("[data-task=%q]", evaluate[string](b, find))
}

func TestWhatWaitsIsHeldBackAndPutInFront(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	b := open(t, quick(t, "MAX_CONCURRENT_TASKS=1").URL, look{})
	b.ready()
	b.ask("#slow=60s under way")
	b.until("the first is at the provider", `document.querySelector("[data-testid=task-card]")?.dataset.status === "PROCESSING"`)
	var cards []string
	for _, prompt := range []string{"the second", "the third", "the fourth"} {
		b.ask(prompt)
		cards = append(cards, card(b, prompt))
	}
	second, third, fourth := cards[0], cards[1], cards[2]
	b.says(fourth, "2 of yours are before it")
	b.miss(second + " " + id("next-in-line")) // it is next already
	b.until("the newest card is in sight", fmt.Sprintf(`(() => {
		const r = document.querySelector(%q).getBoundingClientRect()
		return r.left >= 0 && r.right <= innerWidth
	})()`, fourth))

	b.click(second + " " + id("hold"))
	b.says(second, "Held back")
	b.says(fourth, "1 of yours is before it")
	b.until("the title counts what goes on", `document.title === "(3) volcimage"`)
	b.click(fourth + " " + id("next-in-line"))
	b.says(third, "1 of yours is before it")
	b.miss(fourth + " " + id("next-in-line"))

	b.click(".card:last-child " + id("cancel")) // frees the slot once the provider is done with it
	b.visit(b.URL)
	b.ready()
	b.says(second, "Held back") // whatever page looks
	b.click(second + " " + id("hold"))
	b.says(second, "Waiting for its turn")
}

func TestAPromptIsSentToTheFront(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	b := open(t, quick(t, "MAX_CONCURRENT_TASKS=1").URL, look{})
	b.ready()
	b.ask("#slow=60s under way")
	b.ask("a picture that has time")
	patient := card(b, "a picture that has time")
	b.write(id("prompt"), "a picture in a hurry")
	b.press("\r", 2|8) // Ctrl and Shift
	hurried := card(b, "a picture in a hurry")
	b.says(patient, "1 of yours is before it")
	b.miss(hurried + " " + id("next-in-line"))
}

// lined is a page with a task at the provider and three that wait behind it, as cards.
func lined(t *testing.T, l look) (b *tab, p *process, cards []string) {
	t.Helper()
	p = quick(t, "MAX_CONCURRENT_TASKS=1")
	draw(t, p, "what is there already")
	var ids []string
	for _, prompt := range []string{"#slow=60s under way", "the second", "the third", "the fourth"} {
		ids = append(ids, submit(t, p, small(prompt)).ID)
	}
	b = open(t, p.URL, l)
	b.ready()
	for _, x := range ids[1:] {
		cards = append(cards, fmt.Sprintf("[data-task=%q]", x))
		b.see(cards[len(cards)-1] + " " + id("move"))
	}
	return b, p, cards
}

// standing waits until the cards that wait lie so in the strip, and the service says so too.
func (b *tab) standing(p *process, cards ...string) {
	b.Helper()
	b.until("the cards lie in order", fmt.Sprintf(`[...document.querySelectorAll("#strip .card")].slice(0, %d).every((c, i) => c.matches(%q.split(" ")[i]))`,
		len(cards), strings.Join(cards, " ")))
	waitFor(b.T, patience, "the line as the service has it", func() bool {
		var was string
		for _, c := range cards {
			var x struct {
				Progress struct {
					QueuedAt time.Time `json:"queued_at"`
				}
			}
			call(b.T, "GET", p.URL+"/api/v1/task/"+strings.Split(c, `"`)[1], nil, &x)
			at := x.Progress.QueuedAt.Format("2006-01-02T15:04:05.000000000")
			if was != "" && at >= was {
				return false
			}
			was = at
		}
		return true
	})
}

func TestWhatWaitsIsPutInOrderByKeys(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	b, p, cards := lined(t, look{})
	second, third, fourth := cards[0], cards[1], cards[2]
	b.standing(p, fourth, third, second) // the next to begin lies beside what is under way
	grip := fourth + " " + id("move")
	b.do("the focus", chromedp.Focus(chromedp.CSS(grip)))
	b.press(kb.ArrowRight, chromedp.ModifierAlt)
	b.says(id("toast"), "1 of yours is before it")
	b.press(kb.ArrowRight, chromedp.ModifierAlt)
	b.standing(p, third, second, fourth)
	b.focused(grip)
	b.says(id("toast"), "The next of yours")
	b.until("both moves have one message", count(id("toast"))+" === 1")
	b.press(kb.ArrowLeft, chromedp.ModifierAlt)
	b.standing(p, third, fourth, second)
	b.click(id("undo"))
	b.standing(p, fourth, third, second)
	b.says(id("announcement"), "2 of yours are before it")

	b.visit(b.URL)
	b.ready()
	b.click(third + " " + id("move")) // a click is one place ahead
	b.standing(p, fourth, second, third)
	b.visit(b.URL)
	b.ready()
	b.standing(p, fourth, second, third)
	b.click(fourth + " " + id("next-in-line"))
	b.standing(p, second, third, fourth)
}

func TestWhatWaitsIsDraggedToItsPlace(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	b, p, cards := lined(t, look{width: 2400})
	second, third, fourth := cards[0], cards[1], cards[2]
	b.drag(fourth+" "+id("move"), third)
	b.standing(p, third, fourth, second)
	b.drag(third+" "+id("move"), second)
	b.standing(p, fourth, second, third)
	b.says(id("toast"), "The next of yours")
	b.click(id("undo"))
	b.standing(p, third, fourth, second)
}

func TestWhatWaitsIsDraggedByAFinger(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	b, p, cards := lined(t, look{phone: true})
	second, third, fourth := cards[0], cards[1], cards[2]
	from := evaluate[[]float64](b, fmt.Sprintf(`(() => {
		const r = document.querySelector(%q).getBoundingClientRect()
		return [r.x + r.width / 2, r.y + r.height / 2]
	})()`, fourth+" "+id("move")))
	finger := func(kind string, points ...*input.TouchPoint) {
		_, err := chromedp.Call(b.ctx, input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: input.DispatchTouchEventType(kind), TouchPoints: points})
		b.must(kind, err)
	}
	finger("touchStart", &input.TouchPoint{X: from[0], Y: from[1]})
	finger("touchMove", &input.TouchPoint{X: from[0] + 20, Y: from[1]})
	finger("touchMove", &input.TouchPoint{X: 380, Y: from[1]}) // at the edge the strip goes on by itself
	b.until("the second is passed", fmt.Sprintf(`document.querySelector(%q).matches(".has-gap-behind")`, second))
	finger("touchEnd")
	b.standing(p, third, second, fourth)
}
