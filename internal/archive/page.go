package archive

import (
	"bufio"
	_ "embed"
	"fmt"
	"html"
	"io"
	"strings"
)

// pageHead is the page up to its tasks, with LANG and TITLE to be filled in.
//
//go:embed page.html
var pageHead string

// phrases are the page's words.
type phrases struct{ Lang, Title, Tags, Note, Model, Missing, Empty string }

var languages = map[string]phrases{
	"zh": {"zh-CN", "图片归档", "标签", "备注", "模型", "图片文件缺失", "这一部分没有图片"},
	"en": {"en", "Picture archive", "Tags", "Note", "Model", "The picture's file is missing", "No pictures in this part"},
}

// writePage writes a page that shows the part without any service or script.
//
// It does without html/template, which finds methods by name: a function that holds it
// keeps every method of everything it links, and Generate would be twice as large.
// Whatever comes from outside passes through text.
func writePage(w io.Writer, m *Manifest, language string) error {
	words, ok := languages[language]
	if !ok {
		words = languages["en"]
	}
	b := bufio.NewWriter(w) // its first error is told by Flush
	title := fmt.Sprintf("%s · %d", words.Title, m.Part)
	_, _ = strings.NewReplacer("LANG", words.Lang, "TITLE", text(title)).WriteString(b, pageHead)
	for i := range m.Tasks {
		writeArticle(b, &m.Tasks[i], words)
	}
	if len(m.Tasks) == 0 {
		_, _ = fmt.Fprintf(b, "<p>%s</p>\n", text(words.Empty))
	}
	_, _ = b.WriteString("</body>\n</html>\n")
	return b.Flush()
}

// writeArticle shows one task.
func writeArticle(b *bufio.Writer, t *Task, words phrases) {
	_, _ = fmt.Fprintf(b, "<article id=\"%s\">\n<div class=\"pictures\">", text(string(t.ID)))
	for _, im := range t.Images {
		switch {
		case im.File != "":
			_, _ = fmt.Fprintf(b, "<a href=\"%s\"><img src=\"%s\" alt=\"\" loading=\"lazy\"></a>", text(im.File), text(im.Thumbnail))
		case im.Missing:
			_, _ = fmt.Fprintf(b, "<p>%s</p>", text(words.Missing))
		}
	}
	facts := []string{t.CreatedAt.Format("2006-01-02 15:04") + " UTC", words.Model + ": " + t.Model}
	if len(t.Tags) > 0 {
		facts = append(facts, words.Tags+": "+strings.Join(t.Tags, ", "))
	}
	star := ""
	if t.Favourite {
		star = "★ "
	}
	_, _ = fmt.Fprintf(b, "</div>\n<p class=\"prompt\" dir=\"auto\">%s</p>\n<p class=\"facts\">%s</p>\n", text(t.Prompt), text(star+strings.Join(facts, " · ")))
	if t.Note != "" {
		_, _ = fmt.Fprintf(b, "<p class=\"facts\" dir=\"auto\">%s</p>\n", text(words.Note+": "+t.Note))
	}
	_, _ = b.WriteString("</article>\n")
}

// text is s as text of a page or the value of a quoted attribute.
func text(s string) string { return html.EscapeString(s) }
