package httpapi

import (
	"fmt"
	"path"
	"strings"
	"unicode"

	"volcimage/internal/task"
)

const (
	maxNameRunes = 40 // of the prompt's first words in a file name
	shortID      = 6  // characters of an id's random end
)

// filename is what picture i is saved as: the prompt's first words, the end of the
// task's id, the picture's number from 1. It has letters, digits and hyphens of
// any script, so that every file system takes it and no name can mislead.
func filename(t *task.Task, i int) string {
	im := t.Images[i]
	ext := im.Format
	if ext == "jpeg" {
		ext = "jpg"
	}
	id := string(t.ID)
	return fmt.Sprintf("%s_%s_%d.%s", firstWords(t.Params.Prompt), id[max(0, len(id)-shortID):], i+1, ext)
}

// firstWords cuts at a word's end where there is one in reach.
func firstWords(prompt string) string {
	var b strings.Builder
	runes, lastWord := 0, 0
	for _, r := range prompt {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && (!unicode.IsMark(r) || b.Len() == 0) {
			if s := b.String(); s != "" && !strings.HasSuffix(s, "-") {
				lastWord = b.Len()
				b.WriteByte('-')
				runes++
			}
			continue
		}
		if runes == maxNameRunes {
			return cutWords(b.String(), lastWord)
		}
		b.WriteRune(r)
		runes++
	}
	return cutWords(b.String(), 0)
}

func cutWords(s string, lastWord int) string {
	if lastWord > 0 {
		s = s[:lastWord]
	}
	if s = strings.TrimSuffix(s, "-"); s == "" {
		return "picture"
	}
	return s
}

// thumbnailName is the name of a picture's thumbnail, which is a JPEG.
func thumbnailName(name string) string {
	return strings.TrimSuffix(name, path.Ext(name)) + "_thumbnail.jpg"
}

// recipeName is the name of a picture with its recipe in the file.
func recipeName(name string) string {
	ext := path.Ext(name)
	return strings.TrimSuffix(name, ext) + "_recipe" + ext
}
