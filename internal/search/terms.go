package search

import (
	"slices"
	"strings"
	"unicode/utf8"

	"volcimage/internal/task"
)

const (
	// maxTerms and maxMarks bound what one task puts into the index: beyond it is
	// loose. A prompt of 800 Chinese characters makes 1,600 terms; the marks are
	// written in one transaction with the row, and DynamoDB takes 100 rows in one.
	maxTerms = 2000
	maxMarks = 60
	// maxWord is how many letters of a word count in the index.
	maxWord = 64
)

// edges are how many letters of a word are terms of their own, so that a word is
// found before it is typed to its end.
var edges = []int{2, 3, 5}

// common are words that narrow nothing. They are left out of the index, not of
// what a query means.
var common = strings.Fields(`a an and are as at be by for from in is it its of on or that the this to was with
	的 一 是 在 了 和 与 个 の は を に が で と も`)

func isCommon(w string) bool { return slices.Contains(common, w) }

// Terms are the words of a task that stay as they are from its submit on, in order
// and each once: those of what was sent and typed, of the model and the parent.
func Terms(t *task.Task) []string {
	var set []string
	for _, text := range []string{t.Params.Prompt, t.Typed, t.Params.Model} {
		set = addWords(set, text)
	}
	set = append(set, modelMark+Fold(t.Params.Model))
	if t.Parent != "" {
		set = append(set, parentMark+string(t.Parent))
	}
	return sorted(set)
}

func sorted(set []string) []string {
	slices.Sort(set)
	return slices.Compact(set)
}

func addWords(set []string, text string) []string {
	pieces(Fold(text), func(p string, run bool) {
		if run {
			set = addRun(set, p)
		} else {
			set = addWord(set, p)
		}
	})
	return set
}

// addWord adds a word and its edges. A word of as many letters as an edge has is
// found as itself.
func addWord(set []string, w string) []string {
	if isCommon(w) || utf8.RuneCountInString(w) < 2 {
		return set
	}
	letters := []rune(w)
	set = append(set, string(letters[:min(len(letters), maxWord)]))
	for _, n := range edges {
		if len(letters) > n {
			set = append(set, edge(letters[:n]))
		}
	}
	return set
}

// edge is the term of words that go on behind these letters.
func edge(letters []rune) string { return string(letters) + "*" }

// addRun adds each character of a run, and each pair.
func addRun(set []string, run string) []string {
	chars := []rune(run)
	for i, c := range chars {
		if one := string(c); !isCommon(one) {
			set = append(set, one)
		}
		if i > 0 {
			set = append(set, string(chars[i-1:i+1]))
		}
	}
	return set
}

// The beginnings of terms that are no words.
const (
	modelMark     = "m:"
	parentMark    = "p:"
	StatusMark    = "s:"
	TagMark       = "t:"
	FolderMark    = "d:"
	ratioMark     = "r:"
	errorMark     = "e:"
	FavouriteMark = "f:"
	BinMark       = "b:"
)

// Marks are the terms of what changes of a task, in order and each once. One that
// is not indexed, or deleted, has none; one in the bin has the mark of the bin alone.
func Marks(t *task.Task) []string {
	marks, words := marksOf(t)
	return sorted(append(marks, words[:min(len(words), maxMarks-len(marks))]...))
}

// marksOf are a task's marks, and the words of its tags that it has not anyway.
func marksOf(t *task.Task) (marks, words []string) {
	switch {
	case !t.Indexed || !t.DeletedAt.IsZero():
		return nil, nil
	case !t.BinnedAt.IsZero():
		return []string{BinMark}, nil
	}
	if t.Status.Over() {
		marks = append(marks, StatusMark+string(t.Status))
	}
	if t.Folder != "" {
		marks = append(marks, FolderMark+t.Folder)
	}
	if r := RatioOf(t); r != "" {
		marks = append(marks, ratioMark+r)
	}
	if failed(t) {
		marks = append(marks, errorMark)
	}
	if t.Favourite {
		marks = append(marks, FavouriteMark)
	}
	if len(t.Tags) == 0 {
		return marks, nil
	}
	for _, tag := range t.Tags {
		marks = append(marks, TagMark+TagKey(tag))
		words = addWords(words, tag)
	}
	own := Terms(t)
	return sorted(marks), slices.DeleteFunc(sorted(words), func(w string) bool {
		_, there := slices.BinarySearch(own, w)
		return there
	})
}

// Loose tells whether the index does not hold all of a task.
func Loose(t *task.Task) bool {
	if !t.Indexed {
		return true
	}
	marks, words := marksOf(t)
	return len(marks)+len(words) > maxMarks || tooLong(t)
}

// tooLong tells whether the task has more words than the index takes of one. A
// character makes two terms at most.
func tooLong(t *task.Task) bool {
	n := utf8.RuneCountInString(Fold(t.Params.Prompt)) + utf8.RuneCountInString(Fold(t.Typed))
	return n > (maxTerms-100)/2 && len(Terms(t)) > maxTerms
}

// Uncounted tells whether a task that lists show has no mark of its status: its run
// is not over, or it is not indexed yet. Stores count those one by one.
func Uncounted(t *task.Task) bool { return t.Listed() && (!t.Indexed || !t.Status.Over()) }

// Counted tells whether tasks are counted by a mark. What it counts is [CountOf].
func Counted(mark string) bool {
	switch kind, _ := Split(mark); kind {
	case StatusMark, TagMark, FolderMark, FavouriteMark, BinMark:
		return true
	}
	return false
}

// Split parts a mark into its kind, as [TagMark], and what it says.
func Split(mark string) (kind, value string) {
	i := strings.IndexByte(mark, ':') + 1
	return mark[:i], mark[i:]
}

// Label is what a mark is called for people: of a tag, as the task spells it.
func Label(t *task.Task, mark string) string {
	if key, ok := strings.CutPrefix(mark, TagMark); ok {
		for _, tag := range t.Tags {
			if TagKey(tag) == key {
				return tag
			}
		}
	}
	_, value := Split(mark)
	return value
}

// failed tells whether a picture of the task failed.
func failed(t *task.Task) bool { return t.Failure() != nil }
