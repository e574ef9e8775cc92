package httpapi_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"volcimage/internal/httpapi"
	"volcimage/internal/task"
)

// many makes n tasks that are over, in a folder.
func (k *kept) many(t *testing.T, n int, folder string) {
	t.Helper()
	begin := time.Now().Add(-time.Hour)
	var all sync.WaitGroup
	for w := range 32 {
		all.Go(func() {
			for i := w; i < n; i += 32 {
				tk, jobs := task.New(task.Local, task.Params{Prompt: "a fox", Model: "m", Count: 1}, begin.Add(time.Duration(i)*time.Millisecond))
				tk.Status, tk.FinishedAt, tk.Folder = task.Failed, begin, folder
				if _, _, err := k.db.Create(t.Context(), task.Submission{Task: tk, Jobs: jobs}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	for more := true; more; {
		var err error
		if more, err = k.db.Index(t.Context(), task.Ref{Owner: task.Local}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOneRequestMatches2000TasksAndChanges200(t *testing.T) {
	k := newKept(t)
	var folder httpapi.Folder
	k.do(t, "POST", "/api/v1/folders", `{"name":"foxes"}`).into(t, 201, &folder)
	k.many(t, 2001, folder.ID)
	if got := k.batch(t, `{"action":"favourite","query":{"q":"fox"}}`); got.Matched != 2000 || !got.More {
		t.Errorf("asked for the number: %d, more %v; want 2000 and more", got.Matched, got.More)
	}
	got := k.batch(t, `{"action":"favourite","query":{"q":"fox"},"expect":2000}`)
	if got.Changed != 200 || got.Done || got.NextAfter == "" || len(got.Results) != 200 {
		t.Fatalf("%d changed, done %v, %d results; want 200 and more to do", got.Changed, got.Done, len(got.Results))
	}
	next := k.batch(t, fmt.Sprintf(`{"action":"favourite","query":{"q":"fox"},"expect":1801,"after":%q}`, got.NextAfter))
	if next.Changed != 200 || next.Matched != 1801 || next.More || next.Results[0].ID == got.Results[199].ID {
		t.Errorf("then %d of %d changed, more %v; want the next 200 of 1801", next.Changed, next.Matched, next.More)
	}
	var out httpapi.FolderRemoved
	if k.do(t, "DELETE", "/api/v1/folders/"+folder.ID, "").into(t, 200, &out); out.TakenOut != 200 || out.Done {
		t.Errorf("removing the folder: %+v, want 200 taken out and more to do", out)
	}
	var tagged httpapi.BatchDone
	k.do(t, "POST", "/api/v1/tasks/batch", `{"action":"tag","tags":["x"],"query":{"favourite":true},"expect":400}`).into(t, 200, &tagged)
	var renamed httpapi.Retagged
	k.do(t, "POST", "/api/v1/tasks/batch", fmt.Sprintf(`{"action":"tag","tags":["x"],"query":{"favourite":true},"expect":200,"after":%q}`, tagged.NextAfter)).into(t, 200, &tagged)
	if k.do(t, "POST", "/api/v1/tags", `{"from":["x"],"to":"y"}`).into(t, 200, &renamed); renamed.Changed != 200 || renamed.Done {
		t.Errorf("renaming a tag of 400: %+v, want 200 and more to do", renamed)
	}
	if k.do(t, "POST", "/api/v1/tags", `{"from":["x"],"to":"y"}`).into(t, 200, &renamed); renamed.Changed != 200 {
		t.Errorf("and again: %+v, want the other 200", renamed)
	}
	ids := `"` + string(got.Results[0].ID) + `"`
	for range 100 {
		ids += `,"` + string(got.Results[1].ID) + `"`
	}
	k.do(t, "POST", "/api/v1/tasks/batch", `{"action":"favourite","ids":[`+ids+`]}`).problem(t, 422, "invalid_request")
}

func TestARequestForManyThatIsRepeatedWithItsKeyIsAnsweredAsItWas(t *testing.T) {
	k := newKept(t)
	k.many(t, 3, "")
	body := `{"action":"delete","query":{"q":"fox"},"expect":3}`
	post := func(body, key string) reply {
		return k.do(t, "POST", "/api/v1/tasks/batch", body, "Idempotency-Key", key)
	}
	var first, again httpapi.BatchDone
	post(body, "k1").into(t, 200, &first)
	r := post(body, "k1")
	r.into(t, 200, &again)
	if first.Changed != 3 || again.Changed != 3 || len(again.Results) != 3 || r.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("first %+v, again %+v", first, again)
	}
	post(body, "k2").problem(t, 409, "count_changed")
	post(`{"action":"restore","query":{},"bin":true,"expect":3}`, "k1").problem(t, 409, "idempotency_mismatch")
	post(`{"action":"restore","query":{},"bin":true}`, "k1").into(t, 200, &again) // asks for the number
	if again.Matched != 3 {
		t.Errorf("%+v", again)
	}
}

func TestTheRestOfWhatWasConfirmedIsDoneByItself(t *testing.T) {
	k := newKept(t)
	k.many(t, 312, "")
	if got := k.batch(t, `{"action":"delete","query":{"q":"fox"},"expect":312}`); got.Changed != 200 || got.Done {
		t.Fatalf("%d changed, done %v", got.Changed, got.Done)
	}
	k.lib.Now = func() time.Time { return time.Now().Add(2 * time.Minute) }
	all, err := k.db.Due(t.Context(), k.lib.Now(), 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		if r.N != task.RestStep {
			continue
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		if err := k.lib.RestStep(ctx, r); err != nil {
			t.Error(err)
		}
		cancel()
	}
	if left := k.listed(t); len(left) != 0 {
		t.Errorf("%d tasks are left of 312 that were to be deleted", len(left))
	}
}
