package visualtest

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

// What the models read out of a prompt, the emulator has to look for in words.

// setWanted finds how many pictures a prompt asks for: "4张", "三幅", "a set of 5",
// "6 images".
var setWanted = regexp.MustCompile(`(?i)([0-9]{1,2}|[一二两三四五六七八九十]+)\s*(?:张|幅|格|组图)|(?:set|series)\s+of\s+([0-9]{1,2})|([0-9]{1,2})\s+(?:images|pictures|photos|panels)`)

// setDefault is how many pictures a set has whose prompt gives no number.
const setDefault = 3

// setCount is how many pictures the prompt of a coherent set asks for.
func setCount(prompt string) int {
	for _, m := range setWanted.FindAllStringSubmatch(prompt, -1) {
		n := number(m[1] + m[2] + m[3])
		// "一张" in "一张海报,分成四张" says nothing about the set.
		if n > 1 {
			return n
		}
	}
	return setDefault
}

// number reads 1 to 99 in digits or in Chinese; 0 is none of these.
func number(s string) int {
	if n, err := strconv.Atoi(s); err == nil {
		return n
	}
	digits := map[rune]int{'一': 1, '二': 2, '两': 2, '三': 3, '四': 4, '五': 5, '六': 6, '七': 7, '八': 8, '九': 9}
	n := 0
	for _, r := range s {
		if r == '十' {
			n = max(n, 1) * 10
			continue
		}
		n += digits[r]
	}
	return n
}

var ratioWanted = regexp.MustCompile(`([0-9]{1,2})\s*[:：x×]\s*([0-9]{1,2})`)

// ratioFor is the ratio that a prompt asks for, within the bounds: "16:9", or a word.
func ratioFor(prompt string, low, high float64) float64 {
	ratio := 1.
	lower := strings.ToLower(prompt)
	switch m := ratioWanted.FindStringSubmatch(prompt); {
	case m != nil && number(m[1]) > 0 && number(m[2]) > 0:
		ratio = float64(number(m[1])) / float64(number(m[2]))
	case containsAny(lower, "竖", "手机壁纸", "portrait", "vertical"):
		ratio = 3. / 4
	case containsAny(lower, "横", "全景", "宽银幕", "landscape orientation", "panorama", "wide"):
		ratio = 16. / 9
	}
	return min(max(ratio, low), high)
}

func containsAny(s string, words ...string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

// sidesFor makes sides of a ratio and at most that area, multiples of 16 as models
// draw them.
func sidesFor(area int, ratio float64) (width, height int) {
	floor16 := func(x float64) int { return max(16, int(x+1e-6)/16*16) }
	return floor16(math.Sqrt(float64(area) * ratio)), floor16(math.Sqrt(float64(area) / ratio))
}
