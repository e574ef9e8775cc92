package httpapi_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"volcimage/internal/httpapi"
	"volcimage/internal/task"
)

func TestEdit(t *testing.T) {
	t.Run("what is named changes, and is read again", func(t *testing.T) {
		a := newKept(t)
		_, target := a.draw(t, task.Local, "a fox")
		var got, read httpapi.Task
		a.do(t, "PATCH", target, `{"favourite":true,"tags":[" red  fox ","雪"],"note":"for grandmother"}`).into(t, 200, &got)
		if !got.Favourite || got.Note != "for grandmother" || !cmp.Equal(got.Tags, []string{"red fox", "雪"}) {
			t.Errorf("favourite %v, note %q, tags %q", got.Favourite, got.Note, got.Tags)
		}
		a.do(t, "PATCH", target, `{"tags":[],"note":""}`).into(t, 200, &got)
		a.do(t, "GET", target, "").into(t, 200, &read)
		if !read.Favourite || read.Note != "" || len(read.Tags) != 0 {
			t.Errorf("read again: favourite %v, note %q, tags %q", read.Favourite, read.Note, read.Tags)
		}
	})
	t.Run("saying it again makes no new version", func(t *testing.T) {
		a := newKept(t)
		_, target := a.draw(t, task.Local, "a fox")
		var first, second httpapi.Task
		a.do(t, "PATCH", target, `{"favourite":true}`).into(t, 200, &first)
		for _, body := range []string{`{"favourite":true}`, `{}`} {
			if a.do(t, "PATCH", target, body).into(t, 200, &second); second.Version != first.Version {
				t.Errorf("%s: version %d, want still %d", body, second.Version, first.Version)
			}
		}
	})
	t.Run("If-Match holds a change to the version that was read", func(t *testing.T) {
		a := newKept(t)
		_, target := a.draw(t, task.Local, "a fox")
		var read httpapi.Task
		a.do(t, "GET", target, "").into(t, 200, &read)
		a.do(t, "PATCH", target, `{"note":"mine"}`, "If-Match", fmt.Sprintf(`"%d"`, read.Version)).into(t, 200, &httpapi.Task{})
		a.do(t, "PATCH", target, `{"note":"theirs"}`, "If-Match", fmt.Sprintf(`"%d"`, read.Version)).problem(t, 412, "version_changed")
		a.do(t, "PATCH", target, `{"favourite":true}`, "If-Match", "*").into(t, 200, &read)
		if read.Note != "mine" {
			t.Errorf("note %q, want the first one's", read.Note)
		}
		for _, m := range []string{"7", `"x"`, `"0"`, `W/"7"`, `"7","8"`, "`7`"} {
			if p := a.do(t, "PATCH", target, `{}`, "If-Match", m).problem(t, 422, "invalid_request"); locations(p) != "header.If-Match" {
				t.Errorf("If-Match %s: %+v", m, p.Errors)
			}
		}
	})
	t.Run("each wrong field is named", func(t *testing.T) {
		a := newKept(t)
		_, target := a.draw(t, task.Local, "a fox")
		for body, want := range map[string]string{
			`{"favourite":"yes"}`: "body.favourite", `{"tags":"fox"}`: "body.tags", `{"tags":["a","A",""]}`: "body.tags[1] body.tags[2]",
			`{"tags":["a",7]}`: "body.tags[1]", `{"favourite":null}`: "body.favourite", `{"tags":[null]}`: "body.tags[0]", `{"color":"red"}`: "body.color",
			`{"note":"` + strings.Repeat("长", task.MaxNoteRunes+1) + `"}`: "body.note",
		} {
			if p := a.do(t, "PATCH", target, body).problem(t, 422, "invalid_request"); locations(p) != want {
				t.Errorf("%.40s: %q, want %s", body, locations(p), want)
			}
		}
	})
	t.Run("a task of somebody else is not there", func(t *testing.T) {
		a := newKept(t, func(c *httpapi.Config) { c.Keys = keys() })
		_, target := a.draw(t, "ann", "a fox")
		a.do(t, "PATCH", target, `{"favourite":true}`, "X-Api-Key", "key-of-ann").into(t, 200, &httpapi.Task{})
		a.do(t, "PATCH", target, `{"favourite":false}`, "X-Api-Key", "key-of-bob").problem(t, 404, "not_found")
		a.do(t, "PATCH", "/api/v1/task/nope", `{"favourite":false}`, "X-Api-Key", "key-of-ann").problem(t, 404, "not_found")
	})
}
