package disk

import (
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func TestWhatIsOldGoesAndNothingElse(t *testing.T) {
	s := open(t, newClock())
	for _, key := range []string{"temp/ann/old.png", "temp/ann/sub/old.png", "temp/bob/new.png", "images/ann/old.png"} {
		put(t, s, key, "x")
	}
	at := time.Now().Add(-25 * time.Hour)
	for _, key := range []string{"temp/ann/old.png", "temp/ann/sub/old.png", "images/ann/old.png"} {
		if err := s.root.Chtimes(key, at, at); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []int{2, 0} { // the second time nothing is left to do
		if n, err := s.Expire(t.Context(), "temp", time.Now().Add(-24*time.Hour)); err != nil || n != want {
			t.Errorf("Expire: %d, %v; want %d", n, err, want)
		}
	}
	if got, want := files(t, s.path), []string{"images/ann/old.png", "temp/bob/new.png"}; !slices.Equal(got, want) {
		t.Errorf("left are %v, want %v", got, want)
	}
	if _, err := s.root.Stat(filepath.Join("temp", "ann")); err == nil {
		t.Error("the folder that was emptied is still there")
	}
	put(t, s, "temp/ann/again.png", "x")
}

func TestExpireTakesNoPathOutOfTheStore(t *testing.T) {
	s := open(t, newClock())
	for _, folder := range []string{"", ".", "..", "/", "../x", ".new"} {
		if _, err := s.Expire(t.Context(), folder, time.Now()); err == nil {
			t.Errorf("Expire(%q) is no error", folder)
		}
	}
	if n, err := s.Expire(t.Context(), "temp", time.Now()); n != 0 || err != nil {
		t.Errorf("of a folder that is not there: %d, %v", n, err)
	}
}
