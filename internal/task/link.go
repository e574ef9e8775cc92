package task

import (
	"fmt"
	"strings"
	"time"
)

// Link asks for an address under which a browser may read one object for a while.
type Link struct {
	Key string
	// Filename makes the address a download of that name; empty shows the object.
	Filename string
}

// SignedLink is such an address. Within a window it is the same for the same
// [Link], so that browsers can cache.
type SignedLink struct {
	URL       string
	ExpiresAt time.Time
}

// Disposition is the Content-Disposition that a link is to be answered with. The
// plain form is for old browsers and loses what is not ASCII; the other one is
// RFC 6266's, encoded as RFC 8187 says.
func (l Link) Disposition() string {
	if l.Filename == "" {
		return "inline"
	}
	plain := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || strings.ContainsRune(`"\/%`, r) {
			return '_'
		}
		return r
	}, l.Filename)
	return `attachment; filename="` + plain + `"; filename*=UTF-8''` + encode8187(l.Filename)
}

// encode8187 percent-encodes all but the attr-char of RFC 8187.
func encode8187(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("!#$&+-.^_`|~", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
