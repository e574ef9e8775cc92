package catalog

import (
	"strconv"

	"volcimage/internal/task"
)

// providerCodes classes the provider's own codes. The first block are business
// codes, as printed alike on six copies of the vendor's pages; the second its
// general codes, from callers' reports; the third its gateway's, by number and
// by name, from the common-error page of the same family of gateways.
var providerCodes = map[string]task.Code{
	"50411": CodeReferenceRefused,
	"50412": CodePromptRefused,
	"50413": CodePromptRefused,
	"50511": CodeOutputRefused,
	"50512": CodeOutputTextRefused,
	// Video and sound, before and after: no picture model answers so.
	"50513": CodeContentRisk,
	"50514": CodeContentRisk,
	"50516": CodeContentRisk,
	"50517": CodeContentRisk,
	"50518": CodeReferenceCopyright,
	"50519": CodeOutputCopyright,
	"50520": CodeModerationUnavailable,
	"50521": CodeModerationUnavailable,
	"50522": CodeModerationUnavailable,
	"50429": CodeProviderThrottled,
	"50430": CodeProviderConcurrency,
	"50500": CodeProviderInternal,
	"50501": CodeProviderInternal,

	"50200": CodeProviderRejected,
	"50201": CodeProviderRejected,
	"50202": CodeProviderRejected,
	"50203": CodeProviderRejected,
	"50204": CodeProviderNotActivated,
	"50205": CodeProviderRejected,
	"50206": CodeProviderRejected,
	"50207": CodeProviderRejected,
	"50215": CodeProviderRejected, // of a poll it means a lost job: see the client
	"50218": CodeContentRisk,
	"50400": CodeProviderNotActivated,

	"100002": CodeProviderProtocol, "MissingParameter": CodeProviderProtocol,
	"100003": CodeProviderKeys, "MissingAuthenticationToken": CodeProviderKeys,
	"100004": CodeProviderProtocol, "MissingRequestInfo": CodeProviderProtocol,
	"100005": CodeProviderProtocol, "MissingSignature": CodeProviderProtocol,
	"100006": CodeProviderClock, "InvalidTimestamp": CodeProviderClock,
	"100007": CodeProviderProtocol, "ServiceNotFound": CodeProviderProtocol,
	"100008": CodeProviderProtocol, "InvalidActionOrVersion": CodeProviderProtocol,
	"100009": CodeProviderKeys, "InvalidAccessKey": CodeProviderKeys,
	"100010": CodeProviderKeys, "SignatureDoesNotMatch": CodeProviderKeys,
	"100012": CodeProviderAccess, "LackPolicy": CodeProviderAccess,
	"100013": CodeProviderAccess, "AccessDenied": CodeProviderAccess,
}

// CodeSuccess is the provider's code of an answer without a failure.
const CodeSuccess = "10000"

// ByProviderCode classes a failing answer of the provider by its code, a number
// in digits or a gateway's word; empty where the answer had none that could be
// read. known is false for a code that is not in the table: it is classed by its
// range and the HTTP status, and should be counted and logged.
func ByProviderCode(httpStatus int, code string) (f Fault, known bool) {
	if c, ok := providerCodes[code]; ok {
		return FaultOf(c), true
	}
	if code == "" {
		return FaultOf(byStatus(httpStatus)), true
	}
	return FaultOf(byRange(httpStatus, code)), false
}

// byRange is the rule for codes that nobody has listed.
func byRange(httpStatus int, code string) task.Code {
	switch n, err := strconv.Atoi(code); {
	case httpStatus == 429:
		return CodeProviderThrottled
	case err == nil && n >= 50200 && n <= 50299:
		return CodeProviderRejected
	case err == nil && n >= 50500 && n <= 50509:
		return CodeProviderInternal
	case err == nil && (n >= 50400 && n <= 50499 || n >= 50500 && n <= 50599):
		return CodeContentRisk // its neighbours are refusals: not retried
	case httpStatus >= 500:
		return CodeProviderInternal
	case httpStatus == 401, httpStatus == 403:
		return CodeProviderAccess
	default:
		return CodeProviderUnknownCode
	}
}

// byStatus classes an answer without any code: it is not the service's own but
// that of something in front of it.
func byStatus(httpStatus int) task.Code {
	switch {
	case httpStatus == 429:
		return CodeProviderThrottled
	case httpStatus == 401, httpStatus == 403:
		return CodeProviderAccess
	case httpStatus == 408, httpStatus == 503:
		// Both mean by definition that the request was not taken: RFC 9110, 15.5.9
		// and 15.6.4. 500, 502 and 504 leave it open.
		return CodeProviderUnreachable
	case httpStatus >= 300 && httpStatus < 500:
		return CodeProviderProtocol
	default:
		return CodeProviderAnswer
	}
}
