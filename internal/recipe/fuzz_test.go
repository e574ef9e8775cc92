package recipe_test

import (
	"bytes"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"volcimage/internal/catalog"
	"volcimage/internal/recipe"
	"volcimage/internal/task"
)

// FuzzRead: whatever the bytes are, there is no panic; what is found makes a request
// that the catalog takes, and what was left stays within its bounds.
func FuzzRead(f *testing.F) {
	names, err := filepath.Glob("testdata/*.*")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		f.Add(file(f, filepath.Base(name)))
	}
	for _, data := range pictures(f) {
		with, err := recipe.Write(data, sample())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(with)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		found, err := recipe.Read(data)
		if err != nil {
			if c := task.CodeOf(err); c != catalog.CodeNoPicture && c != catalog.CodeNoRecipe {
				t.Fatalf("got %v", err)
			}
			return
		}
		params, rest := recipe.Adopt(found)
		if len(rest) > 64 {
			t.Fatalf("%d settings left", len(rest))
		}
		for _, l := range rest {
			if utf8.RuneCountInString(l.Value) > 200 || utf8.RuneCountInString(l.Name) > 64 || l.Why == "" {
				t.Fatalf("left %+v", l)
			}
		}
		if again, err := catalog.Complete(params); params.Prompt != "" && (err != nil || !cmp.Equal(again, params)) {
			t.Fatalf("the catalog takes %+v as %+v, %v", params, again, err)
		}
	})
}

// FuzzWrite: where a recipe can be written it can be read again, and the picture
// without it is part of the picture with it.
func FuzzWrite(f *testing.F) {
	for _, data := range pictures(f) {
		f.Add(data, "a fox")
	}
	f.Add(pngWith("tEXt", "a\x00b"), "一只狐狸\x00\xff")
	f.Fuzz(func(t *testing.T, data []byte, prompt string) {
		r := sample()
		r.Prompt = prompt
		original := bytes.Clone(data)
		with, err := recipe.Write(data, r)
		if !bytes.Equal(original, data) {
			t.Fatal("the picture that was given is changed")
		}
		if err != nil {
			switch task.CodeOf(err) {
			case catalog.CodeNoPicture, catalog.CodeRecipeSigned, catalog.CodeRecipeNoRoom:
				return
			}
			t.Fatalf("got %v", err)
		}
		found, err := recipe.Read(with)
		if prompt == "" {
			return // a recipe without a prompt is none
		}
		if want := string([]rune(prompt)); err != nil || found.Params.Prompt != want {
			t.Fatalf("read %q, %v; want %q", found.Params.Prompt, err, want)
		}
		if _, err := recipe.Write(with, r); err != nil && task.CodeOf(err) != catalog.CodeRecipeNoRoom {
			t.Fatalf("a second time: %v", err)
		}
	})
}
