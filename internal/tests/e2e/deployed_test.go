package e2e

import (
	"net/http"
	"os"
	"testing"
	"time"
)

// A prompt typed into the page of a deployed stack becomes a picture there.
// STACK_PAGE is its address; make test-docker sets it.
func TestAPromptTypedIntoTheDeployedPage(t *testing.T) {
	page := os.Getenv("STACK_PAGE")
	if page == "" {
		t.Skip("needs make test-docker: STACK_PAGE is not set")
	}
	b := open(t, page, look{lang: "en-US"})
	b.ready()
	b.write(id("prompt"), "A lighthouse at dusk, oil on canvas")
	b.click(id("submit"))
	b.see(id("task-card"))
	waitFor(t, 2*time.Minute, "the task in the history", func() bool {
		var kept struct{ Items []Task }
		resp := call(t, "GET", page+"/api/v1/history?limit=1", nil, &kept)
		return resp.StatusCode == http.StatusOK && len(kept.Items) == 1 &&
			kept.Items[0].Prompt == "A lighthouse at dusk, oil on canvas" && kept.Items[0].over()
	})
	b.visit(page)
	b.ready()
	picture := "document.querySelector('" + id("picture") + " img')"
	b.until("the picture is in the library and loaded", "("+picture+"?.complete && "+picture+".naturalWidth > 0) === true")
}
