package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"

	"volcimage/internal/embedded/host"
)

// edge knows where the parts of the service are.
type edge struct {
	stack    *url.URL // the emulator: function URLs and buckets alike, told apart by Host and path
	api      string   // the function URL's host
	site     string   // bucket
	pictures string   // bucket
}

// newEdge is the handler for the settings in env.
func newEdge(env func(string) string) (http.Handler, error) {
	stack, err := address(env, "AWS_ENDPOINT_URL")
	if err != nil {
		return nil, err
	}
	api, err := address(env, "API_URL")
	if err != nil {
		return nil, err
	}
	e := edge{stack: stack, api: api.Host, site: env("SITE_BUCKET"), pictures: env("PICTURE_BUCKET")}
	for name, value := range map[string]string{"SITE_BUCKET": e.site, "PICTURE_BUCKET": e.pictures} {
		if value == "" || strings.Contains(value, "/") {
			return nil, fmt.Errorf("%s=%q: must name a bucket", name, value)
		}
	}
	mux := http.NewServeMux()
	mux.Handle("/api/", &httputil.ReverseProxy{Rewrite: e.toAPI, ModifyResponse: e.ownLinks})
	mux.Handle("/"+e.pictures+"/", readOnly(&httputil.ReverseProxy{Rewrite: e.toPicture}))
	mux.Handle("/", readOnly(&httputil.ReverseProxy{Rewrite: e.toPage, ModifyResponse: pageHeaders}))
	return mux, nil
}

// readOnly keeps writing requests from the buckets: the emulator would obey them.
func readOnly(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "This can only be read.", http.StatusMethodNotAllowed)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// address reads a setting that begins with scheme and host.
func address(env func(string) string, name string) (*url.URL, error) {
	u, err := url.Parse(env(name))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("%s=%q: must be like http://host:port", name, env(name))
	}
	return u, nil
}

// toAPI leaves path and query as they are; the emulator finds the function by the
// host.
func (e edge) toAPI(r *httputil.ProxyRequest) {
	r.Out.URL.Scheme, r.Out.URL.Host = e.stack.Scheme, e.stack.Host
	r.Out.Host = e.api
	r.Out.Header.Del("Accept-Encoding") // ownLinks reads the answer
	r.SetXForwarded()
}

// maxAnswer is in bytes; a function's answer has no more.
const maxAnswer = 6 << 20

// ownLinks makes the links to pictures lead here: signed as they are for the
// emulator's name in its own network, no browser finds them.
func (e edge) ownLinks(r *http.Response) error {
	foreign, own := e.stack.Scheme+"://"+e.stack.Host+"/"+e.pictures+"/", "/"+e.pictures+"/"
	if l := r.Header.Get("Location"); l != "" {
		r.Header.Set("Location", strings.Replace(l, foreign, own, 1))
	}
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("read the api's answer: %w", err)
	}
	if err := r.Body.Close(); err != nil {
		return fmt.Errorf("read the api's answer: %w", err)
	}
	body = bytes.ReplaceAll(body, []byte(foreign), []byte(own))
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	if r.Request.Method != http.MethodHead {
		r.Header.Set("Content-Length", strconv.Itoa(len(body)))
	}
	return nil
}

// toPicture asks under the host that the link was signed for.
func (e edge) toPicture(r *httputil.ProxyRequest) {
	r.SetURL(e.stack)
	anonymous(r.Out)
}

// anonymous takes away what is for the API; a bucket would take it for its own.
func anonymous(r *http.Request) {
	r.Header.Del("Authorization")
	r.Header.Del("Cookie")
}

// toPage reads the file from the bucket. The root alone has an index, as with
// CloudFront.
func (e edge) toPage(r *httputil.ProxyRequest) {
	file := r.In.URL.Path
	if file == "/" {
		file = "/index.html"
	}
	r.Out.URL = &url.URL{Scheme: e.stack.Scheme, Host: e.stack.Host, Path: "/" + e.site + file}
	r.Out.Host = e.stack.Host
	anonymous(r.Out)
}

// pageHeaders gives an answer of the bucket the page's headers.
func pageHeaders(r *http.Response) error {
	host.SetSiteHeaders(r.Header)
	return nil
}
