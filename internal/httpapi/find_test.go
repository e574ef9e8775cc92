package httpapi_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"volcimage/internal/httpapi"
	"volcimage/internal/task"
)

// indexed has all that was made put into the index.
func (k *kept) indexed(t *testing.T) {
	t.Helper()
	if _, err := k.db.Index(t.Context(), task.Ref{Owner: task.Local}); err != nil {
		t.Fatal(err)
	}
}

func (k *kept) page(t *testing.T, query string) httpapi.History {
	t.Helper()
	var page httpapi.History
	k.do(t, "GET", "/api/v1/history?"+query, "").into(t, 200, &page)
	return page
}

func TestAPageLeadsOnAndBack(t *testing.T) {
	k := newKept(t)
	var ids []task.ID
	for range 7 {
		id, _ := k.draw(t, task.Local, "a fox in the snow")
		ids = append([]task.ID{id}, ids...)
	}
	for _, filter := range []string{"limit=3", "limit=3&q=fo&ratio=1:1&model=jimeng_t2i_v40&status=COMPLETED"} {
		first := k.page(t, filter)
		if first.PrevCursor != nil || len(first.Items) != 3 || first.Items[0].ID != ids[0] {
			t.Fatalf("the first page %+v", first)
		}
		second := k.page(t, filter+"&cursor="+*first.NextCursor)
		if len(second.Items) != 3 || second.Items[0].ID != ids[3] {
			t.Fatalf("the second page %+v", second)
		}
		again := k.page(t, filter+"&cursor="+*second.PrevCursor)
		if len(again.Items) != 3 || again.Items[0].ID != ids[0] || again.PrevCursor != nil {
			t.Errorf("back from there %+v, want the first page", again)
		}
		oldest := k.page(t, filter+"&order=oldest")
		if len(oldest.Items) != 3 || oldest.Items[0].ID != ids[6] {
			t.Errorf("oldest first %+v", oldest)
		}
		k.indexed(t)
	}
}

func TestSearchThroughTheAPI(t *testing.T) {
	k := newKept(t)
	fox, _ := k.draw(t, task.Local, "雪地里的狐狸，晨光")
	castle, _ := k.draw(t, task.Local, "A misty castle")
	if _, err := k.lib.Edit(t.Context(), task.Local, castle, 0, task.Edit{Favourite: new(true), Tags: &[]string{"Deep Sea"}}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for query, want := range map[string]task.ID{
			"q=狐狸": fox, "q=cast": castle, "q=-castle": fox, "q=\"misty castle\"": castle, "tag=deep sea": castle, "q=tag:\"deep sea\"": castle,
			"favourite=true": castle, "q=sea": castle, "q=-is:favourite": fox,
		} {
			name, value, _ := strings.Cut(query, "=")
			page := k.page(t, url.Values{name: {value}}.Encode())
			if len(page.Items) != 1 || page.Items[0].ID != want {
				t.Errorf("%s finds %d tasks, want one", query, len(page.Items))
			}
		}
		k.indexed(t)
	}
	for query, want := range map[string]string{"q=status:lost": "status", "ratio=5:4": "ratio", "q=before:soon": "time"} {
		if r := k.do(t, "GET", "/api/v1/history?"+query, ""); r.status != 422 || !strings.Contains(string(r.body), want) {
			t.Errorf("%s: %d %s", query, r.status, r.body)
		}
	}
}

func TestCountsAndSuggestions(t *testing.T) {
	k := newKept(t)
	id, _ := k.draw(t, task.Local, "a fox")
	if _, err := k.lib.Edit(t.Context(), task.Local, id, 0, task.Edit{Favourite: new(true), Tags: &[]string{"Deep Sea", "狐"}}); err != nil {
		t.Fatal(err)
	}
	var counts httpapi.Counts
	k.do(t, "GET", "/api/v1/counts", "").into(t, 200, &counts)
	if counts.Status[task.Completed] != 1 || counts.Favourites != 0 {
		t.Errorf("counts before it is indexed %+v, want one that is completed", counts)
	}
	k.indexed(t)
	waiting, jobs := task.New(task.Local, task.Params{Prompt: "a hare", Model: "m"}, time.Now())
	if _, _, err := k.db.Create(t.Context(), task.Submission{Task: waiting, Jobs: jobs}); err != nil {
		t.Fatal(err)
	}
	counts = httpapi.Counts{}
	k.do(t, "GET", "/api/v1/counts", "").into(t, 200, &counts)
	if counts.Status[task.Completed] != 1 || counts.Status[task.Pending] != 1 || counts.Tags["Deep Sea"] != 1 || counts.Tags["狐"] != 1 || counts.Favourites != 1 || counts.Bin != 0 {
		t.Errorf("counts %+v", counts)
	}
	for text, want := range map[string]string{
		"snow tag:d": "tag Deep Sea", "de": "tag Deep Sea", "model:jimeng_t2i_v40": "model jimeng_t2i_v40", "ta": "operator tag",
		"status:act": "status active", "ratio:16": "ratio 16:9", "狐": "tag 狐", "nothing that is known": "",
	} {
		var got httpapi.Suggestions
		k.do(t, "GET", "/api/v1/suggest?"+url.Values{"q": {text}}.Encode(), "").into(t, 200, &got)
		first := ""
		if len(got.Items) > 0 {
			first = got.Items[0].Kind + " " + got.Items[0].Text
		}
		if first != want || !strings.HasSuffix(text, got.Word) {
			t.Errorf("%q: %+v, want %q first", text, got, want)
		}
	}
}

func TestStorageTellsWhatTakesHowMuch(t *testing.T) {
	x := newExporting(t)
	kept, _ := x.draw(t, task.Local, "a fox")
	if _, err := x.lib.Edit(t.Context(), task.Local, kept, 0, task.Edit{Favourite: new(true), Tags: &[]string{"Deep Sea"}}); err != nil {
		t.Fatal(err)
	}
	_, binned := x.draw(t, task.Local, "a bear")
	x.do(t, "DELETE", binned, "")
	x.draw(t, "bob", "a hare")
	x.indexed(t)
	x.do(t, "POST", exports, `{"format":"csv"}`)
	x.finish(t)
	var got httpapi.Storage
	x.do(t, "GET", "/api/v1/storage", "").into(t, 200, &got)
	own := got.Own
	if own.Status[task.Completed] != 1010 || own.Favourites != 1010 || own.Tags["Deep Sea"] != 1010 || own.Bin != 1010 || own.Exports == 0 {
		t.Errorf("own %+v, want 1010 by each mark and in the bin", own)
	}
	if got.UsedBytes != 3030 || got.Images != 3 {
		t.Errorf("all %+v, want what both have", got)
	}
	x.now = x.now.Add(25 * time.Hour)
	if x.do(t, "GET", "/api/v1/storage", "").into(t, 200, &got); got.Own.Exports != 0 {
		t.Errorf("exports of yesterday take %d, want nothing", got.Own.Exports)
	}
}
