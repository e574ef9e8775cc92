package httpapi_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"volcimage/internal/httpapi"
	"volcimage/internal/task"
)

func (k *kept) batch(t *testing.T, body string) (got httpapi.BatchDone) {
	t.Helper()
	k.do(t, "POST", "/api/v1/tasks/batch", body).into(t, 200, &got)
	return got
}

func TestBatch(t *testing.T) {
	t.Run("by ids each is told what became of it, and saying it again changes nothing", func(t *testing.T) {
		a := newKept(t)
		one, target := a.draw(t, task.Local, "a fox")
		two, binned := a.draw(t, task.Local, "a bear")
		a.do(t, "DELETE", binned, "")
		absent := task.NewID(a.last)
		body := fmt.Sprintf(`{"action":"tag","tags":["snow"],"ids":[%q,%q,%q]}`, one, two, absent)
		for _, want := range []string{"changed", "unchanged"} {
			got := a.batch(t, body)
			if len(got.Results) != 3 || got.Results[0].Result != want || got.Results[1].Code != "in_bin" || got.Results[2].Code != "not_found" || !got.Done {
				t.Errorf("%+v, want %s, in_bin, not_found", got, want)
			}
		}
		if got := a.at(t, "GET", target); len(got.Tags) != 1 || got.Tags[0] != "snow" {
			t.Errorf("tags %q", got.Tags)
		}
		for _, c := range []struct {
			action  string
			changed int
		}{{"favourite", 1}, {"untag", 1}, {"delete", 1}, {"restore", 2}, {"unfavourite", 1}, {"delete_now", 2}, {"delete", 0}} {
			got := a.batch(t, fmt.Sprintf(`{"action":%q,"tags":["SNOW"],"ids":[%q,%q]}`, c.action, one, two))
			if got.Changed != c.changed || got.Matched != 2 {
				t.Errorf("%s: %+v, want %d changed", c.action, got, c.changed)
			}
		}
	})
	t.Run("by search nothing changes until the number is confirmed", func(t *testing.T) {
		a := newKept(t)
		for i := range 5 {
			a.draw(t, task.Local, fmt.Sprint("a fox ", i))
		}
		a.draw(t, task.Local, "a bear")
		got := a.batch(t, `{"action":"delete","query":{"q":"fox"}}`)
		if got.Matched != 5 || got.Changed != 0 || got.Done || got.More {
			t.Errorf("asked for the number: %+v, want 5 matched and nothing done", got)
		}
		p := a.do(t, "POST", "/api/v1/tasks/batch", `{"action":"delete","query":{"q":"fox"},"expect":4}`).problem(t, 409, "count_changed")
		if locations(p) != "body.expect" {
			t.Errorf("%+v", p.Errors)
		}
		if got = a.batch(t, `{"action":"delete","query":{"q":"fox"},"expect":5}`); got.Changed != 5 || !got.Done {
			t.Errorf("confirmed: %+v, want 5 changed", got)
		}
		if left := a.listed(t); len(left) != 1 {
			t.Errorf("%d tasks listed, want the bear", len(left))
		}
		if got = a.batch(t, `{"action":"restore","query":{},"bin":true,"expect":5}`); got.Changed != 5 || len(a.listed(t)) != 6 {
			t.Errorf("restored: %+v", got)
		}
	})
	t.Run("more than can be counted is gone on with up to the number that was confirmed", func(t *testing.T) {
		a := newKept(t)
		var all sync.WaitGroup
		for i := range 2005 {
			all.Go(func() {
				tk, jobs := task.New(task.Local, task.Params{Prompt: "a fox", Model: "jimeng_t2i_v40", Count: 1}, time.Now().Add(time.Duration(i)*time.Millisecond))
				if _, _, err := a.db.Create(t.Context(), task.Submission{Task: tk, Jobs: jobs}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		left := 2000
		for after := ""; left > 0; {
			got := a.batch(t, fmt.Sprintf(`{"action":"favourite","query":{"q":"fox"},"expect":%d,"after":%q}`, left, after))
			if left -= got.Changed; got.Changed != 200 || got.Done != (left == 0) {
				t.Fatalf("%d changed, done %t, %d left", got.Changed, got.Done, left)
			}
			after = got.NextAfter
		}
		if got := a.batch(t, `{"action":"favourite","query":{"favourite":true}}`); got.Matched != 2000 || got.More {
			t.Errorf("%d are favourites, more %t; want the 2000 that were confirmed", got.Matched, got.More)
		}
	})
	t.Run("what does not fit together is refused", func(t *testing.T) {
		a := newKept(t)
		for body, want := range map[string]string{
			`{"action":"delete"}`: "body.ids", `{"action":"delete","ids":[],"query":{}}`: "body.ids", `{"action":"nope","ids":[]}`: "body.action",
			`{"action":"delete","ids":["x"]}`: "body.ids[0]", `{"action":"tag","ids":[]}`: "body.tags", `{"action":"delete","ids":[],"expect":0}`: "body.query",
			`{"action":"folder","folder":"x","ids":[]}`: "body.folder", `{"action":"delete","query":{"from":"x"}}`: "body.query.from",
		} {
			if p := a.do(t, "POST", "/api/v1/tasks/batch", body).problem(t, 422, "invalid_request"); locations(p) != want {
				t.Errorf("%s: %q, want %s", body, locations(p), want)
			}
		}
	})
}

func TestTagsAreRenamedEverywhere(t *testing.T) {
	a := newKept(t)
	var targets []string
	for i, tags := range []string{`["fox","snow"]`, `["Foxes"]`, `["bear"]`} {
		_, target := a.draw(t, task.Local, fmt.Sprint("picture ", i))
		a.do(t, "PATCH", target, `{"tags":`+tags+`}`).into(t, 200, &httpapi.Task{})
		targets = append(targets, target)
	}
	a.do(t, "DELETE", targets[1], "")
	var got httpapi.Retagged
	for _, want := range []httpapi.Retagged{{Changed: 2, Done: true}, {Done: true}} {
		if a.do(t, "POST", "/api/v1/tags", `{"from":["fox","foxes"],"to":" Vulpes "}`).into(t, 200, &got); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	for i, want := range []string{"[Vulpes snow]", "[Vulpes]", "[bear]"} {
		if got := a.at(t, "GET", targets[i]); fmt.Sprint(got.Tags) != want {
			t.Errorf("task %d has %q, want %s", i, got.Tags, want)
		}
	}
	if a.do(t, "POST", "/api/v1/tags", `{"from":["bear"]}`).into(t, 200, &got); got.Changed != 1 || len(a.at(t, "GET", targets[2]).Tags) != 0 {
		t.Errorf("taken away: %+v", got)
	}
	a.do(t, "POST", "/api/v1/tags", `{"from":["a"],"to":"x,y"}`).problem(t, 422, "invalid_request")
	a.do(t, "POST", "/api/v1/tags", `{"from":[],"to":"x"}`).problem(t, 422, "invalid_request")
}
