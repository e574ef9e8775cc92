package prompts_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"volcimage/internal/embedded/sqlite"
	"volcimage/internal/prompts"
	"volcimage/internal/task"
)

func newService(t *testing.T) *prompts.Service {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	return &prompts.Service{Store: db, Now: func() time.Time { now = now.Add(time.Second); return now }}
}

func content(name string) prompts.Content {
	return prompts.Content{Name: name, Text: "a portrait of {{subject=a fox}}", Tags: []string{"Portrait"}, Ratio: "3:4"}
}

// create wants to succeed.
func create(t *testing.T, s *prompts.Service, c prompts.Content) prompts.Template {
	t.Helper()
	made, _, err := s.Create(t.Context(), "ann", c, "")
	if err != nil {
		t.Fatalf("create %s: %v", c.Name, err)
	}
	return made
}

// list names the templates that pass, own ones only.
func list(t *testing.T, s *prompts.Service, o task.Owner, f prompts.Filter) (own []string, builtIn int) {
	t.Helper()
	all, err := s.List(t.Context(), o, prompts.English, f)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range all {
		if x.BuiltIn {
			builtIn++
		} else {
			own = append(own, x.Name)
		}
	}
	return own, builtIn
}

func TestOwnTemplatesComeFirstTheLastChangedOnTop(t *testing.T) {
	s := newService(t)
	a := create(t, s, content("a"))
	create(t, s, content("b"))
	if _, err := s.Replace(t.Context(), "ann", a.ID, 0, content("a2")); err != nil {
		t.Fatal(err)
	}
	own, builtIn := list(t, s, "ann", prompts.Filter{})
	if diff := cmp.Diff([]string{"a2", "b"}, own); diff != "" || builtIn < 24 {
		t.Errorf("%d built in, own (-want +got):\n%s", builtIn, diff)
	}
	if own, _ := list(t, s, "bob", prompts.Filter{}); own != nil {
		t.Errorf("bob sees %q", own)
	}
	if _, err := s.Get(t.Context(), "bob", a.ID, prompts.English); task.KindOf(err) != task.NotFound {
		t.Errorf("bob reads ann's: %v", err)
	}
}

func TestTemplatesAreFoundByWordAndTag(t *testing.T) {
	s := newService(t)
	create(t, s, prompts.Content{Name: "Ｒｅｄ狐狸", Text: "雪地里的狐狸", Tags: []string{"冬天"}})
	create(t, s, prompts.Content{Name: "other", Text: "x"})
	for f, want := range map[prompts.Filter]string{
		{Text: "red"}: "[Ｒｅｄ狐狸]", {Text: "狐狸 冬天"}: "[Ｒｅｄ狐狸]", {Text: "狐狸 夏天"}: "[]", {Tag: "冬天"}: "[Ｒｅｄ狐狸]", {Tag: "冬"}: "[]",
	} {
		if own, _ := list(t, s, "ann", f); fmt.Sprint(own) != want {
			t.Errorf("%+v: %q, want %s", f, own, want)
		}
	}
	if _, n := list(t, s, "ann", prompts.Filter{Tag: "PORTRAIT"}); n < 3 {
		t.Errorf("%d built-in portraits", n)
	}
	zh, err := s.List(t.Context(), "ann", prompts.Chinese, prompts.Filter{Text: "胶片人像"})
	if err != nil || len(zh) != 1 || zh[0].ID != "film-portrait" {
		t.Errorf("found %+v, %v", zh, err)
	}
}

func TestTheSameKeyMakesOneTemplate(t *testing.T) {
	s := newService(t)
	first, replayed, err := s.Create(t.Context(), "ann", content("a"), "k")
	if err != nil || replayed {
		t.Fatalf("replayed %v, %v", replayed, err)
	}
	if _, err := s.Replace(t.Context(), "ann", first.ID, first.Version, content("b")); err != nil {
		t.Fatal(err)
	}
	again, replayed, err := s.Create(t.Context(), "ann", content("a"), "k")
	if err != nil || !replayed || again.ID != first.ID || again.Name != "b" {
		t.Errorf("repeated: %+v, replayed %v, %v; want it as it is now", again, replayed, err)
	}
	if _, _, err := s.Create(t.Context(), "ann", content("c"), "k"); task.CodeOf(err) != "idempotency_mismatch" {
		t.Errorf("another content: %v", err)
	}
	if theirs, replayed, err := s.Create(t.Context(), "bob", content("a"), "k"); err != nil || replayed || theirs.Name != "a" {
		t.Errorf("bob's own: %+v, replayed %v, %v", theirs, replayed, err)
	}
}

// between has somebody else change a template before each of the first saves.
type between struct {
	prompts.Store
	other func()
	times int
}

func (b *between) SaveRecord(ctx context.Context, r *task.Record) error {
	if b.times > 0 {
		b.times--
		b.other()
	}
	return b.Store.SaveRecord(ctx, r)
}

func TestAChangeIsMadeAnewWhereSomebodyCameBetweenUnlessItNamesAVersion(t *testing.T) {
	s := newService(t)
	a := create(t, s, content("a"))
	other := *s
	n := 0
	s.Store = &between{Store: s.Store, times: 2, other: func() {
		n++
		if _, err := other.Replace(t.Context(), "ann", a.ID, 0, content(fmt.Sprint("other ", n))); err != nil {
			t.Error(err)
		}
	}}
	got, err := s.Replace(t.Context(), "ann", a.ID, 0, content("mine"))
	if err != nil || got.Name != "mine" || got.Version != a.Version+3 {
		t.Errorf("without a version: %+v, %v; want mine, saved third", got, err)
	}
	s.Store.(*between).times = 1
	if _, err := s.Replace(t.Context(), "ann", a.ID, got.Version, content("stale")); !errors.Is(err, task.ErrStale) {
		t.Errorf("with a version: %v, want it stale", err)
	}
}

func TestAChangeOfAnotherVersionIsRefused(t *testing.T) {
	s := newService(t)
	a := create(t, s, content("a"))
	if _, err := s.Replace(t.Context(), "ann", a.ID, a.Version, content("b")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Replace(t.Context(), "ann", a.ID, a.Version, content("c")); !errors.Is(err, task.ErrStale) {
		t.Errorf("replace: %v, want it stale", err)
	}
	if err := s.Delete(t.Context(), "ann", a.ID, a.Version); !errors.Is(err, task.ErrStale) {
		t.Errorf("delete: %v, want it stale", err)
	}
	if err := s.Delete(t.Context(), "ann", a.ID, a.Version+1); err != nil {
		t.Errorf("delete: %v", err)
	}
	if err := s.Delete(t.Context(), "ann", a.ID, 0); task.KindOf(err) != task.NotFound {
		t.Errorf("delete again: %v", err)
	}
}

func TestBuiltInTemplatesStayAsTheyAre(t *testing.T) {
	s := newService(t)
	if _, err := s.Replace(t.Context(), "ann", "film-portrait", 0, content("a")); task.CodeOf(err) != "built_in" {
		t.Errorf("replace: %v", err)
	}
	if err := s.Delete(t.Context(), "ann", "film-portrait", 0); task.CodeOf(err) != "built_in" {
		t.Errorf("delete: %v", err)
	}
}

func TestWhatIsWrongInATemplateIsNamed(t *testing.T) {
	s := newService(t)
	_, _, err := s.Create(t.Context(), "ann", prompts.Content{
		Name: " \t", Text: strings.Repeat("星", prompts.MaxTextRunes+1), Description: "a\x00b", Tags: []string{"a", "b,c"}, Ratio: "5:4",
		Cover: &prompts.Cover{Task: "x"},
	}, "")
	var e *task.Error
	if !errors.As(err, &e) || e.Kind != task.Invalid {
		t.Fatalf("%v", err)
	}
	var got []string
	for _, f := range e.Fields {
		got = append(got, f.Location)
	}
	want := []string{"body.description", "body.text", "body.name", "body.tags[1]", "body.ratio", "body.cover"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

func TestNoMoreTemplatesThanAListReads(t *testing.T) {
	s := newService(t)
	var all []prompts.Content
	for i := range prompts.MaxTemplates {
		all = append(all, content(fmt.Sprintf("t%03d", i)))
	}
	if _, err := s.Import(t.Context(), "ann", all); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Create(t.Context(), "ann", content("one more"), ""); task.KindOf(err) != task.Invalid {
		t.Errorf("one more: %v", err)
	}
	results, err := s.Import(t.Context(), "ann", []prompts.Content{content("one more"), all[7]})
	if err != nil || results[0].Outcome != prompts.Refused || results[1].Outcome != prompts.Unchanged {
		t.Errorf("import: %+v, %v", results, err)
	}
	if own, _ := list(t, s, "ann", prompts.Filter{}); len(own) != prompts.MaxTemplates {
		t.Errorf("%d templates", len(own))
	}
}

func TestWhatIsExportedComesBackTheSame(t *testing.T) {
	s := newService(t)
	for _, name := range []string{"b", "a", "c"} {
		c := content(name)
		c.Cover = &prompts.Cover{Task: "01KAZ3V5N8Q2W4E6R8T0YACDEF", Image: 1}
		create(t, s, c)
	}
	before, err := s.Export(t.Context(), "ann")
	if err != nil || len(before) != 3 {
		t.Fatalf("%d exported, %v", len(before), err)
	}
	outcomes := func(o task.Owner) string {
		results, err := s.Import(t.Context(), o, before)
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, r := range results {
			all = append(all, string(r.Outcome))
		}
		return strings.Join(all, " ")
	}
	if got := outcomes("ann"); got != "unchanged unchanged unchanged" {
		t.Errorf("imported over itself: %s", got)
	}
	if got := outcomes("bob"); got != "imported imported imported" {
		t.Errorf("imported elsewhere: %s", got)
	}
	if got := outcomes("bob"); got != "unchanged unchanged unchanged" {
		t.Errorf("imported twice: %s", got)
	}
	after, err := s.Export(t.Context(), "bob")
	if diff := cmp.Diff(before, after); err != nil || diff != "" {
		t.Errorf("%v (-before +after):\n%s", err, diff)
	}
}

func TestAnImportedTemplateThatWasChangedIsImportedBesideIt(t *testing.T) {
	s := newService(t)
	for range 2 {
		results, err := s.Import(t.Context(), "ann", []prompts.Content{content("a")})
		if err != nil || results[0].Outcome == prompts.Refused {
			t.Fatalf("%+v, %v", results, err)
		}
		if _, err := s.Replace(t.Context(), "ann", results[0].ID, 0, content("mine")); err != nil {
			t.Fatal(err)
		}
	}
	if own, _ := list(t, s, "ann", prompts.Filter{}); len(own) != 2 {
		t.Errorf("own %q, want both changed ones", own)
	}
}

// halting fails every save after some.
type halting struct {
	prompts.Store
	left int
}

func (h *halting) SaveRecord(ctx context.Context, r *task.Record) error {
	if h.left--; h.left < 0 {
		return errors.New("the table is away")
	}
	return h.Store.SaveRecord(ctx, r)
}

func TestAnImportThatBrokeOffIsFinishedByTheSame(t *testing.T) {
	s := newService(t)
	store := s.Store
	all := []prompts.Content{content("a"), content("b"), content("c"), {Name: "bad"}}
	s.Store = &halting{store, 2}
	if _, err := s.Import(t.Context(), "ann", all); err == nil {
		t.Fatal("no error")
	}
	s.Store = store
	results, err := s.Import(t.Context(), "ann", all)
	if err != nil || results[0].Outcome != prompts.Unchanged || results[2].Outcome != prompts.Imported ||
		results[3].Outcome != prompts.Refused || results[3].Fields[0].Location != "body.templates[3].text" {
		t.Errorf("%+v, %v", results, err)
	}
	if own, _ := list(t, s, "ann", prompts.Filter{}); len(own) != 3 {
		t.Errorf("own %q, want three", own)
	}
}
