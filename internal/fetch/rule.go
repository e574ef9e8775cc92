package fetch

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// errRefused is the error of an address that is not asked, for what it is.
var errRefused = errors.New("address refused")

// rule says which addresses may be asked.
type rule struct {
	scheme, host, port string // of the origin; empty without one
	names, suffixes    []string
}

func newRule(origin *url.URL, hosts []string) rule {
	var r rule
	if origin != nil {
		r.scheme, r.host, r.port = parts(origin)
	}
	for _, h := range hosts {
		h = strings.ToLower(h)
		if strings.HasPrefix(h, ".") {
			r.suffixes = append(r.suffixes, h)
		} else {
			r.names = append(r.names, h)
		}
	}
	return r
}

// parts are what makes an origin, comparable.
func parts(u *url.URL) (scheme, host, port string) {
	scheme, host, port = strings.ToLower(u.Scheme), strings.ToLower(u.Hostname()), u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[scheme]
	}
	return scheme, host, port
}

// isOrigin tells whether u is at the provider's endpoint.
func (r rule) isOrigin(u *url.URL) bool {
	scheme, host, port := parts(u)
	return r.host != "" && u.User == nil && scheme == r.scheme && host == r.host && port == r.port
}

// judge refuses every address but those of listed hosts. Which machine a listed name
// stands for is looked at when it is dialled.
func (r rule) judge(u *url.URL) error {
	scheme, host, port := parts(u)
	switch {
	case u.User != nil:
		return fmt.Errorf("%w: it holds a user name", errRefused)
	case scheme != "https":
		return fmt.Errorf("%w: only https is asked", errRefused)
	case port != publicPort:
		return fmt.Errorf("%w: only port %s is asked", errRefused, publicPort)
	case !plain(host) || !r.lists(host):
		return fmt.Errorf("%w: its host is not one of the provider's result hosts", errRefused)
	}
	return nil
}

func (r rule) lists(host string) bool {
	return slices.Contains(r.names, host) ||
		slices.ContainsFunc(r.suffixes, func(s string) bool { return strings.HasSuffix(host, s) })
}

// plain tells whether host is made of nothing but lower case letters, digits, dots
// and hyphens. Others are mapped to such before they are looked up, so the name that
// is judged would not be the one that is asked.
func plain(host string) bool {
	return !strings.ContainsFunc(host, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '-'
	})
}

// parse reads an address, or what a redirect from base says. Its errors do not quote
// the address, as those of net/url do.
func parse(base *url.URL, link string) (*url.URL, error) {
	if len(link) > maxLink {
		return nil, fmt.Errorf("%w: it is %d bytes long", errRefused, len(link))
	}
	u, err := url.Parse(link)
	if err != nil {
		return nil, fmt.Errorf("%w: it cannot be read", errRefused)
	}
	if base != nil {
		u = base.ResolveReference(u)
	}
	u.Fragment, u.RawFragment = "", ""
	return u, nil
}

// show is a link as it may be logged: without user, query and fragment, where secrets
// are, and not too long.
func show(u *url.URL) string {
	s := u.Scheme + "://" + u.Host + u.EscapedPath()
	if len(s) > 200 {
		s = s[:200] + "…"
	}
	return s
}
