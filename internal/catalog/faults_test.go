package catalog

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"volcimage/internal/task"
)

func TestEveryFaultIsCompleteInBothLanguages(t *testing.T) {
	stages := map[task.Stage]bool{
		task.StageRequest: true, task.StagePrompt: true, task.StageReference: true, task.StageProvider: true,
		task.StageOutput: true, task.StageStorage: true, task.StageInternal: true,
	}
	charges := map[task.Charged]bool{task.ChargedNo: true, task.ChargedYes: true, task.ChargedUnknown: true}
	seen := map[task.Code]bool{}
	for _, f := range Faults() {
		if seen[f.Code] {
			t.Errorf("%s is in the table twice", f.Code)
		}
		seen[f.Code] = true
		if !regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`).MatchString(string(f.Code)) {
			t.Errorf("code %q, want lower case words joined by _", f.Code)
		}
		if !stages[f.Stage] || !charges[f.Charged] {
			t.Errorf("%s: stage %q, charged %q", f.Code, f.Stage, f.Charged)
		}
		checkWords(t, string(f.Code)+" title", f.Title, false)
		checkWords(t, string(f.Code)+" detail", f.Detail, true)
	}
}

// checkWords wants both languages, each in its own script and punctuation.
func checkWords(t *testing.T, what string, w Words, sentence bool) {
	t.Helper()
	if !strings.ContainsFunc(w.ZH, isHan) || strings.ContainsFunc(w.EN, isHan) || w.EN == "" {
		t.Errorf("%s: zh %q, en %q", what, w.ZH, w.EN)
	}
	if strings.ContainsAny(w.ZH, ",:;()") {
		t.Errorf("%s: zh %q has half-width punctuation", what, w.ZH)
	}
	if got := strings.HasSuffix(w.ZH, "。") && strings.HasSuffix(w.EN, "."); got != sentence {
		t.Errorf("%s: zh %q, en %q: ends as a sentence %v, want %v", what, w.ZH, w.EN, got, sentence)
	}
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

func TestEveryDetailSaysWhetherItCostMoney(t *testing.T) {
	zh := regexp.MustCompile(`未扣费|计费|未产生费用|收费`)
	en := regexp.MustCompile(`charge|cost`)
	free := regexp.MustCompile(`未扣费|未产生费用`)
	for _, f := range Faults() {
		if !zh.MatchString(f.Detail.ZH) || !en.MatchString(f.Detail.EN) {
			t.Errorf("%s (charged %s) is silent about money: %q / %q", f.Code, f.Charged, f.Detail.ZH, f.Detail.EN)
		}
		if got, want := free.MatchString(f.Detail.ZH), f.Charged == task.ChargedNo; got != want {
			t.Errorf("%s: charged %s, but the words say free %v: %q", f.Code, f.Charged, got, f.Detail.ZH)
		}
	}
}

func TestRetryRulesAgreeWithKinds(t *testing.T) {
	for _, f := range Faults() {
		switch f.Kind {
		case task.Misconfigured, task.Invalid, task.NotFound, task.Denied:
			if f.Retryable {
				t.Errorf("%s: kind %v is retryable, but stays as it is", f.Code, f.Kind)
			}
		case task.Throttled, task.Unavailable, task.Unknown, task.Limited:
			if !f.Retryable {
				t.Errorf("%s: kind %v is not retryable, but passes", f.Code, f.Kind)
			}
		}
		if f.Kind == task.Throttled && (f.Calls != 0 || f.Charged != task.ChargedNo) {
			t.Errorf("%s: calls %d, charged %s; throttling never fails a job and costs nothing", f.Code, f.Calls, f.Charged)
		}
		if f.Kind == task.Unknown && (f.Calls < 1 || f.Calls > 2 || f.Charged != task.ChargedUnknown) {
			t.Errorf("%s: calls %d, charged %s; an unknown outcome is tried once more at most", f.Code, f.Calls, f.Charged)
		}
		if f.Reseed && (!f.Retryable || f.Calls < 2) {
			t.Errorf("%s: draws with another seed, but never draws again", f.Code)
		}
		if ofCall := strings.HasPrefix(string(f.Code), "provider_") || f.Kind == task.Refused; ofCall && !f.Retryable && f.Calls != 1 {
			t.Errorf("%s: final, but calls %d, want 1", f.Code, f.Calls)
		}
	}
}

func TestFaultsThatDecide(t *testing.T) {
	for _, want := range []Fault{
		{Code: CodePromptRefused, Kind: task.Refused, Stage: task.StagePrompt, Charged: task.ChargedNo, Calls: 1},
		{Code: CodeOutputRefused, Kind: task.Refused, Stage: task.StageOutput, Charged: task.ChargedUnknown, Retryable: true, Calls: 2, Reseed: true},
		{Code: CodeOutputCopyright, Kind: task.Refused, Stage: task.StageOutput, Charged: task.ChargedUnknown, Retryable: true, Calls: 2, Reseed: true},
		{Code: CodeModerationUnavailable, Kind: task.Unavailable, Stage: task.StageProvider, Charged: task.ChargedUnknown, Retryable: true, Calls: 2},
		{Code: CodeProviderThrottled, Kind: task.Throttled, Stage: task.StageProvider, Charged: task.ChargedNo, Retryable: true},
		{Code: CodeProviderUnreachable, Kind: task.Unavailable, Stage: task.StageProvider, Charged: task.ChargedNo, Retryable: true},
		{Code: CodeProviderOutcomeUnknown, Kind: task.Unknown, Stage: task.StageProvider, Charged: task.ChargedUnknown, Retryable: true, Calls: 2},
		{Code: CodeProviderKeys, Kind: task.Misconfigured, Stage: task.StageProvider, Charged: task.ChargedNo, Calls: 1},
		{Code: CodeStorageFailed, Kind: task.Unavailable, Stage: task.StageStorage, Charged: task.ChargedYes, Retryable: true},
		{Code: CodeIdempotencyMismatch, Kind: task.Conflict, Stage: task.StageRequest, Charged: task.ChargedNo},
	} {
		got := FaultOf(want.Code)
		got.Title, got.Detail = Words{}, Words{}
		if got != want {
			t.Errorf("FaultOf(%s)\n got %+v\nwant %+v", want.Code, got, want)
		}
	}
}

func TestACodeWithoutARowIsToldAsInternal(t *testing.T) {
	if got := FaultOf("no_such_code").Code; got != CodeInternal {
		t.Errorf("FaultOf(no_such_code).Code = %s, want %s", got, CodeInternal)
	}
	cause := errors.New("cause")
	e := NewError("no_such_code", cause)
	if e.Code != CodeInternal || e.Kind != task.Internal || !errors.Is(e, cause) {
		t.Errorf("NewError(no_such_code) = %+v", e)
	}
}

func TestNewErrorTakesItsKindFromTheTable(t *testing.T) {
	for _, f := range Faults() {
		if e := NewError(f.Code, nil); e.Kind != f.Kind || e.Code != f.Code {
			t.Errorf("NewError(%s) = kind %v code %s, want kind %v", f.Code, e.Kind, e.Code, f.Kind)
		}
	}
}

func TestTheDomainsOwnErrorsHaveTheirRow(t *testing.T) {
	for _, e := range []*task.Error{task.ErrNotFound, task.ErrConflict, task.ErrKeyReused, task.ErrDailyLimit} {
		if f := FaultOf(e.Code); f.Code != e.Code || f.Kind != e.Kind {
			t.Errorf("%s of kind %v has row %s of kind %v", e.Code, e.Kind, f.Code, f.Kind)
		}
	}
	for _, code := range []task.Code{task.CodeCancelled, CodeInvalid, "not_cancellable", "not_retryable"} {
		if f := FaultOf(code); f.Code != code {
			t.Errorf("%s has no row", code)
		}
	}
}
