package catalog

import "volcimage/internal/task"

// libraryFaults are the answers to a request about what a person keeps. No such
// request reaches the provider.
func libraryFaults() []Fault {
	return ofRequests([]Fault{
		{
			Code: task.CodeInBin, Kind: task.Conflict,
			Title:  Words{"任务在回收站中", "It is in the bin"},
			Detail: Words{"任务已放入回收站，本次操作未执行，未扣费。请先恢复任务，再进行操作。", "The task lies in the bin and this was not carried out. Nothing was charged. Restore the task first."},
		},
		{
			Code: task.CodeTooMany, Kind: task.Conflict,
			Title:  Words{"数量已达上限", "There are too many"},
			Detail: Words{"文件夹或已存搜索的数量已达上限，未创建，未扣费。请先删除不再需要的。", "There are as many folders or saved searches as there may be. Nothing was made and nothing was charged. Remove one that is no longer needed."},
		},
		{
			Code: CodeCountChanged, Kind: task.Conflict,
			Title:  Words{"数量已变化", "The number has changed"},
			Detail: Words{"符合条件的任务数量与确认时不同，未做任何修改，未扣费。请按新的数量重新确认。", "Not as many tasks match as were confirmed. Nothing was changed and nothing was charged. Confirm the new number."},
		},
		{
			Code: CodeVersionChanged, Kind: task.Conflict,
			Title:  Words{"内容已被修改", "It was changed meanwhile"},
			Detail: Words{"内容已不是 If-Match 所指的版本，本次修改未保存，未扣费。请重新读取后再修改。", "It is no longer of the version that If-Match names, and this change was not saved. Nothing was charged. Read it again and decide anew."},
		},
		{
			Code: CodeBuiltIn, Kind: task.Conflict,
			Title:  Words{"内置模板不能修改", "A built-in template stays as it is"},
			Detail: Words{"内置模板不能修改或删除，本次操作未执行，未扣费。请另存为自己的模板后再修改。", "A built-in template is neither changed nor deleted. Nothing was done and nothing was charged. Keep a copy as your own and change that."},
		},
	})
}
