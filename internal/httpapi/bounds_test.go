package httpapi_test

import (
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
