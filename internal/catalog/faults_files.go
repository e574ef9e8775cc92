package catalog

import "volcimage/internal/task"

// fileFaults are the answers to requests about files that people bring or take away.
func fileFaults() []Fault {
	rows := []Fault{
		{
			Code: CodeNoPicture, Kind: task.Invalid,
			Title:  Words{"不是可识别的图片", "Not a picture that can be read"},
			Detail: Words{"该文件不是 PNG、JPEG 或 WebP，未做任何更改，未扣费。请使用图片的原始文件。", "The file is no PNG, JPEG or WebP. Nothing was changed and nothing was charged. Take the picture's original file."},
		},
		{
			Code: CodeNoRecipe, Kind: task.Invalid,
			Title:  Words{"图片中没有配方", "No recipe in the picture"},
			Detail: Words{"图片没有记录它是如何生成的，或其软件不在可读取之列，未扣费。聊天软件和网站常会去掉这些信息，请使用原始文件。", "The picture says nothing of how it was made, or in a way that is not read here. Nothing was charged. Many chats and sites remove it: take the original file."},
		},
		{
			Code: CodeRecipeSigned, Kind: task.Conflict,
			Title:  Words{"图片带有来源签名", "The picture is signed"},
			Detail: Words{"图片带有签名的来源证明（C2PA），任何改动都会使签名失效，因此没有写入配方，未扣费。请下载原图；配方可在任务中查看。", "The picture carries a signed proof of its origin (C2PA), which any change would break, so no recipe was written. Nothing was charged. Download it clean; the task has its recipe."},
		},
		{
			Code: CodeRecipeNoRoom, Kind: task.Conflict,
			Title:  Words{"图片中放不下配方", "The picture has no room for a recipe"},
			Detail: Words{"图片文件自带的信息使配方无法写入，图片未做更改，未扣费。请下载原图；配方可在任务中查看。", "What the file carries already leaves no place for the recipe. The picture was not changed and nothing was charged. Download it clean; the task has its recipe."},
		},
		{
			Code: CodeExportBusy, Kind: task.Limited, Retryable: true,
			Title:  Words{"已有导出在进行", "Exports are under way"},
			Detail: Words{"最多同时进行两个导出，本次没有开始，未扣费。请等其中一个完成，或先删除它。", "Two exports may be under way at once, so this one was not begun. Nothing was charged. Wait for one of them, or delete it."},
		},
		{
			Code: CodeExportFailed, Kind: task.Unavailable, Retryable: true,
			Title:  Words{"导出失败", "The export failed"},
			Detail: Words{"导出多次出错后已停止，图库未受影响，未扣费。已完成的部分仍可下载；可以重新导出，或分批导出。", "The export failed several times and was given up. The library is as it was and nothing was charged. The parts that are there can be downloaded; export again, or less at once."},
		},
		{
			Code: CodeImportBusy, Kind: task.Limited, Retryable: true,
			Title:  Words{"已有导入在进行", "Imports are under way"},
			Detail: Words{"最多同时进行两个导入，本次没有开始，未扣费。请等其中一个完成，或先删除它。", "Two imports may be under way at once, so this one was not begun. Nothing was charged. Wait for one of them, or delete it."},
		},
		{
			Code: CodeImportClosed, Kind: task.Conflict,
			Title:  Words{"导入已经开始", "The import has begun"},
			Detail: Words{"归档已全部上传，导入已开始或结束，不再接收数据，未做更改，未扣费。请查看导入的结果。", "The archive is there and is being taken in, or was, so no more of it is taken. Nothing was changed and nothing was charged. Look what became of the import."},
		},
		{
			Code: CodeImportIncomplete, Kind: task.Conflict,
			Title:  Words{"归档尚不完整", "The archive is not complete"},
			Detail: Words{"归档还有部分没有上传，或上传已超过一天而被删除。图库未受影响，未扣费。请补传缺少的部分，或重新导入。", "Pieces of the archive are missing: not uploaded yet, or removed after a day. The library is as it was and nothing was charged. Upload what is missing, or import anew."},
		},
		{
			Code: CodeImportFailed, Kind: task.Unavailable, Retryable: true,
			Title:  Words{"导入失败", "The import failed"},
			Detail: Words{"导入多次出错后已停止，未扣费。已导入的任务保留在图库中；可以再次导入同一归档，已有的不会重复。", "The import failed several times and was given up. Nothing was charged. What came in stays; import the same archive again to go on: what is there stays as it is."},
		},
		{
			Code: CodeNoArchive, Kind: task.Invalid,
			Title:  Words{"不是可导入的归档", "Not an archive that can be taken in"},
			Detail: Words{"该文件不是本服务导出的 ZIP 归档、已损坏，或任务超过 1000 个。图库未受影响，未扣费。请选择导出的 ZIP 文件之一，或重新下载。", "The file is no ZIP that this service exported, is damaged, or has more than 1,000 tasks. The library is as it was and nothing was charged. Take one of the ZIP files of an export, or download it again."},
		},
	}
	for i := range rows {
		rows[i].Stage, rows[i].Charged = task.StageRequest, task.ChargedNo
	}
	return rows
}
