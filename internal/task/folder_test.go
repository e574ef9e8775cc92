package task_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"volcimage/internal/task"
)

func TestAFolderTakesANameAndAnOrderByHand(t *testing.T) {
	a, b := task.NewID(noon), task.NewID(noon)
	var f task.Folder
	if err := f.Edit(task.FolderEdit{Name: new("  Winter \t 冬天 "), Order: &[]task.ID{b, a}}); err != nil {
		t.Fatal(err)
	}
	if f.Name != "Winter 冬天" || !cmp.Equal(f.Order, []task.ID{b, a}) {
		t.Errorf("name %q, order %v", f.Name, f.Order)
	}
	before := f
	if err := f.Edit(task.FolderEdit{}); err != nil || !cmp.Equal(before, f) {
		t.Errorf("an empty edit: %v, %+v", err, f)
	}
}

func TestAFolderNamesEveryWrongFieldAndChangesNothing(t *testing.T) {
	a := task.NewID(noon)
	for want, e := range map[string]task.FolderEdit{
		"[body.name]":                        {Name: new(" \n ")},
		"[body.name] ":                       {Name: new(strings.Repeat("名", task.MaxNameRunes+1))},
		"[body.name]  ":                      {Name: new("a\x00b")},
		"[body.order]":                       {Order: new(make([]task.ID, task.MaxPlaces+1))},
		"[body.name body.order[1]]":          {Name: new(""), Order: &[]task.ID{a, "nope"}},
		"[body.order[1] body.order[2]]":      {Order: &[]task.ID{a, a, "../x"}},
		"[body.order[0] body.order[1]]     ": {Order: &[]task.ID{"", ""}},
	} {
		f := task.Folder{Name: "as it was"}
		err := f.Edit(e)
		var invalid *task.Error
		if !errors.As(err, &invalid) || invalid.Kind != task.Invalid {
			t.Errorf("%s: %v, want a refusal", want, err)
			continue
		}
		var got []string
		for _, field := range invalid.Fields {
			got = append(got, field.Location)
		}
		if fmt.Sprint(got) != strings.TrimSpace(want) || f.Name != "as it was" || f.Order != nil {
			t.Errorf("%v named and the folder is %+v, want %s and no change", got, f, want)
		}
	}
}

func TestASavedSearchKeepsWhatIsNotNamed(t *testing.T) {
	s := task.SavedSearch{Name: "foxes", Filters: []byte(`{"q":"fox"}`)}
	if err := s.Edit(task.SearchEdit{Name: new(" red  foxes ")}); err != nil || s.Name != "red foxes" || string(s.Filters) != `{"q":"fox"}` {
		t.Errorf("%v, %+v", err, s)
	}
	if err := s.Edit(task.SearchEdit{Filters: []byte(`{}`)}); err != nil || s.Name != "red foxes" || string(s.Filters) != `{}` {
		t.Errorf("%v, %+v", err, s)
	}
	if err := s.Edit(task.SearchEdit{Name: new("")}); task.KindOf(err) != task.Invalid || s.Name != "red foxes" {
		t.Errorf("%v, %+v", err, s)
	}
}
