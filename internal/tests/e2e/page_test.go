package e2e

import (
	"fmt"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// quick is a service whose provider draws at once, so that a test waits for the
// product alone.
func quick(t *testing.T, env ...string) *process {
	t.Helper()
	_, p := quickPair(t, env...)
	return p
}

// quickPair is the provider too.
func quickPair(t *testing.T, env ...string) (emu, p *process) {
	t.Helper()
	emu, stub := emulator(t, "-delay", "100ms", "-prerendered", "-qps", "-1", "-query-qps", "-1", "-concurrency", "-1")
	return emu, service(t, t.TempDir(), slices.Concat(stub, []string{"TASK_POLL_INTERVAL=0.1", "MAX_CONCURRENT_TASKS=20"}, env)...)
}

// small is a request for one small picture.
func small(prompt string) map[string]any {
	return map[string]any{"prompt": prompt, "model": "jimeng_t2i_v31", "width": 1024, "height": 1024, "count": 1}
}

// draw makes a small picture through the API.
func draw(t *testing.T, p *process, prompt string) Task {
	t.Helper()
	return finish(t, p, submit(t, p, small(prompt)).ID, time.Minute)
}

// ask types a prompt and sends it.
func (b *tab) ask(prompt string) {
	b.Helper()
	b.write(id("prompt"), prompt)
	b.press("\r", chromedp.ModifierCtrl)
	b.see(id("task-card"))
}

// putAway waits until what was asked for is made, and moves it into the library.
func (b *tab) putAway() {
	b.Helper()
	b.until("nothing runs", `!["SENDING", "PENDING", "PROCESSING"].includes(document.querySelector("[data-testid=task-card]")?.dataset.status)`)
	b.click(id("put-away"))
	b.miss(id("task-card"))
}

// tile selects a task's first picture in the library.
func tile(taskID string) string { return fmt.Sprintf(`[data-key="%s/0"]`, taskID) }

// status of a task as the API tells it; 404 where there is none.
func status(t *testing.T, p *process, id string) int {
	t.Helper()
	return call(t, "GET", p.URL+"/api/v1/task/"+id, nil, nil).StatusCode
}

func TestARefusedPromptSaysWhatHappenedWhatItCostAndWhatToDo(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	emu, p := quickPair(t)
	for name, c := range map[string]struct {
		lang  string
		words []string
	}{
		"English": {"en-US", []string{"Failed", "The prompt was refused", "Not charged", "In the prompt", "nothing was retried", "Change the wording"}},
		"Chinese": {"zh-CN", []string{"失败", "提示词未通过审核", "未扣费", "提示词环节", "未自动重试", "请调整"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t, p.URL, look{lang: c.lang})
			b.ready()
			prompt := "#moderated-prompt " + name
			b.ask(prompt)
			b.see(id("task-error"))
			if n := number(t, stats(t, emu, "?prompt="+url.QueryEscape(prompt)), "submits"); n != 1 {
				t.Errorf("the provider was asked %d times, want once: the page says that nothing was retried", n)
			}
			b.says(id("task-card"), c.words...)
			b.click(id("dismiss"))
			b.miss(id("task-card"))
			b.says(id("record"), c.words[0], c.words[1])
			b.visit(b.URL)
			b.ready()
			b.says(id("record"), c.words[0], c.words[1])
		})
	}
}

func TestWhatIsMissingOfASetIsMadeOnRequest(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	p := quick(t)
	b := open(t, p.URL, look{})
	b.ready()
	b.click(id("model"))
	b.choose("model-jimeng_t2i_v31")
	b.press("\x1b")
	for range 3 {
		b.click(id("count-more"))
	}
	b.ask("#half of a set")
	b.until("the set is partly done", `document.querySelector("[data-testid=task-card]")?.dataset.status === "PARTIAL"`)
	b.says(id("task-card"), "Partly done", "The finished picture was refused", "Charge unknown")
	kept := evaluate[[]string](b, `[...document.querySelectorAll("[data-testid=task-picture] img")].map((e) => e.src)`)

	// Every second picture with this prompt is refused, so a few rounds make the set whole.
	for range 4 {
		missing := evaluate[int](b, count(id("task-picture")+`[data-status="failed"]`))
		if missing == 0 {
			break
		}
		want := "Make the missing one"
		if missing > 1 {
			want = fmt.Sprintf("Make the missing %d", missing)
		}
		b.says(id("retry"), want)
		b.click(id("retry"))
		b.until("the next round is over", `(() => {
			const card = document.querySelector("[data-testid=task-card]")
			return card.dataset.status === "COMPLETED" ||
				card.dataset.status === "PARTIAL" && !card.querySelector("[data-testid=retry]").disabled
		})()`)
	}
	b.putAway()
	b.until("the set is in the library, whole", count(id("picture"))+" === 4 && "+count(id("record"))+" === 0")
	for _, src := range kept {
		if !evaluate[bool](b, fmt.Sprintf("[...document.querySelectorAll('[data-testid=picture] img')].some((e) => e.src === %q)", src)) {
			t.Errorf("a picture of the first round is gone or has another address: %s", src)
		}
	}
}

func TestACancelledTaskIsCancelledAtOnce(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	p := quick(t)
	b := open(t, p.URL, look{})
	b.ready()
	b.ask("#slow=60s a picture that nobody waits for")
	b.click(id("cancel"))
	b.says(id("task-card"), "Cancelled")
	b.until("the title counts nothing", `document.title === "volcimage"`)
	b.click(id("retry"))
	b.until("the task runs again", `["PENDING", "PROCESSING"].includes(document.querySelector("[data-testid=task-card]")?.dataset.status)`)
	b.until("the title counts it", `document.title === "(1) volcimage"`)
	b.click(id("cancel"))
	b.says(id("task-card"), "Cancelled")
	b.click(id("delete"))
	b.miss(id("task-card"))
}

func TestADeletedPictureIsInTheBinAndCanBeBroughtBackByItsMessage(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	p := quick(t)
	stays, goes := draw(t, p, "the one that stays"), draw(t, p, "the one that goes")
	b := open(t, p.URL, look{})
	b.ready()
	remove := func(x Task) {
		b.hover(tile(x.ID))
		b.click(tile(x.ID) + " " + id("delete"))
		b.miss(tile(x.ID))
		b.says(id("toast"), "1 picture moved to the bin")
	}

	remove(stays)
	b.click(id("undo"))
	b.see(tile(stays.ID))
	b.miss(id("toast"))
	if got := get(t, p, stays.ID).BinnedAt; got != "" {
		t.Errorf("the picture that was brought back is in the bin since %s", got)
	}

	remove(goes)
	if get(t, p, goes.ID).BinnedAt == "" {
		t.Error("the page says that the picture is in the bin, and it is not")
	}
}

func TestUseAgainFillsTheWholeForm(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	p := quick(t)
	made := submit(t, p, map[string]any{
		"prompt": "再来一张 again", "model": "jimeng_t2i_v31", "width": 1664, "height": 936, "count": 3, "seed": 42, "use_pre_llm": false,
	})
	finish(t, p, made.ID, time.Minute)
	b := open(t, p.URL, look{})
	b.ready()
	b.write(id("prompt"), "what stood there before")
	b.hover(tile(made.ID))
	b.click(tile(made.ID) + " " + id("use"))
	b.says(id("toast"), "filled")
	b.until("the prompt is in the form", `document.querySelector("#prompt").value === "再来一张 again"`)
	b.says(id("model"), "3.1")
	b.says(id("size"), "16:9")
	b.says(id("count"), "3")
	b.click(id("advanced"))
	b.until("the seed is in the form", `document.querySelector("#field-seed").value === "42"`)
	b.until("the switch is off", `!document.querySelector("#field-use_pre_llm").checked`)
	b.press("\x1b")
	b.click(id("undo"))
	b.until("the form is as it was", `document.querySelector("#prompt").value === "what stood there before"`)
}

func TestTheLibraryIsSearchedAndFiltered(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	p := quick(t)
	fox, tea, bad := draw(t, p, "A red Fox in the snow"), draw(t, p, "一杯清茶"), draw(t, p, "#moderated-prompt fox")
	b := open(t, p.URL, look{})
	b.ready()
	rest := fmt.Sprintf(`[data-key="%s/rest"]`, bad.ID)
	b.see(tile(tea.ID))
	b.see(rest)

	b.write(id("search"), "fox")
	b.miss(tile(tea.ID))
	b.see(tile(fox.ID))
	b.see(rest)
	b.write(id("search"), "清茶")
	b.see(tile(tea.ID))
	b.miss(tile(fox.ID))
	b.write(id("search"), "nothing of this kind")
	b.see(id("no-match"))
	b.until("all is asked for again", `document.querySelector('[data-testid="no-match"] button')?.click() ?? document.querySelector("#search, [data-testid=search]").value === ""`)
	b.see(tile(fox.ID))
	b.see(tile(tea.ID))

	pick := func(name, value string) {
		b.do("filter", chromedp.SetValue(chromedp.CSS(id(name)), value))
		evaluate[any](b, fmt.Sprintf(`document.querySelector(%q).dispatchEvent(new Event("change", { bubbles: true }))`, id(name)))
	}
	pick("filter-status", "FAILED")
	b.miss(tile(fox.ID))
	b.see(rest)
	pick("filter-status", "COMPLETED")
	b.see(tile(fox.ID))
	b.miss(rest)
	pick("filter-model", "jimeng_t2i_v40")
	b.see(id("no-match"))
}

func TestALibraryOfManyPagesIsReadToItsEnd(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	p := quick(t)
	const many = 65
	var last Task
	for i := range many {
		last = submit(t, p, small(fmt.Sprintf("number %d", i)))
	}
	waitFor(t, 2*time.Minute, "all pictures", func() bool {
		var s struct{ Images int }
		call(t, "GET", p.URL+"/api/v1/storage", nil, &s)
		return s.Images == many
	})
	b := open(t, p.URL, look{})
	b.ready()
	b.see(tile(last.ID))
	b.says(id("storage"), "65 pictures")
	b.restless = "the end of what is read is jumped to"
	evaluate[any](b, "window.met = new Set()")
	b.until("every picture was seen on the way to the end", fmt.Sprintf(`(() => {
		scrollBy(0, innerHeight / 2)
		for (const e of document.querySelectorAll(%q)) met.add(e.dataset.key)
		return met.size === %d
	})()`, id("picture"), many))
	b.miss(id("load-more"))
	b.says(id("library-count"), "65 items")
	if all := evaluate[int](b, count(id("picture"))); all >= many {
		t.Errorf("%d tiles are drawn at the end of the library, want those in sight only", all)
	}
}

func TestTheThemeIsKept(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	p := quick(t)
	b := open(t, p.URL, look{})
	b.ready()
	lightness := `parseFloat(getComputedStyle(document.documentElement).backgroundColor.match(/oklch\(([\d.]+)/)[1])`
	dark, light := lightness+" < 0.3", lightness+" > 0.9"
	b.until("the page follows the light system", light)
	b.click(id("theme"))
	b.choose("theme-dark")
	b.until("the page is dark", dark)
	b.visit(b.URL)
	b.ready()
	b.until("the page is dark after a reload", dark)
	b.click(id("theme"))
	b.choose("theme-system")
	b.until("the page follows the system again", light)
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}},
	})
	b.must("make the system dark", err)
	b.until("the page follows the dark system", dark)
	b.choose("theme-light")
	b.until("the page is light in a dark system", light)
}

func TestADraftAndTheLanguageSurviveAReload(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	p := quick(t)
	b := open(t, p.URL, look{})
	b.ready()
	b.write(id("prompt"), "未完成的 sentence")
	b.click(id("size"))
	b.choose("ratio-custom")
	b.write(id("width"), "5000")
	b.write(id("height"), "1000")
	b.says(id("size-error"), "ratio")
	b.until("the button says that it is off", fmt.Sprintf(`document.querySelector(%q).getAttribute("aria-disabled") === "true"`, id("submit")))
	b.click(id("nearest"))
	b.miss(id("size-error"))
	b.press("\x1b")
	size := b.text(id("size"))
	b.click(id("language"))
	b.says("h1", "想画点什么")
	b.visit(b.URL)
	b.ready()
	b.says("h1", "想画点什么")
	b.until("the draft is there", `document.querySelector("#prompt").value === "未完成的 sentence"`)
	if got := b.text(id("size")); got != size {
		t.Errorf("the size after a reload is %q, want %q", got, size)
	}
}

func TestALostConnectionComesBackByItself(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	_, stub := emulator(t, "-delay", "2s", "-prerendered")
	data := t.TempDir()
	p := service(t, data, append(stub, "TASK_POLL_INTERVAL=0.2")...)
	b := open(t, p.URL, look{})
	b.ready()
	b.expectNobody()
	b.ask("made across a restart")
	b.until("the task is at the provider", `document.querySelector("[data-testid=task-card]")?.dataset.status === "PROCESSING"`)
	p.kill()
	b.restless = "the card of what could not be sent goes when nobody answers"
	b.says(id("banner"), "does not answer")
	b.write(id("prompt"), "words that are not lost")
	b.click(id("submit"))
	b.says(id("notice"), "Your words are kept")
	serviceAt(t, p.URL, data, append(stub, "TASK_POLL_INTERVAL=0.2")...)
	b.miss(id("banner"))
	b.until("the picture is there", count(id("task-picture")+" img")+" === 1")
	b.until("the words are kept", `document.querySelector("#prompt").value === "words that are not lost"`)
	b.click(id("submit"))
	b.until("the first is in the library", count(id("picture"))+" === 1")
	b.until("the second picture is there", count(id("task-picture")+" img")+" === 1")
}
