package fetch

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"testing"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

// FuzzLink: whatever the link, and whatever address its host stands for, nothing but
// the origin and public addresses at port 443 would be connected to, and the error
// does not tell the link's query.
func FuzzLink(f *testing.F) {
	for _, link := range []string{
		"https://p3.byteimg.com/a", "https://results.example.com:443/", "http://127.0.0.1:9000/a", "http://127.0.0.1:9001/a",
		"https://user:pass@p3.byteimg.com/", "https://[::1]/", "https://127.0.0.1/", "https://p3.byteimg.com@127.0.0.1/",
		"https://[fe80::1%25eth0]:443/", "https:p3.byteimg.com", "file:///etc/passwd", "//p3.byteimg.com", "https://p3。byteimg。com",
	} {
		for _, ip := range []string{"8.8.8.8", "127.0.0.1", "169.254.169.254", "64:ff9b::7f00:1", "::ffff:10.0.0.1", "2606:4700::1"} {
			f.Add(link, netip.MustParseAddr(ip).AsSlice())
		}
	}
	errSent := errors.New("a packet would have been sent")
	f.Fuzz(func(t *testing.T, link string, answer []byte) {
		fetcher := New(Config{Origin: &url.URL{Scheme: "http", Host: "127.0.0.1:9000"}, Hosts: hosts})
		fetcher.public = transport(&net.Dialer{
			Resolver: everyName(answer).resolver(),
			Control: func(network, address string, c syscall.RawConn) error {
				if err := publicOnly(network, address, c); err != nil {
					return err
				}
				at, err := netip.ParseAddrPort(address)
				if err != nil || at.Port() != 443 || !worldwide(at.Addr()) {
					t.Errorf("%q with its host at %x connects to %s", link, answer, address)
				}
				return errSent
			},
		})
		fetcher.origin = transport(&net.Dialer{Control: func(_, address string, _ syscall.RawConn) error {
			if address != "127.0.0.1:9000" || !strings.HasPrefix(strings.ToLower(link), "http://127.0.0.1:9000") {
				t.Errorf("%q connects to %s as the origin", link, address)
			}
			return errSent
		}})
		const signature = "?signature=4f2d96"
		_, err := fetcher.Fetch(t.Context(), link+signature)
		if task.CodeOf(err) != catalog.CodePictureUnreachable {
			t.Fatalf("got %v, want %s", err, catalog.CodePictureUnreachable)
		}
		if strings.Contains(err.Error(), signature[1:]) {
			t.Errorf("%q tells the query of %q", err, link)
		}
	})
}

// worldwide is another way to say [public], by the standard library where it can.
func worldwide(ip netip.Addr) bool {
	ip = ip.Unmap()
	reserved := ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified()
	b := ip.AsSlice()
	switch {
	case reserved || !ip.IsGlobalUnicast():
		return false
	case ip.Is4():
		carrier := b[0] == 100 && b[1]&0xc0 == 64
		benchmark := b[0] == 198 && b[1]&0xfe == 18
		return b[0] != 0 && b[0] < 224 && !carrier && !benchmark
	default:
		holdsIPv4 := b[0] == 0x20 && b[1] == 0x02 || b[0] == 0x20 && b[1] == 0x01 && b[2] == 0 && b[3] == 0
		return b[0]&0xe0 == 0x20 && !holdsIPv4
	}
}

// everyName is a name server for which the names of the rule stand for one address;
// four bytes are IPv4, any other number IPv6.
func everyName(answer []byte) *nameServer {
	var b [16]byte
	copy(b[:], answer)
	ip := netip.AddrFrom16(b)
	if len(answer) == 4 {
		ip = netip.AddrFrom4([4]byte(answer))
	}
	return &nameServer{any: []netip.Addr{ip}}
}
