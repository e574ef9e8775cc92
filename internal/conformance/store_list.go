package conformance

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"volcimage/internal/task"
)

var listPromises = []promise{
	{"a list is newest first, or oldest first, page by page", listInOrder},
	{"each filter of a list lets pass what it names", listFilters},
	{"text that is not there ends in an empty list", listTextAbsent},
	{"a time range includes its begin and not its end", listTimes},
	{"a list goes on where it was, whatever came or went meanwhile", listCursorSurvives},
	{"a list shows no task that is marked deleted or lies in the bin, and no other owner's", listHides},
	{"a task in a list is whole", listWhole},
}

// list wants to succeed.
func (s store) list(t *testing.T, q task.Query) task.Page {
	t.Helper()
	page, err := s.List(t.Context(), q)
	if err != nil {
		t.Fatalf("List(%+v): %v", q, err)
	}
	if len(page.Tasks) > q.Limit {
		t.Fatalf("List(%+v): %d tasks, more than asked for", q, len(page.Tasks))
	}
	return page
}

// all follows a query to its end.
func (s store) all(t *testing.T, q task.Query) []task.ID {
	t.Helper()
	var got []task.ID
	for range 1000 {
		page := s.list(t, q)
		for _, tk := range page.Tasks {
			got = append(got, tk.ID)
		}
		if page.Next == "" {
			return got
		}
		q.Before = page.Next
	}
	t.Fatalf("List(%+v) does not end", q)
	return nil
}

// wantList compares all pages of the query, in both directions; want is newest first.
func (s store) wantList(t *testing.T, q task.Query, want ...task.ID) {
	t.Helper()
	for _, limit := range []int{1, 3, 100} {
		q.Limit, q.Oldest = limit, false
		if diff := cmp.Diff(want, s.all(t, q), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("List(%+v), newest first (-want +got):\n%s", q, diff)
		}
		q.Oldest = true
		reversed := slices.Clone(want)
		slices.Reverse(reversed)
		if diff := cmp.Diff(reversed, s.all(t, q), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("List(%+v), oldest first (-want +got):\n%s", q, diff)
		}
	}
}

// history makes n tasks a minute apart and answers their ids, newest first.
func (s store) history(t *testing.T, n int, shape func(n int, tk *task.Task)) []task.ID {
	t.Helper()
	var ids []task.ID
	for i := range n {
		at := epoch.Add(time.Duration(i) * time.Minute)
		tk, jobs := task.New(owner, task.Params{Model: "m", Prompt: "p"}, at)
		if shape != nil {
			shape(i, &tk)
		}
		if _, _, err := s.Create(t.Context(), task.Submission{Task: tk, Jobs: jobs}); err != nil {
			t.Fatalf("Create: %v", err)
		}
		ids = append([]task.ID{tk.ID}, ids...)
	}
	return ids
}

// pick takes those of ids, newest first, that were made as one of the numbers.
func pick(ids []task.ID, numbers ...int) []task.ID {
	var got []task.ID
	for i, id := range ids {
		if slices.Contains(numbers, len(ids)-1-i) {
			got = append(got, id)
		}
	}
	return got
}

func listInOrder(t *testing.T, s store) {
	s.wantList(t, task.Query{Owner: owner})
	ids := s.history(t, 7, nil)
	s.wantList(t, task.Query{Owner: owner}, ids...)
}

func listFilters(t *testing.T, s store) {
	ids := s.history(t, 24, func(n int, tk *task.Task) {
		tk.Status = task.Statuses[n%6]
		tk.Params.Model = []string{"m", "n"}[n/12]
		tk.Params.Prompt = fmt.Sprintf("fox number %d", n%3)
	})
	q := task.Query{Owner: owner}
	q.Model = "n"
	s.wantList(t, q, ids[:12]...)
	q.Model = "none"
	s.wantList(t, q)
	q = task.Query{Owner: owner, Statuses: []task.Status{task.Completed}}
	s.wantList(t, q, pick(ids, 2, 8, 14, 20)...)
	q.Statuses = []task.Status{task.Pending, task.Processing}
	s.wantList(t, q, pick(ids, 0, 1, 6, 7, 12, 13, 18, 19)...)
	q.Statuses = append(slices.Clone(q.Statuses), q.Statuses...) // named twice, shown once
	s.wantList(t, q, pick(ids, 0, 1, 6, 7, 12, 13, 18, 19)...)
	q.Statuses = []task.Status{"UNHEARD OF"}
	s.wantList(t, q)
	q.Statuses = task.Statuses
	s.wantList(t, q, ids...)
	q.Statuses, q.Model = []task.Status{task.Partial, task.Pending}, "m"
	s.wantList(t, q, pick(ids, 0, 3, 6, 9)...)
	q.Text = "Number 0"
	s.wantList(t, q, pick(ids, 0, 3, 6, 9)...)
	q.Text = "number 1"
	s.wantList(t, q)
	q = task.Query{Owner: owner, Text: "number 2", From: epoch.Add(3 * time.Minute), To: epoch.Add(12 * time.Minute)}
	s.wantList(t, q, pick(ids, 5, 8, 11)...)
	q.Model, q.Statuses = "m", []task.Status{task.Completed}
	s.wantList(t, q, pick(ids, 8)...)
}

func listTextAbsent(t *testing.T, s store) {
	s.history(t, 10, nil)
	s.wantList(t, task.Query{Owner: owner, Text: "q"})
}

func listTimes(t *testing.T, s store) {
	ids := s.history(t, 6, nil)
	minute := func(n int) time.Time { return epoch.Add(time.Duration(n) * time.Minute) }
	q := task.Query{Owner: owner}
	q.From = minute(2)
	s.wantList(t, q, ids[:4]...)
	q.To = minute(4)
	s.wantList(t, q, pick(ids, 2, 3)...)
	q.From = time.Time{}
	s.wantList(t, q, pick(ids, 0, 1, 2, 3)...)
	q.From = minute(4)
	s.wantList(t, q)
	q.From, q.To = minute(3).Add(-time.Millisecond), minute(3).Add(time.Millisecond)
	s.wantList(t, q, pick(ids, 3)...)
}

func listCursorSurvives(t *testing.T, s store) {
	ids := s.history(t, 9, nil)
	first := s.list(t, task.Query{Owner: owner, Limit: 3})
	fresh, _ := s.create(t, owner, task.Params{Model: "m", Prompt: "p"}, epoch.Add(time.Hour)) // before the first page
	marked := s.task(t, ids[3])
	marked.DeletedAt = epoch
	s.save(t, task.Change{Task: &marked})
	last := s.task(t, ids[2]) // the row of the cursor itself
	s.save(t, task.Change{Task: &last, Gone: true})
	got := s.all(t, task.Query{Owner: owner, Limit: 3, Before: first.Next})
	if diff := cmp.Diff(ids[4:], got); diff != "" {
		t.Errorf("after the first page (-want +got):\n%s", diff)
	}
	got = s.all(t, task.Query{Owner: owner, Limit: 2, Before: ids[4], Oldest: true})
	if diff := cmp.Diff([]task.ID{ids[1], ids[0], fresh.ID}, got); diff != "" {
		t.Errorf("oldest first (-want +got):\n%s", diff)
	}
}

func listHides(t *testing.T, s store) {
	ids := s.history(t, 6, nil)
	for _, o := range []task.Owner{"other", owner + "x"} {
		s.create(t, o, task.Params{Model: "m", Prompt: "p"}, epoch.Add(time.Second))
	}
	binned := s.task(t, ids[5])
	binned.BinnedAt = epoch.Add(time.Hour)
	s.save(t, task.Change{Task: &binned})
	for _, id := range []task.ID{ids[0], ids[2], ids[4]} {
		tk := s.task(t, id)
		tk.DeletedAt = epoch.Add(time.Hour)
		s.save(t, task.Change{Task: &tk})
	}
	for _, q := range []task.Query{
		{}, {Model: "m"}, {Text: "p"}, {Statuses: []task.Status{task.Pending}}, {Statuses: task.Statuses}, {From: epoch}, {To: epoch.Add(time.Hour)},
	} {
		q.Owner = owner
		s.wantList(t, q, ids[1], ids[3])
	}
	s.wantList(t, task.Query{Owner: "nobody"})
}

func listWhole(t *testing.T, s store) {
	want := fullTask(t, task.NewID(epoch), 1)
	want.DeletedAt, want.BinnedAt = time.Time{}, time.Time{}
	if _, _, err := s.Create(t.Context(), task.Submission{Task: want}); err != nil {
		t.Fatalf("Create: %v", err)
	}
	want.Version, want.Indexed, want.Marks, want.MarkedBytes = 1, false, nil, 0
	for _, q := range []task.Query{{}, {Model: want.Params.Model}, {Statuses: []task.Status{want.Status}}, {Text: want.Params.Prompt}, {Tag: want.Tags[1], Folder: want.Folder, Favourite: true}} {
		q.Owner, q.Limit = owner, 10
		if diff := cmp.Diff([]task.Task{want}, s.list(t, q).Tasks); diff != "" {
			t.Errorf("List(%+v) (-want +got):\n%s", q, diff)
		}
	}
}
