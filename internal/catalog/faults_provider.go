package catalog

import "volcimage/internal/task"

// providerFaults are the failures of a call. Pictures are billed when drawn
// ("per successful picture", by a third party's price list). What fails before
// anything is drawn is therefore not charged; of what fails afterwards, or in
// between, no page of the vendor says so, and neither do we.
func providerFaults() []Fault {
	return append(append(refusals(), busyFaults()...), append(setupFaults(), uncertainFaults()...)...)
}

// refusals are the answers of the content check.
func refusals() []Fault {
	return []Fault{
		{
			Code: CodePromptRefused, Kind: task.Refused, Stage: task.StagePrompt, Charged: task.ChargedNo, Calls: 1,
			Title:  Words{"提示词未通过审核", "The prompt was refused"},
			Detail: Words{"提示词未通过内容审核，未扣费，未自动重试。请调整描述后再试。", "Your prompt was refused by the content check. Nothing was charged and nothing was retried. Change the wording and try again."},
		},
		{
			Code: CodeReferenceRefused, Kind: task.Refused, Stage: task.StageReference, Charged: task.ChargedNo, Calls: 1,
			Title:  Words{"参考图未通过审核", "The reference was refused"},
			Detail: Words{"参考图未通过内容审核，未扣费，未自动重试。请更换参考图后再试。", "Your reference picture was refused by the content check. Nothing was charged and nothing was retried. Use another picture."},
		},
		{
			Code: CodeReferenceCopyright, Kind: task.Refused, Stage: task.StageReference, Charged: task.ChargedNo, Calls: 1,
			Title:  Words{"参考图涉及版权", "The reference may be protected"},
			Detail: Words{"参考图被判定可能涉及版权，未扣费，未自动重试。请更换参考图后再试。", "Your reference picture was refused because it may be under copyright. Nothing was charged and nothing was retried. Use another picture."},
		},
		{
			// The vendor's own table marks it as worth another try: another seed
			// draws another picture.
			Code: CodeOutputRefused, Kind: task.Refused, Stage: task.StageOutput, Charged: task.ChargedUnknown, Retryable: true, Calls: 2, Reseed: true,
			Title:  Words{"生成的图片未通过审核", "The finished picture was refused"},
			Detail: Words{"图片生成后未通过内容审核，换随机种子后最多再试一次。是否计费以账单为准。可以重试，或调整描述。", "The picture was refused by the content check after it was drawn; at most one more was tried, with another seed. Whether it is charged is for the bill to say. Retry, or change the wording."},
		},
		{
			Code: CodeOutputCopyright, Kind: task.Refused, Stage: task.StageOutput, Charged: task.ChargedUnknown, Retryable: true, Calls: 2, Reseed: true,
			Title:  Words{"生成的图片涉及版权", "The finished picture may be protected"},
			Detail: Words{"图片生成后被判定可能涉及版权，换随机种子后最多再试一次。是否计费以账单为准。请避免提及具体作品、角色或品牌。", "The picture was refused after it was drawn because it may show something under copyright; at most one more was tried, with another seed. Whether it is charged is for the bill to say. Avoid naming works, characters or brands."},
		},
		{
			Code: CodeOutputTextRefused, Kind: task.Refused, Stage: task.StageOutput, Charged: task.ChargedUnknown, Calls: 1,
			Title:  Words{"生成的文字未通过审核", "The text it made was refused"},
			Detail: Words{"模型生成的文字未通过内容审核，未自动重试。是否计费以账单为准。请调整描述后再试。", "Text that the model made was refused by the content check, and nothing was retried. Whether it is charged is for the bill to say. Change the wording and try again."},
		},
		{
			// The code says neither which input nor when: nor do the words.
			Code: CodeContentRisk, Kind: task.Refused, Stage: task.StageProvider, Charged: task.ChargedUnknown, Calls: 1,
			Title:  Words{"内容存在风险", "The content was refused"},
			Detail: Words{"服务商判定内容存在风险，但没有说明是描述还是图片，未自动重试。是否计费以账单为准。请调整描述后再试。", "The provider's content check refused it without saying whether words or picture, and nothing was retried. Whether it is charged is for the bill to say. Change the wording and try again."},
		},
		{
			// The check runs before and after drawing; the code does not say which broke.
			Code: CodeModerationUnavailable, Kind: task.Unavailable, Stage: task.StageProvider, Charged: task.ChargedUnknown, Retryable: true, Calls: 2,
			Title:  Words{"审核服务异常", "The content check broke down"},
			Detail: Words{"服务商的审核服务出错，与您的内容无关，最多再试一次。是否计费以账单为准。请稍后重试。", "The provider's content check itself failed; your words are not the reason. It was tried once more at most. Whether it is charged is for the bill to say. Retry later."},
		},
	}
}

// busyFaults pass by themselves.
func busyFaults() []Fault {
	return []Fault{
		{
			Code: CodeProviderThrottled, Kind: task.Throttled, Stage: task.StageProvider, Charged: task.ChargedNo, Retryable: true,
			Title:  Words{"服务商限流", "The provider is busy"},
			Detail: Words{"服务商暂时限流，未扣费。任务仍在排队，会自动再试，无需操作。", "The provider limits how many calls it takes a second. Nothing was charged. The task stays queued and is tried again by itself."},
		},
		{
			Code: CodeProviderConcurrency, Kind: task.Throttled, Stage: task.StageProvider, Charged: task.ChargedNo, Retryable: true,
			Title:  Words{"服务商并发已满", "The provider's places are taken"},
			Detail: Words{"服务商的并发名额已满，未扣费。任务仍在排队，会自动再试，无需操作。", "The provider draws no more at once for this account. Nothing was charged. The task stays queued and is tried again by itself."},
		},
		{
			// The vendor advises against a retry on pages of pictures and for it on
			// others, and no page says whether a job that broke is billed.
			Code: CodeProviderInternal, Kind: task.Unavailable, Stage: task.StageProvider, Charged: task.ChargedUnknown, Retryable: true, Calls: 2,
			Title:  Words{"服务商内部错误", "The provider failed"},
			Detail: Words{"服务商内部出错，没有产出图片，最多再试一次。按成功张数计费，通常不收费，以账单为准。请稍后重试。", "The provider failed and drew nothing; it was tried once more at most. Pictures are billed when drawn, so it is likely not charged, but the bill has the last word. Retry later."},
		},
		{
			Code: CodeProviderUnreachable, Kind: task.Unavailable, Stage: task.StageProvider, Charged: task.ChargedNo, Retryable: true,
			Title:  Words{"无法连接服务商", "The provider cannot be reached"},
			Detail: Words{"无法连接服务商，或在受理前被拒绝，请求确定没有执行，未扣费。请检查网络后重试。", "The provider could not be reached, or turned the call away before taking it. It was surely not carried out and nothing was charged. Check the network and retry."},
		},
	}
}

// setupFaults stay until whoever runs the service changes something.
func setupFaults() []Fault {
	return []Fault{
		{
			Code: CodeProviderRejected, Kind: task.Invalid, Stage: task.StageProvider, Charged: task.ChargedNo, Calls: 1,
			Title:  Words{"服务商不接受参数", "The provider refused the settings"},
			Detail: Words{"服务商认为参数不符合要求，未扣费，未自动重试。请更换尺寸或参数；若一直如此，请告知管理员。", "The provider says that a setting breaks its rules. Nothing was charged and nothing was retried. Change the size or the settings; if it stays so, tell whoever runs the service."},
		},
		{
			Code: CodeProviderNotActivated, Kind: task.Misconfigured, Stage: task.StageProvider, Charged: task.ChargedNo, Calls: 1,
			Title:  Words{"模型未开通", "The model is not activated"},
			Detail: Words{"账号未开通该模型或没有使用权限，未扣费，未自动重试。请管理员在火山引擎控制台开通后重试，或换用其他模型。", "The account has not activated this model, or may not use it. Nothing was charged and nothing was retried. Activate it in the VolcEngine console and retry, or choose another model."},
		},
		{
			Code: CodeProviderKeys, Kind: task.Misconfigured, Stage: task.StageProvider, Charged: task.ChargedNo, Calls: 1,
			Title:  Words{"服务商密钥无效", "The provider's keys are wrong"},
			Detail: Words{"服务商不认可所配置的密钥，未扣费，未自动重试。请管理员检查 VOLC_ACCESS_KEY 与 VOLC_SECRET_KEY 后重试。", "The provider does not accept the keys that are set. Nothing was charged and nothing was retried. Check VOLC_ACCESS_KEY and VOLC_SECRET_KEY, then retry."},
		},
		{
			Code: CodeProviderAccess, Kind: task.Misconfigured, Stage: task.StageProvider, Charged: task.ChargedNo, Calls: 1,
			Title:  Words{"服务商拒绝访问", "The provider denies access"},
			Detail: Words{"所用密钥没有访问权限，未扣费，未自动重试。请管理员为其授予视觉服务权限后重试。", "The key may not use this service. Nothing was charged and nothing was retried. Grant it the visual service at the provider, then retry."},
		},
		{
			Code: CodeProviderClock, Kind: task.Misconfigured, Stage: task.StageProvider, Charged: task.ChargedNo, Calls: 1,
			Title:  Words{"系统时间不准", "The clock is wrong"},
			Detail: Words{"服务商因时间戳偏差过大拒绝了请求，未扣费，未自动重试。请管理员校准服务器时间后重试。", "The provider refused the call because its time stamp is off. Nothing was charged and nothing was retried. Set the server's clock, then retry."},
		},
		{
			// The address, a proxy in between, or a mistake of ours.
			Code: CodeProviderProtocol, Kind: task.Misconfigured, Stage: task.StageProvider, Charged: task.ChargedNo, Calls: 1,
			Title:  Words{"与服务商的通信有误", "The provider does not know this call"},
			Detail: Words{"服务商无法识别该请求，未扣费，未自动重试。请管理员检查 VOLC_ENDPOINT、VOLC_REGION 与 VOLC_SERVICE，并查看日志。", "The provider does not recognise the call. Nothing was charged and nothing was retried. Check VOLC_ENDPOINT, VOLC_REGION and VOLC_SERVICE, and see the log."},
		},
	}
}

// uncertainFaults leave open how the call ended.
func uncertainFaults() []Fault {
	return []Fault{
		{
			// There is no idempotency key at the provider: a second call may be a second bill.
			Code: CodeProviderOutcomeUnknown, Kind: task.Unknown, Stage: task.StageProvider, Charged: task.ChargedUnknown, Retryable: true, Calls: 2,
			Title:  Words{"提交结果未知", "It is not known whether it was sent"},
			Detail: Words{"请求已发出但没有收到答复，不知道服务商是否受理，最多再提交一次。可能已计费，以账单为准。重试可能再次计费。", "The call was sent and no answer came, so we do not know whether the provider took it; it was sent once more at most. It may be charged; the bill will say. A retry may be charged again."},
		},
		{
			Code: CodeProviderLost, Kind: task.Unknown, Stage: task.StageProvider, Charged: task.ChargedUnknown, Retryable: true, Calls: 2,
			Title:  Words{"服务商找不到该任务", "The provider has lost the job"},
			Detail: Words{"服务商已不再保留该任务（通常保留 12 小时），不知道是否完成，最多再提交一次。是否计费以账单为准。重试可能再次计费。", "The provider does not keep this job any more (usually it does for 12 hours), so we do not know how it ended; it was sent once more at most. Whether it is charged is for the bill to say. A retry may be charged again."},
		},
		{
			// The picture was taken on; it is the questions that are refused.
			Code: CodeProviderSilent, Kind: task.Unknown, Stage: task.StageProvider, Charged: task.ChargedUnknown, Retryable: true, Calls: 1,
			Title:  Words{"无法查询图片", "The picture cannot be asked after"},
			Detail: Words{"图片已提交，但服务商拒绝了我们的查询：密钥、权限或时钟有误。不知道是否完成，可能已计费。请管理员修正后尽快重试：重试会先查询原任务，不会重复计费。", "The picture was begun, but the provider refuses to answer us: keys, rights or the clock are wrong. We do not know whether it finished; it may be charged. Whoever runs the service must mend that; then retry soon: a retry first asks for the same job, which costs nothing."},
		},
		{
			Code: CodeProviderTimeout, Kind: task.Unknown, Stage: task.StageProvider, Charged: task.ChargedUnknown, Retryable: true, Calls: 1,
			Title:  Words{"等待超时", "Waited too long"},
			Detail: Words{"超过了等待时限（REQUEST_TIMEOUT），不知道服务商是否完成，未再次提交。可能已计费，以账单为准。重试会先查询原任务。", "The provider took longer than REQUEST_TIMEOUT. We do not know whether it finished, and it was not sent again. It may be charged; the bill will say. A retry first asks for the same job."},
		},
		{
			Code: CodeProviderAnswer, Kind: task.Unavailable, Stage: task.StageProvider, Charged: task.ChargedUnknown, Retryable: true,
			Title:  Words{"服务商的答复无法理解", "The provider's answer made no sense"},
			Detail: Words{"服务商的答复中断或无法解析，任务可能仍在进行。是否计费以账单为准。请稍后重试，重试会先查询原任务。", "The provider's answer broke off or could not be read; the job may still be at work. Whether it is charged is for the bill to say. Retry later: it asks for the same job first."},
		},
		{
			Code: CodeProviderUnknownCode, Kind: task.Invalid, Stage: task.StageProvider, Charged: task.ChargedUnknown, Calls: 1,
			Title:  Words{"服务商返回未知错误码", "An error we do not know"},
			Detail: Words{"服务商返回了未收录的错误码，未自动重试。是否计费以账单为准。请把错误码与请求编号告知管理员。", "The provider answered with a code that is not in our table, and nothing was retried. Whether it is charged is for the bill to say. Give the code and the request's id to whoever runs the service."},
		},
		{
			Code: CodeProviderNoPicture, Kind: task.Unavailable, Stage: task.StageProvider, Charged: task.ChargedUnknown, Retryable: true, Calls: 2,
			Title:  Words{"没有返回图片", "No picture came"},
			Detail: Words{"服务商报告已完成，但没有返回图片，最多再试一次。是否计费以账单为准。可以重试。", "The provider says it is done but gave no picture; it was tried once more at most. Whether it is charged is for the bill to say. You can retry."},
		},
	}
}
