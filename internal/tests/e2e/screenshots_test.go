package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// gallery is what the library shows in the README's pictures, oldest first.
var gallery = []map[string]any{
	{"prompt": "沙漠里的星空", "width": 1328, "height": 1328},
	{"prompt": "Autumn forest, low sun between the trunks", "width": 1328, "height": 1328},
	{"prompt": "浪漫的海边，粉色的傍晚", "width": 1664, "height": 936},
	{"prompt": "A cat on the roof, looking at the moon", "width": 1104, "height": 1472},
	{"prompt": "Abstract silk in teal and amber", "width": 1328, "height": 1328},
	{"prompt": "水墨画：江南古镇的清晨，薄雾，乌篷船", "width": 1584, "height": 1056},
	{"prompt": "Cyberpunk city in the rain, neon reflections", "width": 1664, "height": 936},
	{"prompt": "一朵盛开的牡丹，微距", "width": 1104, "height": 1472},
	{"prompt": "Aurora over a frozen lake, wide view", "width": 1664, "height": 936},
	{"prompt": "雪山的黎明，脚下是云海", "width": 1472, "height": 1104},
	{"prompt": "Dunes at golden hour", "width": 1056, "height": 1584},
}

// shots are the pictures of the manual: what is shown, from a library that has something in it.
var shots = []struct {
	name string
	show func(b *tab)
}{
	{"library", func(b *tab) { b.hover(id("picture") + `[aria-posinset="3"]`) }},
	{"form", func(b *tab) {
		b.click(id("model"))
		b.choose("model-jimeng_t2i_v31")
		b.press("\x1b")
		b.click(id("advanced"))
		b.click(id("seed-lock"))
	}},
	{"template", func(b *tab) { b.click(id("templates")); b.click(id("template-film-portrait")); b.see(id("filling")) }},
	{"chosen", func(b *tab) {
		evaluate[any](b, `document.querySelector("[data-testid=picture]").focus()`)
		b.press(kb.ArrowRight, chromedp.ModifierShift)
		b.see(id("chosen"))
	}},
	{"details", func(b *tab) { b.inform(id("picture")) }},
	{"viewer", func(b *tab) {
		b.click(id("picture") + `[aria-posinset="3"]`)
		b.until("the picture is loaded", `document.querySelector("[data-testid=viewer-picture]")?.complete`)
	}},
	{"compare", func(b *tab) {
		evaluate[any](b, `document.querySelector("[data-testid=picture]").focus()`)
		b.press(kb.ArrowRight, chromedp.ModifierShift)
		b.click(id("chosen-compare"))
		b.see(id("pair"))
	}},
	{"folder", func(b *tab) {
		b.click(id("place-folder"))
		b.see(id("rename-place"))
		b.until("its pictures are loaded", `document.querySelectorAll("[data-testid=picture] img.is-here").length === 4`)
		evaluate[any](b, `document.querySelector("[data-testid=picture]").focus({ preventScroll: true })`)
		b.press(" ")
		b.see(id("chosen"))
		evaluate[any](b, "scrollTo(0, 0)") // the click on the sidebar has scrolled
	}},
	{"tags", func(b *tab) { b.click(id("tags")); b.see(id("tag-dialog")) }},
	{"search", func(b *tab) { b.write(id("search"), "tag:"); b.see(id("suggestions")) }},
	{"bin", func(b *tab) {
		b.bin()
		b.until("its pictures are loaded", `document.querySelectorAll("[data-testid=picture] img.is-here").length === 2`)
		b.hover(id("picture"))
	}},
	{"archive", func(b *tab) {
		b.click(id("open-archive"))
		b.see(id("archive"))
	}},
	{"settings", func(b *tab) { b.click(id("settings")); b.see(id("settings-dialog")) }},
	{"keys", func(b *tab) { b.press("?"); b.see(id("key-sheet")) }},
	{"call", func(b *tab) { b.click(id("advanced")); b.click(id("show-call")); b.see(id("call-code")) }},
}

// TestThePicturesOfTheReadme takes them anew, and those of the manual, into the folder that
// SCREENSHOTS names: docs/images, as an absolute path.
func TestThePicturesOfTheReadme(t *testing.T) {
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		t.Skip("takes the pictures of README and manual only where SCREENSHOTS names a folder for them")
	}
	p := service(t, t.TempDir(), "MAX_CONCURRENT_TASKS=1")
	take := func(name string, l look, show func(b *tab)) {
		b := open(t, p.URL, l)
		b.ready()
		show(b)
		time.Sleep(400 * time.Millisecond) // what opens has opened
		b.picture(filepath.Join(dir, name))
	}
	both := map[string]look{"en": {}, "zh": {lang: "zh-CN", dark: true}}
	for name, l := range both {
		take("first-"+name+".jpg", l, func(b *tab) { b.see(id("empty")) })
	}
	furnish(t, p)
	loaded := func(b *tab) {
		b.until("the pictures are loaded", `[...document.querySelectorAll("[data-testid=picture] img")].slice(0, 6).every((e) => e.complete)`)
	}
	for name, l := range both {
		for _, s := range shots {
			take(s.name+"-"+name+".jpg", l, func(b *tab) { loaded(b); s.show(b) })
		}
	}
	take("phone-dark.png", look{lang: "zh-CN", phone: true, dark: true}, loaded)
	take("phone-viewer.jpg", look{phone: true}, func(b *tab) {
		b.click(id("picture"))
		b.until("the picture is loaded", `document.querySelector("[data-testid=viewer-picture]")?.complete`)
	})
	take("screenshot.png", look{height: 900}, func(b *tab) {
		loaded(b)
		for range 3 {
			b.click(id("count-more"))
		}
		b.ask("First light on a snow-capped volcano, wide view")
		b.until("a picture has landed", `document.querySelector("[data-testid=task-picture][data-status=done] img")?.complete`)
	})
	for name, l := range both {
		take("queue-"+name+".jpg", l, func(b *tab) {
			for _, prompt := range []string{"A lighthouse in the fog, long exposure", "雨后的竹林，一束光", "A paper boat on a puddle, macro"} {
				b.ask(prompt)
			}
			b.until("one is being drawn, the others wait", `document.querySelectorAll("[data-status=PROCESSING]").length > 0 && document.querySelectorAll("[data-testid=move]").length === 2`)
		})
		stopAll(t, p)
	}
}

// furnish draws the gallery, with tags, a folder and two pictures in the bin.
func furnish(t *testing.T, p *process) {
	t.Helper()
	var folder struct {
		ID string `json:"folder_id"`
	}
	call(t, "POST", p.URL+"/api/v1/folders", map[string]string{"name": "Wallpaper 壁纸"}, &folder)
	thrown := []map[string]any{
		{"prompt": "Blue hour over the harbour", "width": 1328, "height": 1328},
		{"prompt": "竹林里的小路", "width": 1104, "height": 1472},
	}
	for n, g := range slices.Concat(thrown, gallery) {
		g["model"] = "jimeng_t2i_v31"
		x := finish(t, p, submit(t, p, g).ID, time.Minute)
		switch {
		case n < len(thrown):
			call(t, "DELETE", p.URL+"/api/v1/task/"+x.ID, nil, nil)
		case g["width"] == 1664 || g["width"] == 1472:
			call(t, "PATCH", p.URL+"/api/v1/task/"+x.ID, map[string]any{"folder": folder.ID, "tags": []string{"wide", "风景"}}, nil)
		case n%2 == 0:
			call(t, "PATCH", p.URL+"/api/v1/task/"+x.ID, map[string]any{"tags": []string{"nature", "风景"}}, nil)
		}
	}
}

// picture writes what the window shows, small in bytes where the name says JPEG.
func (b *tab) picture(file string) {
	b.Helper()
	if filepath.Ext(file) != ".jpg" {
		b.shoot(file)
		return
	}
	shown, err := chromedp.Call(b.ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatJpeg, Quality: new(int64(60))})
	b.must("take the picture", err)
	b.must("write the picture", os.WriteFile(file, shown.Data, 0o644))
}
