package recipe_test

import (
	"bytes"
	"encoding/binary"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	_ "golang.org/x/image/webp"

	"volcimage/internal/catalog"
	"volcimage/internal/recipe"
	"volcimage/internal/task"
	"volcimage/internal/visual/visualtest/paint"
)

// pictures are those that internal/picture is tested with: every kind of PNG, JPEG
// and WebP that it takes.
func pictures(t testing.TB) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	for _, pattern := range []string{"*.png", "*.jpg", "*.webp"} {
		names, err := filepath.Glob(filepath.Join("..", "picture", "testdata", pattern))
		if err != nil || len(names) < 3 {
			t.Fatalf("%d pictures %s, %v", len(names), pattern, err)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			all[filepath.Base(name)] = data
		}
	}
	return all
}

// sample has every field, and characters that JSON, XML and PNG each find difficult.
func sample() recipe.Recipe {
	seed, scale, llm, low, high := int64(2147483647), 0.5, true, 0.3, 2.5
	return recipe.Recipe{
		Schema: recipe.Schema, Prompt: "一只狐狸 <b>&amp;\"']]>\r\n\t\x01\ufffe\uffff🦊", Typed: "一只{狐狸|猫}", Model: "jimeng_t2i_v31",
		Width: 1328, Height: 1328, Size: 1 << 20, CoherentSet: true, Seed: &seed, Scale: &scale, UsePreLLM: &llm, MinRatio: &low, MaxRatio: &high,
		Task: "01KAZ3V5N8Q2W4E6R8T0YACDEF", Index: 3, CreatedAt: time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC),
	}
}

func TestARecipeIsWrittenAndReadAndThePictureStays(t *testing.T) {
	r := sample()
	for name, data := range pictures(t) {
		t.Run(name, func(t *testing.T) {
			with, err := recipe.Write(data, r)
			if err != nil {
				t.Fatal(err)
			}
			found, err := recipe.Read(with)
			if err != nil {
				t.Fatal(err)
			}
			want := recipe.Found{Tool: recipe.Ours, Typed: r.Typed, Task: r.Task, Index: r.Index, Params: task.Params{
				Prompt: r.Prompt, Model: r.Model, Width: r.Width, Height: r.Height, Size: r.Size, CoherentSet: true,
				Seed: r.Seed, Scale: r.Scale, UsePreLLM: r.UsePreLLM, MinRatio: r.MinRatio, MaxRatio: r.MaxRatio,
			}}
			if diff := cmp.Diff(want, found); diff != "" {
				t.Errorf("read back (-written +read):\n%s", diff)
			}
			before, errBefore := decoded(data)
			after, errAfter := decoded(with)
			if (errBefore == nil) != (errAfter == nil) || errBefore == nil && !reflect.DeepEqual(before, after) {
				t.Errorf("the pixels changed: %v, %v", errBefore, errAfter)
			}
		})
	}
}

func decoded(data []byte) (image.Image, error) {
	img, _, err := image.Decode(bytes.NewReader(data))
	return img, err
}

// Without what was put in, the file is the old one byte for byte; in a PNG and in a
// JPEG without XMP that is one part in one place.
func TestNothingButOnePartIsPutIn(t *testing.T) {
	for name, data := range pictures(t) {
		if strings.HasSuffix(name, ".webp") {
			continue
		}
		with, err := recipe.Write(data, sample())
		if err != nil {
			t.Fatal(err)
		}
		same := 0
		for same < len(data) && data[same] == with[same] {
			same++
		}
		added := len(with) - len(data)
		if added <= 0 || !bytes.Equal(data[same:], with[same+added:]) {
			t.Errorf("%s: more changed than one place at %d", name, same)
		}
	}
}

func TestAWebPKeepsItsParts(t *testing.T) {
	for name, data := range pictures(t) {
		if !strings.HasSuffix(name, ".webp") {
			continue
		}
		with, err := recipe.Write(data, sample())
		if err != nil {
			t.Fatal(err)
		}
		if got, want := int(binary.LittleEndian.Uint32(with[4:])), len(with)-8; got != want {
			t.Errorf("%s: size in the header %d, want %d", name, got, want)
		}
		before, after := parts(data), parts(with)
		if head := after[0]; head[:4] != "VP8X" || head[8]&4 == 0 {
			t.Errorf("%s: begins with %q, want a header that tells of XMP", name, head)
		}
		if before[0][:4] == "VP8X" {
			before = before[1:]
		}
		if diff := cmp.Diff(before, after[1:len(after)-1]); diff != "" || after[len(after)-1][:4] != "XMP " {
			t.Errorf("%s: parts changed (-before +after):\n%s", name, diff)
		}
	}
}

// parts are the chunks of a WebP, whole.
func parts(data []byte) []string {
	var all []string
	for at := 12; at+8 <= len(data); {
		next := at + 8 + int(binary.LittleEndian.Uint32(data[at+4:]))
		next += next % 2
		all = append(all, string(data[at:min(next, len(data))]))
		at = next
	}
	return all
}

func TestTheLabelOfGeneratedPicturesStaysAsItIs(t *testing.T) {
	spec := paint.Spec{Prompt: "a fox & <more>", Model: "m", Width: 64, Height: 64}
	label := spec.Mark(paint.Meta{ContentProducer: "producer-1"})
	for _, format := range []string{"png", "jpeg"} {
		data, err := paint.Encode(paint.Draw(spec), format, label)
		if err != nil {
			t.Fatal(err)
		}
		with, err := recipe.Write(data, sample())
		if err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		if _, err := recipe.Read(with); err != nil {
			t.Errorf("%s: %v", format, err)
		}
		for _, element := range []string{"AIGC\x00\x00\x00\x00\x00" + label, "<TC260:AIGC>" + strings.NewReplacer("<", "&lt;", "&", "&amp;").Replace(label) + "</TC260:AIGC>"} {
			if n := bytes.Count(data, []byte(element)); bytes.Count(with, []byte(element)) != n {
				t.Errorf("%s: the label is there %d times no more", format, n)
			}
		}
	}
}

func TestASignedPictureIsLeftAlone(t *testing.T) {
	all := pictures(t)
	jpg, webp := all["baseline444.jpg"], all["alpha.webp"]
	manifest := "jumb\x00\x00\x00\x1ejumdc2pa\x00\x11\x00\x10\x80\x00\x00\xaa\x00\x38\x9b\x71\x03c2pa\x00"
	box := string(binary.BigEndian.AppendUint32(nil, uint32(len(manifest)+4))) + manifest
	elsewhere := `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description
		rdf:about="" xmlns:dcterms="http://purl.org/dc/terms/" dcterms:provenance="https://example.com/manifest"/></rdf:RDF></x:xmpmeta>`
	for name, data := range map[string][]byte{
		"a PNG with a manifest":            pngWith("caBX", box),
		"a PNG with one behind its pixels": bytes.Replace(pngWith(), chunk1("IEND"), append(chunk("caBX", box), chunk1("IEND")...), 1),
		"a PNG whose manifest is away":     pngWith("iTXt", "XML:com.adobe.xmp\x00\x00\x00\x00\x00"+elsewhere),
		"a JPEG with a manifest":           segmentIn(jpg, 0xeb, "JP\x00\x01\x00\x00\x00\x01"+box),
		"a JPEG whose manifest is away":    segmentIn(jpg, 0xe1, "http://ns.adobe.com/xap/1.0/\x00"+elsewhere),
		"a WebP with a manifest":           webpWith(webp, "C2PA", box),
	} {
		if _, err := recipe.Write(data, sample()); task.CodeOf(err) != catalog.CodeRecipeSigned {
			t.Errorf("%s: %v, want %s", name, err, catalog.CodeRecipeSigned)
		}
	}
}

func chunk1(kind string) []byte { return chunk(kind, "") }

func segmentIn(jpg []byte, marker byte, content string) []byte {
	head := binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(content)+2))
	return bytes.Join([][]byte{jpg[:2], head, []byte(content), jpg[2:]}, nil)
}

func webpWith(webp []byte, name, content string) []byte {
	b := append(bytes.Clone(webp), name...)
	b = append(binary.LittleEndian.AppendUint32(b, uint32(len(content))), content...)
	b = append(b, make([]byte, len(content)%2)...)
	binary.LittleEndian.PutUint32(b[4:], uint32(len(b)-8))
	return b
}

func TestWhereThereIsNoRoomThePictureIsLeftAlone(t *testing.T) {
	jpg := pictures(t)["baseline444.jpg"]
	xmp := func(packet string) []byte { return segmentIn(jpg, 0xe1, "http://ns.adobe.com/xap/1.0/\x00"+packet) }
	full := `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">` + strings.Repeat(" ", 65300) + `</rdf:RDF>`
	for name, data := range map[string][]byte{
		"a JPEG whose XMP is full":        xmp(full),
		"a JPEG whose XMP is no XML":      xmp("<a><b></a>"),
		"a JPEG whose XMP is in UTF-16":   xmp("\xfe\xff\x00<\x00a"),
		"a JPEG whose RDF has no end tag": xmp(`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>`),
		"a JPEG that ends":                jpg[:200],
		"a PNG that ends":                 pngWith()[:40],
		"a WebP that ends":                pictures(t)["lossy.webp"][:60],
		"a WebP of nothing":               []byte("RIFF\x04\x00\x00\x00WEBP"),
	} {
		if _, err := recipe.Write(data, sample()); task.CodeOf(err) != catalog.CodeRecipeNoRoom {
			t.Errorf("%s: %v, want %s", name, err, catalog.CodeRecipeNoRoom)
		}
	}
	if _, err := recipe.Write([]byte("GIF89a"), sample()); task.CodeOf(err) != catalog.CodeNoPicture {
		t.Errorf("a GIF: %v, want %s", err, catalog.CodeNoPicture)
	}
}

func TestARecipeIsWrittenIntoXMPThatIsThere(t *testing.T) {
	packet := "<?xpacket begin='\ufeff' id='W5M0MpCehiHzreSzNTczkc9d'?>\n<x:xmpmeta xmlns:x='adobe:ns:meta/'>" +
		"<r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><r:Description r:about='' xmlns:dc='http://purl.org/dc/elements/1.1/' dc:source='camera'/></r:RDF >" +
		"</x:xmpmeta>" + strings.Repeat(" ", 100) + "<?xpacket end='w'?>"
	all := pictures(t)
	for name, data := range map[string][]byte{
		"JPEG": segmentIn(all["progressive.jpg"], 0xe1, "http://ns.adobe.com/xap/1.0/\x00"+packet),
		"WebP": webpWith(all["alpha.webp"], "XMP ", packet),
	} {
		with, err := recipe.Write(data, sample())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		found, err := recipe.Read(with)
		if err != nil || found.Params.Prompt != sample().Prompt {
			t.Errorf("%s: %+v, %v", name, found, err)
		}
		before, after, _ := strings.Cut(packet, "</r:RDF >")
		if !bytes.Contains(with, []byte(before)) || !bytes.Contains(with, []byte("</r:RDF >"+after)) {
			t.Errorf("%s: what the packet held is not there any more", name)
		}
		second := sample()
		second.Prompt = "another"
		with, err = recipe.Write(with, second)
		if err != nil {
			t.Fatal(err)
		}
		if found, err = recipe.Read(with); err != nil || found.Params.Prompt != "another" {
			t.Errorf("%s: after a second recipe %+v, %v; want the second", name, found, err)
		}
	}
}

func TestTheRecipeIsThatOfThePicture(t *testing.T) {
	first, third := int64(5), int64(7)
	made := task.Task{
		ID: "01KAZ3V5N8Q2W4E6R8T0YACDEF", Typed: "a {fox|hare}", CreatedAt: time.Date(2026, 11, 30, 16, 0, 0, 123456789, time.FixedZone("", 8*3600)),
		Params: task.Params{Prompt: "a fox", Model: "jimeng_t2i_v31", Count: 3, Width: 1328, Height: 1328, Seed: &first},
		Images: []task.Image{{Seed: &first}, {}, {Seed: &third}},
	}
	want := recipe.Recipe{
		Schema: recipe.Schema, Prompt: "a fox", Typed: "a {fox|hare}", Model: "jimeng_t2i_v31", Width: 1328, Height: 1328, Seed: &third,
		Task: made.ID, Index: 2, CreatedAt: time.Date(2026, 11, 30, 8, 0, 0, 123000000, time.UTC),
	}
	if diff := cmp.Diff(want, recipe.Of(&made, 2)); diff != "" {
		t.Errorf("recipe (-want +got):\n%s", diff)
	}
}
