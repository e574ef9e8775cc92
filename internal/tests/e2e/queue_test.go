package e2e

import (
	"fmt"
	"testing"
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
