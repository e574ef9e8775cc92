package catalog

import "volcimage/internal/task"

// The codes of everything that can go wrong: each has its row in the table of
// faults. [CodeInvalid], [task.CodeCancelled], [task.CodePictureGone],
// [task.CodeInBin] and [task.CodeNotWaiting] belong to it too.
const (
	CodeMalformedJSON        task.Code = "malformed_json"
	CodeUnsupportedMediaType task.Code = "unsupported_media_type"
	CodeBodyTooLarge         task.Code = "body_too_large"
	CodeNotFound             task.Code = "not_found"
	CodeMethodNotAllowed     task.Code = "method_not_allowed"
	CodeUnauthorized         task.Code = "unauthorized"
	CodeForbidden            task.Code = "forbidden"
	CodeConflict             task.Code = "conflict"
	CodeNotCancellable       task.Code = "not_cancellable"
	CodeNotRetryable         task.Code = "not_retryable"
	CodeIdempotencyMismatch  task.Code = "idempotency_mismatch"
	CodeDailyLimit           task.Code = "daily_limit"
	CodeRateLimited          task.Code = "rate_limited"
	CodeDeadline             task.Code = "deadline"
	CodeUnavailable          task.Code = "unavailable"

	CodeVersionChanged task.Code = "version_changed"
	CodeCountChanged   task.Code = "count_changed"
	CodeBuiltIn        task.Code = "built_in"

	CodePromptRefused         task.Code = "prompt_refused"
	CodeReferenceRefused      task.Code = "reference_refused"
	CodeReferenceCopyright    task.Code = "reference_copyright"
	CodeOutputRefused         task.Code = "output_refused"
	CodeOutputCopyright       task.Code = "output_copyright"
	CodeOutputTextRefused     task.Code = "output_text_refused"
	CodeContentRisk           task.Code = "content_risk"
	CodeModerationUnavailable task.Code = "moderation_unavailable"

	CodeProviderThrottled      task.Code = "provider_throttled"
	CodeProviderConcurrency    task.Code = "provider_concurrency"
	CodeProviderInternal       task.Code = "provider_internal"
	CodeProviderRejected       task.Code = "provider_rejected"
	CodeProviderNotActivated   task.Code = "provider_not_activated"
	CodeProviderKeys           task.Code = "provider_keys"
	CodeProviderAccess         task.Code = "provider_access"
	CodeProviderClock          task.Code = "provider_clock"
	CodeProviderProtocol       task.Code = "provider_protocol"
	CodeProviderUnreachable    task.Code = "provider_unreachable"
	CodeProviderOutcomeUnknown task.Code = "provider_outcome_unknown"
	CodeProviderLost           task.Code = "provider_lost"
	CodeProviderTimeout        task.Code = "provider_timeout"
	CodeProviderSilent         task.Code = "provider_silent"
	CodeProviderAnswer         task.Code = "provider_answer"
	CodeProviderUnknownCode    task.Code = "provider_unknown_code"
	CodeProviderNoPicture      task.Code = "provider_no_picture"

	CodePictureInvalid     task.Code = "picture_invalid"
	CodePictureUnreachable task.Code = "picture_unreachable"
	CodeStorageFailed      task.Code = "storage_failed"

	CodeNoPicture    task.Code = "no_picture"
	CodeNoRecipe     task.Code = "no_recipe"
	CodeRecipeSigned task.Code = "recipe_signed"
	CodeRecipeNoRoom task.Code = "recipe_no_room"
	CodeExportBusy   task.Code = "export_busy"
	CodeExportFailed task.Code = "export_failed"

	CodeImportBusy       task.Code = "import_busy"
	CodeImportClosed     task.Code = "import_closed"
	CodeImportIncomplete task.Code = "import_incomplete"
	CodeImportFailed     task.Code = "import_failed"
	CodeNoArchive        task.Code = "no_archive"

	CodeStalled  task.Code = "stalled"
	CodeInternal task.Code = "internal"
)
