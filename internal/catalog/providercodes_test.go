package catalog

import (
	"testing"

	"volcimage/internal/task"
)

func TestEveryListedProviderCodeIsClassed(t *testing.T) {
	for _, tt := range []struct {
		status int
		codes  []string
		want   task.Code
	}{
		{400, []string{"50411"}, CodeReferenceRefused},
		{400, []string{"50412", "50413"}, CodePromptRefused},
		{400, []string{"50511"}, CodeOutputRefused},
		{400, []string{"50512"}, CodeOutputTextRefused},
		{400, []string{"50513", "50514", "50516", "50517", "50218"}, CodeContentRisk},
		{400, []string{"50518"}, CodeReferenceCopyright},
		{400, []string{"50519"}, CodeOutputCopyright},
		{400, []string{"50520", "50521", "50522"}, CodeModerationUnavailable},
		{429, []string{"50429"}, CodeProviderThrottled},
		{429, []string{"50430"}, CodeProviderConcurrency},
		{500, []string{"50500", "50501"}, CodeProviderInternal},
		{400, []string{"50200", "50201", "50202", "50203", "50205", "50206", "50207", "50215"}, CodeProviderRejected},
		{400, []string{"50204", "50400"}, CodeProviderNotActivated},
		{400, []string{"100002", "MissingParameter", "100004", "MissingRequestInfo"}, CodeProviderProtocol},
		{401, []string{"100003", "MissingAuthenticationToken"}, CodeProviderKeys},
		{401, []string{"100005", "MissingSignature"}, CodeProviderProtocol},
		{400, []string{"100006", "InvalidTimestamp"}, CodeProviderClock},
		{404, []string{"100007", "ServiceNotFound", "100008", "InvalidActionOrVersion"}, CodeProviderProtocol},
		{401, []string{"100009", "InvalidAccessKey", "100010", "SignatureDoesNotMatch"}, CodeProviderKeys},
		{403, []string{"100012", "LackPolicy", "100013", "AccessDenied"}, CodeProviderAccess},
	} {
		for _, code := range tt.codes {
			// The word counts, not the status: failing answers also come with HTTP 200.
			for _, status := range []int{tt.status, 200} {
				if f, known := ByProviderCode(status, code); f.Code != tt.want || !known {
					t.Errorf("ByProviderCode(%d, %s) = %s, known %v; want %s", status, code, f.Code, known, tt.want)
				}
			}
		}
	}
}

func TestUnlistedProviderCodesFollowTheirRange(t *testing.T) {
	for _, tt := range []struct {
		status int
		code   string
		want   task.Code
	}{
		{400, "50299", CodeProviderRejected},
		{400, "50499", CodeContentRisk},
		{400, "50599", CodeContentRisk},
		{500, "50509", CodeProviderInternal},
		{400, "50505", CodeProviderInternal},
		{429, "50599", CodeProviderThrottled},
		{500, "61000", CodeProviderInternal},
		{503, "Overloaded", CodeProviderInternal},
		{401, "100099", CodeProviderAccess},
		{403, "SomethingDenied", CodeProviderAccess},
		{400, "61000", CodeProviderUnknownCode},
		{200, "-1", CodeProviderUnknownCode},
		{400, "Weird", CodeProviderUnknownCode},
	} {
		if f, known := ByProviderCode(tt.status, tt.code); f.Code != tt.want || known {
			t.Errorf("ByProviderCode(%d, %s) = %s, known %v; want %s, unknown", tt.status, tt.code, f.Code, known, tt.want)
		}
	}
}

func TestAnAnswerWithoutACodeIsClassedByItsStatus(t *testing.T) {
	for status, want := range map[int]task.Code{
		200: CodeProviderAnswer, 302: CodeProviderProtocol, 400: CodeProviderProtocol, 404: CodeProviderProtocol,
		401: CodeProviderAccess, 403: CodeProviderAccess, 408: CodeProviderUnreachable, 429: CodeProviderThrottled,
		500: CodeProviderAnswer, 502: CodeProviderAnswer, 503: CodeProviderUnreachable, 504: CodeProviderAnswer,
	} {
		if f, known := ByProviderCode(status, ""); f.Code != want || !known {
			t.Errorf("ByProviderCode(%d, none) = %s, known %v; want %s", status, f.Code, known, want)
		}
	}
}

func TestEveryClassHasARow(t *testing.T) {
	for code, class := range providerCodes {
		if f := FaultOf(class); f.Code != class {
			t.Errorf("provider code %s is classed as %s, which has no row", code, class)
		}
	}
}
