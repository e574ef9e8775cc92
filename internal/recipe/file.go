package recipe

import (
	"bytes"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

// format takes the files of one format apart.
type format struct {
	// inspect collects what a file carries beside its pixels. It takes a file that
	// is cut off for what there is of it.
	inspect func(data []byte) *carried
	// write is the file with the recipe in it.
	write func(data []byte, text string) ([]byte, error)
}

const pngMagic = "\x89PNG\r\n\x1a\n"

// sniff chooses the format by the first bytes.
func sniff(data []byte) (format, bool) {
	switch {
	case bytes.HasPrefix(data, []byte(pngMagic)):
		return format{inspectPNG, writePNG}, true
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		return format{inspectJPEG, writeJPEG}, true
	case len(data) >= 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP":
		return format{inspectWebP, writeWebP}, true
	}
	return format{}, false
}

// Bounds on what is unpacked of a file that anybody may have made, in bytes.
const (
	maxText  = 2 << 20 // of one text
	maxTexts = 8 << 20 // of all texts together
)

// carried is what a file carries beside its pixels, as far as recipes are there.
type carried struct {
	texts map[string]string // of PNG, those that may be recipes, by keyword; the last counts
	exif  map[uint16]string // by tag
	xmp   []byte            // the first packet
	// signed is set where a proof of origin covers every byte of the file.
	signed bool
	spent  int // bytes unpacked
}

// room is how large the next text may be.
func (c *carried) room() int { return min(maxText, maxTexts-c.spent) }

// add keeps a text that may be a recipe.
func (c *carried) add(keyword, text string) {
	if c.texts == nil {
		c.texts = map[string]string{}
	}
	c.texts[keyword] = text
}

func (c *carried) addXMP(packet []byte) {
	if len(packet) > maxText {
		return
	}
	c.signed = c.signed || namesProof(packet)
	if c.xmp == nil {
		c.xmp = packet
	}
}

// Write is the picture with its recipe in it; the picture itself is not changed. The
// error is of code [catalog.CodeRecipeSigned] where a proof of origin forbids it, and
// [catalog.CodeRecipeNoRoom] where the file has no place for it.
func Write(data []byte, r Recipe) ([]byte, error) {
	f, ok := sniff(data)
	if !ok {
		return nil, catalog.NewError(catalog.CodeNoPicture, nil)
	}
	if f.inspect(data).signed {
		return nil, catalog.NewError(catalog.CodeRecipeSigned, nil)
	}
	text, err := r.text()
	if err != nil {
		return nil, err
	}
	return f.write(data, text)
}

// Inscribe is the file of picture n of the task with its recipe in it, as [Write] says.
func Inscribe(data []byte, t *task.Task, n int) ([]byte, error) { return Write(data, Of(t, n)) }

// noRoom says why the file cannot take the recipe.
func noRoom(cause error) *task.Error { return catalog.NewError(catalog.CodeRecipeNoRoom, cause) }
