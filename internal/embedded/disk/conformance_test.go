package disk

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"volcimage/internal/conformance"
)

func TestConformance(t *testing.T) {
	conformance.Objects(t, func(t *testing.T) conformance.ObjectsUnderTest {
		c := &clock{time.Now()}
		s := open(t, c)
		past := open(t, &clock{c.t.Add(-time.Hour)}) // signs with the same secret
		return conformance.ObjectsUnderTest{
			ObjectStore: s,
			Expired:     past.Link,
			Do:          func(r *http.Request) (*http.Response, error) { return serve(s, r), nil },
		}
	})
}

func serve(s *Store, r *http.Request) *http.Response {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Result()
}
