package httpapi

import (
	"strings"
	"testing"

	"volcimage/internal/task"
)

func TestFilename(t *testing.T) {
	for prompt, want := range map[string]string{
		"A red fox, in snow":                      "A-red-fox-in-snow",
		"一只狐狸,在雪里。":                               "一只狐狸-在雪里",
		"../../etc/passwd":                        "etc-passwd",
		"a\r\nSet-Cookie: x":                      "a-Set-Cookie-x",
		"=HYPERLINK(\"http://x\")":                "HYPERLINK-http-x",
		"\u202egnp.exe <img onerror=1>":           "gnp-exe-img-onerror-1",
		"😀🎉":                                      "picture",
		"":                                        "picture",
		"  .hidden ":                              "hidden",
		strings.Repeat("word ", 30):               "word-word-word-word-word-word-word-word",
		strings.Repeat("星", 100):                  strings.Repeat("星", 40),
		"नमस्ते दुनिया":                           "नमस्ते-दुनिया",
		"e\u0301te\u0301 \u0301x":                 "e\u0301te\u0301-\u0301x",
		"abcdefghijklmnopqrstuvwxyz abcdefghijkl": "abcdefghijklmnopqrstuvwxyz-abcdefghijkl",
	} {
		tk := task.Task{ID: "01KAZ3V5N8Q2W4E6R8T0YACDEF", Params: task.Params{Prompt: prompt}, Images: []task.Image{{}, {Format: "jpeg"}}}
		if got := filename(&tk, 1); got != want+"_YACDEF_2.jpg" {
			t.Errorf("%q: %q, want %q", prompt, got, want+"_YACDEF_2.jpg")
		}
	}
}
