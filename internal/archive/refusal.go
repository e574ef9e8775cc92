package archive

import (
	"fmt"
	"strings"
	"unicode"

	"volcimage/internal/catalog"
)

// Reason is why a task of an archive is not taken in.
type Reason string

// The reasons.
const (
	NotValid    Reason = "not_valid"     // what the manifest says of it cannot be
	FileMissing Reason = "file_missing"  // a picture is not in the archive, or cannot be unpacked
	FileChanged Reason = "file_changed"  // a picture's checksum is another
	NoPicture   Reason = "not_a_picture" // a file is no picture, or a damaged one
)

// Words says the reason to people.
func (r Reason) Words() catalog.Words { return reasonWords[r] }

var reasonWords = map[Reason]catalog.Words{
	NotValid:    {ZH: "归档中对该任务的描述有误，未导入。", EN: "What the archive says of it cannot be. It was not taken in."},
	FileMissing: {ZH: "归档中缺少它的图片文件，未导入。", EN: "A picture of it is missing in the archive. It was not taken in."},
	FileChanged: {ZH: "它的图片文件与导出时不同，未导入。请使用原始归档。", EN: "A picture of it is not as it was when it was exported. It was not taken in; take the original archive."},
	NoPicture:   {ZH: "它的文件不是图片或已损坏，未导入。", EN: "A file of it is no picture, or damaged. It was not taken in."},
}

// refusal is why one task is not taken.
type refusal struct {
	reason Reason
	why    string
}

func (r *refusal) Error() string { return r.why }

func refuse(reason Reason, format string, args ...any) error {
	return &refusal{reason, fmt.Sprintf(format, args...)}
}

// maxWhy bounds what is kept of a refusal, so that the record of a thousand has room.
const maxWhy = 100

// short cuts a text of an archive, which may be anything, and leaves out what takes
// more room in JSON than it has bytes.
func short(s string) string {
	plain := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || strings.ContainsRune("\"\\<>&\u2028\u2029", r) {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	for i := range plain {
		if i >= maxWhy {
			return plain[:i]
		}
	}
	return plain
}
