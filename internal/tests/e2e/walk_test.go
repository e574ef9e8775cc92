package e2e

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// The walk of a new user: from an empty page to a file in a folder, in both languages.
func TestAWalkFromAPromptToADownloadedFile(t *testing.T) {
	for _, w := range []walk{
		{name: "Chinese", lang: "zh-CN", prompt: "山间的晨雾，远处有一座古寺", title: "想画点什么？", verb: "生成 2 张", stages: []string{"排队", "绘制", "保存"}, took: "已完成"},
		{name: "English", lang: "en-US", prompt: "Morning mist in the mountains, 远处有一座古寺", title: "What would you like to see?", verb: "Generate 2 pictures", stages: []string{"Waiting", "Drawing", "Saving"}, took: "Done"},
	} {
		t.Run(w.name, w.take)
	}
}

type walk struct {
	name, lang, prompt, title, verb, took string
	stages                                []string
}

func (w walk) take(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	data := t.TempDir()
	p := service(t, data)
	b := open(t, p.URL, look{lang: w.lang})
	b.ready()
	b.says("h1", w.title)
	b.see(id("empty"))
	b.see(id("demo-badge"))

	w.fill(b)
	b.click(id("submit"))
	b.see(id("task-card"))
	b.says(id("task-card"), w.prompt)
	if n := evaluate[int](b, count(id("task-picture"))); n != 2 {
		t.Errorf("the card shows %d places for pictures, want 2", n)
	}
	b.says(id("progress"), w.stages...)
	b.until("the task is being drawn", `document.querySelector("[data-testid=task-card]")?.dataset.status === "PROCESSING"`)
	b.see(id("task-picture") + `[data-status="done"] img`)
	b.says(id("task-card"), w.took)
	b.putAway()
	b.until("both pictures are in the library", count(id("picture"))+" === 2")

	made := w.made(t, p)
	w.download(b, p, made)
	w.stillThere(b)
	w.restart(t, b, p, data)
	w.stillThere(b)
}

// fill makes the form ask for two pictures in 16:9 of the quickest model.
func (w walk) fill(b *tab) {
	b.Helper()
	b.click(id("model"))
	b.choose("model-jimeng_t2i_v31")
	b.click(id("size"))
	b.choose("ratio-16:9")
	b.press("\x1b")
	b.focused(id("size"))
	b.click(id("count-more"))
	b.write(id("prompt"), w.prompt)
	b.says(id("submit"), w.verb)
	b.says(id("counter"), fmt.Sprintf("%d /", len([]rune(w.prompt))))
}

// made is the task as the API has it.
func (w walk) made(t *testing.T, p *process) Task {
	t.Helper()
	var page struct{ Items []Task }
	call(t, "GET", p.URL+"/api/v1/history", nil, &page)
	if len(page.Items) != 1 {
		t.Fatalf("%d tasks are kept, want 1", len(page.Items))
	}
	made := page.Items[0]
	if made.Prompt != w.prompt || made.Status != "COMPLETED" || len(made.Images) != 2 {
		t.Fatalf("kept: %q, %s, %d pictures; want %q, COMPLETED, 2", made.Prompt, made.Status, len(made.Images), w.prompt)
	}
	if im := made.Images[0]; im.Width*9 < im.Height*15 {
		t.Errorf("the picture is %d × %d, want about 16:9", im.Width, im.Height)
	}
	return made
}

// download takes the second picture home from the full view.
func (w walk) download(b *tab, p *process, made Task) {
	b.Helper()
	b.click(fmt.Sprintf("[data-key=%q]", made.ID+"/1"))
	b.see(id("viewer-picture"))
	b.until("the picture is loaded at full size", fmt.Sprintf("document.querySelector(%q).naturalWidth === %d", id("viewer-picture"), made.Images[1].Width))
	b.says(id("viewer-prompt"), w.prompt)
	name, got := b.save(id("viewer-download"))
	_, want := download(b.T, p.URL+made.Images[1].URL)
	if !bytes.Equal(got, want) || !hasPrefix(got, "\x89PNG") && !hasPrefix(got, "\xff\xd8") {
		b.Errorf("the downloaded file has %d bytes and begins %q; the API's has %d", len(got), got[:min(8, len(got))], len(want))
	}
	if !strings.Contains(name, "古寺") || !strings.HasSuffix(name, ".png") && !strings.HasSuffix(name, ".jpg") {
		b.Errorf("the downloaded file is called %q, want words of the prompt and its format", name)
	}
	b.press("\x1b")
	b.miss(id("viewer"))
}

// stillThere loads the page anew and finds the pictures where they were.
func (w walk) stillThere(b *tab) {
	b.Helper()
	b.visit(b.URL)
	b.ready()
	b.until("both pictures are still there", fmt.Sprintf(
		"[...document.querySelectorAll(%q)].filter((e) => e.complete && e.naturalWidth > 0).length === 2", id("picture")+" img"))
	b.miss(id("empty"))
}

// restart stops the service and starts it again where it was.
func (w walk) restart(t *testing.T, b *tab, p *process, data string) {
	t.Helper()
	b.expectNobody()
	p.stop(t)
	serviceAt(t, p.URL, data)
}
