package httpapi_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strings"
	"testing"
)

func TestDocsPage(t *testing.T) {
	a := newAPI(t)
	t.Run("it loads nothing from elsewhere and has nothing inline", func(t *testing.T) {
		r := a.do(t, "GET", "/api/v1/docs", "")
		text := string(r.body)
		if r.status != 200 || r.header.Get("Content-Type") != "text/html; charset=utf-8" || strings.Contains(text, "//") || strings.Contains(text, "<style") || strings.Contains(text, "<script>") {
			t.Errorf("status %d, headers %v: %s", r.status, r.header, text)
		}
		csp := r.header.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "script-src 'self';", "style-src 'self';", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"} {
			if !strings.Contains(csp+";", part) {
				t.Errorf("policy %q lacks %s", csp, part)
			}
		}
	})
	t.Run("Swagger UI is as it was published, packed and unpacked", func(t *testing.T) {
		version, err := os.ReadFile("docs/VERSION")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"swagger-ui-bundle.js", "swagger-ui.css"} {
			for _, accept := range []string{"gzip", ""} {
				r := a.do(t, "GET", "/api/v1/docs/"+name, "", "Accept-Encoding", accept)
				sum := sha256.Sum256(r.body)
				if !strings.Contains(string(version), hex.EncodeToString(sum[:])+"  "+name) || r.header.Get("Content-Encoding") != accept || r.header.Get("Vary") != "Accept-Encoding" {
					t.Errorf("%s with %q: %d bytes, headers %v", name, accept, len(r.body), r.header)
				}
				if again := a.do(t, "GET", "/api/v1/docs/"+name, "", "Accept-Encoding", accept, "If-None-Match", r.header.Get("ETag")); again.status != 304 || len(again.body) != 0 {
					t.Errorf("%s again: status %d", name, again.status)
				}
			}
		}
	})
}
