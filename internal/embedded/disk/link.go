package disk

import (
	"crypto/hmac"
	"encoding/base64"
	"fmt"
	"hash"
	"net/url"
	"strconv"
	"time"

	"volcimage/internal/task"
)

// Prefix is where the handler of a [Store] must be mounted.
const Prefix = "/files/"

// Link makes an address, relative to this service, under which the object can be
// read until it expires: for one to two windows from now, and the same for all
// who ask within a window. It does not look whether the object is there.
func (s *Store) Link(l task.Link) (task.SignedLink, error) {
	if !validKey(l.Key) {
		return task.SignedLink{}, fmt.Errorf("link: %q is not a key", l.Key)
	}
	expires := s.now().Truncate(s.window).Add(2 * s.window)
	unix := strconv.FormatInt(expires.Unix(), 10)
	address := (&url.URL{Path: Prefix + l.Key}).EscapedPath() + "?expires=" + unix + "&sig=" + s.sign(l, unix)
	if l.Filename != "" {
		address += "&name=" + url.QueryEscape(l.Filename)
	}
	return task.SignedLink{URL: address, ExpiresAt: time.Unix(expires.Unix(), 0).UTC()}, nil
}

// signer is a hash keyed with the secret, and room to work in: a page of a long
// list holds a hundred links.
type signer struct {
	mac       hash.Hash
	text, sum []byte
}

// sign is the signature of a link: of reading, and of nothing else, one object
// under one name until one moment. A key holds no line break and neither does a
// number, so no two links are signed alike.
func (s *Store) sign(l task.Link, expires string) string {
	g, ok := s.signers.Get().(*signer)
	if !ok {
		panic("disk: the pool holds nothing but signers")
	}
	defer s.signers.Put(g)
	g.text = append(g.text[:0], "read\n"...)
	g.text = append(append(g.text, l.Key...), '\n')
	g.text = append(append(g.text, expires...), '\n')
	g.text = append(g.text, l.Filename...)
	g.mac.Reset()
	_, _ = g.mac.Write(g.text) // a hash never fails
	g.sum = g.mac.Sum(g.sum[:0])
	return base64.RawURLEncoding.EncodeToString(g.sum)
}

// verify tells until when the link is valid, or why it is not, in words for the
// person. That a link has expired is said of links we made, and of no others.
func (s *Store) verify(l task.Link, expires, sig string) (until time.Time, refusal string) {
	if !validKey(l.Key) || !hmac.Equal([]byte(s.sign(l, expires)), []byte(sig)) {
		return time.Time{}, "This link is not valid."
	}
	unix, err := strconv.ParseInt(expires, 10, 64)
	if err != nil {
		return time.Time{}, "This link is not valid."
	}
	until = time.Unix(unix, 0)
	if !s.now().Before(until) {
		return time.Time{}, "This link has expired. Ask for a new one."
	}
	return until, ""
}
