package conformance

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"volcimage/internal/search"
	"volcimage/internal/search/searchtest"
	"volcimage/internal/task"
)

var searchPromises = []promise{
	{"a search finds what a plain look finds, page by page and back again", searchIsPlain},
	{"a page goes on where it was while tasks come, change and go", searchSurvives},
	{"a task is found before it is indexed, and as it is now", searchAtOnce},
	{"a new task is due for the index until it is there", indexDue},
	{"a task that is gone is not due for the index", indexOfGone},
	{"tasks are counted by their marks", countsByMark},
	{"what pictures take is counted by their tasks' marks", bytesByMark},
	{"a task that no mark counts is counted all the same", countsWithoutMark},
	{"an index made anew finds and counts as before", indexAnew},
	{"a word that stayed in the index finds nothing that has it no more", staleWord},
}

// indexAll indexes all that is due, as steps and the janitor do.
func (s store) indexAll(t *testing.T) {
	t.Helper()
	for range 1000 {
		due, err := s.Due(t.Context(), epoch.Add(1000*time.Hour), 100)
		if err != nil {
			t.Fatalf("Due: %v", err)
		}
		due = slices.DeleteFunc(due, func(r task.Ref) bool { return r.N != task.IndexStep })
		if len(due) == 0 {
			return
		}
		for _, ref := range due {
			if _, err := s.Index(t.Context(), ref); err != nil {
				t.Fatalf("Index(%v): %v", ref, err)
			}
		}
	}
	t.Fatal("the index is never done")
}

// library makes n tasks, some in the same millisecond, some indexed, changed since,
// deleted or gone, and answers those that are there.
func (s store) library(t *testing.T, r *rand.Rand, n int) map[task.ID]task.Task {
	t.Helper()
	all := map[task.ID]task.Task{}
	at := epoch
	for i := range n {
		at = at.Add(time.Duration(r.IntN(3)) * time.Minute)
		tk, jobs := searchtest.Task(r, owner, at)
		made, _, err := s.Create(t.Context(), task.Submission{Task: tk, Jobs: jobs})
		if err != nil {
			t.Fatalf("Create: %v", err)
		}
		all[made.ID] = made
		if i == n/3 || i == n*2/3 {
			s.indexAll(t)
			s.changeSome(t, r, all)
		}
	}
	return all
}

func (s store) changeSome(t *testing.T, r *rand.Rand, all map[task.ID]task.Task) {
	t.Helper()
	for id := range all {
		if r.IntN(3) > 0 {
			continue
		}
		tk := s.task(t, id)
		searchtest.Change(r, &tk, epoch)
		if r.IntN(10) == 0 {
			tk.DeletedAt = epoch
		}
		s.save(t, task.Change{Task: &tk})
		if all[id] = tk; !tk.DeletedAt.IsZero() && r.IntN(2) == 0 {
			s.save(t, task.Change{Task: &tk, Gone: true})
			delete(all, id)
		}
	}
}

// matching is what a plain look at all tasks finds, in the query's order.
func matching(t *testing.T, all map[task.ID]task.Task, q task.Query) (ids []task.ID) {
	t.Helper()
	u, err := search.Understand(q)
	if err != nil {
		t.Fatalf("%q: %v", q.Text, err)
	}
	for id, tk := range all {
		if u.Matches(&tk) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	if !q.Oldest {
		slices.Reverse(ids)
	}
	return ids
}

// back follows a query from its end to its beginning.
func (s store) back(t *testing.T, q task.Query) []task.ID {
	t.Helper()
	var got []task.ID
	for q.Back = true; ; {
		page := s.list(t, q)
		for _, tk := range slices.Backward(page.Tasks) {
			got = append(got, tk.ID)
		}
		if q.Before = page.Prev; q.Before == "" {
			slices.Reverse(got)
			return got
		}
	}
}

func searchIsPlain(t *testing.T, s store) {
	r := rand.New(rand.NewPCG(7, 8))
	all := s.library(t, r, 60)
	for _, o := range []task.Owner{"other", owner + "x"} {
		tk, jobs := searchtest.Task(r, o, epoch)
		if _, _, err := s.Create(t.Context(), task.Submission{Task: tk, Jobs: jobs}); err != nil {
			t.Fatalf("Create: %v", err)
		}
	}
	found := 0
	for range 150 {
		q := searchtest.Query(r, owner, epoch, epoch.Add(time.Hour))
		want := matching(t, all, q)
		found += len(want)
		if diff := cmp.Diff(want, s.all(t, q), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("List(%+v) (-want +got):\n%s", q, diff)
		}
		if diff := cmp.Diff(want, s.back(t, q), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("List(%+v) from its end (-want +got):\n%s", q, diff)
		}
	}
	if found < 200 {
		t.Errorf("%d tasks found in all, too few to tell anything", found)
	}
}

// searchSurvives has tasks come, change and go between the pages of a query: those
// that match all the while are shown once each, in order.
func searchSurvives(t *testing.T, s store) {
	r := rand.New(rand.NewPCG(9, 10))
	all := s.library(t, r, 50)
	for range 12 {
		q := searchtest.Query(r, owner, epoch, epoch.Add(time.Hour))
		q.Limit = 1 + r.IntN(3)
		steady := map[task.ID]bool{}
		for _, id := range matching(t, all, q) {
			steady[id] = true
		}
		var got []task.ID
		for {
			page := s.list(t, q)
			for _, tk := range page.Tasks {
				got = append(got, tk.ID)
			}
			if q.Before = page.Next; q.Before == "" {
				break
			}
			s.changeOne(t, r, all, steady)
		}
		for i := 1; i < len(got); i++ {
			if got[i-1] == got[i] || got[i-1] < got[i] != q.Oldest {
				t.Errorf("List(%+v): %v, out of order", q, got)
			}
		}
		for id := range steady {
			if !slices.Contains(got, id) {
				t.Errorf("List(%+v) left %s out", q, id)
			}
		}
	}
}

// changeOne makes a task, or changes or removes one, which is steady no more.
func (s store) changeOne(t *testing.T, r *rand.Rand, all map[task.ID]task.Task, steady map[task.ID]bool) {
	t.Helper()
	if r.IntN(3) == 0 {
		tk, jobs := searchtest.Task(r, owner, epoch.Add(time.Duration(r.IntN(3600))*time.Second))
		made, _, err := s.Create(t.Context(), task.Submission{Task: tk, Jobs: jobs})
		if err != nil {
			t.Fatalf("Create: %v", err)
		}
		all[made.ID] = made
		return
	}
	for id := range all {
		delete(steady, id)
		tk := s.task(t, id)
		gone := r.IntN(4) == 0
		searchtest.Change(r, &tk, epoch)
		s.save(t, task.Change{Task: &tk, Gone: gone})
		if all[id] = tk; gone {
			delete(all, id)
		}
		break
	}
	if r.IntN(3) == 0 {
		s.indexAll(t)
	}
}

func searchAtOnce(t *testing.T, s store) {
	tk, _ := s.create(t, owner, task.Params{Prompt: "雪地里的狐狸 zeppelin", Model: "m", Width: 2560, Height: 1440}, epoch)
	texts := []string{"狐狸", "zeppelin", "zep", "ratio:16:9 model:m"}
	for range 2 { // before it is indexed, and after
		for _, text := range texts {
			s.wantList(t, task.Query{Owner: owner, Text: text}, tk.ID)
		}
		s.indexAll(t)
	}
	tk = s.task(t, tk.ID)
	if !tk.Indexed {
		t.Error("the task's row does not say that it is indexed")
	}
	tk.Tags, tk.Favourite = []string{"Sea"}, true
	s.save(t, task.Change{Task: &tk})
	if diff := cmp.Diff(tk, s.task(t, tk.ID)); diff != "" {
		t.Errorf("the task read (-in hand +read):\n%s", diff)
	}
	s.wantList(t, task.Query{Owner: owner, Tag: "ＳＥＡ", Favourite: true, Text: "sea 狐"}, tk.ID)
	tk.Tags = nil
	s.save(t, task.Change{Task: &tk})
	s.wantList(t, task.Query{Owner: owner, Tag: "sea"})
	s.wantList(t, task.Query{Owner: owner, Text: "sea"})
	tk.BinnedAt = epoch
	s.save(t, task.Change{Task: &tk})
	s.wantList(t, task.Query{Owner: owner, Text: "狐狸"})
	s.wantList(t, task.Query{Owner: owner, Text: "狐狸", Bin: true}, tk.ID)
	tk.BinnedAt = time.Time{}
	s.save(t, task.Change{Task: &tk})
	s.wantList(t, task.Query{Owner: owner, Text: "狐狸", Favourite: true}, tk.ID)
}

func indexDue(t *testing.T, s store) {
	tk, _ := s.one(t)
	ref := task.Ref{Owner: owner, Task: tk.ID, N: task.IndexStep}
	s.wantDue(t, epoch.Add(-time.Second), 10)
	s.wantDue(t, epoch, 10, ref)
	for range 2 { // a hint may come twice
		if _, err := s.Index(t.Context(), ref); err != nil {
			t.Fatalf("Index: %v", err)
		}
		s.wantDue(t, epoch.Add(time.Hour), 10)
	}
}

func indexOfGone(t *testing.T, s store) {
	tk, jobs := s.create(t, owner, task.Params{Prompt: "p", Model: "m"}, epoch)
	ref := task.Ref{Owner: owner, Task: tk.ID, N: task.IndexStep}
	s.save(t, task.Change{Task: &tk, Jobs: jobs, Gone: true})
	if _, err := s.Index(t.Context(), ref); err != nil {
		t.Errorf("Index of a task that is gone: %v", err)
	}
	s.wantDue(t, epoch.Add(time.Hour), 10)
}

// staleWord has the words of a task become others behind the index's back, as those of
// all tasks do where a program is updated to one that takes texts apart in another way.
func staleWord(t *testing.T, s store) {
	tk, job := s.one(t)
	s.indexAll(t)
	tk = s.task(t, tk.ID)
	tk.Params.Prompt = "a badger"
	s.save(t, task.Change{Task: &tk})
	s.wantList(t, task.Query{Owner: owner, Text: "fox"})
	if _, err := s.Reindex(t.Context(), owner, "", 10); err != nil {
		t.Fatalf("Reindex: %v", err)
	}
	for _, indexed := range []bool{false, true} {
		if indexed {
			s.indexAll(t)
		}
		s.wantList(t, task.Query{Owner: owner, Text: "fox"})
		s.wantList(t, task.Query{Owner: owner, Text: "badger"}, tk.ID)
	}
	tk = s.task(t, tk.ID)
	s.save(t, task.Change{Task: &tk, Jobs: []*task.Job{job}, Gone: true})
	s.wantList(t, task.Query{Owner: owner, Text: "fox"})
	s.wantList(t, task.Query{Owner: owner, Text: "badger"})
}

func indexAnew(t *testing.T, s store) {
	r := rand.New(rand.NewPCG(11, 12))
	all := s.library(t, r, 30)
	s.indexAll(t)
	counts, err := s.Counts(t.Context(), owner, "", 100)
	if err != nil {
		t.Fatalf("Counts: %v", err)
	}
	for after, rounds := task.ID(""), 0; ; rounds++ {
		last, err := s.Reindex(t.Context(), owner, after, 7)
		if err != nil || rounds > 30 {
			t.Fatalf("Reindex after %s: %v", after, err)
		}
		if last == "" {
			break
		}
		after = last
		q := searchtest.Query(r, owner, epoch, epoch.Add(time.Hour))
		if diff := cmp.Diff(matching(t, all, q), s.all(t, q), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("List(%+v) meanwhile (-want +got):\n%s", q, diff)
		}
	}
	s.wantCounts(t, "", "")
	s.indexAll(t)
	again, err := s.Counts(t.Context(), owner, "", 100)
	label := cmpopts.IgnoreFields(task.Count{}, "Label") // the last spelling of a tag
	if diff := cmp.Diff(counts, again, label); err != nil || diff != "" {
		t.Errorf("counts: %v (-before +after):\n%s", err, diff)
	}
}
