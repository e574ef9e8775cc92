package recipe_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"volcimage/internal/catalog"
	"volcimage/internal/recipe"
	"volcimage/internal/task"
)

// file is a picture of testdata; make.py says how each was made.
func file(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// left lists what was left as name=value, and the reason where it is not that nothing
// here takes it.
func left(all []recipe.Left) []string {
	var out []string
	for _, l := range all {
		s := l.Name + "=" + l.Value
		if l.Why != recipe.NotTaken {
			s += " (" + string(l.Why) + ")"
		}
		if l.Instead != "" {
			s += " → " + l.Instead
		}
		out = append(out, s)
	}
	return out
}

func TestRecipesOfOtherPrograms(t *testing.T) {
	a1111 := []string{
		"prompt=<lora:detail:0.8> (syntax)", "prompt=(morning light:1.2) (syntax)", "negative_prompt=blurry, low quality",
		"Steps=20", "Sampler=DPM++ 2M", "Schedule type=Karras", "CFG scale=7 (other_model)", "Seed=1234567890 (other_model)",
		"Model hash=6ce0161689 (other_model)", "Model=v1-5-pruned (no_such_model)", "Lora hashes=detail: 5a3b2c1d, other: 00ff", "Version=v1.10.1",
		"size=512 × 768 (out_of_bounds) → 1664 × 2496",
	}
	comfy := []string{
		"negative_prompt=text, watermark", "lora=glass.safetensors", "model=v1-5-pruned-emaonly.safetensors (no_such_model)",
		"seed=156680208700286 (other_model)", "cfg=8 (other_model)", "steps=20", "sampler_name=euler", "scheduler=normal", "denoise=1",
		"size=768 × 512 (out_of_bounds) → 2496 × 1664",
	}
	fooocus := []string{
		"base_model=juggernautXL_v8Rundiffusion (no_such_model)", "seed=7283619283 (other_model)", "guidance_scale=4.0 (other_model)",
		"adm_guidance=(1.5, 0.8, 0.3)", `loras=[["sd_xl_offset_example-lora_1.0",0.1,"4852686128"]]`, "performance=Speed", "refiner_model=None",
		"refiner_switch=0.5", "sampler=dpmpp_2m_sde_gpu", "scheduler=karras", "sharpness=2.0", "steps=30",
		"styles=['Fooocus V2', 'Fooocus Sharp']", "vae=Default (model)", "size=1152 × 896 (out_of_bounds) → 2304 × 1728",
	}
	fox := "a red fox in fresh snow, morning light, \n雪中的狐狸"
	for name, want := range map[string]struct {
		tool          recipe.Tool
		prompt        string
		width, height int
		left          []string
	}{
		"automatic1111.png":  {recipe.Automatic1111, fox, 1664, 2496, a1111},
		"automatic1111.jpg":  {recipe.Automatic1111, fox, 1664, 2496, a1111},
		"automatic1111.webp": {recipe.Automatic1111, fox, 1664, 2496, a1111},
		"comfyui.png":        {recipe.ComfyUI, "beautiful scenery, 玻璃瓶, purple galaxy", 2496, 1664, comfy},
		"comfyui.webp":       {recipe.ComfyUI, "beautiful scenery, 玻璃瓶, purple galaxy", 2496, 1664, comfy},
		"comfyui-flux.png": {recipe.ComfyUI, "a tiny astronaut hatching from an egg on the moon", 2560, 1440, []string{
			"model=flux1-dev.safetensors (no_such_model)", "seed=219670278747233 (other_model)", "size=1344 × 768 (out_of_bounds) → 2560 × 1440",
		}},
		"invokeai.png": {recipe.InvokeAI, "a lighthouse in a storm", 2496, 1664, []string{
			"negative_prompt=people", "model=Juggernaut XL v9 (no_such_model)", "seed=3829102 (other_model)", "cfg_scale=7.5 (other_model)",
			"cfg_rescale_multiplier=0", "scheduler=euler", "steps=30", "size=1216 × 832 (out_of_bounds) → 2496 × 1664",
		}},
		"invokeai-2.png": {recipe.InvokeAI, "a lighthouse  at dusk", 2304, 1728, []string{
			"negative_prompt=people", "model=stable-diffusion-1.5 (no_such_model)", "seed=42 (other_model)", "cfg_scale=7.5 (other_model)",
			"perlin=0", "sampler=k_lms", "steps=50", "threshold=0", "size=704 × 512 (out_of_bounds) → 2304 × 1728",
		}},
		"invokeai-1.png": {recipe.InvokeAI, `a "quiet" lighthouse`, 2304, 1728, []string{
			"negative_prompt=people", "seed=42 (other_model)", "cfg_scale=7.5 (other_model)", "steps=50", "sampler=k_lms",
			"size=704 × 512 (out_of_bounds) → 2304 × 1728",
		}},
		"fooocus.png": {recipe.Fooocus, "a teapot on a windowsill", 2304, 1728, fooocus},
		"fooocus.jpg": {recipe.Fooocus, "a teapot on a windowsill", 2304, 1728, fooocus},
		"fooocus-old.png": {recipe.Fooocus, "a teapot", 1728, 2304, []string{
			"negative_prompt=blurry", "base_model=juggernautXL_v8Rundiffusion.safetensors (no_such_model)", "seed=5 (other_model)", "performance=Speed",
			"size=896 × 1152 (out_of_bounds) → 1728 × 2304",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := recipe.Read(file(t, name))
			if err != nil {
				t.Fatal(err)
			}
			params, rest := recipe.Adopt(found)
			if found.Tool != want.tool || params.Prompt != want.prompt {
				t.Errorf("by %s, prompt %q; want %s, %q", found.Tool, params.Prompt, want.tool, want.prompt)
			}
			if diff := cmp.Diff(want.left, left(rest)); diff != "" {
				t.Errorf("left (-want +got):\n%s", diff)
			}
			if params.Width != want.width || params.Height != want.height {
				t.Errorf("size %d × %d, want %d × %d", params.Width, params.Height, want.width, want.height)
			}
			if again, err := catalog.Complete(params); err != nil || !cmp.Equal(again, params) {
				t.Errorf("the catalog takes it otherwise: %+v, %v; want %+v", again, err, params)
			}
		})
	}
}

func TestAFileThatIsCutOffIsReadForWhatThereIs(t *testing.T) {
	for name, keep := range map[string]int{"automatic1111.jpg": 900, "invokeai.png": 500, "comfyui.png": 1190} {
		if _, err := recipe.Read(file(t, name)[:keep]); err != nil {
			t.Errorf("the first %d bytes of %s: %v", keep, name, err)
		}
	}
}

func TestWhatHasNoRecipeIsToldApartFromWhatIsNoPicture(t *testing.T) {
	for name, c := range map[string]struct {
		data []byte
		want task.Code
	}{
		"nothing":                        {nil, catalog.CodeNoPicture},
		"a page":                         {[]byte("<html>"), catalog.CodeNoPicture},
		"a GIF":                          {[]byte("GIF89a..."), catalog.CodeNoPicture},
		"a sound in RIFF":                {[]byte("RIFF\x04\x00\x00\x00WAVE"), catalog.CodeNoPicture},
		"a bare PNG":                     {pngWith(), catalog.CodeNoRecipe},
		"a comment that is none":         {pngWith("tEXt", "parameters\x00holiday: 2024, at the sea"), catalog.CodeNoRecipe},
		"an object that is none":         {pngWith("tEXt", `parameters`+"\x00"+`{"a":1}`), catalog.CodeNoRecipe},
		"a graph without a sampler":      {pngWith("tEXt", "prompt\x00"+`{"1":{"class_type":"LoadImage","inputs":{}}}`), catalog.CodeNoRecipe},
		"a graph that leads to itself":   {pngWith("tEXt", "prompt\x00"+loop), catalog.CodeNoRecipe},
		"a recipe of ours of another":    {pngWith("iTXt", "volcimage:recipe\x00\x00\x00\x00\x00"+`{"schema":"x","prompt":"a"}`), catalog.CodeNoRecipe},
		"a text that unpacks to no end":  {pngWith("zTXt", "parameters\x00\x00"+packed(strings.Repeat("a", 64<<20))), catalog.CodeNoRecipe},
		"a text whose packing is broken": {pngWith("zTXt", "parameters\x00\x00nonsense"), catalog.CodeNoRecipe},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := recipe.Read(c.data); task.CodeOf(err) != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

// loop is a graph whose texts come from themselves.
const loop = `{"1":{"class_type":"KSampler","inputs":{"positive":["2",0],"latent_image":["3",0]}},
"2":{"class_type":"CLIPTextEncode","inputs":{"text":["2",0],"conditioning":["2",0]}},"3":{"class_type":"L","inputs":{"samples":["3",0]}}}`

func packed(text string) string {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, err := z.Write([]byte(text))
	if err != nil || z.Close() != nil {
		panic("a buffer takes everything")
	}
	return b.String()
}

// pngWith is a PNG of nothing but the parts given, each a type and its content.
func pngWith(parts ...string) []byte {
	b := []byte("\x89PNG\r\n\x1a\n")
	b = append(b, chunk("IHDR", "\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00")...)
	for i := 0; i < len(parts); i += 2 {
		b = append(b, chunk(parts[i], parts[i+1])...)
	}
	b = append(b, chunk("IDAT", packed("\x00\x00"))...)
	return append(b, chunk("IEND", "")...)
}

func chunk(kind, content string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(content)))
	b = append(b, kind+content...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

func TestUnpackingIsBoundedInAll(t *testing.T) {
	bomb := "parameters\x00\x00" + packed(strings.Repeat("a", 2<<20))
	var parts []string
	for range 2000 {
		parts = append(parts, "zTXt", bomb)
	}
	data := pngWith(parts...)
	allocated := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := recipe.Read(data); err == nil {
				b.Fatal("a recipe was found")
			}
		}
	}).AllocedBytesPerOp()
	// Reading grows its buffer, and each of five programs' readers may copy a text.
	if allocated > 256<<20 {
		t.Errorf("%d MB of text in %d KB take %d MB to read", 2*2000, len(data)>>10, allocated>>20)
	}
}

func TestWhatIsLeftIsBounded(t *testing.T) {
	var b strings.Builder
	for i := range 500 {
		fmt.Fprintf(&b, "Key %d: %s, ", i, strings.Repeat("星", 300))
	}
	found, err := recipe.Read(pngWith("iTXt", "parameters\x00\x00\x00\x00\x00"+"a fox\n"+b.String()))
	if err != nil {
		t.Fatal(err)
	}
	if _, rest := recipe.Adopt(found); len(rest) != 64 || len([]rune(rest[0].Value)) != 200 {
		t.Errorf("%d settings are left, the first of %d characters; want 64 and 200", len(rest), len([]rune(rest[0].Value)))
	}
}

func TestAdoptTakesWhatTheModelTakes(t *testing.T) {
	seed, scale, big := int64(7), 0.25, 400.0
	for name, c := range map[string]struct {
		in   task.Params
		want task.Params
		left []string
	}{
		"all of a recipe of ours": {
			in:   task.Params{Prompt: "a fox", Model: "jimeng_t2i_v31", Width: 1328, Height: 1328, Seed: &seed},
			want: task.Params{Prompt: "a fox", Model: "jimeng_t2i_v31", Width: 1328, Height: 1328, Seed: &seed, Count: 1},
		},
		"the default where the model is gone, without its fields": {
			in:   task.Params{Prompt: "a fox", Model: "gone", Width: 1024, Height: 1024, Seed: &seed, Scale: &scale},
			want: task.Params{Prompt: "a fox", Model: catalog.DefaultModel, Width: 1024, Height: 1024, Scale: &scale, Count: 1},
			left: []string{"model=gone (no_such_model) → " + catalog.DefaultModel, "seed=7 (out_of_bounds)"},
		},
		"nothing that is out of bounds": {
			in:   task.Params{Prompt: " a fox\x00 ", Scale: &big, Width: 10, Height: 10000, CoherentSet: true, MinRatio: &big},
			want: task.Params{Prompt: "a fox", Model: catalog.DefaultModel, Width: 1296, Height: 3024, CoherentSet: true, Count: 1},
			left: []string{"size=10 × 10000 (out_of_bounds) → 1296 × 3024", "scale=400 (out_of_bounds)", "min_ratio=400 (out_of_bounds)"},
		},
		"as much of the prompt as the model takes": {
			in:   task.Params{Prompt: strings.Repeat("星", 900), Width: 2048, Height: 2048},
			want: task.Params{Prompt: strings.Repeat("星", 800), Model: catalog.DefaultModel, Width: 2048, Height: 2048, Count: 1},
			left: []string{"prompt=900 (too_long) → 800"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, rest := recipe.Adopt(recipe.Found{Params: c.in})
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("params (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.left, left(rest)); diff != "" {
				t.Errorf("left (-want +got):\n%s", diff)
			}
		})
	}
}
