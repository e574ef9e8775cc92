package visual

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"volcimage/internal/task"
)

func TestLabelsAreAskedForInTheVendorsWords(t *testing.T) {
	for name, c := range map[string]struct {
		label task.Label
		want  string
		kept  *task.Label
	}{
		"none of ours": {want: `{"return_url":true,"logo_info":{"add_logo":false}}`},
		"the whole": {
			label: task.Label{
				ContentProducer: "画室", ProduceID: "s-{id}", ContentPropagator: "p", PropagateID: "{id}/{id}",
				Mark: &task.Mark{Position: "top-left", Language: "en", Text: "drawn", Opacity: 0.5},
			},
			want: `{"return_url":true,"logo_info":{"add_logo":true,"position":2,"language":1,"opacity":0.5,"logo_text_content":"drawn"},` +
				`"aigc_meta":{"producer_id":"s-7392616336519610409","content_producer":"画室","content_propagator":"p","propagate_id":"7392616336519610409/7392616336519610409"}}`,
			kept: &task.Label{
				ContentProducer: "画室", ProduceID: "s-7392616336519610409", ContentPropagator: "p", PropagateID: "7392616336519610409/7392616336519610409",
				Mark: &task.Mark{Position: "top-left", Language: "en", Text: "drawn", Opacity: 0.5},
			},
		},
		"the visible mark alone": {
			label: task.Label{Mark: &task.Mark{Position: "bottom-right", Language: "zh", Opacity: 1}},
			want:  `{"return_url":true,"logo_info":{"add_logo":true,"opacity":1}}`,
			kept:  &task.Label{Mark: &task.Mark{Position: "bottom-right", Language: "zh", Opacity: 1}},
		},
	} {
		l := labelled(c.label, "7392616336519610409")
		if diff := cmp.Diff(c.kept, l); diff != "" {
			t.Errorf("%s: kept (-want +got):\n%s", name, diff)
		}
		body, err := resultBody("m", "7392616336519610409", l)
		if err != nil || body["req_json"] != c.want {
			t.Errorf("%s: asked %v, %v; want %s", name, body["req_json"], err, c.want)
		}
	}
}
