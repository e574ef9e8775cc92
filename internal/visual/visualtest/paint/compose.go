package paint

import (
	"strings"
	"unicode"
)

// motif is a kind of scene and the words that ask for it.
type motif struct {
	words []string
	draw  func(*frame, brief) scene
}

// motifs in order of precedence: what is rarer in prompts stands first.
func motifs() []motif {
	return []motif{
		{[]string{"水墨", "国画", "墨", "江南", "水乡", "古风", "诗意", "ink", "sumi", "calligraphy"}, drawInk},
		{[]string{"猫", "cat", "kitten", "kitty"}, drawCat},
		{[]string{"花", "牡丹", "荷", "玫瑰", "樱", "flower", "blossom", "bloom", "rose", "lotus", "tulip", "peony", "dahlia"}, drawFlower},
		{[]string{"极光", "aurora", "borealis"}, drawAurora},
		{[]string{"城", "街", "楼", "都市", "赛博", "city", "skyline", "street", "tower", "building", "cyberpunk", "urban"}, drawCity},
		{[]string{"抽象", "流体", "丝绸", "渐变", "纹理", "abstract", "fluid", "silk", "gradient", "texture", "wallpaper"}, drawSilk},
		{[]string{"沙漠", "沙丘", "戈壁", "desert", "dune", "sahara"}, drawDesert},
		{[]string{"星", "银河", "宇宙", "star", "starry", "galaxy", "milky", "cosmos", "space", "universe"}, drawNight},
		{[]string{"森林", "树", "竹", "林", "forest", "wood", "tree", "pine", "jungle"}, drawForest},
		{[]string{"海", "浪", "洋", "沙滩", "岛", "sea", "ocean", "beach", "wave", "coast", "island"}, drawSea},
		{[]string{"山", "峰", "岭", "湖", "雪", "江", "河", "谷", "mountain", "peak", "alps", "lake", "river", "valley", "snow", "snowy", "hill"}, drawMountains},
	}
}

// brief is what the words of a prompt ask for beside the motif.
type brief struct {
	light light
	snow  bool
	water bool
}

// compose chooses motif, hour and weather by the words of the prompt, and by chance
// where they say nothing.
func compose(s Spec) scene {
	words := newWords(s.Prompt)
	// Chance that all pictures with this prompt share, and what is one picture's own.
	shared := newFrame(Spec{Prompt: s.Prompt, Width: 1, Height: 1}, "motif")
	hour := s
	hour.Index = 0
	set := newFrame(hour, "hour")
	b := brief{light: words.light(set).varied(set), snow: words.any("雪", "冬", "snow", "snowy", "winter", "ice")}
	b.water = words.any("湖", "水", "倒影", "lake", "water", "reflection", "river") || set.IntN(3) == 0
	f := newFrame(s, "scene")
	for _, m := range motifs() {
		if words.any(m.words...) {
			return m.draw(f, b)
		}
	}
	open := []func(*frame, brief) scene{drawMountains, drawSea, drawNight, drawDesert, drawForest, drawAurora, drawCity}
	return open[shared.IntN(len(open))](f, b)
}

// words are a prompt's: Latin ones whole, so that "season" is not a sea; Chinese
// has no blanks and is searched for parts.
type words struct {
	text  string
	latin map[string]bool
}

func newWords(prompt string) words {
	w := words{text: strings.ToLower(prompt), latin: map[string]bool{}}
	for _, word := range strings.FieldsFunc(w.text, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsLetter(r) }) {
		w.latin[word] = true
		w.latin[strings.TrimSuffix(word, "s")] = true
		w.latin[strings.TrimSuffix(word, "es")] = true
	}
	return w
}

func (w words) any(list ...string) bool {
	for _, word := range list {
		if word[0] > unicode.MaxASCII && strings.Contains(w.text, word) || w.latin[word] {
			return true
		}
	}
	return false
}

// light is the hour that the words name, or any.
func (w words) light(f *frame) light {
	hours := []struct {
		words []string
		light func() light
	}{
		{[]string{"黎明", "清晨", "日出", "朝霞", "dawn", "sunrise", "morning"}, dawn},
		{[]string{"日落", "夕阳", "晚霞", "黄昏", "傍晚", "sunset", "evening", "orange", "red"}, sunset},
		{[]string{"暮", "紫", "dusk", "twilight", "purple", "violet", "cyberpunk", "赛博", "霓虹", "neon"}, dusk},
		{[]string{"夜", "月", "night", "moon", "moonlit", "midnight"}, night},
		{[]string{"粉", "浪漫", "pink", "romantic", "pastel"}, rose},
		{[]string{"金", "秋", "gold", "golden", "autumn", "fall"}, gold},
		{[]string{"绿", "青", "春", "green", "jade", "spring", "emerald"}, jade},
		{[]string{"雪", "冬", "snow", "snowy", "winter", "ice"}, winter},
		{[]string{"蓝", "晴", "夏", "blue", "sunny", "summer", "noon", "clear"}, day},
	}
	for _, h := range hours {
		if w.any(h.words...) {
			return h.light()
		}
	}
	open := []func() light{dawn, sunset, rose, day, jade, gold, dusk, winter}
	return open[f.IntN(len(open))]()
}
