package httpapi_test

import (
	"testing"

	"volcimage/internal/httpapi"
	"volcimage/internal/task"
)

func TestUsedPrompts(t *testing.T) {
	a := newTemplates(t)
	for _, prompt := range []string{"a fox", "雪地里的狐狸", "a fox", "a hare"} {
		a.draw(t, task.Local, prompt)
	}
	a.draw(t, "bob", "a wolf")
	var first, second httpapi.Prompts
	a.do(t, "GET", "/api/v1/prompts?limit=2", "").into(t, 200, &first)
	if len(first.Items) != 2 || first.Items[0].Prompt != "a hare" || first.Items[1].Prompt != "a fox" || first.NextCursor == nil {
		t.Fatalf("first page %+v", first)
	}
	if p := first.Items[0]; !p.TaskID.Valid() || p.Model != "jimeng_t2i_v40" || p.UsedAt.IsZero() {
		t.Errorf("prompt %+v", p)
	}
	a.do(t, "GET", "/api/v1/prompts?limit=2&cursor="+string(*first.NextCursor), "").into(t, 200, &second)
	if len(second.Items) != 2 || second.Items[0].Prompt != "雪地里的狐狸" || second.NextCursor != nil {
		t.Errorf("second page %+v", second)
	}
	var found httpapi.Prompts
	a.do(t, "GET", "/api/v1/prompts?q=%E7%8B%90%E7%8B%B8", "").into(t, 200, &found)
	if len(found.Items) != 1 || found.Items[0].Prompt != "雪地里的狐狸" {
		t.Errorf("found %+v", found)
	}
	for target, want := range map[string]string{"?cursor=x": "query.cursor", "?q=status:x": "query.q", "?limit=0": "query.limit", "?text=x": "query.text"} {
		if p := a.do(t, "GET", "/api/v1/prompts"+target, "").problem(t, 422, "invalid_request"); locations(p) != want {
			t.Errorf("%s: %q, want %s", target, locations(p), want)
		}
	}
}
