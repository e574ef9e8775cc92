package generate_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"volcimage/internal/generate"
	"volcimage/internal/task"
	"volcimage/internal/tests/world"
)

// labelling is a provider that was asked to label what it draws.
type labelling struct {
	generate.Provider
	label task.Label
}

func (p labelling) Result(ctx context.Context, model, id string) (task.Result, error) {
	r, err := p.Provider.Result(ctx, model, id)
	r.Label = &p.label
	return r, err
}

func TestAPictureKeepsHowItWasAskedToBeLabelled(t *testing.T) {
	inWorld(t, slow, func(t *testing.T, w *world.World) {
		if got := w.Finish(w.Ask("a fox", 1)); got.Images[0].Label != nil {
			t.Errorf("labelled %+v where nobody asked", got.Images[0].Label)
		}
		want := task.Label{ContentProducer: "studio-1", ProduceID: "7", Mark: &task.Mark{Position: "top-left", Language: "zh", Opacity: 1}}
		w.Worker.Provider = labelling{w.Worker.Provider, want}
		got := w.Finish(w.Ask("another fox", 1))
		if diff := cmp.Diff(&want, got.Images[0].Label); diff != "" {
			t.Errorf("label (-want +got):\n%s", diff)
		}
	})
}
