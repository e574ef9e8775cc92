package sweep_test

import (
	"path/filepath"
	"testing"

	"volcimage/internal/conformance"
	"volcimage/internal/embedded/disk"
	"volcimage/internal/embedded/sqlite"
)

func TestObjectsAndRowsAreHeldAgainstEachOther(t *testing.T) {
	conformance.Sweeps(t, func(t *testing.T) conformance.SweepUnderTest {
		db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"), sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		files, err := disk.Open(t.TempDir(), disk.Options{Secret: make([]byte, 32)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
			if err := files.Close(); err != nil {
				t.Error(err)
			}
		})
		return conformance.SweepUnderTest{StoreUnderTest: db, Objects: files}
	})
}
