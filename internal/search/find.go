package search

import (
	"context"
	"fmt"
	"slices"

	"volcimage/internal/task"
)

// LooseTasks stands for the tasks that are loose, see [Loose].
const LooseTasks = "l:"

// Index is what a search needs of a store. A key is an id, or a beginning of one:
// then it stands for all ids that begin so.
//
// What a call takes of the budget is its cost, in units of the store's own.
type Index interface {
	// Keys answers up to n keys of a term, of [Active] or of [LooseTasks], in the
	// order of the range.
	Keys(ctx context.Context, term string, r Range, n int) (keys []string, cost int, err error)
	// Rows reads the tasks of keys that are there, in any order.
	Rows(ctx context.Context, keys []string) (tasks []task.Task, cost int, err error)
}

// Effort is how much one answer may take, and what is cheap for a store.
type Effort struct {
	// Budget ends an answer, which is short then, or empty.
	Budget int
	// First and Most are how many keys are read at once: at first, and later on.
	First, Most int
	// Row is what a row takes of the budget.
	Row int
	// Ratio is from how many times as many keys on a term is no longer worth
	// reading beside another: the rows of that one are looked at instead.
	Ratio int
}

// Find answers a page of what a query matches. It is for queries that [Query.Narrow]
// helps.
func Find(ctx context.Context, idx Index, q *Query, e Effort) (task.Page, error) {
	w := &walk{idx: idx, q: q, Effort: e, Range: q.Range()}
	if w.Empty() {
		return q.Page(nil, ""), nil
	}
	if err := w.begin(ctx); err != nil {
		return task.Page{}, err
	}
	var found []task.Task
	for len(found) <= q.Size() {
		keys, err := w.candidates(ctx, q.Size()+1-len(found))
		if err != nil {
			return task.Page{}, err
		}
		tasks, cost, err := idx.Rows(ctx, keys)
		if err != nil {
			return task.Page{}, err
		}
		w.spent += cost
		w.sortTasks(tasks)
		found = q.Pick(found, tasks...)
		if w.ended {
			return q.Page(found, ""), nil
		}
		if w.spent >= w.Budget && w.isAhead(w.reached) {
			break
		}
	}
	return q.Page(found, w.place(w.reached)), nil
}

// walk goes through the tasks that may match, in order.
type walk struct {
	Range
	Effort
	idx   Index
	q     *Query
	loose *stream
	need  []union // the rarest first; those that are not worth reading left out
	// next is the next task of need, where it was found already.
	next string
	// decided is how far need has been looked through: what lies before or at it is
	// either reached or not wanted.
	decided string
	// reached is the last key handed out, or what was decided beyond it.
	reached string
	dry     bool // need has no more
	ended   bool // and neither has loose
	spent   int
}

func (w *walk) begin(ctx context.Context) error {
	// The loose ones first: one that becomes indexed meanwhile is met twice then,
	// and not missed.
	w.loose = w.stream(LooseTasks)
	if _, _, err := w.loose.head(ctx); err != nil {
		return err
	}
	for _, terms := range w.q.Narrow() {
		var u union
		for _, t := range terms {
			u = append(u, w.stream(t))
		}
		if _, ok, err := u.head(ctx, w.Range); err != nil || !ok {
			w.dry = true
			return err
		}
		w.need = append(w.need, u)
	}
	w.choose()
	return nil
}

func (w *walk) stream(term string) *stream {
	return &stream{w: w, term: term, rest: w.Range, n: w.First}
}

// choose puts the rarest condition first, and leaves out those that are much more
// common. All have read their first keys: where these reach farther, a condition
// is rarer.
func (w *walk) choose() {
	rarest := 0
	for i, u := range w.need {
		if w.farther(u, w.need[rarest]) {
			rarest = i
		}
	}
	first := w.need[rarest]
	kept := []union{first}
	for i, u := range w.need {
		reach, whole := u.reach(w.Range)
		mine, theirs := 0, 0
		for _, s := range first {
			mine += s.upTo(reach, whole)
		}
		for _, s := range u {
			theirs += s.upTo(reach, whole)
		}
		if i != rarest && theirs <= mine*w.Ratio {
			kept = append(kept, u)
		}
	}
	w.need = kept
}

// farther tells whether the first keys of a reach farther than those of b.
func (w *walk) farther(a, b union) bool {
	ra, wholeA := a.reach(w.Range)
	rb, wholeB := b.reach(w.Range)
	switch {
	case wholeA && wholeB:
		return a.size() < b.size()
	case wholeA != wholeB:
		return wholeA
	}
	return w.before(rb, ra)
}

// isAhead tells whether a key lies behind the place where the walk began. Until it
// got on so far the budget does not end it, or a list would not come to its end.
func (w *walk) isAhead(key string) bool {
	return key != "" && (w.q.Before == "" || w.before(string(w.q.Before), string(w.place(key))))
}

// candidates are the next tasks to be looked at, up to n, and fewer where the
// budget ends or the walk does.
func (w *walk) candidates(ctx context.Context, n int) (keys []string, err error) {
	n = max(1, min(n, (w.Budget-w.spent)/max(w.Row, 1)))
	for len(keys) < n {
		found, err := w.seek(ctx)
		if err != nil {
			return nil, err
		}
		loose, more, err := w.loose.head(ctx)
		if err != nil {
			return nil, err
		}
		switch {
		case more && w.looseIsNext(found, loose):
			w.loose.pop()
			keys = w.hand(keys, loose)
		case found:
			keys = w.hand(keys, w.next)
			w.next = ""
		case w.dry:
			w.ended = true
			return keys, nil
		default: // the budget is spent on keys that are of no use
			w.reached = w.decided
			return keys, nil
		}
	}
	return keys, nil
}

// looseIsNext tells whether a loose task comes before what else is found, or before
// the end of what is decided where the budget ended.
func (w *walk) looseIsNext(found bool, loose string) bool {
	switch {
	case found:
		return !w.before(w.next, loose)
	case w.dry:
		return true
	}
	return w.decided != "" && !w.before(w.decided, loose)
}

// hand adds a key to those to be looked at, unless it is there.
func (w *walk) hand(keys []string, key string) []string {
	if key == w.reached {
		return keys
	}
	w.reached = key
	return append(keys, key)
}

// seek finds the next task that has all terms; false where there is none, or the
// budget ended before.
func (w *walk) seek(ctx context.Context) (found bool, err error) {
	for w.next == "" && !w.dry {
		if w.spent >= w.Budget && w.isAhead(w.decided) {
			return false, nil
		}
		key, ok, err := w.need[0].head(ctx, w.Range)
		if err != nil {
			return false, err
		}
		if !ok {
			w.dry = true
			return false, nil
		}
		agreed := key
		for _, u := range w.need[1:] {
			if agreed, ok, err = u.seek(ctx, w.Range, key); err != nil {
				return false, err
			}
			if !ok {
				w.dry = true
				return false, nil
			}
			if agreed != key {
				break
			}
		}
		w.decided = key
		if agreed == key {
			w.next = key
			w.need[0].pop(key)
			continue
		}
		if _, _, err := w.need[0].seek(ctx, w.Range, agreed); err != nil {
			return false, err
		}
	}
	return w.next != "", nil
}

// union is the keys that have one of several terms.
type union []*stream

// head is the first key that is left.
func (u union) head(ctx context.Context, r Range) (key string, ok bool, err error) {
	for _, s := range u {
		k, more, err := s.head(ctx)
		if err != nil {
			return "", false, err
		}
		if more && (!ok || r.before(k, key)) {
			key, ok = k, true
		}
	}
	return key, ok, nil
}

// seek passes over what comes before key.
func (u union) seek(ctx context.Context, r Range, key string) (string, bool, error) {
	for _, s := range u {
		s.skip(key)
	}
	return u.head(ctx, r)
}

func (u union) pop(key string) {
	for _, s := range u {
		if len(s.keys) > 0 && s.keys[0] == key {
			s.pop()
		}
	}
}

// reach is up to where all keys are known; whole where all are known.
func (u union) reach(r Range) (key string, whole bool) {
	whole = true
	for _, s := range u {
		if s.done {
			continue
		}
		if last := s.rest.From; whole || r.before(last, key) {
			key, whole = last, false
		}
	}
	return key, whole
}

func (u union) size() (n int) {
	for _, s := range u {
		n += len(s.keys)
	}
	return n
}

// stream is the keys of one term, read a few at a time.
type stream struct {
	w    *walk
	term string
	keys []string // read and not used
	rest Range    // not read
	done bool     // nothing is left there
	n    int      // to be read next
}

func (s *stream) head(ctx context.Context) (key string, ok bool, err error) {
	if len(s.keys) == 0 && !s.done {
		keys, cost, err := s.w.idx.Keys(ctx, s.term, s.rest, s.n)
		if err != nil {
			return "", false, fmt.Errorf("read the index: %w", err)
		}
		s.w.spent += cost
		s.keys, s.done = keys, len(keys) < s.n
		if len(keys) > 0 {
			s.rest.From, s.rest.Behind = keys[len(keys)-1], true
		}
		s.n = min(2*s.n, s.w.Most)
	}
	if len(s.keys) == 0 {
		return "", false, nil
	}
	return s.keys[0], true, nil
}

func (s *stream) pop() { s.keys = s.keys[1:] }

// skip passes over what comes before key, also of what was not read.
func (s *stream) skip(key string) {
	i, _ := slices.BinarySearchFunc(s.keys, key, func(k, key string) int {
		if s.w.before(k, key) {
			return -1
		}
		return 1
	})
	if s.keys = s.keys[i:]; len(s.keys) == 0 && !s.done && s.w.before(s.rest.From, key) {
		s.rest.From, s.rest.Behind, s.n = key, false, s.w.First
	}
}

// upTo counts the keys read up to a key, all of them where whole.
func (s *stream) upTo(key string, whole bool) int {
	if whole {
		return len(s.keys)
	}
	n := 0
	for _, k := range s.keys {
		if !s.w.before(key, k) {
			n++
		}
	}
	return n
}
