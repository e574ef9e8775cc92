package search

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"volcimage/internal/task"
)

// Active stands for the tasks whose run is not over. It is no term of the index:
// stores know them anyway.
const Active = StatusMark + "active"

// maxNarrowing is how many conditions narrow a search; the others are only looked at.
const maxNarrowing = 6

// Narrow is what the index is asked for: of each list one term at least is the
// task's, if the query matches it and it is not loose. The most telling come
// first. No list means that the index does not help.
func (q *Query) Narrow() [][]string {
	if q.Bin { // there a task has the mark of the bin alone
		return [][]string{{BinMark}}
	}
	var need [][]string
	add := func(terms ...string) {
		if len(terms) > 0 {
			need = append(need, terms)
		}
	}
	add(narrowStatuses(q.Statuses)...)
	for _, m := range []struct {
		on   bool
		term string
	}{
		{q.Model != "", modelMark + Fold(q.Model)}, {q.Ratio != "", ratioMark + q.Ratio}, {q.Tag != "", TagMark + TagKey(q.Tag)},
		{q.Parent != "", parentMark + string(q.Parent)},
		{q.Folder != "", FolderMark + q.Folder}, {q.Favourite, FavouriteMark}, {q.Failed, errorMark},
	} {
		if m.on {
			add(m.term)
		}
	}
	for _, c := range q.clauses {
		if !c.not {
			c.narrow(add)
		}
	}
	slices.SortStableFunc(need, func(a, b []string) int { return cmp.Compare(telling(b), telling(a)) })
	return need[:min(len(need), maxNarrowing)]
}

func narrowStatuses(statuses []task.Status) (terms []string) {
	all := true
	for _, s := range task.Statuses {
		switch {
		case !slices.Contains(statuses, s):
			all = false
		case s.Over():
			terms = append(terms, StatusMark+string(s))
		case !slices.Contains(terms, Active):
			terms = append(terms, Active)
		}
	}
	if all {
		return nil
	}
	return terms
}

func (c clause) narrow(add func(...string)) {
	switch c.field {
	case anywhere:
		narrowPhrase(c.value, c.open, add)
	case inTag:
		add(TagMark + c.value)
	case inModel:
		narrowPhrase(plain(c.value), true, add)
	case isStatus:
		add(narrowStatuses(c.statuses)...)
	case isRatio:
		var terms []string
		for _, r := range ratios {
			if strings.HasPrefix(r, c.value) {
				terms = append(terms, ratioMark+r)
			}
		}
		add(terms...)
	case isFavourite:
		add(FavouriteMark)
	case hasError:
		add(errorMark)
	}
}

func narrowPhrase(phrase string, open bool, add func(...string)) {
	all := strings.Fields(phrase)
	for i, p := range all {
		switch {
		case isRun(p):
			narrowRun(p, add)
		case open && i == len(all)-1:
			add(prefixTerms(p)...)
		case isTerm(p):
			add(string([]rune(p)[:min(utf8.RuneCountInString(p), maxWord)]))
		}
	}
}

// isTerm tells whether a word is in the index.
func isTerm(w string) bool { return !isCommon(w) && utf8.RuneCountInString(w) > 1 }

func narrowRun(run string, add func(...string)) {
	chars := []rune(run)
	if len(chars) == 1 && !isCommon(run) {
		add(run)
	}
	for i := range len(chars) - 1 {
		add(string(chars[i : i+2]))
	}
}

// prefixTerms are the terms one of which each word has that begins so. Common
// words are not in the index, and only as a whole are they meant.
func prefixTerms(p string) []string {
	letters := []rune(p)
	if !isTerm(p) {
		return nil
	}
	for _, n := range slices.Backward(edges) {
		switch {
		case len(letters) == n:
			return []string{p, edge(letters)}
		case len(letters) > n:
			return []string{edge(letters[:n])}
		}
	}
	return nil
}

// telling guesses how few tasks have one of the terms.
func telling(terms []string) int {
	least := 1000
	for _, t := range terms {
		n := 2 * utf8.RuneCountInString(t)
		switch {
		case isRun(t):
			n *= 3
		case strings.Contains(t, ":"):
			n = 1 // most tasks have the same status, model and shape
		}
		if strings.HasPrefix(t, TagMark) || strings.HasPrefix(t, FolderMark) || strings.HasPrefix(t, parentMark) || t == FavouriteMark || t == errorMark || t == Active {
			n = 50
		}
		least = min(least, n)
	}
	return least
}
