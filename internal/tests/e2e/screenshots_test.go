package e2e

import (
	"os"
	"path/filepath"
	"testing"
	"time"
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

// TestThePicturesOfTheReadme takes them anew, into the folder that SCREENSHOTS names:
// docs/images, as an absolute path.
func TestThePicturesOfTheReadme(t *testing.T) {
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		t.Skip("takes the README's pictures only where SCREENSHOTS names a folder for them")
	}
	p := service(t, t.TempDir())
	for _, g := range gallery {
		g["model"] = "jimeng_t2i_v31"
		finish(t, p, submit(t, p, g).ID, time.Minute)
	}
	take := func(name string, l look, show func(b *tab)) {
		b := open(t, p.URL, l)
		b.ready()
		b.until("the pictures are loaded", `[...document.querySelectorAll("[data-testid=picture] img")].slice(0, 6).every((e) => e.complete)`)
		show(b)
		b.shoot(filepath.Join(dir, name))
	}
	take("phone-dark.png", look{lang: "zh-CN", phone: true, dark: true}, func(*tab) {})
	take("screenshot.png", look{height: 900}, func(b *tab) {
		for range 3 {
			b.click(id("count-more"))
		}
		b.ask("First light on a snow-capped volcano, wide view")
		b.until("a picture has landed", `document.querySelector("[data-testid=task-picture][data-status=done] img")?.complete`)
	})
}
