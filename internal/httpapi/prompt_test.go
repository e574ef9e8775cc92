package httpapi_test

import (
	"encoding/json"
	"strings"
	"testing"

	"volcimage/internal/httpapi"
	"volcimage/internal/task"
)

func TestPrompts(t *testing.T) {
	for name, prompt := range map[string]string{
		"a formula": `=HYPERLINK("http://evil.example","x")`, "an at sign": "@SUM(A1)", "a tab": "a\tfox", "lines": "a\r\nfox",
		"a tag": `<img src=x onerror=alert(1)>`, "a script": `</script><script>alert(1)</script>`, "a change of direction": "fox \u202e xof",
		"as many emoji as characters are allowed": strings.Repeat("🦊", 800), "quotes": `"'` + "`", "a null byte's escape": `\u0000`,
	} {
		t.Run("C41 "+name+" in a prompt comes back as it was, and is nothing but text", func(t *testing.T) {
			a := newAPI(t)
			body, err := json.Marshal(map[string]string{"prompt": prompt})
			if err != nil {
				t.Fatal(err)
			}
			var made httpapi.Accepted
			a.do(t, "POST", "/api/v1/generate", string(body)).into(t, 202, &made)
			r := a.do(t, "GET", "/api/v1/task/"+string(made.ID), "")
			var got httpapi.Task
			r.into(t, 200, &got)
			if got.Prompt != prompt {
				t.Errorf("prompt %q, want %q", got.Prompt, prompt)
			}
			if r.header.Get("Content-Type") != "application/json" || r.header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("a browser may take it for something else: %v", r.header)
			}
			a.finish(a.tasks[made.ID])
			address := a.do(t, "GET", "/api/v1/task/"+string(made.ID)+"/images/0?download=1", "").header.Get("Location")
			if strings.ContainsAny(address, "<>\"\r\n\t\u202e") {
				t.Errorf("download address %q", address)
			}
			if strings.Contains(a.log.String(), prompt) {
				t.Errorf("the log has the prompt: %s", a.log)
			}
		})
	}
	t.Run("C41 a prompt's length is counted in characters", func(t *testing.T) {
		for n, want := range map[int]task.Code{801: "invalid_request", 10_000: "body_too_large"} {
			status := map[task.Code]int{"invalid_request": 422, "body_too_large": 413}[want]
			newAPI(t).do(t, "POST", "/api/v1/generate", `{"prompt":"`+strings.Repeat("🦊", n)+`"}`).problem(t, status, want)
		}
	})
}
