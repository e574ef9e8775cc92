package sqlite

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"volcimage/internal/search"
	"volcimage/internal/task"
)

// plan is how SQLite would run a query, a step a line.
func plan(t *testing.T, db *DB, query string, args ...any) string {
	t.Helper()
	var steps []string
	err := db.readers.each(t.Context(), "explain query plan "+query, args, func(r *sql.Rows) (bool, error) {
		var id, parent, unused int
		var step string
		err := r.Scan(&id, &parent, &unused, &step)
		steps = append(steps, step)
		return true, err
	})
	if err != nil {
		t.Fatalf("plan of %s: %v", query, err)
	}
	return strings.Join(steps, "\n")
}

// No query may read the whole table, and none may sort what it reads: a page of
// fifty costs the same whether there are a hundred tasks or a million.
func TestQueriesWalkAnIndex(t *testing.T) {
	db := open(t, Options{})
	x := index{db, task.Local}
	for _, r := range []search.Range{{}, {Oldest: true}, {From: "01KKPEA9M7000", To: "01KKPEA9M0000", Behind: true}} {
		text, args := between(r, `select id, version, doc from task indexed by task_listed where owner = ? and hidden = 0`, "o", false)
		words, wordArgs := postings(r, "o", "fox")
		for _, c := range []struct {
			text, index string
			args        []any
		}{{text, "task_listed", args}, {words, "PRIMARY KEY (term=?", wordArgs}} {
			got := plan(t, db, c.text, append(c.args, 10)...)
			if strings.Contains(got, "SCAN") || strings.Contains(got, "TEMP B-TREE") || !strings.Contains(got, c.index) {
				t.Errorf("%+v: want a walk of %s:\n%s", r, c.index, got)
			}
		}
	}
	if _, _, err := x.Keys(t.Context(), search.Active, search.Range{}, 1); err != nil {
		t.Error(err)
	}
	if got := plan(t, db, headsQuery); strings.Contains(got, "SCAN job\n") || strings.Count(got, "job_waiting") != 2 {
		t.Errorf("heads:\n%s", got)
	}
	got := plan(t, db, `select owner, task, n from job where next_at <= ? order by next_at, owner, task, n limit ?`, 1, 1)
	if !strings.Contains(got, "COVERING INDEX job_due") || strings.Contains(got, "TEMP B-TREE") {
		t.Errorf("due:\n%s", got)
	}
}

func TestListLooksAtABoundedNumberOfRows(t *testing.T) {
	db := open(t, Options{ScanRows: 200})
	ids := seed(t, db, 300)
	for text, want := range map[string]int{"\"number 299\"": 1, "nobody wrote this": 0} {
		q := task.Query{Owner: task.Local, Text: text, Limit: 10}
		calls, found := 0, 0
		for next := task.ID("first"); next != ""; calls++ {
			page, err := db.List(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			found += len(page.Tasks)
			next, q.Before = page.Next, page.Next
		}
		if found != want || calls < 3 || calls > 12 { // 300 rows, of which each counts as four or five
			t.Errorf("text %q: %d found in %d calls, want %d in a few", text, found, calls, want)
		}
	}
	// Where the end is in sight, there is no page after it.
	page, err := db.List(t.Context(), task.Query{Owner: task.Local, Limit: 10, Before: ids[10]})
	if err != nil || len(page.Tasks) != 10 || page.Next != "" {
		t.Errorf("the last ten: %d tasks, next %q, %v", len(page.Tasks), page.Next, err)
	}
	page, err = db.List(t.Context(), task.Query{Owner: task.Local}) // no limit is the least
	if err != nil || len(page.Tasks) != 1 || page.Next != ids[299] {
		t.Errorf("without a limit: %d tasks, next %q, %v", len(page.Tasks), page.Next, err)
	}
}

// A task that goes takes its words and marks along.
func TestNothingOfAGoneTaskStaysInTheIndex(t *testing.T) {
	db := open(t, Options{})
	ids := seed(t, db, 20)
	if more, err := db.Index(t.Context(), task.Ref{Owner: task.Local}); err != nil || more {
		t.Fatalf("Index: more %v, %v", more, err)
	}
	rows := func(of string) (n int) {
		if _, err := db.readers.first(t.Context(), "select count(*) from "+of, nil, func(r *sql.Rows) error { return r.Scan(&n) }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := rows("posting"); n < 20*20 {
		t.Fatalf("%d postings of 20 tasks", n)
	}
	for _, id := range ids {
		tk, err := db.Task(t.Context(), task.Local, id)
		if err != nil || !tk.Indexed {
			t.Fatalf("indexed %v, %v", tk.Indexed, err)
		}
		if err := db.Save(t.Context(), task.Change{Task: &tk, Gone: true}); err != nil {
			t.Fatal(err)
		}
	}
	for _, table := range []string{"posting", "term", "tally"} {
		if n := rows(table); n > 0 {
			t.Errorf("%d rows of %s stay", n, table)
		}
	}
}

func TestHeadsAreThoseThatWaitLongest(t *testing.T) {
	db := open(t, Options{})
	begin := time.Now()
	const owners = 250
	for n := range owners { // the first in the alphabet are the youngest
		fresh, jobs := task.New(task.Owner(fmt.Sprintf("owner %03d", n)), task.Params{Model: "m"}, begin.Add(-time.Duration(n)*time.Second))
		if _, _, err := db.Create(t.Context(), task.Submission{Task: fresh, Jobs: jobs}); err != nil {
			t.Fatal(err)
		}
	}
	heads, err := db.Heads(t.Context())
	if err != nil || len(heads) != 200 {
		t.Fatalf("%d heads, %v, want 200", len(heads), err)
	}
	if !slices.ContainsFunc(heads, func(h task.Head) bool { return h.Owner == "owner 249" }) {
		t.Error("the one who waits longest is not among them")
	}
}
