package httpapi

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"volcimage/internal/task"
)

const (
	maxProblemFields = 20  // a body of 32 KiB has room for thousands of wrong ones
	maxProblemText   = 200 // characters of a value, a rule or a name
)

func problemFields(fields []task.FieldError) []ProblemField {
	var out []ProblemField
	for _, f := range fields[:min(len(fields), maxProblemFields)] {
		out = append(out, ProblemField{Location: cut(f.Location), Message: cut(f.Message), Value: shortValue(f.Value)})
	}
	return out
}

// shortValue is v as it may be echoed: never a whole body.
func shortValue(v any) any {
	switch v := v.(type) {
	case nil, bool, int, int64, float64:
		return v
	case string:
		return cut(v)
	}
	text, err := json.Marshal(v)
	if err != nil { // NaN, for one
		return cut(fmt.Sprint(v))
	}
	if len(text) <= maxProblemText {
		return v
	}
	return cut(string(text))
}

// cut shortens s to maxProblemText characters and makes it valid UTF-8.
func cut(s string) string {
	if len(s) <= maxProblemText && utf8.ValidString(s) {
		return s
	}
	n := 0
	for i := range s {
		if n++; n > maxProblemText {
			return string([]rune(s[:i])) + "…"
		}
	}
	return string([]rune(s))
}
