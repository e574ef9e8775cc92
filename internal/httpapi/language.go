package httpapi

import (
	"strconv"
	"strings"
)

// prefersChinese reads Accept-Language (RFC 9110, 12.5.4) for the one question
// that is asked of it. English is the answer in doubt.
func prefersChinese(accept string) bool {
	if accept == "" {
		return false
	}
	var zh, en float64
	for part := range strings.SplitSeq(accept, ",") {
		tag, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		q := 1.0
		if v, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
			q, _ = strconv.ParseFloat(v, 64) // 0 if it is none: not acceptable
		}
		switch primary, _, _ := strings.Cut(strings.ToLower(tag), "-"); primary {
		case "zh":
			zh = max(zh, q)
		case "en":
			en = max(en, q)
		}
	}
	return zh > en
}
