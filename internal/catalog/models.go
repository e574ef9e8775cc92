package catalog

import (
	"slices"
	"time"
)

// DefaultModel is used where a request names none.
const DefaultModel = "jimeng_t2i_v40"

// models is read only: the answers of Models and Lookup share its slices and maps.
var models = []Model{jimengV40(), jimengV46(), jimengV31()}

// Models lists every model, the default first.
func Models() []Model { return slices.Clone(models) }

// Lookup is the model of that id.
func Lookup(id string) (Model, bool) {
	for _, m := range models {
		if m.ID == id {
			return m, true
		}
	}
	return Model{}, false
}

// Sources that the records quote. None was checked against the live service yet;
// make verify-provider does so where there are keys.
const (
	pageV40     = "vendor page of 图片4.0, two copies (older and newer) that agree"
	pageV46     = "vendor page of 图片4.6, one copy"
	pageV31     = "vendor page of 文生图3.1, one copy"
	pageLinks   = "all current vendor pages: links 24 h, jobs 12 h"
	limitsGuess = "third-party summary of vendor page 85621/1544714: 1 on trial, 1 or 2 paid, more by purchase; throttling narrows the slots by itself"
	queryGuess  = "vendor page 6791/1339374 (another model): 10 queries a second on trial, 20 paid"
	priceGuess  = "third-party price list, 2026-06"
	timesGuess  = "reports of callers; this installation's own median replaces it"
	hostsGuess  = "host names in examples of vendor pages"
	ours        = "our own bound"
)

const mega = 1 << 20

func jimengV40() Model {
	return Model{
		ID:             "jimeng_t2i_v40",
		Name:           Words{"即梦 图片 4.0", "Jimeng Image 4.0"},
		Description:    Words{"通用首选：高清，擅长中文文字与复杂画面。", "The all-rounder: high resolution, good with text and complex scenes."},
		PromptMaxRunes: 800, PromptAdvisedRunes: 800,
		CountMax: 4, SetMax: 15,
		Size: Size{
			MinArea: mega, MaxArea: 16 * mega, MinRatio: 1. / 3, MaxRatio: 3, AreaField: true,
			Default: Preset{"1:1", "2K", 2048, 2048},
			Presets: slices.Concat(
				[]Preset{{"1:1", "1K", 1024, 1024}},
				bothWays("2K", [5][2]int{{2048, 2048}, {2304, 1728}, {2496, 1664}, {2560, 1440}, {3024, 1296}}),
				bothWays("4K", [5][2]int{{4096, 4096}, {4694, 3520}, {4992, 3328}, {5404, 3040}, {6198, 2656}})),
		},
		Fields: []Field{
			{Name: "scale", Type: Number, Min: 0, Max: 1, Step: 0.05, Default: 0.5, Label: scaleLabel, Help: scaleHelp},
			minRatio, maxRatio,
		},
		Format:      "png",
		Concurrency: 5, QPS: 5, QueryQPS: 20,
		Expected: 15 * time.Second, TimeLimit: time.Minute,
		LinkLife: 24 * time.Hour, JobLife: 12 * time.Hour,
		ResultHosts:   resultHosts(),
		PriceMicroCNY: 220_000,
		Evidence:      evidence(pageV40, "scale", "min_ratio", "max_ratio"),
	}
}

func jimengV46() Model {
	m := jimengV40()
	m.ID = "jimeng_seedream46_cvtob"
	m.Name = Words{"即梦 图片 4.6", "Jimeng Image 4.6"}
	m.Description = Words{"更新的一代：人像与版式更稳，细节更好。", "The newer generation: steadier portraits and layouts, finer detail."}
	m.Size.Presets = slices.Concat(
		[]Preset{{"1:1", "1K", 1024, 1024}},
		bothWays("2K", [5][2]int{{2048, 2048}, {2304, 1728}, {2496, 1664}, {2560, 1440}, {3024, 1296}}),
		bothWays("4K", [5][2]int{{4096, 4096}, {4693, 3520}, {4992, 3328}, {5404, 3040}, {6197, 2656}}))
	// Never share a scale between 4.0 and 4.6: here it is a whole number to 100.
	m.Fields = []Field{
		{Name: "scale", Type: Integer, Min: 1, Max: 100, Step: 1, Default: int64(50), Label: scaleLabel, Help: scaleHelp},
		minRatio, maxRatio,
	}
	m.Evidence = evidence(pageV46, "scale", "min_ratio", "max_ratio")
	return m
}

func jimengV31() Model {
	random := int64(-1)
	return Model{
		ID:             "jimeng_t2i_v31",
		Name:           Words{"即梦 文生图 3.1", "Jimeng Text-to-image 3.1"},
		Description:    Words{"画面质感强，可固定种子，便于复现与微调。", "Rich texture; takes a seed, so a picture can be made again."},
		PromptMaxRunes: 800, PromptAdvisedRunes: 120,
		CountMax: 4,
		Size: Size{
			MinArea: mega / 4, MaxArea: 4 * mega, MinRatio: 1. / 3, MaxRatio: 3,
			Default: Preset{"1:1", "1K", 1328, 1328},
			Presets: slices.Concat(
				bothWays("1K", [5][2]int{{1328, 1328}, {1472, 1104}, {1584, 1056}, {1664, 936}, {2016, 864}}),
				bothWays("2K", [5][2]int{{2048, 2048}, {2304, 1728}, {2496, 1664}, {2560, 1440}, {3024, 1296}})),
		},
		Fields: []Field{
			{
				Name: "seed", Type: Integer, Min: 0, Max: 1<<31 - 1, Step: 1, Default: int64(-1), Random: &random,
				Label: Words{"种子", "Seed"},
				Help:  Words{"同样的种子与参数会画出相近的画面；留空则随机，并记录下来。", "The same seed and settings draw a like picture. Empty: a random one, which is kept."},
			},
			{
				Name: "use_pre_llm", Type: Boolean, Default: true,
				Label: Words{"润色提示词", "Refine the prompt"},
				Help:  Words{"由模型先扩写提示词；短提示词效果更好，会慢 10–30 秒。", "The provider expands the prompt first: better for short prompts, 10 to 30 s slower."},
			},
		},
		Format:      "jpeg",
		Concurrency: 5, QPS: 5, QueryQPS: 20,
		Expected: 12 * time.Second, TimeLimit: time.Minute,
		LinkLife: 24 * time.Hour, JobLife: 12 * time.Hour,
		ResultHosts: resultHosts(),
		Evidence:    withoutPrice(evidence(pageV31, "seed", "use_pre_llm")),
	}
}

var (
	scaleLabel = Words{"文本影响", "Prompt strength"}
	scaleHelp  = Words{"越大越贴近文字，越小越自由。", "Higher keeps closer to the words, lower leaves more freedom."}

	minRatio = Field{
		Name: "min_ratio", Type: Number, Min: 1. / 16, Max: 16, MaxOpen: true, Step: 0.05, Default: 1. / 3,
		Label: Words{"最小宽高比", "Narrowest ratio"},
		Help:  Words{"宽÷高的下限，由模型决定比例时有效。", "The least width ÷ height, where the model chooses the ratio."},
	}
	maxRatio = Field{
		Name: "max_ratio", Type: Number, Min: 1. / 16, Max: 16, MaxOpen: true, Step: 0.05, Default: 3.,
		Label: Words{"最大宽高比", "Widest ratio"},
		Help:  Words{"宽÷高的上限，由模型决定比例时有效。", "The greatest width ÷ height, where the model chooses the ratio."},
	}
)

// resultHosts serve the links of results. A link to elsewhere is refused until
// its host was seen in an answer and is added here.
func resultHosts() []string {
	return []string{".byteimg.com", ".volccdn.com", ".volces.com", ".volcengine.com", ".ibytedtos.com", ".vlabvod.com"}
}

// bothWays makes the presets of a tier: each of the vendor's landscape sizes, and
// the same upright, in order 1:1, 4:3, 3:4, 3:2, 2:3, 16:9, 9:16, 21:9, 9:21.
func bothWays(tier string, sizes [5][2]int) []Preset {
	wide := [5]string{"1:1", "4:3", "3:2", "16:9", "21:9"}
	tall := [5]string{"1:1", "3:4", "2:3", "9:16", "9:21"}
	var out []Preset
	for i, s := range sizes {
		out = append(out, Preset{wide[i], tier, s[0], s[1]})
		if wide[i] != tall[i] {
			out = append(out, Preset{tall[i], tier, s[1], s[0]})
		}
	}
	return out
}

// withoutPrice says of a price of 0 that none is known.
func withoutPrice(e map[string]Evidence) map[string]Evidence {
	e["PriceMicroCNY"] = Evidence{Assumed, "no price list names this model"}
	return e
}

// evidence is where a model's values come from: its own page, but for what pages
// do not say.
func evidence(page string, fields ...string) map[string]Evidence {
	e := map[string]Evidence{}
	for _, name := range []string{"ID", "PromptMaxRunes", "PromptAdvisedRunes", "SetMax", "Size", "Format"} {
		e[name] = Evidence{Assumed, page}
	}
	for _, name := range fields {
		e["Fields."+name] = Evidence{Assumed, page}
	}
	for name, source := range map[string]string{
		"CountMax": ours, "Concurrency": limitsGuess, "QPS": limitsGuess, "QueryQPS": queryGuess,
		"Expected": timesGuess, "TimeLimit": timesGuess, "LinkLife": pageLinks, "JobLife": pageLinks,
		"ResultHosts": hostsGuess, "PriceMicroCNY": priceGuess,
	} {
		e[name] = Evidence{Assumed, source}
	}
	return e
}
