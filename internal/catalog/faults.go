package catalog

import "volcimage/internal/task"

// requestFaults are the answers to a request that never became a task, or was
// about one. None of them reached the provider, so none was charged.
func requestFaults() []Fault {
	rows := []Fault{
		{
			Code: CodeInvalid, Kind: task.Invalid,
			Title:  Words{"请求有误", "The request is not valid"},
			Detail: Words{"有字段不符合要求，未创建任务，未扣费。请按字段旁的说明修改后再提交。", "A field breaks its rule. Nothing was made and nothing was charged. Change what is named beside the field and send it again."},
		},
		{
			Code: CodeMalformedJSON, Kind: task.Invalid,
			Title:  Words{"无法解析请求", "The request cannot be read"},
			Detail: Words{"请求正文不是合法的 JSON，未创建任务，未扣费。请检查格式后再提交。", "The body is not valid JSON. Nothing was made and nothing was charged. Check its form and send it again."},
		},
		{
			Code: CodeUnsupportedMediaType, Kind: task.Invalid,
			Title:  Words{"不支持的内容类型", "Unsupported content type"},
			Detail: Words{"请求正文必须是 application/json（上传图片时为图片类型），未创建任务，未扣费。请更正 Content-Type 后再提交。", "The body must be application/json, or a picture's type where a picture is due. Nothing was made and nothing was charged. Set Content-Type and send it again."},
		},
		{
			Code: CodeBodyTooLarge, Kind: task.Invalid,
			Title:  Words{"请求过大", "The request is too large"},
			Detail: Words{"请求正文超过上限，未创建任务，未扣费。请缩短后再提交。", "The body is over the limit. Nothing was made and nothing was charged. Shorten it and send it again."},
		},
		{
			Code: CodeNotFound, Kind: task.NotFound,
			Title:  Words{"未找到", "Not found"},
			Detail: Words{"该内容不存在或已被删除。未扣费。请返回列表确认。", "There is no such thing, or it was deleted. Nothing was charged. Look for it in the list."},
		},
		{
			Code: CodeMethodNotAllowed, Kind: task.Invalid,
			Title:  Words{"不支持的请求方法", "Method not allowed"},
			Detail: Words{"该地址不支持此请求方法。未扣费。支持的方法见 Allow 头。", "This address does not take that method. Nothing was charged. The Allow header names those it takes."},
		},
		{
			Code: CodeUnauthorized, Kind: task.Denied,
			Title:  Words{"需要密钥", "A key is needed"},
			Detail: Words{"缺少 API 密钥，或密钥不正确。未创建任务，未扣费。请填写有效的密钥。", "The API key is missing or wrong. Nothing was made and nothing was charged. Give a valid key."},
		},
		{
			Code: CodeForbidden, Kind: task.Denied,
			Title:  Words{"没有权限", "Not allowed"},
			Detail: Words{"当前来源或密钥无权进行此操作。未扣费。请联系管理员。", "This origin or key may not do that. Nothing was charged. Ask whoever runs the service."},
		},
		{
			Code: CodeConflict, Kind: task.Conflict, Retryable: true,
			Title:  Words{"状态已变化", "It has changed meanwhile"},
			Detail: Words{"任务在此期间已变化，本次操作未执行，未扣费。请刷新后再试。", "The task changed meanwhile and this was not carried out. Nothing was charged. Reload and try again."},
		},
		{
			Code: CodeNotCancellable, Kind: task.Conflict,
			Title:  Words{"无法取消", "It cannot be cancelled"},
			Detail: Words{"任务已经结束，无可取消，本次操作未产生费用。", "The task is over; there is nothing left to cancel. Asking cost nothing."},
		},
		{
			Code: CodeNotRetryable, Kind: task.Conflict,
			Title:  Words{"无法重试", "It cannot be retried"},
			Detail: Words{"任务仍在进行或已全部完成，没有缺少的图片，未产生费用。如需新图，请新建任务。", "The task is still running, or no picture of it is missing. Nothing was charged. For other pictures, begin a new task."},
		},
		{
			Code: task.CodeNotWaiting, Kind: task.Conflict,
			Title:  Words{"任务已不在等待", "It no longer waits"},
			Detail: Words{"任务的图片都已开始绘制或已结束，无法再调整顺序或暂停。本次操作未产生费用。", "Every picture of the task was begun already, or it is over, so its place in the line cannot be changed. Asking cost nothing."},
		},
		{
			Code: CodeIdempotencyMismatch, Kind: task.Conflict,
			Title:  Words{"幂等键已被使用", "The idempotency key is taken"},
			Detail: Words{"该 Idempotency-Key 已用于另一份内容不同的请求，本次未创建任务，未扣费。请换一个键。", "This Idempotency-Key was used with another request. Nothing was made and nothing was charged. Use a new key."},
		},
		{
			Code: CodeDailyLimit, Kind: task.Limited, Retryable: true,
			Title:  Words{"已达今日上限", "Today's limit is reached"},
			Detail: Words{"今日图片数量将超过管理员设定的上限（MAX_IMAGES_PER_DAY），未创建任务，未扣费。请在 UTC 次日再试，或减少张数。", "This would pass the limit of pictures a day (MAX_IMAGES_PER_DAY). Nothing was made and nothing was charged. Ask for fewer, or wait for the next day in UTC."},
		},
		{
			Code: CodeRateLimited, Kind: task.Limited, Retryable: true,
			Title:  Words{"请求过于频繁", "Too many requests"},
			Detail: Words{"请求过于频繁，本次未执行，未扣费。请稍等片刻再试。", "Too many requests in a short time. This one was not carried out and nothing was charged. Wait a moment and try again."},
		},
		{
			// The task may have been stored before the time was over.
			Code: CodeDeadline, Kind: task.Unavailable, Charged: task.ChargedUnknown, Retryable: true,
			Title:  Words{"未能及时完成", "Not finished in time"},
			Detail: Words{"请求未能及时完成，是否已执行、是否会计费尚不确定。请先查看历史记录，或用同一个 Idempotency-Key 再次提交。", "The request was not finished in time; whether it was carried out, and will be charged, is not known. Look at the history first, or send it again with the same Idempotency-Key."},
		},
		{
			Code: CodeUnavailable, Kind: task.Unavailable, Retryable: true,
			Title:  Words{"服务暂不可用", "The service is not available"},
			Detail: Words{"服务暂时无法处理请求，本次未执行，未扣费。请稍后再试。", "The service cannot take requests at the moment. This one was not carried out and nothing was charged. Try again later."},
		},
	}
	return ofRequests(rows)
}

// ofRequests completes the rows of answers to requests: they cost nothing unless
// they say so.
func ofRequests(rows []Fault) []Fault {
	for i := range rows {
		rows[i].Stage = task.StageRequest
		if rows[i].Charged == "" {
			rows[i].Charged = task.ChargedNo
		}
	}
	return rows
}

// ownFaults go wrong on our side of a finished picture, or in ourselves.
func ownFaults() []Fault {
	return []Fault{
		{
			// Pictures are billed once drawn, and this one was.
			Code: CodePictureInvalid, Kind: task.Unavailable, Stage: task.StageOutput, Charged: task.ChargedYes, Retryable: true,
			Title:  Words{"图片内容不完整", "The picture is damaged"},
			Detail: Words{"图片已生成，但取回的文件无法通过校验，因此没有保存。该图应已计费。重试会先再次取回，不会重复计费。", "The picture was drawn, but the file that came does not pass the check and was not kept. It is likely charged. A retry first fetches it again, which costs nothing."},
		},
		{
			Code: CodePictureUnreachable, Kind: task.Unavailable, Stage: task.StageOutput, Charged: task.ChargedYes, Retryable: true,
			Title:  Words{"图片无法取回", "The picture cannot be fetched"},
			Detail: Words{"图片已生成，但多次下载均未成功。该图应已计费。请尽快重试：服务商只短期保留图片，期间再次取回不会重复计费。", "The picture was drawn, but could not be downloaded in several tries. It is likely charged. Retry soon: the provider keeps it for a short time, and fetching it again costs nothing."},
		},
		{
			Code: CodeStorageFailed, Kind: task.Unavailable, Stage: task.StageStorage, Charged: task.ChargedYes, Retryable: true,
			Title:  Words{"图片未能保存", "The picture could not be stored"},
			Detail: Words{"图片已生成，但无法写入存储（磁盘可能已满）。该图应已计费。请管理员检查存储后重试，再次取回不会重复计费。", "The picture was drawn, but could not be written to storage (the disk may be full). It is likely charged. Once storage is mended, retry: fetching it again costs nothing."},
		},
		{
			// Found by the janitor. What is charged is the picture that was there.
			Code: task.CodePictureGone, Kind: task.Unavailable, Stage: task.StageStorage, Charged: task.ChargedYes, Retryable: true,
			Title:  Words{"图片文件已丢失", "The picture's file is gone"},
			Detail: Words{"记录和设置都在，但图片文件已不在存储中。该图生成时已计费。请管理员找回文件，找回后会自动恢复；也可以重试重新生成，通常会再次计费。", "The record and its settings stay, but the file is no longer in storage. It was charged when it was drawn. Once whoever runs the service puts the file back, the picture is back too; or retry, which draws it again and is usually charged again."},
		},
		{
			// The worker died in each of several tries, before or after its call.
			Code: CodeStalled, Kind: task.Internal, Stage: task.StageInternal, Charged: task.ChargedUnknown, Retryable: true,
			Title:  Words{"处理中断", "The work broke off"},
			Detail: Words{"处理多次中断，已停止尝试。是否计费以账单为准。可以重试；若再次出现，请把任务编号告知管理员。", "The work broke off several times and was given up. Whether it is charged is for the bill to say. You can retry; if it happens again, give the task's id to whoever runs the service."},
		},
		{
			Code: CodeInternal, Kind: task.Internal, Stage: task.StageInternal, Charged: task.ChargedUnknown, Retryable: true,
			Title:  Words{"内部错误", "An error of ours"},
			Detail: Words{"服务内部出错，是否计费以账单为准。可以重试；若再次出现，请把请求编号告知管理员。", "Something went wrong on our side. Whether anything was charged is for the bill to say. You can retry; if it happens again, give the request's id to whoever runs the service."},
		},
		{
			// Whether it was charged depends on when it was cancelled; the picture's
			// own record says so, this is the answer where it does not.
			Code: task.CodeCancelled, Kind: task.Conflict, Stage: task.StageRequest, Charged: task.ChargedUnknown, Retryable: true,
			Title:  Words{"已取消", "Cancelled"},
			Detail: Words{"已按您的要求取消。尚未提交的图片不计费；已提交给服务商的可能仍会计费，结果不保留。需要时可以重试。", "Cancelled at your request. Pictures that were not yet sent cost nothing; one that the provider had begun may still be charged, and is dropped. You can retry it."},
		},
	}
}
