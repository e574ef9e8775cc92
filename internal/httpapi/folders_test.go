package httpapi_test

import (
	"fmt"
	"slices"
	"testing"

	"volcimage/internal/httpapi"
	"volcimage/internal/task"
)

// folder makes a folder and answers its address.
func (k *kept) folder(t *testing.T, name string) (id, target string) {
	t.Helper()
	var made httpapi.Folder
	k.do(t, "POST", "/api/v1/folders", fmt.Sprintf(`{"name":%q}`, name)).into(t, 201, &made)
	return made.ID, "/api/v1/folders/" + made.ID
}

// within lists what is in a folder, n at a time.
func (k *kept) within(t *testing.T, target string, n int) (ids []task.ID) {
	t.Helper()
	cursor := ""
	for range 50 {
		var page httpapi.InFolder
		k.do(t, "GET", fmt.Sprintf("%s/tasks?limit=%d&cursor=%s", target, n, cursor), "").into(t, 200, &page)
		for _, x := range page.Items {
			ids = append(ids, x.ID)
		}
		if page.NextCursor == nil {
			return ids
		}
		cursor = *page.NextCursor
	}
	t.Fatal("the list does not end")
	return nil
}

func TestFolders(t *testing.T) {
	t.Run("a folder shows what is in it by hand, then the newest", func(t *testing.T) {
		a := newKept(t)
		id, target := a.folder(t, " Winter  冬天 ")
		var ids []task.ID
		for i := range 6 {
			x, address := a.draw(t, task.Local, fmt.Sprint("fox ", i))
			ids = append(ids, x)
			if i < 5 {
				a.do(t, "PATCH", address, fmt.Sprintf(`{"folder":%q}`, id)).into(t, 200, &httpapi.Task{})
			}
		}
		if got, want := a.within(t, target, 2), []task.ID{ids[4], ids[3], ids[2], ids[1], ids[0]}; !slices.Equal(got, want) {
			t.Errorf("without an order %v, want the newest first %v", got, want)
		}
		var f httpapi.Folder
		order := fmt.Sprintf(`{"order":[%q,%q,%q]}`, ids[1], ids[5], ids[3]) // the second is not in the folder
		a.do(t, "PATCH", target, order, "If-Match", `"1"`).into(t, 200, &f)
		if f.Name != "Winter 冬天" || len(f.Order) != 3 || f.Version != 2 {
			t.Errorf("folder %+v", f)
		}
		a.do(t, "PATCH", target, `{"name":"x"}`, "If-Match", `"1"`).problem(t, 412, "version_changed")
		want := []task.ID{ids[1], ids[3], ids[4], ids[2], ids[0]}
		for _, n := range []int{1, 2, 100} {
			if got := a.within(t, target, n); !slices.Equal(got, want) {
				t.Errorf("%d at a time: %v, want %v", n, got, want)
			}
		}
		a.do(t, "DELETE", "/api/v1/task/"+string(ids[3]), "")
		if got := a.within(t, target, 100); slices.Contains(got, ids[3]) || len(got) != 4 {
			t.Errorf("what was thrown away is still shown: %v", got)
		}
	})
	t.Run("a folder that is removed leaves its tasks", func(t *testing.T) {
		a := newKept(t)
		id, target := a.folder(t, "Winter")
		_, stays := a.draw(t, task.Local, "fox")
		_, binned := a.draw(t, task.Local, "bear")
		for _, address := range []string{stays, binned} {
			a.do(t, "PATCH", address, fmt.Sprintf(`{"folder":%q}`, id)).into(t, 200, &httpapi.Task{})
		}
		a.do(t, "DELETE", binned, "")
		var gone httpapi.FolderRemoved
		if a.do(t, "DELETE", target, "").into(t, 200, &gone); gone != (httpapi.FolderRemoved{TakenOut: 1, Done: true}) {
			t.Errorf("%+v, want one task taken out and done", gone)
		}
		a.do(t, "DELETE", target, "").problem(t, 404, "not_found")
		a.do(t, "GET", target+"/tasks", "").problem(t, 404, "not_found")
		for _, got := range []httpapi.Task{a.at(t, "GET", stays), a.at(t, "POST", binned+"/restore")} {
			if got.Folder != "" {
				t.Errorf("%s is in the folder %s that is gone", got.Prompt, got.Folder)
			}
		}
		p := a.do(t, "PATCH", stays, fmt.Sprintf(`{"folder":%q}`, id)).problem(t, 422, "invalid_request")
		if locations(p) != "body.folder" {
			t.Errorf("into a folder that is gone: %+v", p.Errors)
		}
	})
	t.Run("names and orders are checked, and folders are their owner's", func(t *testing.T) {
		a := newKept(t, func(c *httpapi.Config) { c.Keys = keys() })
		ann, bob := []string{"X-Api-Key", "key-of-ann"}, []string{"X-Api-Key", "key-of-bob"}
		for body, want := range map[string]string{`{}`: "body.name", `{"name":" "}`: "body.name", `{"name":"a","color":"red"}`: "body.color"} {
			if p := a.do(t, "POST", "/api/v1/folders", body, ann...).problem(t, 422, "invalid_request"); locations(p) != want {
				t.Errorf("%s: %q, want %s", body, locations(p), want)
			}
		}
		var f httpapi.Folder
		a.do(t, "POST", "/api/v1/folders", `{"name":"Winter"}`, ann...).into(t, 201, &f)
		target := "/api/v1/folders/" + f.ID
		if p := a.do(t, "PATCH", target, `{"order":["x"]}`, ann...).problem(t, 422, "invalid_request"); locations(p) != "body.order[0]" {
			t.Errorf("%+v", p.Errors)
		}
		a.do(t, "GET", target+"/tasks?cursor=x", "", ann...).problem(t, 422, "invalid_request")
		a.do(t, "PATCH", target, `{"name":"mine"}`, bob...).problem(t, 404, "not_found")
		a.do(t, "DELETE", target, "", bob...).problem(t, 404, "not_found")
		a.do(t, "GET", target+"/tasks", "", bob...).problem(t, 404, "not_found")
		var list httpapi.FolderList
		if a.do(t, "GET", "/api/v1/folders", "", bob...).into(t, 200, &list); len(list.Items) != 0 {
			t.Errorf("bob sees %+v", list.Items)
		}
		if a.do(t, "GET", "/api/v1/folders", "", ann...).into(t, 200, &list); len(list.Items) != 1 || list.Items[0].Name != "Winter" {
			t.Errorf("ann sees %+v", list.Items)
		}
	})
}

// at asks for a task.
func (k *kept) at(t *testing.T, method, target string) (got httpapi.Task) {
	t.Helper()
	k.do(t, method, target, "").into(t, 200, &got)
	return got
}

func TestSearches(t *testing.T) {
	a := newKept(t)
	var made, got httpapi.SavedSearch
	a.do(t, "POST", "/api/v1/searches", `{"name":"Foxes","query":{"q":"fox -red","status":["COMPLETED"],"favourite":true,"from":"2026-11-01","order":"oldest"}}`).into(t, 201, &made)
	if made.Query.Text != "fox -red" || !made.Query.Favourite || made.Query.From != "2026-11-01" || made.Version != 1 {
		t.Errorf("made %+v", made)
	}
	target := "/api/v1/searches/" + made.ID
	if a.do(t, "PATCH", target, `{"name":"Vulpes"}`).into(t, 200, &got); got.Name != "Vulpes" || got.Query.Text != "fox -red" {
		t.Errorf("renamed %+v", got)
	}
	got = httpapi.SavedSearch{}
	if a.do(t, "PATCH", target, `{"query":{"tag":"snow"}}`, "If-Match", `"2"`).into(t, 200, &got); got.Query.Text != "" || got.Query.Tag != "snow" {
		t.Errorf("with other filters %+v", got)
	}
	a.do(t, "PATCH", target, `{"name":"x"}`, "If-Match", `"2"`).problem(t, 412, "version_changed")
	for body, want := range map[string]string{
		`{"name":"x"}`: "body.query", `{"query":{}}`: "body.name", `{"name":"","query":{}}`: "body.name", `{"name":"x","query":{"from":"yesterday"}}`: "body.query.from",
		`{"name":"x","query":{"from":"2026-11-02","to":"2026-11-01T00:00:00Z"}}`: "body.query.to", `{"name":"x","query":{"status":["NOPE"]}}`: "body.query.status[0]",
		`{"name":"x","query":{"color":"red"}}`: "body.query.color",
	} {
		if p := a.do(t, "POST", "/api/v1/searches", body).problem(t, 422, "invalid_request"); locations(p) != want {
			t.Errorf("%s: %q, want %s", body, locations(p), want)
		}
	}
	var list httpapi.SearchList
	if a.do(t, "GET", "/api/v1/searches", "").into(t, 200, &list); len(list.Items) != 1 || list.Items[0].Name != "Vulpes" {
		t.Errorf("listed %+v", list.Items)
	}
	if r := a.do(t, "DELETE", target, ""); r.status != 204 {
		t.Errorf("delete: status %d", r.status)
	}
	a.do(t, "DELETE", target, "").problem(t, 404, "not_found")
}
