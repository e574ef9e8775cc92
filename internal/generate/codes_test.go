package generate_test

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
	"volcimage/internal/tests/world"
	"volcimage/internal/visual/visualtest"
)

// TestEveryCodeOfTheProviderReachesTheReader lets the emulator refuse with each code
// that the table has, as the answer to a submit and as that of a finished job.
func TestEveryCodeOfTheProviderReachesTheReader(t *testing.T) {
	for _, word := range []string{"code", "result-code"} {
		inWorld(t, visualtest.Config{Delay: 0, Concurrency: -1, QPS: -1, QueryQPS: -1}, func(t *testing.T, w *world.World) {
			w.Quick()
			tried := 0
			for n := 50000; n < 51000; n++ {
				want, known := catalog.ByProviderCode(http.StatusBadRequest, strconv.Itoa(n))
				if !known || want.Kind == task.Throttled { // which fails no task
					continue
				}
				tried++
				got := w.Finish(w.Ask(fmt.Sprintf("a fox #%s=%d", word, n), 1))
				f := got.Failure()
				if f == nil {
					t.Errorf("%s %d: the task ended %s", word, n, got.Status)
					continue
				}
				row := catalog.FaultOf(f.Code)
				lost := word == "result-code" && f.Code == catalog.CodeProviderLost || f.Code == catalog.CodeProviderSilent
				if f.Code != want.Code && !lost || row.Title.EN == "" || row.Detail.ZH == "" || f.Charged == "" {
					t.Errorf("%s %d: the reader learns %+v, want %s in words", word, n, f, want.Code)
				}
			}
			if tried < 15 {
				t.Errorf("only %d codes were tried", tried)
			}
		})
	}
}
