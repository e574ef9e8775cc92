package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"volcimage/internal/search"
	"volcimage/internal/task"
)

const (
	// indexBatch is how many tasks are put into the index in one transaction: few
	// enough that a submit does not wait for long behind it.
	indexBatch = 16
	// indexTime bounds what one step does; another goes on.
	indexTime = 300 * time.Millisecond
)

// Index puts the words of the owner's tasks into the index that are not there yet,
// of the one that ref names and of others alike, and tells whether some are left. Of
// those who come at once one does it for all.
func (db *DB) Index(ctx context.Context, ref task.Ref) (more bool, err error) {
	if !db.indexing.begin(ref.Owner) {
		return false, nil
	}
	for end := time.Now().Add(indexTime); ; {
		n, err := db.indexSome(ctx, ref.Owner)
		switch {
		case err != nil:
			db.indexing.leave(ref.Owner)
			return false, wrap("index tasks of "+string(ref.Owner), err)
		case n < indexBatch && db.indexing.end(ref.Owner):
			return false, nil
		case time.Now().After(end):
			db.indexing.leave(ref.Owner)
			return true, nil
		}
	}
}

// indexing are the owners whose tasks are being put into the index, and whether
// somebody else came to do so since the last look: a task of theirs may be newer.
type indexing struct {
	mu    sync.Mutex
	again map[task.Owner]bool
}

func (x *indexing) begin(o task.Owner) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	_, busy := x.again[o]
	if x.again == nil {
		x.again = map[task.Owner]bool{}
	}
	x.again[o] = busy
	return !busy
}

// end lets the next one begin, unless there is to be another look.
func (x *indexing) end(o task.Owner) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.again[o] {
		x.again[o] = false
		return false
	}
	delete(x.again, o)
	return true
}

func (x *indexing) leave(o task.Owner) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.again, o)
}

// indexSome indexes the newest tasks that are not, and tells how many those were.
func (db *DB) indexSome(ctx context.Context, owner task.Owner) (int, error) {
	var entries []indexEntry
	err := db.readers.each(ctx, `select id, version, doc from task indexed by task_loose
		where owner = ? and deleted = 0 and indexed <> 1 and indexed = 0 order by id desc limit ?`,
		[]any{string(owner), indexBatch}, func(r *sql.Rows) (bool, error) {
			t, err := scanTask(r, owner)
			if err == nil {
				entries = append(entries, newIndexEntry(t))
			}
			return true, err
		})
	if err != nil || len(entries) == 0 {
		return 0, err
	}
	err = db.write.submitBehind(ctx, func(x tx) error {
		for _, e := range entries {
			if err := x.index(e); err != nil {
				return err
			}
		}
		return nil
	})
	return len(entries), err
}

// indexEntry is a task that is about to be indexed, with what is written for it.
type indexEntry struct {
	item  taskItem
	words []string
	marks marking
}

func newIndexEntry(t task.Task) indexEntry {
	t.Indexed = true
	m := markingOf(&t, false)
	t.Marks, t.MarkedBytes = m.now, m.bytes
	return indexEntry{item: newTaskItem(&t), words: search.Terms(&t), marks: m}
}

// index writes one task's words and marks. One that changed meanwhile is left for
// the next time.
func (x tx) index(e indexEntry) error {
	n, err := x.exec(`update task set version = version + 1, indexed = ?, doc = ? where owner = ? and id = ? and version = ?`,
		e.item.indexed, e.item.doc, e.item.owner, e.item.id, e.item.version)
	if err != nil || n == 0 {
		return err
	}
	if err := x.post(e.item.owner, e.item.id, e.words); err != nil {
		return err
	}
	return x.mark(e.item.owner, e.item.id, e.marks)
}

// bound is a task's key and a list of terms, as statements take them.
func bound(id string, terms []string) (key int64, list string, err error) {
	if key, err = keyOf(id); err != nil {
		return 0, "", err
	}
	doc, err := json.Marshal(terms)
	return key, string(doc), err
}

// post adds a task to terms.
func (x tx) post(owner, id string, terms []string) error {
	if len(terms) == 0 {
		return nil
	}
	key, list, err := bound(id, terms)
	if err != nil {
		return err
	}
	if _, err := x.exec(`insert into term (owner, text) select ?1, value from json_each(?2) where true on conflict do nothing`, owner, list); err != nil {
		return err
	}
	_, err = x.exec(`insert into posting (term, task) select t.id, ?3 from json_each(?2) j cross join term t on t.owner = ?1 and t.text = j.value
		where true on conflict do nothing`, owner, list, key)
	return err
}

// unpost takes a task from terms, unless another task has the same key: that one
// may have them as well, and a term too many does no harm.
func (x tx) unpost(owner, id string, terms []string) error {
	if len(terms) == 0 {
		return nil
	}
	key, list, err := bound(id, terms)
	if err != nil {
		return err
	}
	_, err = x.exec(`delete from posting where task = ?3 and term in
		(select t.id from json_each(?2) j cross join term t on t.owner = ?1 and t.text = j.value)
		and not exists (select 1 from task where owner = ?1 and id >= ?4 and id < ?4 || '~' and id <> ?5)`,
		owner, list, key, id[:keyLength], id)
	if err != nil {
		return err
	}
	_, err = x.exec(`delete from term where id in
		(select t.id from json_each(?2) j cross join term t on t.owner = ?1 and t.text = j.value)
		and not exists (select 1 from posting where term = term.id)`, owner, list)
	return err
}

// marking is how a task's marks change.
type marking struct {
	now, added, removed []string
	labels              []string // of those added
	kept                []string // where the bytes change
	bytes, was          int64    // that the task stores, as its marks count it
	// words are to go too: the task is removed.
	words []string
}

func markingOf(t *task.Task, gone bool) marking {
	m := marking{was: t.MarkedBytes}
	if gone {
		m.words = search.Terms(t)
	} else {
		m.now = search.Marks(t)
	}
	if len(m.now) > 0 {
		m.bytes = t.StoredBytes()
	}
	for _, mark := range m.now {
		switch there := slices.Contains(t.Marks, mark); {
		case !there:
			m.added = append(m.added, mark)
			m.labels = append(m.labels, search.Label(t, mark))
		case m.bytes != m.was:
			m.kept = append(m.kept, mark)
		}
	}
	for _, mark := range t.Marks {
		if !slices.Contains(m.now, mark) {
			m.removed = append(m.removed, mark)
		}
	}
	return m
}

// mark writes a change of marks, and counts it.
func (x tx) mark(owner, id string, m marking) error {
	if err := x.post(owner, id, m.added); err != nil {
		return err
	}
	if err := x.unpost(owner, id, slices.Concat(m.removed, m.words)); err != nil {
		return err
	}
	for i, mark := range m.added {
		if !search.Counted(mark) {
			continue
		}
		if _, err := x.exec(`insert into tally (owner, mark, label, n, bytes) values (?, ?, ?, 1, ?)
			on conflict (owner, mark) do update set n = n + 1, bytes = bytes + excluded.bytes, label = excluded.label`, owner, mark, m.labels[i], m.bytes); err != nil {
			return err
		}
	}
	for _, mark := range m.kept {
		if !search.Counted(mark) {
			continue
		}
		if _, err := x.exec(`update tally set bytes = bytes + ? where owner = ? and mark = ?`, m.bytes-m.was, owner, mark); err != nil {
			return err
		}
	}
	for _, mark := range m.removed {
		if !search.Counted(mark) {
			continue
		}
		if _, err := x.exec(`update tally set n = n - 1, bytes = bytes - ? where owner = ? and mark = ?`, m.was, owner, mark); err != nil {
			return err
		}
		if _, err := x.exec(`delete from tally where owner = ? and mark = ? and n <= 0`, owner, mark); err != nil {
			return err
		}
	}
	return nil
}

// Counts lists how many tasks have each counted mark that begins so, in order of the
// marks, at most limit of them. Tasks that are not indexed yet are not counted.
func (db *DB) Counts(ctx context.Context, owner task.Owner, prefix string, limit int) ([]task.Count, error) {
	var all []task.Count
	err := db.readers.each(ctx, `select mark, label, n, bytes from tally where owner = ? and mark >= ? and mark < ? order by mark limit ?`,
		[]any{string(owner), prefix, prefix + "\U0010ffff", max(limit, 0)}, func(r *sql.Rows) (bool, error) {
			var c task.Count
			err := r.Scan(&c.Mark, &c.Label, &c.N, &c.Bytes)
			all = append(all, c)
			return true, err
		})
	return all, wrap("count tasks", err)
}

// Uncounted counts tasks by a status that no mark counts: of those whose run is not
// over, and of those that are not indexed yet. It looks at most at limit of each.
func (db *DB) Uncounted(ctx context.Context, owner task.Owner, limit int) (map[task.Status]int64, error) {
	all := map[task.Status]int64{}
	err := db.readers.each(ctx, `select status, count(*) from (
		select * from (select status from task indexed by task_active where owner = ?1 and deleted = 0 and status in ('PENDING', 'PROCESSING') limit ?2)
		union all
		select status from (select status, indexed, hidden from task indexed by task_loose where owner = ?1 and deleted = 0 and indexed <> 1 limit ?2)
			where indexed = 0 and hidden = 0 and status not in ('PENDING', 'PROCESSING')
		) group by status`, []any{string(owner), max(limit, 0)}, func(r *sql.Rows) (bool, error) {
		var status task.Status
		var n int64
		err := r.Scan(&status, &n)
		all[status] = n
		return true, err
	})
	return all, wrap("count what has no mark", err)
}

// Reindex has up to so many of the owner's tasks put into the index anew, from the
// oldest behind after on, and answers the last of them; empty at the end. They are
// found all the while. Words that an older program made of them go.
func (db *DB) Reindex(ctx context.Context, owner task.Owner, after task.ID, limit int) (last task.ID, err error) {
	var entries []indexEntry
	err = db.readers.each(ctx, `select id, version, doc from task where owner = ? and id > ? and deleted = 0 order by id limit ?`,
		[]any{string(owner), string(after), limit}, func(r *sql.Rows) (bool, error) {
			t, err := scanTask(r, owner)
			last = t.ID
			t.Indexed = false
			m := markingOf(&t, false)
			t.Marks, t.MarkedBytes = nil, 0
			entries = append(entries, indexEntry{item: newTaskItem(&t), marks: m})
			return true, err
		})
	if err != nil || len(entries) == 0 {
		return "", wrap("index anew", err)
	}
	err = db.write.submitBehind(ctx, func(x tx) error {
		for _, e := range entries {
			if err := x.index(e); err != nil {
				return err
			}
		}
		return x.forget(owner, after, last)
	})
	return last, wrap("index anew", err)
}

// forget removes the words of tasks between two that are all to be indexed anew, unless
// somebody changed one, or made one, since they were read.
func (x tx) forget(owner task.Owner, after, last task.ID) error {
	indexed, err := x.first(`select 1 from task where owner = ? and id > ? and id <= ? and deleted = 0 and indexed <> 0`,
		[]any{string(owner), string(after), string(last)}, func(*sql.Rows) error { return nil })
	if err != nil || indexed {
		return err
	}
	low := int64(-1)
	if after != "" {
		low = PostingKey(string(after))
	}
	_, err = x.exec(`delete from posting where term in (select id from term where owner = ?) and task > ? and task <= ?`,
		string(owner), low, PostingKey(string(last)))
	if err == nil {
		_, err = x.exec(`delete from term where owner = ? and not exists (select 1 from posting where term = term.id)`, string(owner))
	}
	return err
}

// keyLength is how many characters of an id a posting holds.
const keyLength = 13

const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// keyOf is what a posting holds of an id.
func keyOf(id string) (int64, error) {
	if !task.ID(id).Valid() {
		return 0, fmt.Errorf("%q is no id", id)
	}
	return PostingKey(id), nil
}

// PostingKey is the number that stands for an id in a posting: its first characters,
// so that numbers are in the order of ids. The id must be a valid one.
func PostingKey(id string) (n int64) {
	for _, c := range []byte(id[:keyLength]) {
		n = n<<5 | int64(strings.IndexByte(crockford, c))
	}
	return n
}

// PostingPrefix is the beginning of the ids that a posting stands for.
func PostingPrefix(n int64) string {
	var b [keyLength]byte
	for i := range b {
		b[keyLength-1-i] = crockford[n&31]
		n >>= 5
	}
	return string(b[:])
}
