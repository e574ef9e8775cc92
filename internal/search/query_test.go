package search_test

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"volcimage/internal/search"
	"volcimage/internal/search/searchtest"
	"volcimage/internal/task"
)

// made is a finished task with that prompt and those tags.
func made(prompt string, tags ...string) *task.Task {
	return &task.Task{
		Owner: "ann", ID: task.NewID(epoch), Status: task.Partial, CreatedAt: epoch, Indexed: true, Tags: tags, Folder: "F",
		Params: task.Params{Prompt: prompt, Model: "jimeng_t2i_v40", Width: 2560, Height: 1440},
		Images: []task.Image{{Status: task.ImageDone}, {Status: task.ImageFailed, Failure: &task.Failure{Code: "x"}}},
	}
}

func matches(t *testing.T, text string, tk *task.Task) bool {
	t.Helper()
	q, err := search.Understand(task.Query{Owner: "ann", Text: text})
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return q.Matches(tk)
}

func TestWhatIsFoundInAPrompt(t *testing.T) {
	for _, c := range []struct{ prompt, found, not string }{
		{"A Red FOX in Ｔｏｋｙｏ", "fox|red Fox|tokyo|ＴＯＫＹＯ|ＦＯＸ|fo|tok|\"red fox\"|“Red FOX”|\"red fo|fox red|a fox|fox -cat", "ox|\"fox red\"|fo |\"re\"|re tokyo|okyo|fox -red"},
		{"雪地里的狐狸，晨光", "狐狸|的狐狸，晨|的狐狸,晨|狐|雪地 晨光|\"狐狸 晨\"|狐狸 |狐 -猫|的", "狐 狸地|里狐|狸晨|\"地 里\"|猫|狐 -晨"},
		{"ﾈｺとネコ", "ネコとﾈｺ|ネコ|ﾈｺ|と", "コネ|猫"},
		{"100% \"quoted\" under_score", "100%|100|10|100% \"quoted\"|under_|under_score|\"under score\"|score|scor", "0%|score_under|derscore|und%score|und_"},
		{"straße ÄÖÜ Ⅷ", "äöü|ⅷ|viii|STRASSE|strasse|Ä", "strase|aou"},
		{"don't stop, it’s 3.5mm", "dont|don't|don’t|its|3.5|3.5mm|\"3 5mm\"", "don |5.3|\"dont its\""},
		{"一只fox在雪地", "fox|一只fox|一只 fox|fox在|fox 在雪|雪地", "fox雪|只f狐"},
		{"한국어 여우가", "여우|여우가|한국 여우", "우여|여 우가 나"},
		{"soft\u00adhyphen zero\u200bwidth", "softhyphen|zerowidth", "hyphen|soft-hyphen"},
		{"watercolour with the ink", "water|watercol|the|with|\"with the\"|in|i|ink -wat", "wat |thee|th|wi|watercolour -ink"},
		{"anything", "|-|!!|tag:|- -", "-anything"},
	} {
		tk := made(c.prompt)
		for text := range strings.SplitSeq(c.found, "|") {
			if !matches(t, text, tk) {
				t.Errorf("%q is not found in %q", text, c.prompt)
			}
		}
		for text := range strings.SplitSeq(c.not, "|") {
			if matches(t, text, tk) {
				t.Errorf("%q is found in %q", text, c.prompt)
			}
		}
	}
}

func TestConditionsByName(t *testing.T) {
	tk := made("a fox", "Deep  Sea", "风景照")
	tk.Typed = "a {fox|cat}"
	tk.Favourite = true
	for text := range strings.SplitSeq(`tag:"deep sea"|TAG：风景照|tag:“Ｄｅｅｐ Sea”|风景|sea|cat|jimeng|jimeng_t2i_v4|model:jimeng|model:JIMENG_T2I_V40|-model:other|`+
		`status:partial|status:PART|-status:active|ratio:16:9|ratio:16x9|ratio:16/9|ratio:1|-ratio:1:1|is:favourite|is:favorite|is:fav|has:error|`+
		`after:2026|after:2026-03|after:2026-03-14|after:2026/3/14|before:2027|before:2026-03-15|after:2026-03-14T15:09:26Z|-before:2026-03-14|-after:2026-03-15|fox -tag:sky|-"cat fox"`, "|") {
		if !matches(t, text, tk) {
			t.Errorf("%s does not find it", text)
		}
	}
	for text := range strings.SplitSeq(`tag:sea|tag:风景|-tag:"deep sea"|model:t2i|model:other|-model:jimeng|status:active|status:failed|-status:partial|ratio:1:1|-ratio:16:9|`+
		`-is:favourite|-has:error|after:2027|before:2026-03-14|before:2026|before:2026-03-14T15:09:26Z|-before:2026-03-15|-after:2026-03-14|foo:bar|"fox deep"`, "|") {
		if matches(t, text, tk) {
			t.Errorf("%s finds it", text)
		}
	}
}

func TestWhatCannotBeUnderstoodIsNamed(t *testing.T) {
	for text, part := range map[string]string{
		"fox status:lost": "lost", "ratio:5:4": "5:4", "before:yesterday": "yesterday", "after:2026-13": "2026-13", "-before:x": "x", "is:blue": "blue", "has:fun": "fun",
	} {
		_, err := search.Understand(task.Query{Text: text})
		var e *search.SyntaxError
		if !errors.As(err, &e) || e.Part != part || !strings.Contains(e.Error(), part) {
			t.Errorf("%q: %v, want an error about %q", text, err, part)
		}
	}
}

func TestTheBinIsApart(t *testing.T) {
	tk := made("a fox")
	tk.BinnedAt = epoch
	for bin, want := range map[bool]bool{true: true, false: false} {
		q, err := search.Understand(task.Query{Owner: "ann", Text: "fox", Bin: bin})
		if err != nil || q.Matches(tk) != want {
			t.Errorf("bin %v: %v, %v; want %v", bin, q.Matches(tk), err, want)
		}
	}
	if got := search.Marks(tk); len(got) != 1 || search.Label(tk, got[0]) != "" {
		t.Errorf("marks %q, want that of the bin alone", got)
	}
}

func TestMarks(t *testing.T) {
	tk := made("a fox in the snow", "Snow", "red Fox")
	tk.Favourite = true
	want := "d:F e: f: r:16:9 re* red s:PARTIAL t:red fox t:snow"
	if got := strings.Join(search.Marks(tk), " "); got != want {
		t.Errorf("marks %q, want %q", got, want)
	}
	if got := search.Label(tk, "t:red fox"); got != "red Fox" {
		t.Errorf("label %q, want the tag as it is spelled", got)
	}
	tk.Indexed = false
	if got := search.Marks(tk); got != nil || !search.Loose(tk) {
		t.Errorf("marks %q of a task that is not indexed, loose %v", got, search.Loose(tk))
	}
	tk.Indexed, tk.DeletedAt = true, epoch
	if got := search.Marks(tk); got != nil {
		t.Errorf("marks %q of a deleted task", got)
	}
}

// TestTheIndexIsBounded wants that what is too much for it is loose instead.
func TestTheIndexIsBounded(t *testing.T) {
	tags := make([]string, 20)
	for i := range tags {
		tags[i] = strings.Repeat(string(rune('一'+100*i)), 2) + strings.Repeat(string(rune('一'+100*i+1)), 2)
	}
	tagged, long := made("a fox", tags...), made("")
	for i := range 1500 {
		long.Params.Prompt += string(rune('一' + i*7%9000))
	}
	for name, tk := range map[string]*task.Task{"many tags": tagged, "a long prompt": long} {
		if n := len(search.Marks(tk)); n > 60 || !search.Loose(tk) {
			t.Errorf("%s: %d marks, loose %v; want at most 60, and loose", name, n, search.Loose(tk))
		}
	}
	if search.Loose(made(strings.Repeat("狐", 3000))) {
		t.Error("a long prompt of few words is loose")
	}
}

// TestTheIndexNamesNoTaskTooFew holds what a query asks of the index against what a
// task puts there, for every task that matches.
func TestTheIndexNamesNoTaskTooFew(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	matched := 0
	for range 20_000 {
		tk, _ := searchtest.Task(r, "ann", epoch)
		tk.Indexed = true
		q, err := search.Understand(searchtest.Query(r, "ann", epoch.Add(-time.Hour), epoch.Add(time.Hour)))
		if err != nil {
			t.Fatalf("%q: %v", q.Text, err)
		}
		if search.Loose(&tk) || !q.Matches(&tk) {
			continue
		}
		matched++
		has := map[string]bool{search.Active: !tk.Status.Over()}
		for _, term := range append(search.Terms(&tk), search.Marks(&tk)...) {
			has[term] = true
		}
		for _, terms := range q.Narrow() {
			found := false
			for _, term := range terms {
				found = found || has[term]
			}
			if !found {
				t.Fatalf("%q matches %q, tags %q, which has none of %q", q.Text, tk.Params.Prompt, tk.Tags, terms)
			}
		}
	}
	if matched < 1500 {
		t.Errorf("only %d queries matched", matched)
	}
}

func TestRatios(t *testing.T) {
	for size, want := range map[[2]int]string{
		{1024, 1024}: "1:1", {1328, 1328}: "1:1", {2560, 1440}: "16:9", {1440, 2560}: "9:16", {2304, 1728}: "4:3", {2496, 1664}: "3:2", {3024, 1296}: "21:9", {1000, 700}: "", {0, 0}: "",
	} {
		tk := task.Task{Params: task.Params{Width: size[0], Height: size[1]}}
		if got := search.RatioOf(&tk); got != want {
			t.Errorf("%v is %q, want %q", size, got, want)
		}
	}
	tk := task.Task{Params: task.Params{Size: 4 << 20}, Images: []task.Image{{}, {Width: 1440, Height: 2560}}}
	if got := search.RatioOf(&tk); got != "9:16" {
		t.Errorf("a picture whose ratio the model chose is %q, want that of the picture", got)
	}
}

func FuzzUnderstand(f *testing.F) {
	for _, s := range []string{"", "fox", "-\"red fox\" tag:sea", "“", "tag:\"", "a:b:c", "：：", "- -- ---", "雪ＡＢ é\u0301 \xff", "ΐͅ", "status:c ratio:1"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, text, prompt string) {
		if once := search.Fold(prompt); search.Fold(once) != once {
			t.Errorf("folding %q twice gives another text", prompt)
		}
		q, err := search.Understand(task.Query{Owner: "ann", Text: text})
		if err != nil {
			return
		}
		q.Matches(made(prompt))
		q.Narrow()
	})
}
