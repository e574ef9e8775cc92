package visual_test

import (
	"bytes"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"io"
	"net/http"
	"testing"

	"volcimage/internal/task"
	"volcimage/internal/visual"
)

// drawnAs is the picture of the fox that a client gets which labels as it is told.
func (s *stand) drawnAs(t *testing.T, model string, l task.Label) (data []byte, r task.Result) {
	t.Helper()
	c := s.dial(t, visual.Config{Label: l})
	seed := int64(7)
	p := small(model, "雪中的狐狸")
	if p.Seed = &seed; model == v40 {
		p.Seed = nil
	}
	id, err := c.Submit(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	s.putForward()
	if r, err = c.Result(t.Context(), model, id); err != nil || len(r.Links) != 1 {
		t.Fatalf("result %+v, %v", r, err)
	}
	resp, err := http.Get(r.Links[0])
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if data, err = io.ReadAll(resp.Body); err != nil {
		t.Fatal(err)
	}
	return data, r
}

func TestPicturesAreLabelledAsTheClientWasTold(t *testing.T) {
	s := newStand(t)
	label := task.Label{
		ContentProducer: "studio-1", ProduceID: "s-{id}", ContentPropagator: "paper-2", PropagateID: "p-{id}",
		Mark: &task.Mark{Position: "top-left", Language: "zh", Opacity: 1},
	}
	const model = "jimeng_t2i_v31" // its seed draws the same fox
	plain, none := s.drawnAs(t, model, task.Label{})
	data, r := s.drawnAs(t, model, label)
	if none.Label != nil || r.Label == nil || r.Label.ContentProducer != "studio-1" || r.Label.ProduceID == "s-{id}" || *r.Label.Mark != *label.Mark {
		t.Errorf("labels told: %+v and %+v", none.Label, r.Label)
	}
	want := `"ContentProducer":"studio-1","ProduceID":"` + r.Label.ProduceID + `","ReservedCode1":"","ContentPropagator":"paper-2","PropagateID":"` + r.Label.PropagateID + `"`
	if !bytes.Contains(data, []byte(want)) || bytes.Contains(plain, []byte("studio-1")) {
		t.Errorf("the file does not say %s", want)
	}
	a, b := decoded(t, plain), decoded(t, data)
	top, rest := 0, 0
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			if far(a, b, x, y) {
				if x < a.Bounds().Dx()/2 && y < a.Bounds().Dy()/4 {
					top++
				} else {
					rest++
				}
			}
		}
	}
	if top < 1000 || rest > 0 {
		t.Errorf("%d pixels changed in the corner of the mark, %d elsewhere", top, rest)
	}
}

func decoded(t *testing.T, data []byte) image.Image {
	t.Helper()
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// far tells whether a pixel differs by more than a JPEG's losses.
func far(a, b image.Image, x, y int) bool {
	p, _, _, _ := a.At(x, y).RGBA()
	q, _, _, _ := b.At(x, y).RGBA()
	return max(p, q)-min(p, q) > 0x4000
}
