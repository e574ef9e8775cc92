package main

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"volcimage/internal/embedded/sqlite"
	"volcimage/internal/task"
)

// part is a part of an archive with one task, whose picture failed.
func part(t *testing.T) (file string, id task.ID) {
	t.Helper()
	made := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	id = task.NewID(made)
	manifest := fmt.Sprintf(`{"format":"urn:volcimage:archive:1","tasks":[{"task_id":%q,"status":"FAILED","prompt":"a fox","model":"jimeng_t2i_v40",
		"created_at":%q,"images":[{"job":0,"status":"failed","failure":{"Code":"prompt_refused","Charged":"no"}}]}]}`, id, made.Format(time.RFC3339))
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("manifest.json")
	if err == nil {
		_, err = w.Write([]byte(manifest))
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "part.zip")
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file, id
}

func TestAPartOfAnArchiveComesIn(t *testing.T) {
	o := operator{t.TempDir(), t}
	file, id := part(t)
	o.says("import "+file+" alice", "1 tasks came in, 0 were there, 0 were not taken")
	o.says("import "+file+" alice", "0 tasks came in, 1 were there")
	o.says("import "+file, "1 tasks came in") // into the library that needs no key
	o.with(func(ctx context.Context, db *sqlite.DB) error {
		for _, owner := range []task.Owner{"alice", task.Local} {
			got, err := db.Task(ctx, owner, id)
			if err != nil || got.Status != task.Failed || got.Failure().Code != "prompt_refused" {
				t.Errorf("%s has %+v, %v", owner, got, err)
			}
		}
		return nil
	})
	if out, err := o.do("import", filepath.Join(t.TempDir(), "none.zip")); err == nil {
		t.Errorf("a file that is not there: no error, %q", out)
	}
}
