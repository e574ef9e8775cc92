package recipe

import "volcimage/internal/catalog"

// Words is the reason for people.
func (w Why) Words() catalog.Words { return reasons[w] }

var reasons = map[Why]catalog.Words{
	NotTaken:    {ZH: "这里的模型没有这个设置", EN: "No model here has such a setting"},
	OtherModel:  {ZH: "只对原来的模型有意义", EN: "Means something to the model it was made with alone"},
	NoSuchModel: {ZH: "这里没有这个模型", EN: "This model is not offered here"},
	OutOfBounds: {ZH: "这里的模型不接受这个值", EN: "The model here does not take this value"},
	TooLong:     {ZH: "提示词超过模型的上限，已截短", EN: "The prompt is longer than the model takes and was cut"},
	Syntax:      {ZH: "提示词中的专用标记，已去掉", EN: "A mark in the prompt that means nothing here, taken out"},
}
