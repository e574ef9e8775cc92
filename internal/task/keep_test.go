package task_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"volcimage/internal/task"
)

func TestAnEditChangesWhatItNamesAndNothingElse(t *testing.T) {
	tk, _ := newTask(1)
	tk.Favourite, tk.Tags, tk.Note, tk.Folder = true, []string{"fox"}, "first", "f1"
	before := tk
	if changed, err := tk.Edit(task.Edit{}); changed || err != nil {
		t.Errorf("an empty edit: changed %v, %v; want false, nil", changed, err)
	}
	if diff := cmp.Diff(before, tk); diff != "" {
		t.Errorf("an empty edit (-before +after):\n%s", diff)
	}
	want := before
	want.Favourite, want.Note = false, "second\nline"
	if changed, err := tk.Edit(task.Edit{Favourite: new(false), Note: new(" second\r\nline \n")}); !changed || err != nil {
		t.Errorf("changed %v, %v; want true, nil", changed, err)
	}
	if diff := cmp.Diff(want, tk); diff != "" {
		t.Errorf("after the edit (-want +got):\n%s", diff)
	}
	if changed, err := tk.Edit(task.Edit{Favourite: new(false), Tags: &[]string{" fox "}, Folder: new("f1")}); changed || err != nil {
		t.Errorf("the same said again: changed %v, %v; want false, nil", changed, err)
	}
	if changed, _ := tk.Edit(task.Edit{Tags: &[]string{}, Note: new(""), Folder: new("")}); !changed || len(tk.Tags)+len(tk.Note)+len(tk.Folder) != 0 {
		t.Errorf("all taken away: tags %q, note %q, folder %q, changed %v", tk.Tags, tk.Note, tk.Folder, changed)
	}
}

func TestAnEditNamesEveryWrongFieldAndChangesNothing(t *testing.T) {
	long := strings.Repeat("星", task.MaxTagRunes+1)
	for name, c := range map[string]struct {
		edit task.Edit
		want []string // locations
	}{
		"too many tags":             {task.Edit{Tags: new(make([]string, task.MaxTags+1))}, []string{"body.tags"}},
		"an empty tag":              {task.Edit{Tags: &[]string{"a", " \t"}}, []string{"body.tags[1]"}},
		"a tag too long":            {task.Edit{Tags: &[]string{long}}, []string{"body.tags[0]"}},
		"a tag with a comma":        {task.Edit{Tags: &[]string{"a,b"}}, []string{"body.tags[0]"}},
		"a tag with a quote":        {task.Edit{Tags: &[]string{`a"b`}}, []string{"body.tags[0]"}},
		"a tag with a control sign": {task.Edit{Tags: &[]string{"a\x00b"}}, []string{"body.tags[0]"}},
		"a tag twice":               {task.Edit{Tags: &[]string{"Red  Fox", "ｒｅｄ　ｆｏｘ"}}, []string{"body.tags[1]"}},
		"a note too long":           {task.Edit{Note: new(strings.Repeat("星", task.MaxNoteRunes+1))}, []string{"body.note"}},
		"a note with a bell":        {task.Edit{Note: new("ding\a")}, []string{"body.note"}},
		"both":                      {task.Edit{Favourite: new(true), Tags: &[]string{"", ","}, Note: new("\x7f")}, []string{"body.tags[0]", "body.tags[1]", "body.note"}},
	} {
		t.Run(name, func(t *testing.T) {
			tk, _ := newTask(1)
			before := tk
			changed, err := tk.Edit(c.edit)
			var e *task.Error
			if !errors.As(err, &e) || e.Kind != task.Invalid || e.Code != "invalid_request" || changed {
				t.Fatalf("changed %v, %v; want an invalid request", changed, err)
			}
			var got []string
			for _, f := range e.Fields {
				got = append(got, f.Location)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(before, tk); diff != "" {
				t.Errorf("the task (-before +after):\n%s", diff)
			}
		})
	}
}

func TestTheLongestTagsAndNoteAreTaken(t *testing.T) {
	tk, _ := newTask(1)
	var tags []string
	for i := range task.MaxTags {
		tags = append(tags, strings.Repeat(string(rune('天'+i)), task.MaxTagRunes))
	}
	note := strings.Repeat("星", task.MaxNoteRunes)
	if _, err := tk.Edit(task.Edit{Tags: &tags, Note: &note}); err != nil || len(tk.Tags) != task.MaxTags || tk.Note != note {
		t.Errorf("%d tags, note of %d bytes, %v; want all of them", len(tk.Tags), len(tk.Note), err)
	}
}

func TestATaskInTheBinIsNotEdited(t *testing.T) {
	tk, _ := newTask(1)
	tk.BinnedAt = noon
	if changed, err := tk.Edit(task.Edit{Favourite: new(true)}); changed || task.CodeOf(err) != task.CodeInBin || tk.Favourite {
		t.Errorf("changed %v, %v; want in_bin", changed, err)
	}
}

func TestTagsAreAddedAndTakenByWhatTheyMean(t *testing.T) {
	tk, _ := newTask(1)
	tk.Tags = []string{"Fox", "雪"}
	if changed, err := tk.AddTags("ＦＯＸ", "snow"); !changed || err != nil {
		t.Errorf("changed %v, %v; want true, nil", changed, err)
	}
	if diff := cmp.Diff([]string{"Fox", "雪", "snow"}, tk.Tags); diff != "" {
		t.Errorf("added (-want +got):\n%s", diff)
	}
	if changed, err := tk.AddTags("fox", "SNOW"); changed || err != nil {
		t.Errorf("added again: changed %v, %v; want false, nil", changed, err)
	}
	if changed, err := tk.RemoveTags("fox", "none"); !changed || err != nil {
		t.Errorf("changed %v, %v; want true, nil", changed, err)
	}
	if diff := cmp.Diff([]string{"雪", "snow"}, tk.Tags); diff != "" {
		t.Errorf("taken (-want +got):\n%s", diff)
	}
	for i := range task.MaxTags - 2 {
		if _, err := tk.AddTags(string(rune('a' + i))); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := tk.AddTags("one more"); task.KindOf(err) != task.Invalid || len(tk.Tags) != task.MaxTags {
		t.Errorf("%d tags, %v; want a refusal", len(tk.Tags), err)
	}
}

func TestARenamedTagKeepsItsPlaceAndMergesWithItsLikes(t *testing.T) {
	for name, c := range map[string]struct {
		from []string
		to   string
		want []string
	}{
		"renamed":             {[]string{"FOX"}, "Vulpes", []string{"Vulpes", "snow", "night"}},
		"only its case":       {[]string{"fox"}, "FOX", []string{"FOX", "snow", "night"}},
		"merged into another": {[]string{"night", "fox"}, "snow", []string{"snow"}},
		"taken away":          {[]string{"snow"}, "", []string{"fox", "night"}},
		"not there":           {[]string{"day"}, "sun", nil},
	} {
		t.Run(name, func(t *testing.T) {
			tk, _ := newTask(1)
			tk.Tags, tk.BinnedAt = []string{"fox", "snow", "night"}, noon
			changed := tk.Retag(c.from, c.to)
			if c.want == nil {
				c.want = []string{"fox", "snow", "night"}
				if changed {
					t.Error("changed, want not")
				}
			} else if !changed {
				t.Error("not changed")
			}
			if diff := cmp.Diff(c.want, tk.Tags); diff != "" {
				t.Errorf("tags (-want +got):\n%s", diff)
			}
			if tk.Retag(c.from, c.to) {
				t.Error("changed when said again")
			}
		})
	}
}
