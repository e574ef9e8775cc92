package library

import (
	"context"
	"fmt"
	"strings"
	"unicode"

	"volcimage/internal/catalog"
	"volcimage/internal/search"
	"volcimage/internal/task"
)

const (
	// maxCounts bounds the marks that are counted in an answer.
	maxCounts = 1000
	// maxSuggestions bounds those of one kind.
	maxSuggestions = 8
)

// Counts is how many of the owner's tasks have each status, tag and folder, how many
// are favourites and how many lie in the bin. A new task is counted by its status at
// once, and otherwise within seconds. Of those whose run is not over, and of those
// that are new, it counts up to a thousand.
func (s *Service) Counts(ctx context.Context, o task.Owner) (task.Counts, error) {
	// First: one that is marked meanwhile is counted twice then, and not missed.
	statuses, err := s.Store.Uncounted(ctx, o, maxCounts)
	if err != nil {
		return task.Counts{}, fmt.Errorf("count: %w", err)
	}
	marks, err := s.Store.Counts(ctx, o, "", maxCounts)
	if err != nil {
		return task.Counts{}, fmt.Errorf("count: %w", err)
	}
	c := byKind(marks, func(m task.Count) int64 { return m.N })
	for status, n := range statuses {
		c.Statuses[status] += n
	}
	return c, nil
}

// Space is how many bytes the owner's pictures and thumbnails take, by what is said of
// their tasks; of a status once the run is over, and of a new task within seconds.
func (s *Service) Space(ctx context.Context, o task.Owner) (task.Counts, error) {
	marks, err := s.Store.Counts(ctx, o, "", maxCounts)
	if err != nil {
		return task.Counts{}, fmt.Errorf("sum up: %w", err)
	}
	return byKind(marks, func(m task.Count) int64 { return m.Bytes }), nil
}

// byKind sorts a number of each mark by what the mark says.
func byKind(marks []task.Count, number func(task.Count) int64) task.Counts {
	c := task.Counts{Statuses: map[task.Status]int64{}, Tags: map[string]int64{}, Folders: map[string]int64{}}
	for _, m := range marks {
		n := number(m)
		switch kind, value := search.Split(m.Mark); kind {
		case search.StatusMark:
			c.Statuses[task.Status(value)] = n
		case search.TagMark:
			c.Tags[m.Label] = n
		case search.FolderMark:
			c.Folders[value] = n
		case search.FavouriteMark:
			c.Favourites = n
		case search.BinMark:
			c.Bin = n
		}
	}
	return c
}

// Suggest is what the last word of a search box's text may become: tags of the
// owner's, models, names of conditions and their values, at most eight of each.
func (s *Service) Suggest(ctx context.Context, o task.Owner, text string) (word string, all []task.Suggestion, err error) {
	word = text[strings.LastIndexFunc(text, unicode.IsSpace)+1:]
	begun := strings.TrimPrefix(search.Fold(word), "-")
	if begun == "" {
		return word, nil, nil
	}
	name, value, named := strings.Cut(begun, ":")
	add := func(kind string, prefix string, values ...string) {
		n := 0
		for _, v := range values {
			if strings.HasPrefix(search.Fold(v), prefix) && n < maxSuggestions {
				all = append(all, task.Suggestion{Kind: kind, Text: v})
				n++
			}
		}
	}
	switch {
	case !named:
		add("operator", begun, search.Operators...)
		add("model", begun, models()...)
		err = s.suggestTags(ctx, o, begun, &all)
	case name == "tag":
		err = s.suggestTags(ctx, o, strings.Trim(value, "\""), &all)
	case name == "model":
		add("model", value, models()...)
	case name == "status":
		for _, status := range task.Statuses {
			add("status", value, strings.ToLower(string(status)))
		}
		add("status", value, "active")
	case name == "ratio":
		add("ratio", value, search.Ratios()...)
	}
	return word, all, err
}

func models() (ids []string) {
	for _, m := range catalog.Models() {
		ids = append(ids, m.ID)
	}
	return ids
}

func (s *Service) suggestTags(ctx context.Context, o task.Owner, begun string, all *[]task.Suggestion) error {
	counts, err := s.Store.Counts(ctx, o, search.TagMark+search.TagKey(begun), maxSuggestions)
	if err != nil {
		return fmt.Errorf("suggest tags: %w", err)
	}
	for _, c := range counts {
		*all = append(*all, task.Suggestion{Kind: "tag", Text: c.Label, N: c.N})
	}
	return nil
}
