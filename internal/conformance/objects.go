package conformance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"
	"testing"

	"volcimage/internal/task"
)

// ObjectStore is what a picture store does. Put is durable when it returns;
// DeletePrefix removes every object whose key begins with prefix but those kept,
// Delete those named; that there is none is no error.
type ObjectStore interface {
	Put(ctx context.Context, o task.Object) error
	PutFrom(ctx context.Context, key, contentType string, body io.ReadSeeker) error
	Get(ctx context.Context, key string) ([]byte, error)
	Link(l task.Link) (task.SignedLink, error)
	DeletePrefix(ctx context.Context, prefix string, keep ...string) error
	// List hands out what lies below prefix behind the key after, at most limit a
	// page. The objects of an owner come task by task, in order of their ids. next
	// continues it, and is empty at the end.
	List(ctx context.Context, prefix, after string, limit int) (page []task.Stored, next string, err error)
	Delete(ctx context.Context, keys ...string) error
}

// ObjectsUnderTest is a fresh, empty picture store, and a way to its links as a
// browser has it.
type ObjectsUnderTest struct {
	ObjectStore
	// Do answers a request for the URL of a [task.SignedLink], which may be
	// relative. The suite closes the answer's body.
	Do func(*http.Request) (*http.Response, error)
	// Expired is as Link, for a link made so long ago that its time has run out.
	Expired func(l task.Link) (task.SignedLink, error)
}

// Objects runs every promise of a picture store.
func Objects(t *testing.T, open func(t *testing.T) ObjectsUnderTest) {
	for _, p := range []struct {
		name string
		hold func(*testing.T, ObjectsUnderTest)
	}{
		{"a link shows what was put, with its content type", linkShowsObject},
		{"an object is read as it was put, and one that is not there is not found", readObject},
		{"a link stays the same for a while, so that browsers can cache", linkIsStable},
		{"a part of an object can be asked for", linkServesRanges},
		{"an object is replaced as a whole or not at all", replacedWhole},
		{"an object that is put once is never another", putOnce},
		{"an object that is not there is not found", absentObject},
		{"a link past its time is refused", expiredLink},
		{"a link for another object is refused", linkOfAnotherObject},
		{"a link that was changed anywhere is refused", tamperedLink},
		{"a download has the name that was asked for", downloadName},
		{"a key may hold any character", oddKeys},
		{"a prefix is deleted with all below it, and nothing beside it", deletePrefix},
		{"objects that are kept survive the deletion of their prefix", deleteKeeps},
		{"more objects than a listing holds are all deleted", deleteMany},
		{"deleting what is not there is no error", deleteAbsent},
		{"those are deleted that are named, and no other", deleteNamed},
		{"a listing tells each object once, with its size and when it was put", listTellsEach},
		{"a listing by pages tells the same, wherever a page ends", listByPages},
		{"the objects of an owner are listed task by task, and from a task on", listByTask},
		{"a listing goes on though objects come and go, and misses none that stays", listWhileChanged},
	} {
		t.Run(p.name, func(t *testing.T) { p.hold(t, open(t)) })
	}
}

const pngType = "image/png"

func linkShowsObject(t *testing.T, o ObjectsUnderTest) {
	for _, obj := range []task.Object{
		{Key: "images/local/01A/1.png", ContentType: pngType, Data: noise(100_000)},
		{Key: "images/local/01A/1.jpg", ContentType: "image/jpeg", Data: noise(1)},
		{Key: "images/local/01A/1.webp", ContentType: "image/webp", Data: noise(4097)},
	} {
		o.put(t, obj)
		got := o.get(t, o.link(t, task.Link{Key: obj.Key}), nil)
		if got.status != http.StatusOK || !bytes.Equal(got.body, obj.Data) {
			t.Errorf("%s: status %d with %d bytes, want 200 with the %d bytes put", obj.Key, got.status, len(got.body), len(obj.Data))
		}
		if ct := got.header.Get("Content-Type"); ct != obj.ContentType {
			t.Errorf("%s: content type %q, want %q", obj.Key, ct, obj.ContentType)
		}
		if cd := got.header.Get("Content-Disposition"); strings.HasPrefix(cd, "attachment") {
			t.Errorf("%s: content disposition %q for a link that shows", obj.Key, cd)
		}
	}
}

func readObject(t *testing.T, o ObjectsUnderTest) {
	for i, key := range []string{"images/local/01A/1.png", "images/张三/01A/%2F 1.png", "temp/empty.png"} {
		want := noise(300_000 * (2 - i))
		o.put(t, task.Object{Key: key, ContentType: pngType, Data: want})
		got, err := o.Get(t.Context(), key)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("Get(%s): %d bytes, %v; want the %d bytes put", key, len(got), err, len(want))
		}
	}
	large := noise(3 << 20)
	if err := o.PutFrom(t.Context(), "temp/exports/1.zip", "application/zip", bytes.NewReader(large)); err != nil {
		t.Fatalf("PutFrom: %v", err)
	}
	if got, err := o.Get(t.Context(), "temp/exports/1.zip"); err != nil || !bytes.Equal(got, large) {
		t.Errorf("what was put from a reader: %d bytes, %v; want %d", len(got), err, len(large))
	}
	for _, key := range []string{"images/local/01A/none.png", "images/local/01A", "images"} {
		_, err := o.Get(t.Context(), key)
		wantError(t, "Get("+key+")", err, task.ErrNotFound)
	}
}

func linkIsStable(t *testing.T, o ObjectsUnderTest) {
	const key = "images/local/01A/1.png"
	o.put(t, task.Object{Key: key, ContentType: pngType, Data: noise(10)})
	before := o.link(t, task.Link{Key: key})
	for range 3 { // once would do, but for a window that ends in between
		after := o.link(t, task.Link{Key: key})
		if after == before {
			return
		}
		before = after
	}
	t.Errorf("four links made at once all differ, the last: %s", before.URL)
}

func linkServesRanges(t *testing.T, o ObjectsUnderTest) {
	obj := task.Object{Key: "images/local/01A/1.png", ContentType: pngType, Data: noise(1000)}
	o.put(t, obj)
	got := o.get(t, o.link(t, task.Link{Key: obj.Key}), http.Header{"Range": {"bytes=10-19"}})
	if got.status != http.StatusPartialContent || !bytes.Equal(got.body, obj.Data[10:20]) {
		t.Errorf("bytes 10 to 19: status %d, %x, want 206, %x", got.status, got.body, obj.Data[10:20])
	}
	if cr := got.header.Get("Content-Range"); cr != "bytes 10-19/1000" {
		t.Errorf("Content-Range %q, want %q", cr, "bytes 10-19/1000")
	}
}

// replacedWhole reads while one object is replaced again and again. Each version
// is of one byte value and of a length of its own, so a mixture shows.
func replacedWhole(t *testing.T, o ObjectsUnderTest) {
	const key = "images/local/01A/1.png"
	version := func(n int) task.Object {
		return task.Object{Key: key, ContentType: pngType, Data: bytes.Repeat([]byte{byte('a' + n)}, 300_000+n)}
	}
	o.put(t, version(0))
	link := o.link(t, task.Link{Key: key})
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				got := o.get(t, link, nil)
				if got.status != http.StatusOK || len(got.body) == 0 {
					t.Errorf("while being replaced: status %d with %d bytes, want a whole object", got.status, len(got.body))
					return
				}
				if want := version(int(got.body[0] - 'a')).Data; !bytes.Equal(got.body, want) {
					t.Errorf("a mixture was served: %d bytes beginning with %q", len(got.body), got.body[0])
					return
				}
			}
		})
	}
	for n := range 20 {
		o.put(t, version(n))
	}
	close(done)
	readers.Wait()
	if got := o.get(t, link, nil); !bytes.Equal(got.body, version(19).Data) {
		t.Errorf("at the end %d bytes are served, want those put last", len(got.body))
	}
}

func putOnce(t *testing.T, o ObjectsUnderTest) {
	one := task.Object{Key: "images/local/01A/0/2/0.png", ContentType: pngType, Data: noise(50_000), Once: true}
	o.put(t, one)
	o.put(t, one) // again, as after an answer that was lost
	other := one
	other.Data = noise(50_001)
	wantError(t, "other bytes", o.Put(t.Context(), other), task.ErrConflict)
	if got, err := o.Get(t.Context(), one.Key); err != nil || !bytes.Equal(got, one.Data) {
		t.Errorf("Get: %d bytes, %v; want what was put first", len(got), err)
	}
	puts := make(chan error, 8)
	for i := range cap(puts) {
		go func() {
			puts <- o.Put(t.Context(), task.Object{Key: "images/local/01A/0/3/0.png", ContentType: pngType, Data: noise(50_000 + i), Once: true})
		}()
	}
	won := 0
	for range cap(puts) {
		switch err := <-puts; {
		case err == nil:
			won++
		case !errors.Is(err, task.ErrConflict):
			t.Errorf("of several at once: %v, want a conflict", err)
		}
	}
	if won != 1 {
		t.Errorf("%d of %d that came at once were put, want one", won, cap(puts))
	}
}

func absentObject(t *testing.T, o ObjectsUnderTest) {
	got := o.get(t, o.link(t, task.Link{Key: "images/local/01A/none.png"}), nil)
	if got.status != http.StatusNotFound && got.status != http.StatusForbidden {
		t.Errorf("status %d, want 404 (or 403, where the store does not tell)", got.status)
	}
}

func expiredLink(t *testing.T, o ObjectsUnderTest) {
	const key = "images/local/01A/1.png"
	o.put(t, task.Object{Key: key, ContentType: pngType, Data: noise(10)})
	old, err := o.Expired(task.Link{Key: key})
	if err != nil {
		t.Fatalf("Expired(%s): %v", key, err)
	}
	fresh := o.link(t, task.Link{Key: key})
	if !old.ExpiresAt.Before(fresh.ExpiresAt) {
		t.Errorf("the expired link ends %v, a fresh one %v", old.ExpiresAt, fresh.ExpiresAt)
	}
	if got := o.get(t, old, nil); got.status != http.StatusForbidden {
		t.Errorf("expired: status %d, want 403", got.status)
	}
	if got := o.get(t, fresh, nil); got.status != http.StatusOK {
		t.Errorf("fresh: status %d, want 200", got.status)
	}
}

func linkOfAnotherObject(t *testing.T, o ObjectsUnderTest) {
	mine := task.Object{Key: "images/local/01A/mine.png", ContentType: pngType, Data: noise(10)}
	theirs := task.Object{Key: "images/other/01B/their.png", ContentType: pngType, Data: noise(11)}
	o.put(t, mine)
	o.put(t, theirs)
	l := o.link(t, task.Link{Key: mine.Key})
	forged := strings.Replace(l.URL, mine.Key, theirs.Key, 1)
	if forged == l.URL {
		t.Fatalf("the link %s does not show the key %s", l.URL, mine.Key)
	}
	if got := o.get(t, task.SignedLink{URL: forged}, nil); got.status < 400 || bytes.Equal(got.body, theirs.Data) {
		t.Errorf("forged link: status %d with %d bytes, want a refusal", got.status, len(got.body))
	}
}

func tamperedLink(t *testing.T, o ObjectsUnderTest) {
	const key = "images/local/01A/1.png"
	o.put(t, task.Object{Key: key, ContentType: pngType, Data: noise(10)})
	for _, l := range []task.Link{{Key: key}, {Key: key, Filename: "fox.png"}} {
		link := o.link(t, l)
		path, query, ok := strings.Cut(link.URL, "?")
		if !ok {
			t.Fatalf("the link %s has nothing that signs it", link.URL)
		}
		for _, part := range strings.Split(query, "&") {
			name, value, _ := strings.Cut(part, "=")
			for what, changed := range map[string]string{
				"changed": name + "=" + otherFirst(value), "emptied": name + "=", "left out": "",
			} {
				forged := path + "?" + strings.Replace(query, part, changed, 1)
				if got := o.get(t, task.SignedLink{URL: forged}, nil); got.status < 400 {
					t.Errorf("%s %s: status %d, want a refusal", name, what, got.status)
				}
			}
		}
	}
}

// otherFirst changes the first character into another of its kind. It is the
// first, because the last one of a base 64 text may hold bits that nobody reads.
func otherFirst(s string) string {
	if s == "" {
		return "x"
	}
	switch s[0] {
	case '2':
		return "3" + s[1:]
	case 'b':
		return "c" + s[1:]
	}
	if s[0] >= '0' && s[0] <= '9' {
		return "2" + s[1:]
	}
	return "b" + s[1:]
}

func downloadName(t *testing.T, o ObjectsUnderTest) {
	const key = "images/local/01A/1.png"
	o.put(t, task.Object{Key: key, ContentType: pngType, Data: noise(10)})
	for _, name := range []string{"fox.png", "狐狸 在雪里.png", `a "quoted"; name+50%.png`} {
		got := o.get(t, o.link(t, task.Link{Key: key, Filename: name}), nil)
		cd := got.header.Get("Content-Disposition")
		kind, params, err := mime.ParseMediaType(cd)
		if err != nil || kind != "attachment" || params["filename"] != name {
			t.Errorf("download as %q: status %d, content disposition %q is read as %q %q (%v)", name, got.status, cd, kind, params["filename"], err)
		}
	}
}

func oddKeys(t *testing.T, o ObjectsUnderTest) {
	keys := []string{
		"images/张三/01A/一.png", "images/a b/01A/1 2.png", "images/a+b/01A/1.png", "images/100%/01A/%2F.png",
		"images/what?/01A/1.png", "images/#1/01A/1.png", "images/a&b=c/01A/1.png", `images/"x"'y'/01A/1.png`,
		"images/~a!$(),;:@*/01A/1.png", "images/Case/01A/1.png", "images/case/01A/1.png", `images/back\slash/01A/1.png`,
	}
	for i, key := range keys {
		o.put(t, task.Object{Key: key, ContentType: pngType, Data: noise(100 + i)})
	}
	for i, key := range keys {
		got := o.get(t, o.link(t, task.Link{Key: key}), nil)
		if got.status != http.StatusOK || !bytes.Equal(got.body, noise(100+i)) {
			t.Errorf("key %q: status %d with %d bytes, want 200 with %d", key, got.status, len(got.body), 100+i)
		}
	}
}

func deletePrefix(t *testing.T, o ObjectsUnderTest) {
	gone := []string{"images/local/01A/1.png", "images/local/01A/1-thumb.jpg", "images/local/01A/2/deep.png"}
	stay := []string{"images/local/01AB/1.png", "images/other/01A/1.png", "images/local/01B/1.png"}
	for _, key := range append(gone, stay...) {
		o.put(t, task.Object{Key: key, ContentType: pngType, Data: noise(10)})
	}
	o.deleteTask(t)
	for _, key := range gone {
		o.wantGone(t, key)
	}
	for _, key := range stay {
		o.wantThere(t, key)
	}
}

func deleteKeeps(t *testing.T, o ObjectsUnderTest) {
	gone := []string{"images/local/01A/1-3.png", "images/local/01A/1-30.png"}
	keep := []string{"images/local/01A/1-4.png", "images/local/01A/1-4-thumb.jpg"}
	for _, key := range append(gone, keep...) {
		o.put(t, task.Object{Key: key, ContentType: pngType, Data: noise(10)})
	}
	o.deleteTask(t, append(keep, "images/local/01A/never-was.png")...)
	for _, key := range gone {
		o.wantGone(t, key)
	}
	for _, key := range keep {
		o.wantThere(t, key)
	}
}

// deleteMany puts more than the 1,000 keys of one page of an S3 listing.
func deleteMany(t *testing.T, o ObjectsUnderTest) {
	key := func(n int) string { return fmt.Sprintf("images/local/01A/%04d.png", n) }
	const objects, writers = 1050, 8
	var puts sync.WaitGroup
	for w := range writers {
		puts.Go(func() {
			for n := w; n < objects; n += writers {
				o.put(t, task.Object{Key: key(n), ContentType: pngType, Data: noise(10)})
			}
		})
	}
	puts.Wait()
	o.deleteTask(t, key(1001))
	for n := range objects {
		if n != 1001 {
			o.wantGone(t, key(n))
		}
	}
	o.wantThere(t, key(1001))
}

func deleteAbsent(t *testing.T, o ObjectsUnderTest) {
	o.deleteTask(t)
	o.put(t, task.Object{Key: "images/local/01A/1.png", ContentType: pngType, Data: noise(10)})
	o.deleteTask(t)
	o.deleteTask(t)
	o.wantGone(t, "images/local/01A/1.png")
}
