package logging

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"unicode/utf8"
)

// mask stands where something was removed.
const mask = "[redacted]"

// secretNames are the fields whose values are never shown, in lower case with
// underscores. A name that ends in "_" and one of them is secret too.
var secretNames = []string{
	"authorization", "proxy_authorization", "cookie", "api_key", "apikey", "access_key", "secret_key", "access_key_id", "secret_access_key",
	"secret", "password", "passwd", "token", "signature", "sig", "ticket", "credential", "credentials",
}

// promptNames are the fields that hold what a person wrote. Their values become
// a length and a hash, by which equal ones can be told.
var promptNames = []string{"prompt", "negative_prompt"}

func fold(name string) string { return strings.ReplaceAll(strings.ToLower(name), "-", "_") }

func secret(name string) bool {
	name = fold(name)
	return slices.ContainsFunc(secretNames, func(s string) bool {
		return name == s || strings.HasSuffix(name, s) && name[len(name)-len(s)-1] == '_'
	})
}

// replaceAttr judges one field; slog calls it for those in groups, too, with the
// names of the groups around it.
func replaceAttr(groups []string, a slog.Attr) slog.Attr {
	switch {
	case secret(a.Key) || slices.ContainsFunc(groups, secret):
		return slog.String(a.Key, mask)
	case slices.Contains(promptNames, fold(a.Key)):
		return slog.String(a.Key, digest(a.Value.String()))
	case a.Value.Kind() == slog.KindAny:
		return slog.Attr{Key: a.Key, Value: structured(a.Value)}
	default:
		return a
	}
}

// digest is what is shown of a prompt.
func digest(prompt string) string {
	sum := sha256.Sum256([]byte(prompt))
	return fmt.Sprintf("%d characters, sha256 %s", utf8.RuneCountInString(prompt), hex.EncodeToString(sum[:6]))
}

// structured judges the fields of a structure or map by their names. Errors and
// what has words of its own show these; the search of the line sees to them.
func structured(v slog.Value) slog.Value {
	switch x := v.Any().(type) {
	case nil, *slog.Source:
		return v
	case error:
		return slog.StringValue(x.Error())
	case fmt.Stringer:
		return slog.StringValue(x.String())
	default:
		text, err := json.Marshal(x)
		if err != nil {
			return slog.StringValue(fmt.Sprintf("%T, which is no JSON", x))
		}
		var plain any
		if err := json.Unmarshal(text, &plain); err != nil {
			return slog.StringValue(fmt.Sprintf("%T, which is no JSON", x))
		}
		return slog.AnyValue(judged(plain))
	}
}

func judged(v any) any {
	switch x := v.(type) {
	case map[string]any:
		for name, value := range x {
			switch {
			case secret(name):
				x[name] = mask
			case slices.Contains(promptNames, fold(name)):
				x[name] = digest(fmt.Sprint(value))
			default:
				x[name] = judged(value)
			}
		}
	case []any:
		for i, value := range x {
			x[i] = judged(value)
		}
	}
	return v
}
