package httpapi

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// clientAddress is who asks, as far as it is known for sure: the address that the
// connection came from. Only a trusted proxy is believed when it names another.
// The zero address stands for all that have none.
func clientAddress(r *http.Request, trusted []netip.Prefix) netip.Addr {
	from := parseAddress(r.RemoteAddr)
	// Each proxy adds the address it was asked from at the end. The last one that
	// is no proxy of ours is the client; whatever stands before, he may have written.
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !within(from, trusted) {
			break
		}
		named := parseAddress(strings.TrimSpace(hop))
		if !named.IsValid() {
			break
		}
		from = named
	}
	return from
}

// parseAddress reads an address, with or without a port. One of IPv4 that is
// written as IPv6 is of IPv4, and a zone does not count.
func parseAddress(s string) netip.Addr {
	if host, _, err := net.SplitHostPort(s); err == nil {
		s = host
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap().WithZone("")
}

func within(a netip.Addr, networks []netip.Prefix) bool {
	return slices.ContainsFunc(networks, func(n netip.Prefix) bool { return n.Contains(a) })
}

// neighbourhood is what shares a rate limit: an address of IPv4, and of IPv6 the
// 64 bits that a provider hands out, within which anybody has as many as he likes.
func neighbourhood(a netip.Addr) string {
	if a.Is4() || !a.IsValid() {
		return a.String()
	}
	p, err := a.Prefix(64)
	if err != nil {
		return a.String()
	}
	return p.String()
}
