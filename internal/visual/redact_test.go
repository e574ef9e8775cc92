package visual

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestWhatTheProviderSaysIsCleanedBeforeItIsKept(t *testing.T) {
	c, _ := dialURL(t, Config{Endpoint: "http://127.0.0.1:1"})
	for in, want := range map[string]string{
		"Text Risk Not Pass":                         "Text Risk Not Pass",
		"key " + testKey + " and " + testSecret:      "key [key] and [key]",
		"AKLTabcdefgh12345678 is not known":          "[key] is not known",
		"see https://p1.byteimg.com/a.png?x-sign=ab": "see https://p1.byteimg.com/a.png?[cut]",
		"image " + strings.Repeat("Ab/+", 40) + "=":  "image [data]",
		"bad \xff byte":                              "bad \uFFFD byte",
		strings.Repeat("字 ", 300):                    strings.Repeat("字 ", 100) + "…",
	} {
		if got := c.redact(in); got != want {
			t.Errorf("redact(%.60q) = %q, want %q", in, got, want)
		}
	}
}

func TestNoSecretGetsIntoLogsOrErrors(t *testing.T) {
	leaky := "denied " + testKey + " " + testSecret + " https://x.example/p.png?sig=topsecret " + strings.Repeat("QUJD", 50)
	for name, body := range map[string]string{
		"business":    businessBody(61000, leaky),
		"gateway":     strings.Replace(gatewayBody(100010, "SignatureDoesNotMatch"), `"no"`, `"`+leaky+`"`, 1),
		"page":        "<html>" + leaky,
		"in the code": `{"code":"` + testSecret + `","request_id":"` + testSecret + `","message":"x"}`,
	} {
		c, log := dial(t, say(400, body))
		_, err := c.Submit(t.Context(), fox)
		f := failureOf(t, err)
		all := log.String() + err.Error() + f.ProviderCode + f.RequestID
		for k := range c.UnknownCodes() {
			all += k
		}
		for _, secret := range []string{testKey, testSecret, "topsecret", "QUJDQUJD", "Authorization", "Signature=", "狐狸"} {
			if strings.Contains(all, secret) {
				t.Errorf("%s: %q got out:\n%s", name, secret, all)
			}
		}
		if !utf8.ValidString(all) {
			t.Errorf("%s: not UTF-8", name)
		}
	}
}

func TestACallIsOneLineInTheLog(t *testing.T) {
	c, log := dial(t, say(400, businessBody(50412, "Text Risk Not Pass")))
	_, _ = c.Submit(t.Context(), fox)
	line := log.String()
	for _, want := range []string{
		`"level":"DEBUG","msg":"provider call"`, `"action":"CVSync2AsyncSubmitTask"`, `"model":"jimeng_t2i_v40"`,
		`"http_status":400`, `"code":"50412"`, `"request_id":"R1"`, `"ms":`, `"error_code":"prompt_refused"`,
	} {
		if !strings.Contains(line, want) {
			t.Errorf("the line lacks %s: %s", want, line)
		}
	}
	if strings.Count(line, "\n") != 1 {
		t.Errorf("more than a line:\n%s", line)
	}
}
