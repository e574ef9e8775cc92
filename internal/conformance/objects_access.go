package conformance

import (
	"io"
	"net/http"
	"testing"

	"volcimage/internal/task"
)

// answer is a response whose body has been read.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// put and the other methods here may be called by goroutines, so none of them
// ends the test.
func (o ObjectsUnderTest) put(t *testing.T, obj task.Object) {
	t.Helper()
	if err := o.Put(t.Context(), obj); err != nil {
		t.Errorf("Put(%s, %d bytes): %v", obj.Key, len(obj.Data), err)
	}
}

func (o ObjectsUnderTest) link(t *testing.T, l task.Link) task.SignedLink {
	t.Helper()
	s, err := o.Link(l)
	if err != nil {
		t.Errorf("Link(%+v): %v", l, err)
	}
	return s
}

// deleteTask deletes what is below the folder of the task 01A.
func (o ObjectsUnderTest) deleteTask(t *testing.T, keep ...string) {
	t.Helper()
	if err := o.DeletePrefix(t.Context(), "images/local/01A/", keep...); err != nil {
		t.Errorf("DeletePrefix, keeping %q: %v", keep, err)
	}
}

func (o ObjectsUnderTest) get(t *testing.T, l task.SignedLink, h http.Header) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, l.URL, nil)
	if err != nil {
		t.Errorf("link %q: %v", l.URL, err)
		return answer{}
	}
	if h != nil {
		r.Header = h
	}
	res, err := o.Do(r)
	if err != nil {
		t.Errorf("get %s: %v", l.URL, err)
		return answer{}
	}
	defer func() { _ = res.Body.Close() }() // it was read to its end, or an error is reported
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Errorf("get %s: read: %v", l.URL, err)
	}
	return answer{status: res.StatusCode, header: res.Header, body: body}
}

func (o ObjectsUnderTest) wantThere(t *testing.T, key string) {
	t.Helper()
	if got := o.get(t, o.link(t, task.Link{Key: key}), nil); got.status != http.StatusOK {
		t.Errorf("%s: status %d, want it to be there", key, got.status)
	}
}

func (o ObjectsUnderTest) wantGone(t *testing.T, key string) {
	t.Helper()
	if got := o.get(t, o.link(t, task.Link{Key: key}), nil); got.status < 400 {
		t.Errorf("%s: status %d, want it to be gone", key, got.status)
	}
}

// noise is n bytes that do not repeat soon, the same each time.
func noise(n int) []byte {
	b := make([]byte, n)
	x := uint32(n) + 1
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return b
}
