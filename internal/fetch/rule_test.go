package fetch

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

// hosts is how the catalog lists them.
var hosts = []string{".byteimg.com", "results.example.com"}

// refusing makes a Fetcher for which the test fails as soon as it connects anywhere.
func refusing(t *testing.T, origin string) (*Fetcher, *strings.Builder) {
	t.Helper()
	u, err := url.Parse(origin)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	f := New(Config{Origin: u, Hosts: hosts, Log: slog.New(slog.NewTextHandler(&log, nil))})
	dial := func(_ context.Context, _, address string) (net.Conn, error) {
		t.Errorf("connects to %s", address)
		return nil, net.ErrClosed
	}
	f.public.DialContext, f.origin.DialContext = dial, dial
	return f, &log
}

func TestC23LinksThatAreRefused(t *testing.T) {
	for _, link := range []string{
		"", "/relative", "//p3.byteimg.com/a", "p3.byteimg.com/a", "https:p3.byteimg.com", "https://", "https:///a",
		"http://p3.byteimg.com/a", "file:///etc/passwd", "gopher://p3.byteimg.com/", "ftp://p3.byteimg.com/",
		"data:image/png;base64,AAAA", "javascript:alert(1)", "ws://p3.byteimg.com/",
		"https://p3.byteimg.com:22/", "https://p3.byteimg.com:80/", "https://p3.byteimg.com:8443/", "https://p3.byteimg.com:0443/",
		"https://user:pass@p3.byteimg.com/", "https://user@p3.byteimg.com/", "https://@p3.byteimg.com/",
		"https://p3.byteimg.com@127.0.0.1/", "https://p3.byteimg.com:443@127.0.0.1/", "https://127.0.0.1\\@p3.byteimg.com/",
		// look-alikes
		"https://byteimg.com/", "https://evilbyteimg.com/", "https://p3.byteimg.com.evil.test/", "https://p3.byteimg.com./",
		"https://results.example.com.evil.test/", "https://x.results.example.com/", "https://p3。byteimg。com/",
		"https://evil.test／.byteimg.com/", "https://evil.test%2f.byteimg.com/", "https://p3_x.byteimg.com/", "https://ⓟ3.byteimg.com/",
		// addresses
		"https://127.0.0.1/", "https://10.0.0.1/", "https://169.254.169.254/latest/meta-data/", "https://[::1]/", "https://[::ffff:127.0.0.1]/",
		"https://100.64.0.1/", "https://198.18.0.1/", "https://[64:ff9b::7f00:1]/", "https://0.0.0.0/", "https://[fe80::1]/",
		"https://[fe80::1%25eth0]/", "https://2130706433/", "https://0x7f000001/", "https://127.1/", "https://8.8.8.8/", "https://localhost/",
		// nearly the origin
		"http://127.0.0.1:9001/a", "https://127.0.0.1:9000/a", "http://127.0.0.2:9000/a", "http://user@127.0.0.1:9000/a", "http://127.0.0.1/a",
		"https://p3.byteimg.com/\x00", "https://p3.byteimg.com/%zz", "https://p3.byteimg.com/" + strings.Repeat("a", maxLink),
	} {
		t.Run(link, func(t *testing.T) {
			f, log := refusing(t, "http://127.0.0.1:9000")
			link += "?signature=secret#fragment"
			_, err := f.Fetch(t.Context(), link)
			if task.CodeOf(err) != catalog.CodePictureUnreachable || task.KindOf(err) != task.Unavailable {
				t.Fatalf("got %v, want %s", err, catalog.CodePictureUnreachable)
			}
			if !strings.Contains(err.Error(), "address refused") {
				t.Errorf("%q does not say that the address is refused", err)
			}
			for where, text := range map[string]string{"error": err.Error(), "log": log.String()} {
				if strings.Contains(text, "secret") || strings.Contains(text, "fragment") || strings.Contains(text, "pass@") {
					t.Errorf("the %s tells a secret: %s", where, text)
				}
				if len(text) > 1000 {
					t.Errorf("the %s is %d bytes long", where, len(text))
				}
			}
			if !strings.Contains(log.String(), "address refused") {
				t.Error("nothing was logged")
			}
		})
	}
}

func TestLinksThatAreAsked(t *testing.T) {
	for link, want := range map[string]string{
		"https://p3.byteimg.com/a?x=1":        "public p3.byteimg.com:443",
		"https://P3.ByteImg.COM/a":            "public P3.ByteImg.COM:443",
		"HTTPS://a.b.byteimg.com:443/":        "public a.b.byteimg.com:443",
		"https://results.example.com:/a":      "public results.example.com:443",
		"http://127.0.0.1:9000/results/1?e=2": "origin 127.0.0.1:9000",
		"HTTP://127.0.0.1:9000":               "origin 127.0.0.1:9000",
	} {
		t.Run(link, func(t *testing.T) {
			f, _ := refusing(t, "http://127.0.0.1:9000/?Action=X")
			var got []string
			dial := func(way string) func(context.Context, string, string) (net.Conn, error) {
				return func(_ context.Context, _, address string) (net.Conn, error) {
					got = append(got, way+" "+address)
					return nil, net.ErrClosed
				}
			}
			f.public.DialContext, f.origin.DialContext = dial("public"), dial("origin")
			if _, err := f.Fetch(t.Context(), link); task.CodeOf(err) != catalog.CodePictureUnreachable {
				t.Fatalf("got %v, want %s", err, catalog.CodePictureUnreachable)
			}
			if len(got) != 1 || !strings.EqualFold(got[0], want) {
				t.Errorf("connects to %q, want %q", got, want)
			}
		})
	}
	t.Run("without an origin there is none", func(t *testing.T) {
		if r := newRule(nil, nil); r.isOrigin(&url.URL{}) || r.isOrigin(&url.URL{Scheme: "http", Host: "127.0.0.1"}) {
			t.Error("something is the origin")
		}
	})
}

func TestC21PublicAddresses(t *testing.T) {
	for _, s := range []string{
		"127.0.0.1", "127.255.255.254", "10.0.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200",
		"198.18.0.1", "198.19.255.255", "0.0.0.0", "0.1.2.3", "240.0.0.1", "255.255.255.255", "224.0.0.1", "192.0.0.170",
		"::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8%eth0", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1",
		"fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "100::1",
		"2001:2::1", "2001:20::1", "3fff::1", "5f00::1", "4000::1", "1::1",
	} {
		ip := netip.MustParseAddr(s)
		if s == "::ffff:8.8.8.8%eth0" { // public once zone and mapping are off
			if !public(ip) {
				t.Errorf("public(%s) = false", s)
			}
			continue
		}
		if public(ip) {
			t.Errorf("public(%s) = true", s)
		}
	}
	for _, p := range special {
		for _, ip := range []netip.Addr{p.Addr(), last(p), last(p).WithZone("eth0")} {
			if p.Addr().Is4In6() {
				continue // its addresses are those of IPv4
			}
			if public(ip) {
				t.Errorf("public(%s) = true, of %s", ip, p)
			}
		}
	}
	for _, s := range []string{
		"8.8.8.8", "1.1.1.1", "223.5.5.5", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
		"169.253.255.255", "172.15.255.255", "172.32.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255",
		"2606:4700:4700::1111", "2400:3200::1", "2001:4860:4860::8888", "2003::1", "::ffff:1.1.1.1",
	} {
		if !public(netip.MustParseAddr(s)) {
			t.Errorf("public(%s) = false", s)
		}
	}
	if public(netip.Addr{}) {
		t.Error("no address is public")
	}
}

// last is the last address of p.
func last(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < 8*len(b); i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	ip, _ := netip.AddrFromSlice(b)
	return ip
}

func TestC21PublicOnly(t *testing.T) {
	for _, c := range []struct {
		network, address string
		pass             bool
	}{
		{"tcp4", "8.8.8.8:443", true},
		{"tcp6", "[2606:4700::1]:443", true},
		{"tcp4", "8.8.8.8:22", false},
		{"tcp4", "8.8.8.8:80", false},
		{"udp4", "8.8.8.8:443", false},
		{"unix", "/run/docker.sock", false},
		{"tcp4", "10.0.0.1:443", false},
		{"tcp6", "[fe80::1%eth0]:443", false},
		{"tcp6", "[::ffff:127.0.0.1]:443", false},
		{"tcp", "p3.byteimg.com:443", false},
	} {
		if err := publicOnly(c.network, c.address, nil); (err == nil) != c.pass {
			t.Errorf("publicOnly(%s, %s) = %v, want pass %v", c.network, c.address, err, c.pass)
		}
	}
}
