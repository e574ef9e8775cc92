package disk

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"volcimage/internal/task"
)

// FuzzServe: of all addresses, those that were signed alone lead to an object, and
// to their own. No other object, no unfinished file and nothing outside the folder
// is ever read.
func FuzzServe(f *testing.F) {
	c := newClock()
	root := f.TempDir()
	s, err := Open(filepath.Join(root, "pictures"), Options{Secret: testSecret, Now: c.now})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = s.Close() }) // the folder goes with it
	const mine = "the picture"
	for key, data := range map[string]string{testKey: mine, "images/other/01JD0000000000000000000001/1/0.png": "somebody else's"} {
		if err := s.Put(f.Context(), task.Object{Key: key, Data: []byte(data)}); err != nil {
			f.Fatal(err)
		}
	}
	for _, name := range []string{"secret", "pictures/" + newDir + "/half"} {
		if err := os.WriteFile(filepath.Join(root, name), []byte("a secret"), 0o600); err != nil {
			f.Fatal(err)
		}
	}
	signed := map[string]bool{} // key, expiry and name of every link that was made
	for _, l := range []task.Link{{Key: testKey}, {Key: testKey, Filename: "狐狸 a.png"}} {
		made := link(f, s, l)
		u, err := url.Parse(made.URL)
		if err != nil {
			f.Fatal(err)
		}
		signed[l.Key+"\n"+u.Query().Get("expires")+"\n"+l.Filename] = true
		f.Add(u.Path, u.RawQuery)
		f.Add(u.Path+"/../../../../secret", u.RawQuery)
		f.Add(u.Path, u.RawQuery+"&sig="+u.Query().Get("sig"))
		f.Add(Prefix+"images/other/01JD0000000000000000000001/1/0.png", u.RawQuery)
		f.Add(Prefix+newDir+"/half", strings.Replace(u.RawQuery, "sig=", "sig=%00", 1))
	}
	f.Fuzz(func(t *testing.T, path, query string) {
		r := &http.Request{Method: http.MethodGet, URL: &url.URL{Path: path, RawQuery: query}, Header: http.Header{}}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r.WithContext(t.Context()))
		if w.Code == http.StatusForbidden {
			return
		}
		q := r.URL.Query()
		if !signed[strings.TrimPrefix(path, Prefix)+"\n"+q.Get("expires")+"\n"+q.Get("name")] || w.Code != http.StatusOK || w.Body.String() != mine {
			t.Errorf("%q ? %q is answered %d %q", path, query, w.Code, w.Body)
		}
	})
}
