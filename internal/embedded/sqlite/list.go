package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"volcimage/internal/task"
)

// A list walks an index in the order of ids and stops when its page is full, or
// when it has looked at scanRows rows: then the page is short and Next says where
// to go on. The filters that the index does not serve are part of the row: what
// they refuse comes without its document.
const (
	listRow = `select id, version, case when deleted = 0 and created_at >= ?4 and created_at < ?5
		and (?6 = '' or instr(prompt, ?6) > 0) and (?7 = '' or model = ?7) then doc end from task`
	listRange = ` where owner = ?1 and id >= ?2 and id < ?3`
	// firstStatus is the number of the first status among the parameters; ?8 is the limit.
	firstStatus = 9
)

// List answers a page of one owner's tasks, never those marked deleted or in the bin.
func (db *DB) List(ctx context.Context, q task.Query) (task.Page, error) {
	limit := min(max(q.Limit, 1), 100)
	var page task.Page
	if len(q.Statuses) > 0 {
		if q.Statuses = known(q.Statuses); len(q.Statuses) == 0 {
			return page, nil
		}
	}
	var last task.ID
	seen := 0
	err := db.readers.each(ctx, listQuery(q), listArgs(q, db.scanRows), func(r *sql.Rows) (bool, error) {
		var doc sql.RawBytes
		t := task.Task{Owner: q.Owner}
		if err := r.Scan(&t.ID, &t.Version, &doc); err != nil {
			return false, err
		}
		if doc != nil {
			if len(page.Tasks) == limit { // there is one more
				page.Next = last
				return false, nil
			}
			if err := decode(doc, &t, walkTask); err != nil {
				return false, fmt.Errorf("task %s: %w", t.ID, err)
			}
			page.Tasks = append(page.Tasks, t)
		}
		seen++
		last = t.ID
		return true, nil
	})
	if err != nil {
		return task.Page{}, fmt.Errorf("list tasks: %w", err)
	}
	if seen == db.scanRows {
		page.Next = last
	}
	return page, nil
}

// known is each status once, without those that no task has: the number of
// different queries stays small.
func known(statuses []task.Status) []task.Status {
	return slices.DeleteFunc(slices.Clone(task.Statuses), func(s task.Status) bool { return !slices.Contains(statuses, s) })
}

// listQuery chooses the index: by status, where several are merged in order, by
// model, or by id alone.
func listQuery(q task.Query) string {
	order := " order by id desc limit ?8"
	if q.Oldest {
		order = " order by id limit ?8"
	}
	switch {
	case len(q.Statuses) > 0:
		parts := make([]string, len(q.Statuses))
		for i := range parts {
			parts[i] = listRow + " indexed by task_by_status" + listRange + fmt.Sprintf(" and status = ?%d", firstStatus+i)
		}
		return strings.Join(parts, " union all ") + order
	case q.Model != "":
		return listRow + " indexed by task_by_model" + listRange + " and model = ?7" + order
	default:
		return listRow + listRange + order
	}
}

func listArgs(q task.Query, limit int) []any {
	low, high := idRange(q)
	from, to := int64(math.MinInt64), int64(math.MaxInt64)
	if !q.From.IsZero() {
		from = nanos(q.From)
	}
	if !q.To.IsZero() {
		to = nanos(q.To)
	}
	args := []any{string(q.Owner), low, high, from, to, fold(q.Text), q.Model, limit}
	for _, s := range q.Statuses {
		args = append(args, string(s))
	}
	return args
}

// idRange is the part of the index to walk, its end excluded. Ids hold their time
// in milliseconds, so the range is as wide as that; the row's own time decides.
func idRange(q task.Query) (low, high string) {
	high = "~" // behind every id
	if !q.From.IsZero() {
		low = string(task.FirstID(q.From))
	}
	if !q.To.IsZero() {
		high = string(task.FirstID(q.To.Add(time.Millisecond)))
	}
	switch {
	case q.Before == "":
	case q.Oldest:
		low = max(low, string(q.Before)+"0") // the least text behind it
	default:
		high = min(high, string(q.Before))
	}
	return low, high
}
