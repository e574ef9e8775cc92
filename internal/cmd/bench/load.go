package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// load is a closed loop: so many connections, each of which asks again as soon as
// it is answered. It speaks plain HTTP/1.1 over sockets, because an ordinary client
// takes as much of the processor as the fastest service here.
type load struct {
	address string
	conns   int
	length  time.Duration
	want    int // status
	// next is the i-th request, as it is sent.
	next func(i int64) []byte
	// answered is told how long each answer took, where it is set.
	answered func(took time.Duration)
}

// run answers how many requests were answered, and in which time.
func (l load) run(ctx context.Context) (count int64, took time.Duration, err error) {
	var number, answered atomic.Int64
	errs := make([]error, l.conns)
	begin := time.Now()
	end := begin.Add(l.length)
	var all sync.WaitGroup
	for i := range l.conns {
		all.Go(func() { errs[i] = l.ask(ctx, end, &number, &answered) })
	}
	all.Wait()
	return answered.Load(), time.Since(begin), first(errs)
}

// first is the first error, if any: the others mostly say the same.
func first(errs []error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// answerTime bounds the wait for one answer.
const answerTime = 30 * time.Second

// ask is one connection.
func (l load) ask(ctx context.Context, end time.Time, number, answered *atomic.Int64) (err error) {
	c, err := (&net.Dialer{Timeout: answerTime}).DialContext(ctx, "tcp", l.address)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	if err := c.SetDeadline(end.Add(answerTime)); err != nil {
		return err
	}
	in := bufio.NewReaderSize(c, 64<<10)
	for time.Now().Before(end) && ctx.Err() == nil {
		asked := time.Now()
		if _, err := c.Write(l.next(number.Add(1))); err != nil {
			return err
		}
		status, err := skim(in)
		if err != nil {
			return fmt.Errorf("read answer: %w", err)
		}
		if status != l.want {
			return fmt.Errorf("answered %d, want %d", status, l.want)
		}
		answered.Add(1)
		if l.answered != nil {
			l.answered(time.Since(asked))
		}
	}
	return ctx.Err()
}

// skim reads one answer and throws its body away.
func skim(in *bufio.Reader) (status int, err error) {
	line, err := in.ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	fields := bytes.Fields(line)
	if len(fields) < 2 {
		return 0, fmt.Errorf("%q is no HTTP", line)
	}
	if status, err = strconv.Atoi(string(fields[1])); err != nil {
		return 0, err
	}
	length := -1
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		name, value, ok := bytes.Cut(bytes.TrimSpace(line), []byte(":"))
		if !ok {
			break
		}
		if bytes.EqualFold(name, []byte("content-length")) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return 0, err
			}
		}
	}
	if length < 0 {
		return 0, errors.New("an answer without its length")
	}
	_, err = in.Discard(length)
	return status, err
}

// plain is a request as it is sent; both services are told that gzip is taken.
func plain(method, address, path, body string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\nAccept: application/json\r\nAccept-Encoding: gzip\r\n", method, path, address)
	if body != "" {
		fmt.Fprintf(&b, "Content-Type: application/json\r\nContent-Length: %d\r\n", len(body))
	}
	b.WriteString("\r\n")
	b.WriteString(body)
	return b.Bytes()
}
