package archive

import (
	_ "embed"
	"html/template"
	"io"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Parse(pageText))

// phrases are the page's words.
type phrases struct{ Lang, Title, Tags, Note, Model, Made, Missing, Empty string }

var languages = map[string]phrases{
	"zh": {"zh-CN", "图片归档", "标签", "备注", "模型", "时间", "图片文件缺失", "这一部分没有图片"},
	"en": {"en", "Picture archive", "Tags", "Note", "Model", "Made", "The picture's file is missing", "No pictures in this part"},
}

// writePage writes a page that shows the part without any service or script.
func writePage(w io.Writer, m *Manifest, language string) error {
	words, ok := languages[language]
	if !ok {
		words = languages["en"]
	}
	return page.Execute(w, struct {
		*Manifest
		Words phrases
	}{m, words})
}
