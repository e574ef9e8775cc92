package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"volcimage/internal/embedded/sqlite"
	"volcimage/internal/task"
)

func TestDemoDataIsFoundAndIndexedAnew(t *testing.T) {
	data := t.TempDir()
	var out strings.Builder
	if err := run(t.Context(), []string{"demo-data", "x"}, &out); err == nil {
		t.Error("x tasks were made")
	}
	if err := demoData(t.Context(), data, "40", &out); err != nil || !strings.Contains(out.String(), "made 40 tasks") {
		t.Fatalf("%q, %v", out.String(), err)
	}
	if err := reindex(t.Context(), data, &out); err != nil {
		t.Fatal(err)
	}
	err := withDatabase(t.Context(), data, func(db *sqlite.DB) error {
		if due, err := db.Due(t.Context(), time.Now(), 100); err != nil || len(due) != 1 || due[0].N != task.IndexStep {
			t.Errorf("due %v, %v; want the index", due, err)
		}
		page, err := db.List(t.Context(), task.Query{Owner: task.Local, Text: "light", Limit: 100})
		if err != nil || len(page.Tasks) != 20 {
			t.Errorf("%d tasks have light in them, %v; want every other", len(page.Tasks), err)
		}
		for _, tk := range page.Tasks {
			if _, err := os.Stat(filepath.Join(data, objectsDir, tk.Images[0].Key)); err != nil {
				t.Error(err)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
