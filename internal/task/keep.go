package task

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// These are the rules for what a person says of a task once it is there.

// Bounds of what a person may say of a task. Runes are Unicode code points.
const (
	MaxTags      = 20
	MaxTagRunes  = 40
	MaxNoteRunes = 2000
)

// CodeInBin says that a task lies in the bin: it is taken out before anything else
// is done to it.
const CodeInBin Code = "in_bin"

// Edit is what a person changes of a task. What is nil stays as it is.
type Edit struct {
	Favourite *bool
	Tags      *[]string
	Note      *string
	Folder    *string // id of a folder that is there; empty takes the task out of its own
}

// Edit changes what the person says of the task, and tells whether anything is
// other than before. The error names every wrong field.
func (t *Task) Edit(e Edit) (changed bool, err error) {
	if !t.BinnedAt.IsZero() {
		return false, &Error{Kind: Conflict, Code: CodeInBin}
	}
	edited, wrong := *t, []FieldError(nil)
	if e.Favourite != nil {
		edited.Favourite = *e.Favourite
	}
	if e.Tags != nil {
		edited.Tags, wrong = tidyTags(*e.Tags)
	}
	if e.Note != nil {
		edited.Note = strings.TrimSpace(strings.ReplaceAll(*e.Note, "\r\n", "\n"))
		wrong = append(wrong, checkText("body.note", edited.Note, MaxNoteRunes, "\n\t")...)
	}
	if e.Folder != nil {
		edited.Folder = *e.Folder
	}
	if wrong != nil {
		return false, &Error{Kind: Invalid, Code: codeInvalid, Fields: wrong}
	}
	changed = edited.Favourite != t.Favourite || edited.Note != t.Note || edited.Folder != t.Folder ||
		!slices.Equal(edited.Tags, t.Tags)
	*t = edited
	return changed, nil
}

// AddTags gives the task those tags beside the ones it has.
func (t *Task) AddTags(tags ...string) (changed bool, err error) {
	all := slices.Clone(t.Tags)
	for _, tag := range tags {
		if !slices.ContainsFunc(all, func(has string) bool { return SameTag(has, tag) }) {
			all = append(all, tag)
		}
	}
	return t.Edit(Edit{Tags: &all})
}

// RemoveTags takes those tags from the task.
func (t *Task) RemoveTags(tags ...string) (changed bool, err error) {
	rest := slices.DeleteFunc(slices.Clone(t.Tags), func(has string) bool { return hasTag(tags, has) })
	return t.Edit(Edit{Tags: &rest})
}

// Retag puts the tag to in the place of those in from, also in the bin; an empty to
// takes them away. It never makes more tags than there were.
func (t *Task) Retag(from []string, to string) (changed bool) {
	var kept []string
	for _, tag := range t.Tags {
		if hasTag(from, tag) {
			tag = to
		}
		if tag != "" && !hasTag(kept, tag) {
			kept = append(kept, tag)
		}
	}
	if slices.Equal(kept, t.Tags) {
		return false
	}
	t.Tags = kept
	return true
}

// SameTag tells whether two tags are one: case, the width of Latin letters and
// spaces between words do not count.
func SameTag(a, b string) bool { return foldTag(a) == foldTag(b) }

func hasTag(tags []string, tag string) bool {
	return slices.ContainsFunc(tags, func(t string) bool { return SameTag(t, tag) })
}

// foldTag maps what may be written in two ways to one: Latin letters, digits and
// signs have a wide form beside the narrow one, which is as far behind as ！ is
// behind !.
func foldTag(tag string) string {
	const wide = '！' - '!'
	narrow := strings.Map(func(r rune) rune {
		if r >= '！' && r <= '～' {
			r -= wide
		}
		return r
	}, tag)
	return strings.ToLower(strings.Join(strings.Fields(narrow), " "))
}

// TidyTag is a tag as it is kept: one space between words and none around.
func TidyTag(tag string) string { return strings.Join(strings.Fields(tag), " ") }

// CheckTag tells what is wrong with a tag that is tidy, empty for nothing. A comma
// parts tags in addresses, and a double quote ends one in a search.
func CheckTag(tag string) string {
	switch {
	case tag == "":
		return "a tag must not be empty"
	case utf8.RuneCountInString(tag) > MaxTagRunes:
		return fmt.Sprintf("a tag has at most %d characters", MaxTagRunes)
	case strings.ContainsFunc(tag, func(r rune) bool { return r == ',' || r == '"' || unicode.IsControl(r) }):
		return "a tag takes no comma, double quote or control character"
	}
	return ""
}

// tidyTags are the tags as they are kept, and what is wrong with them.
func tidyTags(tags []string) (kept []string, wrong []FieldError) {
	if len(tags) > MaxTags {
		return nil, []FieldError{{Location: "body.tags", Message: fmt.Sprintf("at most %d tags, these are %d", MaxTags, len(tags))}}
	}
	for i, tag := range tags {
		tidy := TidyTag(tag)
		rule := CheckTag(tidy)
		if rule == "" && hasTag(kept, tidy) {
			rule = "the same tag is there twice"
		}
		if rule != "" {
			wrong = append(wrong, FieldError{Location: fmt.Sprintf("body.tags[%d]", i), Message: rule, Value: tag})
		}
		kept = append(kept, tidy)
	}
	return kept, wrong
}

// checkText tells what is wrong with a text of at most so many runes, which may
// hold those control characters.
func checkText(location, s string, runes int, allowed string) []FieldError {
	if n := utf8.RuneCountInString(s); n > runes {
		return []FieldError{{Location: location, Message: fmt.Sprintf("has %d characters, at most %d are taken", n, runes)}}
	}
	if strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune(allowed, r) }) {
		return []FieldError{{Location: location, Message: "takes no control characters"}}
	}
	return nil
}
