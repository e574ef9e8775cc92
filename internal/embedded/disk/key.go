package disk

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxKey is the longest key in bytes, as an object store has it; maxName the
// longest part of one between slashes, as file systems have it.
const (
	maxKey  = 1024
	maxName = 255
)

// validKey tells whether key may name a file: UTF-8 without control characters,
// no part of which is empty or begins with a dot. "..", an absolute path, a NUL
// and the folder of unfinished files are thus no keys.
func validKey(key string) bool {
	if len(key) > maxKey || !utf8.ValidString(key) || strings.ContainsFunc(key, unicode.IsControl) {
		return false
	}
	for name := range strings.SplitSeq(key, "/") {
		if name == "" || len(name) > maxName || name[0] == '.' {
			return false
		}
	}
	return true
}

// contentType is what an object is served as. It follows from the key alone, so
// that no stored byte and no caller can make a browser take it for a document.
func contentType(key string) string {
	switch path.Ext(key) {
	case ".png":
		return "image/png"
	case ".jpg":
		return "image/jpeg"
	case ".webp":
		return "image/webp"
	case ".zip":
		return "application/zip"
	case ".json":
		return "application/json"
	case ".csv":
		return "text/csv; charset=utf-8"
	default:
		return "application/octet-stream"
	}
}
