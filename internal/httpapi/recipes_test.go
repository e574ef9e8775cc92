package httpapi_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"volcimage/internal/httpapi"
	"volcimage/internal/recipe"
	"volcimage/internal/task"
)

const recipes = "/api/v1/recipes"

func fixture(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestARecipeOfAnotherProgramBecomesARequest(t *testing.T) {
	a := newAPI(t)
	for _, kind := range []string{"image/png", "application/octet-stream"} { // the bytes decide
		var got httpapi.Recipe
		a.do(t, "POST", recipes, fixture(t, "recipe/testdata/automatic1111.jpg"), "Content-Type", kind).into(t, 200, &got)
		if got.Tool != recipe.Automatic1111 || got.Request.Width != 1664 || !strings.HasPrefix(got.Request.Prompt, "a red fox") || got.TaskID != "" || got.Index != nil {
			t.Errorf("got %+v", got)
		}
		if len(got.Left) != 13 || got.Left[2].Name != "negative_prompt" || got.Left[2].Message.ZH == "" || got.Left[12].Instead != "1664 × 2496" {
			t.Errorf("left %+v", got.Left)
		}
	}
}

func TestARecipeOfOursIsTakenAsARequestAsItIs(t *testing.T) {
	a := newAPI(t)
	made := a.add(task.Local, task.Params{Prompt: "a fox", Model: "jimeng_t2i_v40", Count: 1, Width: 1024, Height: 1024})
	with, err := recipe.Inscribe([]byte(fixture(t, "picture/testdata/lossy.webp")), made, 0)
	if err != nil {
		t.Fatal(err)
	}
	var got httpapi.Recipe
	r := a.do(t, "POST", recipes, string(with), "Content-Type", "image/webp")
	r.into(t, 200, &got)
	if got.Tool != recipe.Ours || got.TaskID != made.ID || got.Index == nil || *got.Index != 0 || len(got.Left) != 0 {
		t.Errorf("got %s", r.body)
	}
	_, body, _ := strings.Cut(string(r.body), `"request":`)
	body, _, _ = strings.Cut(body, "}")
	var accepted httpapi.Accepted
	a.do(t, "POST", "/api/v1/generate", body+"}").into(t, 202, &accepted)
	if p := a.tasks[accepted.ID].Params; p != made.Params {
		t.Errorf("asked for %+v, want %+v", p, made.Params)
	}
}

func TestWhatIsNoRecipeIsRefusedInWords(t *testing.T) {
	a := newAPI(t)
	png := fixture(t, "picture/testdata/photo.png")
	for name, c := range map[string]struct {
		body, kind string
		status     int
		code       task.Code
	}{
		"a picture that says nothing": {png, "image/png", 422, "no_recipe"},
		"what is no picture":          {"GIF89a", "image/png", 422, "no_picture"},
		"nothing at all":              {"", "image/png", 422, "no_picture"},
		"another type":                {png, "image/gif", 415, "unsupported_media_type"},
		"a form, as any page sends":   {png, "multipart/form-data; boundary=x", 415, "unsupported_media_type"},
		"a text, as any page sends":   {png, "text/plain", 415, "unsupported_media_type"},
		"JSON":                        {"{}", "application/json", 415, "unsupported_media_type"},
		"the most that is taken":      {png + strings.Repeat("x", 4<<20-len(png)), "image/png", 422, "no_recipe"},
		"a byte more":                 {strings.Repeat("x", 4<<20+1), "image/png", 413, "body_too_large"},
	} {
		t.Run(name, func(t *testing.T) {
			a.do(t, "POST", recipes, c.body, "Content-Type", c.kind).problem(t, c.status, c.code)
		})
	}
	a.do(t, "POST", recipes, png, "Content-Type", "image/png", "Content-Encoding", "gzip").problem(t, 415, "unsupported_media_type")
	a.do(t, "POST", recipes+"?x=1", png, "Content-Type", "image/png").problem(t, 422, "invalid_request")
	a.do(t, "POST", "/api/v1/generate", strings.Repeat("x", 33<<10)).problem(t, 413, "body_too_large") // as before
}
