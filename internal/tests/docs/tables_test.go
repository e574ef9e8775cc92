package docs

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"volcimage/internal/catalog"
	"volcimage/internal/httpapi"
	"volcimage/internal/task"
	"volcimage/internal/visual/visualtest"
)

// regenerate is how a generated document is made anew.
const regenerate = "go test ./internal/tests/docs -update"

// generated compares a document, or writes it with -update.
func generated(t *testing.T, name, want string) {
	t.Helper()
	file := filepath.Join(root, filepath.FromSlash(name))
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, read(t, file)); diff != "" {
		t.Errorf("%s is not what the program says; %s writes it (-want +got):\n%s", name, regenerate, diff)
	}
}

func TestTheTableOfErrorsIsTheCatalogs(t *testing.T) {
	statuses := answered(t)
	for _, l := range []errorsPage{englishErrors, chineseErrors} {
		generated(t, l.file, l.write(statuses))
	}
}

// errorsPage is the document about errors in one language.
type errorsPage struct {
	file, head                   string
	requests, provider, own      string // headings
	requestColumns, imageColumns string
	charged                      map[task.Charged]string
	yes, no, calls               string
	words                        func(catalog.Words) string
}

var englishErrors = errorsPage{
	file: "docs/errors.md",
	head: "# Errors\n\n" +
		"Every error has a stable `code`. This table is made from the program's own, `internal/catalog`, by\n" +
		"`" + regenerate + "`; a test compares the two. [troubleshooting.md](troubleshooting.md) says what to do.\n" +
		"[中文](errors.zh-CN.md)\n\n" +
		"- **Charged** is what the service knows: where it says unknown, the provider's bill decides.\n" +
		"- **Retry** tells whether asking again, unchanged, may help.\n" +
		"- **Calls** is how many calls at the provider a picture may have in a run before this error ends it: `1 + MAX_RETRY_COUNT`\n" +
		"  where it says “as set”, and never more than that. Being throttled costs no call at all.\n",
	requests: "Answers to requests", provider: "Pictures that failed at the provider", own: "Pictures that failed in the service, or were cancelled",
	requestColumns: "| Code | HTTP | Retry | What it says |\n| --- | --- | --- | --- |\n",
	imageColumns:   "| Code | Stage | Charged | Retry | Calls | Provider's codes | What it says |\n| --- | --- | --- | --- | --- | --- | --- |\n",
	charged:        map[task.Charged]string{task.ChargedNo: "no", task.ChargedYes: "yes", task.ChargedUnknown: "unknown"},
	yes:            "yes", no: "no", calls: "as set",
	words: func(w catalog.Words) string { return w.EN },
}

var chineseErrors = errorsPage{
	file: "docs/errors.zh-CN.md",
	head: "# 错误码\n\n" +
		"每个错误都有固定的 `code`。本表由 `" + regenerate + "` 从程序自身的 `internal/catalog` 生成，\n" +
		"并有测试保证两者一致。[English](errors.md)\n\n" +
		"- **计费**是本服务所知道的情况；写“未知”时以服务商账单为准。\n" +
		"- **可重试**指原样再试一次是否可能成功。\n" +
		"- **调用次数**指一轮中一张图片最多调用服务商几次，之后即以此错误结束；“按设置”为 `1 + MAX_RETRY_COUNT` 次，\n" +
		"  任何情况下都不超过它。限流不占用次数。\n",
	requests: "对请求的答复", provider: "服务商一侧的失败", own: "本服务一侧的失败与取消",
	requestColumns: "| 错误码 | HTTP | 可重试 | 说明 |\n| --- | --- | --- | --- |\n",
	imageColumns:   "| 错误码 | 环节 | 计费 | 可重试 | 调用次数 | 服务商错误码 | 说明 |\n| --- | --- | --- | --- | --- | --- | --- |\n",
	charged:        map[task.Charged]string{task.ChargedNo: "否", task.ChargedYes: "是", task.ChargedUnknown: "未知"},
	yes:            "是", no: "否", calls: "按设置",
	words: func(w catalog.Words) string { return w.ZH },
}

// write is the whole document.
func (l errorsPage) write(statuses map[task.Code]int) string {
	var requests, provider, own strings.Builder
	for _, f := range catalog.Faults() {
		said := "**" + l.words(f.Title) + "** " + l.words(f.Detail)
		if strings.HasPrefix(l.file, "docs/errors.zh") {
			said = "**" + l.words(f.Title) + "**：" + l.words(f.Detail)
		}
		if _, ok := statuses[f.Code]; ok {
			fmt.Fprintf(&requests, "| `%s` | %d | %s | %s |\n", f.Code, statuses[f.Code], l.truth(f.Retryable), said)
			continue
		}
		b, codes := &own, ""
		if f.Stage == task.StageProvider || f.Kind == task.Refused {
			b, codes = &provider, strings.Join(providerCodes(f.Code), " ")+" "
		} else {
			codes = "– "
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s | %s | %s| %s |\n", f.Code, f.Stage, l.charged[f.Charged], l.truth(f.Retryable), l.bound(f), orDash(codes), said)
	}
	return l.head +
		"\n## " + l.requests + "\n\n" + l.requestColumns + requests.String() +
		"\n## " + l.provider + "\n\n" + l.imageColumns + provider.String() +
		"\n## " + l.own + "\n\n" + l.imageColumns + own.String()
}

func orDash(s string) string {
	if strings.TrimSpace(s) == "" {
		return "– "
	}
	return s
}

func (l errorsPage) truth(b bool) string {
	if b {
		return l.yes
	}
	return l.no
}

// bound is how many calls a run may have.
func (l errorsPage) bound(f catalog.Fault) string {
	switch {
	case f.Kind == task.Throttled || f.Code == task.CodeCancelled:
		return "–"
	case f.Calls > 0:
		return strconv.Itoa(f.Calls)
	}
	return l.calls
}

// providerCodes are the numbers of the provider that the table classes so.
func providerCodes(want task.Code) (codes []string) {
	for _, block := range [][2]int{{50000, 50999}, {100000, 100099}} {
		for n := block[0]; n <= block[1]; n++ {
			f, known := catalog.ByProviderCode(http.StatusBadRequest, strconv.Itoa(n))
			if known && f.Code == want {
				codes = append(codes, strconv.Itoa(n))
			}
		}
	}
	return codes
}

// refusing answers every submit with one error.
type refusing struct{ err error }

func (r refusing) SubmitMany(context.Context, task.Owner, task.Order) ([]task.Placed, error) {
	return nil, r.err
}

func (r refusing) Again(context.Context, task.Owner, task.ID, task.Again) (task.Task, bool, error) {
	return task.Task{}, false, r.err
}

func (r refusing) Hold(context.Context, task.Owner, task.ID) (task.Task, error) {
	return task.Task{}, r.err
}

func (r refusing) Release(context.Context, task.Owner, task.ID) (task.Task, error) {
	return task.Task{}, r.err
}

func (r refusing) Next(context.Context, task.Owner, task.ID) (task.Task, error) {
	return task.Task{}, r.err
}

func (r refusing) Arrange(context.Context, task.Owner, []task.ID) ([]task.Task, error) {
	return nil, r.err
}

func (r refusing) Retry(context.Context, task.Owner, task.ID) (task.Task, error) {
	return task.Task{}, r.err
}

// answered is the HTTP status of every error that a request may get, from the API itself.
func answered(t *testing.T) map[task.Code]int {
	t.Helper()
	statuses := map[task.Code]int{}
	for _, f := range catalog.Faults() {
		if f.Stage != task.StageRequest && f.Code != catalog.CodeInternal || f.Code == task.CodeCancelled {
			continue
		}
		api, err := httpapi.New(httpapi.Config{
			Submit: refusing{catalog.NewError(f.Code, nil)}, Library: struct{ httpapi.Library }{}, Templates: struct{ httpapi.Templates }{}, Mode: "demo",
			Health: func(context.Context) map[string]error { return nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1/generate", strings.NewReader(`{"prompt":"x"}`))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		var p struct{ Code task.Code }
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p.Code != f.Code {
			t.Fatalf("the API answers %s with %q: %v", f.Code, w.Body.String(), err)
		}
		statuses[f.Code] = w.Code
	}
	return statuses
}

// The marks between which docs/emulator.md holds the emulator's faults.
const (
	faultsBegin = "<!-- faults: made by " + regenerate + " -->\n"
	faultsEnd   = "<!-- /faults -->\n"
)

func TestTheTableOfFaultWordsIsTheEmulators(t *testing.T) {
	const name = "docs/emulator.md"
	before, rest, ok := strings.Cut(document(t, name), faultsBegin)
	_, after, ended := strings.Cut(rest, faultsEnd)
	if !ok || !ended {
		t.Fatalf("%s has no place between %q and %q", name, faultsBegin, faultsEnd)
	}
	generated(t, name, before+faultsBegin+faultTable()+faultsEnd+after)
}

// faultTable lists the faults by the moment at which they strike.
func faultTable() string {
	var b strings.Builder
	b.WriteString("| Word | Strikes | Effect |\n| --- | --- | --- |\n")
	var moments []visualtest.Moment
	for _, f := range visualtest.Faults() {
		if !slices.Contains(moments, f.Moment) {
			moments = append(moments, f.Moment)
		}
	}
	for _, m := range moments {
		for _, f := range visualtest.Faults() {
			if f.Moment != m {
				continue
			}
			word := "#" + f.Name
			switch f.Value {
			case "n":
				word += "` `#" + f.Name + "=n"
			case "code":
				word += "=code"
			case "duration":
				word += "=20s"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", word, m, f.Effect)
		}
	}
	return b.String()
}
