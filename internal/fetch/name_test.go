package fetch

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
)

// nameServer is a name server in memory: it answers from names, each time a name is
// looked up with the next of its lists of addresses, at last with the last one.
type nameServer struct {
	mu    sync.Mutex
	names map[string][][]netip.Addr
	any   []netip.Addr // what every other name stands for
}

func (s *nameServer) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go s.serve(server)
		return client, nil
	}}
}

// serve answers one connection, in the framing of DNS over TCP (RFC 1035, 4.2.2).
func (s *nameServer) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	for {
		var size [2]byte
		if _, err := io.ReadFull(c, size[:]); err != nil {
			return
		}
		query := make([]byte, binary.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(c, query); err != nil {
			return
		}
		reply := s.answer(query)
		if _, err := c.Write(binary.BigEndian.AppendUint16(nil, uint16(len(reply)))); err != nil {
			return
		}
		if _, err := c.Write(reply); err != nil {
			return
		}
	}
}

func (s *nameServer) answer(query []byte) []byte {
	const header, ipv4, ipv6 = 12, 1, 28
	end, labels := header, []string(nil)
	for query[end] != 0 {
		n := int(query[end])
		labels = append(labels, string(query[end+1:end+1+n]))
		end += 1 + n
	}
	kind := binary.BigEndian.Uint16(query[end+1:])
	question := query[header : end+5]

	reply := append([]byte{query[0], query[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, question...)
	for _, ip := range s.next(strings.ToLower(strings.Join(labels, ".")), kind == ipv4) {
		if ip.Is4() != (kind == ipv4) {
			continue
		}
		reply[7]++
		reply = append(reply, 0xc0, header, 0, byte(kind), 0, 1, 0, 0, 0, 0, 0, byte(ip.BitLen()/8))
		reply = append(reply, ip.AsSlice()...)
	}
	return reply
}

// next is what name stands for now. A lookup asks for both families, in any order, and
// the question for IPv4 is the one that moves on: only lists of IPv4 can change.
func (s *nameServer) next(name string, move bool) []netip.Addr {
	s.mu.Lock()
	defer s.mu.Unlock()
	lists := s.names[name]
	if len(lists) == 0 {
		return s.any
	}
	if move && len(lists) > 1 {
		s.names[name] = lists[1:]
	}
	return lists[0]
}

func addrs(list ...string) (out []netip.Addr) {
	for _, s := range list {
		out = append(out, netip.MustParseAddr(s))
	}
	return out
}
