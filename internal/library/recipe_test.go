package library_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"volcimage/internal/catalog"
	"volcimage/internal/embedded/disk"
	"volcimage/internal/recipe"
	"volcimage/internal/task"
	"volcimage/internal/visual/visualtest/paint"
)

// drawn is a finished task of one picture, whose bytes are those.
func drawn(t *testing.T, objects *disk.Store, data []byte) task.Task {
	t.Helper()
	im := task.Image{Status: task.ImageDone, Format: "png", Key: "images/ann/01KAZ3V5N8Q2W4E6R8T0YACDEF/0/1/0.png"}
	if err := objects.Put(t.Context(), task.Object{Key: im.Key, ContentType: "image/png", Data: data}); err != nil {
		t.Fatal(err)
	}
	return task.Task{
		Owner: "ann", ID: "01KAZ3V5N8Q2W4E6R8T0YACDEF", Params: task.Params{Prompt: "a fox", Model: "jimeng_t2i_v40", Width: 64, Height: 64},
		Images: []task.Image{im},
	}
}

func picture(t *testing.T) []byte {
	t.Helper()
	spec := paint.Spec{Prompt: "a fox", Model: "m", Width: 64, Height: 64}
	data, err := paint.Encode(paint.Draw(spec), "png", spec.Mark(paint.Meta{}))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestTheCopyWithARecipeIsReadUnderItsName(t *testing.T) {
	s, _ := newService(t)
	objects := s.Objects.(*disk.Store)
	clean := picture(t)
	tk := drawn(t, objects, clean)
	link, err := s.WithRecipe(t.Context(), &tk, 0, "fox_recipe.png")
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.WithRecipe(t.Context(), &tk, 0, "fox_recipe.png")
	if err != nil || again != link {
		t.Errorf("asked again: %+v, %v; want the same address, which a browser has kept", again, err)
	}
	w := httptest.NewRecorder()
	objects.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, link.URL, nil))
	found, err := recipe.Read(w.Body.Bytes())
	if err != nil || found.Params.Prompt != "a fox" || found.Task != tk.ID {
		t.Errorf("status %d, recipe %+v, %v", w.Code, found, err)
	}
	if cd := w.Header().Get("Content-Disposition"); !strings.Contains(cd, "fox_recipe.png") || !strings.HasPrefix(link.URL, "/files/temp/recipes/ann/") {
		t.Errorf("%s is a download as %s", link.URL, cd)
	}
	if kept, err := objects.Get(t.Context(), tk.Images[0].Key); err != nil || !bytes.Equal(kept, clean) {
		t.Errorf("the picture itself is changed, %v", err)
	}
}

func TestASignedPictureGetsNoRecipe(t *testing.T) {
	s, _ := newService(t)
	clean := picture(t)
	const header = 8 + 25 // signature and IHDR
	signed := bytes.Join([][]byte{clean[:header], []byte("\x00\x00\x00\x00caBX\x00\x00\x00\x00"), clean[header:]}, nil)
	tk := drawn(t, s.Objects.(*disk.Store), signed)
	if _, err := s.WithRecipe(t.Context(), &tk, 0, "fox.png"); task.CodeOf(err) != catalog.CodeRecipeSigned {
		t.Errorf("got %v, want %s", err, catalog.CodeRecipeSigned)
	}
}
