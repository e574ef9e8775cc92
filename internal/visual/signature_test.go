package visual

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/volcengine/volc-sdk-golang/base"
)

// The vector was worked out by hand from the vendor's pages (4640/2122634 and
// 6766/127937).
func TestTheSignatureIsThatOfTheVector(t *testing.T) {
	const body = `{"req_key":"jimeng_t2i_v40","prompt":"一只猫","force_single":true}`
	c, err := New(Config{AccessKey: testKey, SecretKey: testSecret})
	if err != nil {
		t.Fatal(err)
	}
	for token, want := range map[string]string{
		"":      "ea7d85e211314e5489d2e8209bcaaee1a23085d02a0fb81ad8e1f7a872cf7796",
		"TOKEN": "650b202e427b824828b9cdffd006552e9bba56b73c38a8dcad6bf50edbb273b8",
	} {
		credentials := c.sdk.ServiceInfo.Credentials
		credentials.SessionToken = token
		got := base.GetSignRequest(base.RequestParam{
			Body: []byte(body), Method: http.MethodPost, Path: "/", Host: c.sdk.ServiceInfo.Host,
			Date:      time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
			QueryList: c.sdk.ApiInfoList[actionSubmit].Query,
			Headers:   http.Header{"Content-Type": {"application/json"}},
		}, credentials)
		if !strings.HasSuffix(got.Authorization, "Signature="+want) {
			t.Errorf("token %q: %s, want signature %s", token, got.Authorization, want)
		}
		if got.XContentSha256 != "1e25a24695382b10fe62821d4e95f6bab9a5de2b2ab8aa62b43970f319dc439c" {
			t.Errorf("body hash %s", got.XContentSha256)
		}
	}
}

var authorization = regexp.MustCompile(`^HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/([^/]+)/request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$`)

// checkSignature works the signature of a request out once more, by the vendor's
// rules and not by the SDK's code.
func checkSignature(t *testing.T, r *http.Request, body []byte) {
	t.Helper()
	m := authorization.FindStringSubmatch(r.Header.Get("Authorization"))
	if m == nil {
		t.Errorf("Authorization %q has not the form", r.Header.Get("Authorization"))
		return
	}
	key, day, region, service, names, signature := m[1], m[2], m[3], m[4], m[5], m[6]
	date := r.Header.Get("X-Date")
	if key != testKey || region != "cn-north-1" || service != "cv" || !strings.HasPrefix(date, day+"T") {
		t.Errorf("credential %s of %s/%s on %s, X-Date %s", key, region, service, day, date)
	}
	if got := r.Header.Get("X-Content-Sha256"); got != hash(body) {
		t.Errorf("X-Content-Sha256 %s, want %s", got, hash(body))
	}
	canonical := r.Method + "\n/\n" + strings.ReplaceAll(r.URL.Query().Encode(), "+", "%20") + "\n"
	for name := range strings.SplitSeq(names, ";") {
		value := r.Header.Get(name)
		if name == "host" {
			value = r.Host
		}
		canonical += name + ":" + strings.TrimSpace(value) + "\n"
	}
	canonical += "\n" + names + "\n" + hash(body)
	scope := day + "/" + region + "/" + service + "/request"
	k := []byte(testSecret)
	for part := range strings.SplitSeq(scope, "/") {
		k = mac(k, part)
	}
	want := hex.EncodeToString(mac(k, "HMAC-SHA256\n"+date+"\n"+scope+"\n"+hash([]byte(canonical))))
	if signature != want {
		t.Errorf("signature %s, want %s", signature, want)
	}
}

func mac(key []byte, s string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(s))
	return h.Sum(nil)
}

func hash(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}
