package task_test

import (
	"mime"
	"testing"

	"volcimage/internal/task"
)

func TestADownloadKeepsItsNameInEveryScript(t *testing.T) {
	for _, name := range []string{"fox.jpg", "狐狸 1.png", `a"b;c\d.png`, "100%.png", "señor.jpg"} {
		header := task.Link{Key: "k", Filename: name}.Disposition()
		kind, params, err := mime.ParseMediaType(header)
		if err != nil || kind != "attachment" || params["filename"] != name {
			t.Errorf("%q as %s is read as %s %q, %v; want an attachment of that name", name, header, kind, params["filename"], err)
		}
	}
	if got := (task.Link{Key: "k"}).Disposition(); got != "inline" {
		t.Errorf("without a name %q, want inline", got)
	}
}
