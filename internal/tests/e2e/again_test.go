package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
)

func TestAPictureIsDrawnAgainVariedAndFoundByWhereItIsFrom(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	p := quick(t)
	seeded := small("a picture with a seed")
	seeded["seed"] = 7
	made := submit(t, p, seeded)
	finish(t, p, made.ID, patience)
	b := open(t, p.URL, look{})
	b.ready()
	b.inform(tile(made.ID))
	b.click(id("aside-again"))
	b.see(id("task-card"))
	b.see(id("aside-children"))
	b.putAway()
	b.click(id("aside-variation"))
	b.see(id("task-card"))
	b.putAway()

	var page struct {
		Items []struct {
			ID     string `json:"task_id"`
			Parent string
			Params struct{ Seed int }
		}
	}
	call(t, "GET", p.URL+"/api/v1/history?parent="+made.ID, nil, &page)
	if len(page.Items) != 2 || page.Items[1].Params.Seed != 7 || page.Items[0].Params.Seed == 7 {
		t.Fatalf("made from it: %+v, want one with seed 7 and then one with another", page.Items)
	}
	b.visit(p.URL)
	b.ready()
	b.inform(tile(made.ID))
	b.click(id("aside-children"))
	b.says(".library-head h2", "Made from one task")
	b.miss(tile(made.ID))
	b.inform(tile(page.Items[0].ID))
	b.click(id("aside-parent"))
	b.see(id("viewer-picture"))
	b.says(id("viewer-prompt"), "a picture with a seed")
}

func TestOnePromptIsDrawnBySeveralModelsAndInSeveralShapesAtOnce(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	p := quick(t)
	b := open(t, p.URL, look{})
	b.ready()
	b.write(id("prompt"), "a fox, many ways")
	b.click(id("advanced"))
	b.choose("also-jimeng_t2i_v31")
	b.choose("also-16:9")
	b.says(id("submit"), "Generate 3 pictures")
	b.press("\x1b")
	b.do("send", chromedp.Focus(chromedp.CSS("#prompt")))
	b.press("\r", chromedp.ModifierCtrl)
	b.until("three cards", count(id("task-card"))+" === 3")
	var history struct {
		Items []struct {
			Model  string
			Params struct{ Width, Height int }
		}
	}
	call(t, "GET", p.URL+"/api/v1/history", nil, &history)
	ways := map[string]bool{}
	for _, x := range history.Items {
		ways[fmt.Sprint(x.Model, x.Params.Width > x.Params.Height)] = true
	}
	if len(ways) != 3 {
		t.Errorf("the tasks are %+v, want two models and a wide one", history.Items)
	}
}
