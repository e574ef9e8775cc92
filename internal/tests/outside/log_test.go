package outside

import (
	"regexp"
	"testing"
	"time"
)

func TestTheLogFollowsARequestToTheStepsThatItCauses(t *testing.T) {
	p := serve(t, t.TempDir())
	const request = "from-the-edge="
	id := p.submit(t, "X-Request-Id", request)
	p.finished(t, id)
	// Not the index's, which is for all that was submitted lately: its number has four digits.
	steps := regexp.MustCompile(`msg=step task_id=` + id + ` job=\d{1,3} .*request_id=(\S+) .*outcome=ok`)
	var found [][]string
	for end := time.Now().Add(10 * time.Second); len(found) < 2 && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		found = steps.FindAllStringSubmatch(p.out.String(), -1) // the last one's line comes when it has ended
	}
	if len(found) < 2 {
		t.Fatalf("%d steps in the log, want two at least", len(found))
	}
	for _, f := range found {
		if got := f[1]; got != request && got != `"`+request+`"` {
			t.Errorf("a step of %s for the request %s, want %s", id, got, request)
		}
	}
}
