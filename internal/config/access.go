package config

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"volcimage/internal/ratelimit"
)

// items are the parts of a list by comma; empty ones do not count.
func items(s string) []string {
	var list []string
	for item := range strings.SplitSeq(s, ",") {
		if item = strings.TrimSpace(item); item != "" {
			list = append(list, item)
		}
	}
	return list
}

// hosts reads names without scheme and port.
func hosts(field *[]string) func(string) error {
	return func(s string) error {
		list := items(strings.ToLower(s))
		for _, name := range list {
			u, ok := origin("http://" + name)
			if !ok || u.Port() != "" || u.Host != name || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789.-[:]") != "" {
				return errors.New("must be a list of host names without scheme and port")
			}
		}
		*field = list
		return nil
	}
}

// networks reads addresses and networks, an address being a network of one.
func networks(field *[]netip.Prefix) func(string) error {
	return func(s string) error {
		var list []netip.Prefix
		for _, item := range items(s) {
			p, err := netip.ParsePrefix(item)
			if a, aErr := netip.ParseAddr(item); aErr == nil {
				p, err = a.Prefix(a.BitLen())
			}
			if err != nil || p != p.Masked() || p.Addr().Is4In6() {
				return errors.New("must be a list of addresses and networks, as 10.0.0.0/8")
			}
			list = append(list, p)
		}
		*field = list
		return nil
	}
}

// maxRate is far above what one machine answers.
const maxRate = 1_000_000

var periods = map[string]time.Duration{"s": time.Second, "min": time.Minute, "h": time.Hour}

// rate reads a number of requests in a time, such as 60/min. 0 is no limit.
func rate(field *ratelimit.Limit) func(string) error {
	return func(s string) error {
		number, unit, given := strings.Cut(s, "/")
		var n int
		err := whole(&n, 0, maxRate)(strings.TrimSpace(number))
		period := periods[strings.TrimSpace(unit)]
		switch {
		case err == nil && n == 0 && (!given || period > 0):
			*field = ratelimit.Limit{}
		case err == nil && period > 0:
			*field = ratelimit.Limit{Count: n, Period: period}
		default:
			return fmt.Errorf("must be 0 for no limit, or 1 to %d requests in a time, as 60/min; the times are s, min and h", maxRate)
		}
		return nil
	}
}
