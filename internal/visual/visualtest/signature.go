package visualtest

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	algorithm = "HMAC-SHA256"
	dateForm  = "20060102T150405Z"
	region    = "cn-north-1" // the vendor's pages: fixed for this service
	service   = "cv"

	maxSkew          = 15 * time.Minute // of X-Date; the service's window is not documented
	maxSignedHeaders = 32
)

// credential is what an Authorization header says.
type credential struct {
	accessKey, date, region, service string
	headers                          []string // signed, in lower case, sorted
	signature                        string
}

func (c credential) scope() string {
	return c.date + "/" + c.region + "/" + c.service + "/request"
}

// parseAuthorization reads "HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…".
func parseAuthorization(header string) (credential, bool) {
	rest, ok := strings.CutPrefix(header, algorithm+" ")
	if !ok {
		return credential{}, false
	}
	part := map[string]string{}
	for p := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(p), "=")
		part[name] = value
	}
	scope := strings.Split(part["Credential"], "/")
	if len(scope) != 5 || scope[4] != "request" || part["SignedHeaders"] == "" {
		return credential{}, false
	}
	c := credential{
		accessKey: scope[0], date: scope[1], region: scope[2], service: scope[3],
		headers: strings.Split(part["SignedHeaders"], ";"), signature: part["Signature"],
	}
	sorted := slices.IsSorted(c.headers) && len(c.headers) <= maxSignedHeaders
	return c, sorted
}

// sign is the signature that a request should carry.
func sign(r *http.Request, bodyHash, secret string, c credential) string {
	stamp := r.Header.Get("X-Date")
	toSign := strings.Join([]string{algorithm, stamp, c.scope(), hexSHA256([]byte(canonical(r, bodyHash, c)))}, "\n")
	return hex.EncodeToString(mac(signingKey(secret, c), toSign))
}

// signingKey chains the parts of the scope. Unlike AWS's, the secret has no prefix.
func signingKey(secret string, c credential) []byte {
	return mac(mac(mac(mac([]byte(secret), c.date), c.region), c.service), "request")
}

// canonical is the request in the one form that both sides sign. The headers end in
// a line break of their own, so that an empty line follows them.
func canonical(r *http.Request, bodyHash string, c credential) string {
	var headers strings.Builder
	for _, name := range c.headers {
		headers.WriteString(name + ":" + signedHeader(r, name) + "\n")
	}
	return strings.Join([]string{
		r.Method, canonicalPath(r.URL), canonicalQuery(r.URL),
		headers.String(), strings.Join(c.headers, ";"), bodyHash,
	}, "\n")
}

// signedHeader is a header as it is signed: its first value, trimmed. net/http keeps
// the host apart, and a default port is not signed.
func signedHeader(r *http.Request, name string) string {
	if name != "host" {
		return strings.TrimSpace(r.Header.Get(name))
	}
	host := strings.TrimSpace(r.Host)
	for _, port := range []string{":80", ":443"} {
		if h, ok := strings.CutSuffix(host, port); ok {
			return h
		}
	}
	return host
}

func canonicalPath(u *url.URL) string {
	parts := strings.Split(cmp.Or(u.Path, "/"), "/")
	for i, p := range parts {
		parts[i] = escape(p)
	}
	return strings.Join(parts, "/")
}

func canonicalQuery(u *url.URL) string {
	query := u.Query()
	var pairs []string
	for name, values := range query {
		for _, v := range values {
			pairs = append(pairs, escape(name)+"="+escape(v))
		}
	}
	slices.Sort(pairs)
	return strings.Join(pairs, "&")
}

// escape leaves A–Z a–z 0–9 - _ . ~ as they are; a blank becomes %20, never "+".
func escape(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	_, _ = h.Write([]byte(text)) // a hash never fails
	return h.Sum(nil)
}

func hexSHA256(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
