package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"

	"volcimage/internal/catalog"
)

// compare prints what one picture tells of the model's record, and answers which
// values of the record it was about.
func (v *verifier) compare(ctx context.Context, m catalog.Model, d drawing) (seen map[string]bool) {
	seen = map[string]bool{"ID": true, "ResultHosts": true, "Expected": true, "Size": true, "Format": true}
	v.row("ID", m.ID, "accepted", true)
	for _, f := range m.Fields {
		seen["Fields."+f.Name] = true
		v.row("Fields."+f.Name, "default "+short(f.Default), "accepted", true)
	}
	v.row("pictures", "1", strconv.Itoa(len(d.links)), len(d.links) == 1)
	// A first guess that the service replaces by its own median: only one that is
	// far too short misleads.
	v.row("Expected", m.Expected.String(), d.took.Round(100*time.Millisecond).String(), d.took < 4*m.Expected)
	v.host(m, d.links[0])
	if life, ok := lifeOf(d.links[0], d.now); ok {
		seen["LinkLife"] = true
		v.row("LinkLife", m.LinkLife.String(), life.Round(time.Minute).String(), life > m.LinkLife-time.Hour && life < m.LinkLife+time.Hour)
	}
	v.file(ctx, m, d.links[0])
	return seen
}

// short writes a default; 1/3 would fill the line.
func short(v any) string {
	if x, ok := v.(float64); ok {
		return strconv.FormatFloat(x, 'g', 4, 64)
	}
	return fmt.Sprint(v)
}

// host checks that the link's host is one that results are fetched from: the
// endpoint's own, or the catalog's.
func (v *verifier) host(m catalog.Model, link string) {
	u, err := url.Parse(link)
	if err != nil || u.Hostname() == "" {
		v.row("ResultHosts", strings.Join(m.ResultHosts, " "), "not an address", false)
		return
	}
	own, _ := url.Parse(v.client.Endpoint) // visual.New has parsed it
	known := u.Host == own.Host
	for _, h := range m.ResultHosts {
		known = known || u.Hostname() == h || strings.HasPrefix(h, ".") && strings.HasSuffix(u.Hostname(), h)
	}
	v.row("ResultHosts", "one of "+strconv.Itoa(len(m.ResultHosts)), u.Scheme+"://"+u.Host, known)
}

// lifeOf is how long a signed link is good for, where it says so.
func lifeOf(link string, now time.Time) (time.Duration, bool) {
	u, err := url.Parse(link)
	if err != nil {
		return 0, false
	}
	for name, values := range u.Query() {
		n, err := strconv.ParseInt(values[0], 10, 64)
		if err != nil || n <= 0 {
			continue
		}
		switch strings.ToLower(name) {
		case "x-expires", "expires": // a moment
			return time.Unix(n, 0).Sub(now), true
		case "x-tos-expires", "x-amz-expires": // a span
			return time.Duration(min(n, 1<<30)) * time.Second, true
		}
	}
	return 0, false
}

// maxFile bounds a download, in bytes.
const maxFile = 64 << 20

// file downloads the picture and looks at it.
func (v *verifier) file(ctx context.Context, m catalog.Model, link string) {
	data, err := v.download(ctx, link)
	v.row("the link", "works", words(err, fmt.Sprintf("%d bytes", len(data))), err == nil)
	if err != nil {
		return
	}
	p, err := v.pictures.Verify(data)
	v.row("the file", "whole", words(err, "whole"), err == nil)
	if err != nil {
		return
	}
	v.row("Format", m.Format, p.Format, p.Format == m.Format)
	want := fmt.Sprintf("%d × %d", m.Size.Default.Width, m.Size.Default.Height)
	got := fmt.Sprintf("%d × %d", p.Width, p.Height)
	v.row("Size", want, got, got == want)
}

func words(err error, otherwise string) string {
	if err != nil {
		return err.Error()
	}
	return otherwise
}

// download fetches what the service itself would fetch, but for the name of the
// host. It never quotes the link: its query is a key to the picture.
func (v *verifier) download(ctx context.Context, link string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil {
		return nil, errors.New("not an address")
	}
	if own, _ := url.Parse(v.client.Endpoint); r.URL.Scheme != "https" && r.URL.Host != own.Host {
		return nil, errors.New("neither https nor the endpoint's own host")
	}
	resp, err := v.http.Do(r)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err
		}
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }() // read to its end, or broken
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("HTTP %d", resp.StatusCode)
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = errors.New("longer than 64 MiB")
	}
	return data, err
}

// assumed is the record's value of that name.
func assumed(m catalog.Model, name string) string {
	if name == "PriceMicroCNY" {
		return fmt.Sprintf("%.2f CNY (see the bill)", float64(m.PriceMicroCNY)/1e6)
	}
	return fmt.Sprint(reflect.ValueOf(m).FieldByName(name))
}
