package visual

import (
	"regexp"
	"strings"
)

// maxQuoted bounds, in characters, what is quoted of the provider.
const maxQuoted = 200

var (
	linkQuery = regexp.MustCompile(`(https?://[^\s"'?<>]*)\?[^\s"'<>]*`)
	keyID     = regexp.MustCompile(`AK(LT|TP)[A-Za-z0-9+/=_-]{8,}`)
	longData  = regexp.MustCompile(`[A-Za-z0-9+/=_-]{64,}`) // base64, or a signature
)

// redact makes the provider's words fit for logs: no keys, no signed links, no
// pictures, and not too long.
func (c *Client) redact(s string) string {
	for _, secret := range c.secrets {
		s = strings.ReplaceAll(s, secret, "[key]")
	}
	s = linkQuery.ReplaceAllString(s, "$1?[cut]")
	s = keyID.ReplaceAllString(s, "[key]")
	s = longData.ReplaceAllString(s, "[data]")
	return cut(strings.ToValidUTF8(s, "\uFFFD"), maxQuoted)
}

// cut shortens s to n characters.
func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}
