package conformance

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"volcimage/internal/task"
)

// all lists below prefix behind a key, in pages of a size.
func (o ObjectsUnderTest) all(t *testing.T, prefix, after string, size int) (found []task.Stored) {
	t.Helper()
	for range 10_000 {
		page, next, err := o.List(t.Context(), prefix, after, size)
		if err != nil || len(page) > size {
			t.Errorf("List(%s, %s, %d): %d objects, %v", prefix, after, size, len(page), err)
			return found
		}
		found = append(found, page...)
		if next == "" {
			return found
		}
		after = next
	}
	t.Errorf("the listing of %s does not end", prefix)
	return found
}

func keysOf(page []task.Stored) (keys []string) {
	for _, s := range page {
		keys = append(keys, s.Key)
	}
	return keys
}

// putAll puts an object of some bytes under each key.
func (o ObjectsUnderTest) putAll(t *testing.T, keys ...string) {
	t.Helper()
	for _, key := range keys {
		o.put(t, task.Object{Key: key, ContentType: pngType, Data: noise(len(key))})
	}
}

// oddFolders are keys whose order depends on whether names or whole keys are
// compared: a hyphen comes before the slash.
var oddFolders = []string{
	"images/ann-b/01A/0/1/0.png", "images/ann/01A/0/1/0.png", "images/ann/01A/0/1/0.thumb.jpg", "images/ann/01A/0/2/0.png",
	"images/ann/01A/10/1/0.png", "images/ann/01A/9/1/0.png", "images/ann/01B/0/1/0.png", "images/ann_/01A/0/1/0.png", "images/张三/01A/0/1/0.png",
}

func listTellsEach(t *testing.T, o ObjectsUnderTest) {
	if page, next, err := o.List(t.Context(), "images/", "", 10); err != nil || len(page) > 0 || next != "" {
		t.Errorf("of none: %v, %q, %v", page, next, err)
	}
	before := time.Now()
	o.putAll(t, oddFolders...)
	o.put(t, task.Object{Key: "imagesx/ann/01A/0/1/0.png", ContentType: pngType, Data: noise(3)})
	found := o.all(t, "images/", "", 1000)
	for _, s := range found {
		// Some stores keep whole seconds, by a clock of their own.
		if s.Bytes != int64(len(s.Key)) || s.At.Before(before.Add(-time.Minute)) || s.At.After(time.Now().Add(time.Minute)) {
			t.Errorf("%s is told with %d bytes, put at %v", s.Key, s.Bytes, s.At)
		}
	}
	if diff := gocmp.Diff(slices.Sorted(slices.Values(oddFolders)), slices.Sorted(slices.Values(keysOf(found)))); diff != "" {
		t.Errorf("listed (-put +listed):\n%s", diff)
	}
	if got := keysOf(o.all(t, "images/ann/01A/0/", "", 10)); len(got) != 3 {
		t.Errorf("below one job: %q, want its three", got)
	}
	if _, _, err := o.List(t.Context(), "", "", 10); err == nil {
		t.Error("a listing of everything is not refused")
	}
}

func listByPages(t *testing.T, o ObjectsUnderTest) {
	o.putAll(t, oddFolders...)
	want := keysOf(o.all(t, "images/", "", 1000))
	for _, size := range []int{1, 2, 3, len(oddFolders) - 1, len(oddFolders)} {
		if diff := gocmp.Diff(want, keysOf(o.all(t, "images/", "", size))); diff != "" {
			t.Errorf("in pages of %d (-at once +by pages):\n%s", size, diff)
		}
	}
}

func listByTask(t *testing.T, o ObjectsUnderTest) {
	o.putAll(t, oddFolders...)
	o.putAll(t, "images/ann/01C/3/7/0.png", "images/ann/01C/12/7/0.png")
	taskOf := func(key string) string { return strings.Split(key, "/")[2] }
	if got := keysOf(o.all(t, "images/ann/", "", 2)); !slices.IsSortedFunc(got, func(a, b string) int { return cmp.Compare(taskOf(a), taskOf(b)) }) {
		t.Errorf("an owner's objects come as %q", got)
	}
	for after, want := range map[string]int{"01B": 3, "01A~": 3, "01AA": 3, "01B~": 2, "01C": 2, "01C~": 0} {
		if got := keysOf(o.all(t, "images/ann/", "images/ann/"+after, 2)); len(got) != want {
			t.Errorf("behind %s: %q, want %d", after, got, want)
		}
	}
}

func listWhileChanged(t *testing.T, o ObjectsUnderTest) {
	stays, goes := map[string]bool{}, []string{}
	for n := range 30 {
		key := fmt.Sprintf("images/ann/01A/%d/1/0.png", n)
		if n%3 == 0 {
			goes = append(goes, key)
		} else {
			stays[key] = true
		}
		o.putAll(t, key)
	}
	after := ""
	for n := 0; ; n++ {
		page, next, err := o.List(t.Context(), "images/", after, 4)
		if err != nil {
			t.Fatalf("List: %v", err)
		}
		for _, s := range page {
			delete(stays, s.Key)
		}
		if next == "" {
			break
		}
		if n < len(goes) { // also the one that the listing stands at
			o.delete(t, goes[n], next)
			if stays[next] {
				t.Errorf("%s was not listed yet", next)
			}
		}
		o.putAll(t, fmt.Sprintf("images/ann/01A/%d/2/0.png", n))
		after = next
	}
	if len(stays) > 0 {
		t.Errorf("never listed: %q", slices.Sorted(maps.Keys(stays)))
	}
}

func (o ObjectsUnderTest) delete(t *testing.T, keys ...string) {
	t.Helper()
	if err := o.Delete(t.Context(), keys...); err != nil {
		t.Errorf("Delete(%q): %v", keys, err)
	}
}

func deleteNamed(t *testing.T, o ObjectsUnderTest) {
	o.putAll(t, oddFolders...)
	o.delete(t)
	o.delete(t, oddFolders[1], "images/ann/01A/0/1/never-was.png", oddFolders[3], oddFolders[3])
	for i, key := range oddFolders {
		if i == 1 || i == 3 {
			o.wantGone(t, key)
		} else {
			o.wantThere(t, key)
		}
	}
}
