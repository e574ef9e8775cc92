package httpapi_test

import (
	"testing"
	"time"

	"volcimage/internal/httpapi"
	"volcimage/internal/task"
)

// listed are the ids in the history.
func (k *kept) listed(t *testing.T) []task.ID {
	t.Helper()
	var got httpapi.History
	k.do(t, "GET", "/api/v1/history", "").into(t, 200, &got)
	var ids []task.ID
	for _, x := range got.Items {
		ids = append(ids, x.ID)
	}
	return ids
}

func TestBin(t *testing.T) {
	t.Run("what is thrown away is listed no more, is read, and comes back", func(t *testing.T) {
		a := newKept(t)
		id, target := a.draw(t, task.Local, "a fox")
		for range 2 { // the second changes nothing
			if r := a.do(t, "DELETE", target, ""); r.status != 204 || len(r.body) != 0 {
				t.Fatalf("delete: status %d, body %q", r.status, r.body)
			}
		}
		if got := a.listed(t); len(got) != 0 {
			t.Errorf("listed %v, want none", got)
		}
		var got httpapi.Task
		a.do(t, "GET", target, "").into(t, 200, &got)
		if got.BinnedAt == nil || got.BinEndsAt == nil || got.BinEndsAt.Sub(*got.BinnedAt) != 30*24*time.Hour || got.Images[0].URL == "" {
			t.Errorf("in the bin since %v until %v, picture %q; want 30 days, and the picture", got.BinnedAt, got.BinEndsAt, got.Images[0].URL)
		}
		a.do(t, "PATCH", target, `{"favourite":true}`).problem(t, 409, "in_bin")
		for range 2 {
			got = httpapi.Task{}
			a.do(t, "POST", target+"/restore", "").into(t, 200, &got)
			if got.BinnedAt != nil || got.BinEndsAt != nil || got.Status != task.Completed {
				t.Errorf("restored: %s, in the bin since %v", got.Status, got.BinnedAt)
			}
		}
		if got := a.listed(t); len(got) != 1 || got[0] != id {
			t.Errorf("listed %v, want %s", got, id)
		}
	})
	t.Run("now deletes for good, from the bin too", func(t *testing.T) {
		a := newKept(t)
		_, straight := a.draw(t, task.Local, "a fox")
		_, binned := a.draw(t, task.Local, "another")
		a.do(t, "DELETE", binned+"?now=false", "")
		for _, target := range []string{straight, binned} {
			if r := a.do(t, "DELETE", target+"?now=true", ""); r.status != 204 {
				t.Errorf("status %d: %s", r.status, r.body)
			}
			a.do(t, "GET", target, "").problem(t, 404, "not_found")
			a.do(t, "POST", target+"/restore", "").problem(t, 404, "not_found")
			a.do(t, "DELETE", target, "").problem(t, 404, "not_found")
		}
		a.do(t, "DELETE", straight+"?now=1", "").problem(t, 422, "invalid_request")
	})
	t.Run("an empty bin is done, a full one gives its space back", func(t *testing.T) {
		a := newKept(t)
		a.draw(t, task.Local, "stays")
		for range 2 {
			_, target := a.draw(t, task.Local, "goes")
			a.do(t, "DELETE", target, "")
		}
		var used httpapi.Storage
		if a.do(t, "GET", "/api/v1/storage", "").into(t, 200, &used); used.UsedBytes != 3030 {
			t.Errorf("%d bytes before, want those in the bin counted: 3030", used.UsedBytes)
		}
		var got httpapi.Emptied
		for _, want := range []httpapi.Emptied{{Deleted: 2, FreedBytes: 2020, Done: true}, {Done: true}} {
			if a.do(t, "POST", "/api/v1/bin/empty", "").into(t, 200, &got); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		}
		if a.do(t, "GET", "/api/v1/storage", "").into(t, 200, &used); used.UsedBytes != 1010 || len(a.listed(t)) != 1 {
			t.Errorf("%d bytes and %d tasks left, want 1010 and one", used.UsedBytes, len(a.listed(t)))
		}
	})
	t.Run("a bin is its owner's", func(t *testing.T) {
		a := newKept(t, func(c *httpapi.Config) { c.Keys = keys() })
		_, target := a.draw(t, "ann", "a fox")
		a.do(t, "DELETE", target, "", "X-Api-Key", "key-of-bob").problem(t, 404, "not_found")
		a.do(t, "DELETE", target, "", "X-Api-Key", "key-of-ann")
		a.do(t, "POST", target+"/restore", "", "X-Api-Key", "key-of-bob").problem(t, 404, "not_found")
		var got httpapi.Emptied
		if a.do(t, "POST", "/api/v1/bin/empty", "", "X-Api-Key", "key-of-bob").into(t, 200, &got); got.Deleted != 0 {
			t.Errorf("bob emptied %d of ann's bin", got.Deleted)
		}
	})
}
