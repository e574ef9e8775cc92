package fetch

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"syscall"
	"time"
)

// publicPort is the only one asked of the public.
const publicPort = "443"

const dialTimeout = 10 * time.Second

// transport speaks HTTP over what dialer connects. It knows no proxy, no matter what
// the environment says: a proxy would look names up itself.
func transport(dialer *net.Dialer) *http.Transport {
	http1 := new(http.Protocols) // one connection for each picture: streams gain nothing
	http1.SetHTTP1(true)
	return &http.Transport{
		Proxy:                  nil,
		DialContext:            dialer.DialContext,
		Protocols:              http1,
		DisableCompression:     true,
		TLSHandshakeTimeout:    dialTimeout,
		ResponseHeaderTimeout:  30 * time.Second,
		MaxResponseHeaderBytes: maxHeader,
		MaxIdleConns:           8,
		MaxIdleConnsPerHost:    4,
		IdleConnTimeout:        30 * time.Second,
	}
}

// publicOnly is the [net.Dialer]'s Control of connections to the public: it sees every
// address that is about to be connected to, after its name was looked up and before a
// packet is sent.
func publicOnly(network, address string, _ syscall.RawConn) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%w: %s is no address", errRefused, address)
	}
	ip, err := netip.ParseAddr(host)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %s is no address", errRefused, host)
	case network != "tcp4" && network != "tcp6":
		return fmt.Errorf("%w: over %s", errRefused, network)
	case port != publicPort:
		return fmt.Errorf("%w: only port %s is asked", errRefused, publicPort)
	case !public(ip):
		return fmt.Errorf("%w: its host is at %s, which is not public", errRefused, ip)
	}
	return nil
}

// public tells whether the whole world may reach ip.
func public(ip netip.Addr) bool {
	// A zone would keep ip from being within any prefix; ::ffff:10.0.0.1 is 10.0.0.1.
	ip = ip.WithZone("").Unmap()
	if ip.Is6() && !globalUnicast.Contains(ip) {
		return false
	}
	return ip.IsValid() && !slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// globalUnicast is all of IPv6 that is given to anybody (RFC 4291, IANA's "IPv6
// Address Space"); what is special within it is listed below.
var globalUnicast = netip.MustParsePrefix("2000::/3")

// special is every block of IANA's special-purpose address registries for IPv4 and
// IPv6, those that the world can reach among them: no picture is there. Besides, all
// multicast, and prefixes of old that hold an IPv4 address.
//
// https://www.iana.org/assignments/iana-ipv4-special-registry
// https://www.iana.org/assignments/iana-ipv6-special-registry
var special = prefixes(
	"0.0.0.0/8",       // this network
	"10.0.0.0/8",      // private
	"100.64.0.0/10",   // shared behind a carrier's NAT; a cloud's metadata too
	"127.0.0.0/8",     // loopback
	"169.254.0.0/16",  // link-local, cloud metadata
	"172.16.0.0/12",   // private
	"192.0.0.0/24",    // protocol assignments
	"192.0.2.0/24",    // documentation
	"192.31.196.0/24", // AS112
	"192.52.193.0/24", // AMT relays
	"192.88.99.0/24",  // 6to4 relays
	"192.168.0.0/16",  // private
	"192.175.48.0/24", // AS112
	"198.18.0.0/15",   // benchmarks
	"198.51.100.0/24", // documentation
	"203.0.113.0/24",  // documentation
	"224.0.0.0/4",     // multicast
	"240.0.0.0/4",     // reserved, and broadcast

	"::/128",            // unspecified
	"::1/128",           // loopback
	"::/96",             // IPv4 of old
	"::ffff:0:0/96",     // IPv4, mapped; Unmap comes first
	"::ffff:0:0:0/96",   // IPv4, translated (RFC 2765)
	"64:ff9b::/96",      // IPv4 through NAT64
	"64:ff9b:1::/48",    // IPv4 through a local NAT64
	"100::/64",          // discard
	"100:0:0:1::/64",    // dummy (RFC 9780)
	"2001::/23",         // protocol assignments: Teredo, benchmarks, ORCHID, AS112, AMT …
	"2001:db8::/32",     // documentation
	"2002::/16",         // IPv4 through 6to4
	"2620:4f:8000::/48", // AS112
	"3fff::/20",         // documentation
	"5f00::/16",         // segment routing
	"fc00::/7",          // unique local
	"fe80::/10",         // link-local
	"fec0::/10",         // site-local of old
	"ff00::/8",          // multicast
)

func prefixes(list ...string) (out []netip.Prefix) {
	for _, s := range list {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}
