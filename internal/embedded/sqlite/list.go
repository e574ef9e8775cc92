package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"

	"volcimage/internal/search"
	"volcimage/internal/task"
)

// List answers a page of one owner's tasks, never those marked deleted.
func (db *DB) List(ctx context.Context, q task.Query) (task.Page, error) {
	u, err := search.Understand(q)
	if err != nil {
		return task.Page{}, fmt.Errorf("list tasks: %w", err)
	}
	var page task.Page
	if len(u.Narrow()) > 0 {
		page, err = search.Find(ctx, index{db, q.Owner}, u, db.effort())
	} else {
		page, err = db.look(ctx, u)
	}
	if err != nil {
		return task.Page{}, fmt.Errorf("list tasks: %w", err)
	}
	return page, nil
}

// effort counts keys of the index. A row takes four times as long, with the look at
// what it says; so a term that is four times as common as another is not worth
// reading beside it.
func (db *DB) effort() search.Effort {
	return search.Effort{Budget: db.scanRows, First: 32, Most: 512, Row: 4, Ratio: 4}
}

// look walks through the tasks themselves, and stops when the page is full or it
// has looked at scanRows of them.
func (db *DB) look(ctx context.Context, u *search.Query) (task.Page, error) {
	var found []task.Task
	var reached task.ID
	r := u.Range()
	text, args := between(r, `select id, version, doc from task indexed by task_listed where owner = ? and hidden = 0`, string(u.Owner), false)
	seen := 0
	err := db.readers.each(ctx, text, append(args, db.scanRows), func(rows *sql.Rows) (bool, error) {
		t, err := scanTask(rows, u.Owner)
		if err != nil {
			return false, err
		}
		seen++
		reached = t.ID
		found = u.Pick(found, t)
		return len(found) <= u.Size(), nil
	})
	if err != nil {
		return task.Page{}, err
	}
	if seen < db.scanRows {
		reached = ""
	}
	return u.Page(found, reached), nil
}

// between adds a range of ids to a query of one owner. The bounds are ids, or
// beginnings of ids that stand for all that begin so.
func between(r search.Range, text, owner string, keys bool) (query string, args []any) {
	low, high := r.Low(), r.High()
	if high == "" {
		high = "~" // behind every id
	} else if keys {
		high = cut(high) + "~"
	}
	if keys {
		low = cut(low)
	}
	if r.Behind && r.Oldest {
		low += "~"
	} else if r.Behind {
		high = cut(r.From)
	}
	order := " order by id desc limit ?"
	if r.Oldest {
		order = " order by id limit ?"
	}
	return text + " and id >= ? and id <= ?" + order, []any{owner, low, high}
}

func cut(id string) string { return id[:min(len(id), keyLength)] }

// index is what a search reads of one owner. Its keys are the first characters of ids.
type index struct {
	db    *DB
	owner task.Owner
}

// Keys answers the keys of a term.
func (x index) Keys(ctx context.Context, term string, r search.Range, n int) (keys []string, cost int, err error) {
	read := func(rows *sql.Rows) (bool, error) {
		var key sql.RawBytes
		err := rows.Scan(&key)
		keys = append(keys, string(key))
		return true, err
	}
	var text string
	var args []any
	switch term {
	case search.Active:
		text, args = between(r, `select substr(id, 1, 13) from task indexed by task_active where owner = ? and deleted = 0 and status in ('PENDING', 'PROCESSING')`, string(x.owner), true)
	case search.LooseTasks:
		text, args = between(r, `select substr(id, 1, 13) from task indexed by task_loose where owner = ? and deleted = 0 and indexed <> 1`, string(x.owner), true)
	default:
		text, args = postings(r, string(x.owner), term)
		read = func(rows *sql.Rows) (bool, error) {
			var key int64
			err := rows.Scan(&key)
			keys = append(keys, PostingPrefix(key))
			return true, err
		}
	}
	err = x.db.readers.each(ctx, text, append(args, n), read)
	return keys, len(keys), err
}

func postings(r search.Range, owner, term string) (text string, args []any) {
	low, high := int64(0), int64(math.MaxInt64)
	if s := r.Low(); s != "" {
		low = PostingKey(s)
	}
	if s := r.High(); s != "" {
		high = PostingKey(s)
	}
	order := " order by task desc limit ?"
	switch {
	case r.Oldest && r.Behind:
		low++
	case r.Behind:
		high--
	}
	if r.Oldest {
		order = " order by task limit ?"
	}
	return `select task from posting where term = (select id from term where owner = ? and text = ?) and task >= ? and task <= ?` + order,
		[]any{owner, term, low, high}
}

// Rows reads the tasks of keys.
func (x index) Rows(ctx context.Context, keys []string) (tasks []task.Task, cost int, err error) {
	list, err := json.Marshal(keys)
	if err != nil {
		return nil, 0, err
	}
	tasks = make([]task.Task, 0, len(keys))
	err = x.db.readers.each(ctx, `select t.id, t.version, t.doc from json_each(?2) j cross join task t on t.owner = ?1 and t.id >= j.value and t.id < j.value || '~'`,
		[]any{string(x.owner), string(list)}, func(r *sql.Rows) (bool, error) {
			t, err := scanTask(r, x.owner)
			tasks = append(tasks, t)
			return true, err
		})
	return tasks, x.db.effort().Row * len(keys), err
}
