package paint

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
)

// prompts asks for every motif, in both languages, and for some by chance.
var prompts = []string{
	"水墨山水", "a cute cat under the moon", "粉色的花", "aurora over a lake", "赛博朋克城市", "abstract silk",
	"沙漠", "星空下的雪山", "a misty forest at dawn", "海上日落", "冬天的山", "gold mountains", "something else", "随便画点什么",
}

func small(prompt string) Spec {
	return Spec{Prompt: prompt, Model: "m", Width: 96, Height: 64}
}

func TestDraw(t *testing.T) {
	t.Run("the same request draws the same picture, on one core or many", func(t *testing.T) {
		for _, p := range prompts {
			a, b := Draw(small(p)), Draw(small(p))
			if !bytes.Equal(a.Pix, b.Pix) {
				t.Errorf("%q: two drawings differ", p)
			}
		}
	})
	t.Run("another prompt, model, seed or place in a set draws another picture", func(t *testing.T) {
		base := small("海")
		for name, change := range map[string]func(*Spec){
			"prompt": func(s *Spec) { s.Prompt = "大海" }, "model": func(s *Spec) { s.Model = "n" },
			"variation": func(s *Spec) { s.Variation = 1 }, "index": func(s *Spec) { s.Index = 1 },
		} {
			other := base
			change(&other)
			if d := difference(Draw(base), Draw(other)); d < 4 {
				t.Errorf("another %s differs by %.1f of 255 on average, want at least 4", name, d)
			}
		}
	})
	t.Run("every size has exactly the asked dimensions", func(t *testing.T) {
		for _, size := range [][2]int{{64, 64}, {17, 150}, {150, 17}, {127, 65}} {
			for _, p := range prompts {
				s := small(p)
				s.Width, s.Height = size[0], size[1]
				if got := Draw(s).Bounds(); got != image.Rect(0, 0, size[0], size[1]) {
					t.Errorf("%q: bounds %v, want %v", p, got, size)
				}
			}
		}
	})
	t.Run("pictures have contrast, colour and opaque pixels", func(t *testing.T) {
		for _, p := range prompts {
			img := Draw(small(p))
			low, high := 255, 0
			for i := 0; i < len(img.Pix); i += 4 {
				low, high = min(low, int(img.Pix[i+1])), max(high, int(img.Pix[i+1]))
			}
			if high-low < 90 || !img.Opaque() {
				t.Errorf("%q: green from %d to %d, opaque %v; want a range of 90 and opaque", p, low, high, img.Opaque())
			}
		}
	})
}

// difference is the mean difference of two pictures, of 255.
func difference(a, b *image.RGBA) float64 {
	sum := 0
	for i := range a.Pix {
		d := int(a.Pix[i]) - int(b.Pix[i])
		sum += max(d, -d)
	}
	return float64(sum) / float64(len(a.Pix))
}

func TestMotifs(t *testing.T) {
	for prompt, want := range map[string]string{
		"一只猫": "*paint.view", "大海": "*paint.sea", "the SEA, calm": "*paint.sea", "玫瑰花": "*paint.flower",
		"水墨画": "*paint.ink", "沙漠里的星空": "*paint.desert", "dunes": "*paint.desert", "抽象": "*paint.silk",
	} {
		t.Run(fmt.Sprintf("%q is drawn as %s", prompt, want), func(t *testing.T) {
			if got := fmt.Sprintf("%T", compose(small(prompt))); got != want {
				t.Errorf("scene %s, want %s", got, want)
			}
		})
	}
	t.Run("English words count whole only", func(t *testing.T) {
		w := newWords("a season of education, started early")
		if w.any("sea", "cat", "star") {
			t.Error(`"season", "education" and "started" were taken for sea, cat and star`)
		}
		if !newWords("two Cats").any("cat") {
			t.Error(`"Cats" is not a cat`)
		}
	})
}

func TestEncode(t *testing.T) {
	img := Draw(small("山"))
	label := small("山").Mark(Meta{ContentProducer: "we & <they>"})
	t.Run("a PNG keeps every pixel and carries the label as a chunk", func(t *testing.T) {
		data, err := Encode(img, "png", label)
		if err != nil {
			t.Fatal(err)
		}
		back, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatalf("decode: %v", err)
		}
		if got, ok := back.(*image.RGBA); !ok || !bytes.Equal(got.Pix, img.Pix) {
			t.Errorf("decoded %T is not the picture that was encoded", back)
		}
		if !bytes.Contains(data, []byte("iTXtAIGC\x00\x00\x00\x00\x00"+label)) {
			t.Error("no iTXt chunk AIGC with the label")
		}
	})
	t.Run("a JPEG decodes and carries the label as XMP", func(t *testing.T) {
		data, err := Encode(img, "jpeg", label)
		if err != nil {
			t.Fatal(err)
		}
		cfg, err := jpeg.DecodeConfig(bytes.NewReader(data))
		if err != nil || cfg.Width != 96 || cfg.Height != 64 {
			t.Errorf("config %+v, %v; want 96 × 64", cfg, err)
		}
		if _, err := jpeg.Decode(bytes.NewReader(data)); err != nil {
			t.Errorf("decode: %v", err)
		}
		if !bytes.Contains(data, []byte("<TC260:AIGC>{")) {
			t.Error("no XMP packet with the label")
		}
	})
	t.Run("the label names the producer and follows from the spec", func(t *testing.T) {
		if !strings.Contains(small("山").Mark(Meta{ContentProducer: "p1"}), `"ContentProducer":"p1"`) {
			t.Errorf("label %s does not name p1", small("山").Mark(Meta{ContentProducer: "p1"}))
		}
		if small("山").Mark(Meta{}) == small("海").Mark(Meta{}) {
			t.Error("two pictures have the same label")
		}
	})
	t.Run("a photo-like amount of bytes comes out", func(t *testing.T) {
		s := small("山")
		s.Width, s.Height = 256, 256
		data, err := Encode(Draw(s), "png", label)
		if err != nil {
			t.Fatal(err)
		}
		if bits := float64(8*len(data)) / (256 * 256); bits < 6 {
			t.Errorf("%.1f bits a pixel, want 6 at least: several MB for 2048 × 2048", bits)
		}
	})
	t.Run("the huge header is 54 bytes that declare 20000 × 20000", func(t *testing.T) {
		data := HugeHeader()
		cfg, err := png.DecodeConfig(bytes.NewReader(data))
		if err != nil || cfg.Width != 20000 || cfg.Height != 20000 || len(data) != 54 {
			t.Errorf("%d bytes, config %+v, %v", len(data), cfg, err)
		}
	})
}

// BenchmarkPicture draws and encodes common sizes, every motif in turn.
func BenchmarkPicture(b *testing.B) {
	for _, side := range []int{1024, 2048} {
		for _, format := range []string{"png", "jpeg"} {
			b.Run(fmt.Sprintf("%d-%s", side, format), func(b *testing.B) {
				for i := range b.N {
					s := Spec{Prompt: prompts[i%len(prompts)], Model: "m", Width: side, Height: side}
					if _, err := Encode(Draw(s), format, "{}"); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
