package logging

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

const (
	accessKey = "AKLTNjA2ZjExYWJjZGVmNDU2Nzg5MDEyMzQ1Njc4OTA"
	secretKey = `WmpGa"Tl3/QUJD+REVG==`
	signature = "5f1c2a9b7d3e4f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8"
	apiKey    = "s3cr3t-api-key-of-alice"
	ownKey    = "kzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzza"
	bearer    = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"
	prompt    = "一只狐狸在雪里 a fox in the snow"
)

// planted is everything that no line may hold.
var planted = []string{ownKey[:20], accessKey, secretKey, `WmpGa\"Tl3`, "WmpGa", url.QueryEscape(secretKey), signature, apiKey, bearer, prompt, "狐狸"}

var signed = "https://p3.byteimg.com/x.jpg?X-Amz-Credential=" + accessKey + "%2Fcn&X-Amz-Signature=" + signature + "&x-expires=1&x-signature=" + signature + "&ok=yes"

type person struct {
	Name   string
	APIKey string `json:"api_key"`
	Prompt string `json:"prompt"`
}

type valuer struct{}

func (valuer) LogValue() slog.Value { return slog.StringValue("Bearer " + bearer) }

// plant logs the secrets in every way that somebody might.
var plant = map[string]func(l *slog.Logger){
	"a key of ours in an error": func(l *slog.Logger) {
		l.Info("x", "error", errors.New("look up vi_abcdefghijklmnop_"+ownKey))
	},
	"in a message":             func(l *slog.Logger) { l.Info("call with " + accessKey + " and " + secretKey) },
	"in an address":            func(l *slog.Logger) { l.Info("fetch", "url", signed) },
	"in an address in another": func(l *slog.Logger) { l.Info("fetch", "url", "/x?u="+url.QueryEscape(signed)) },
	"in a parsed address": func(l *slog.Logger) {
		u, _ := url.Parse(signed)
		l.Info("fetch", "url", u)
	},
	"in our own link":    func(l *slog.Logger) { l.Info("serve", "url", "/files/a.png?expires=1&sig="+signature+"&name=x") },
	"in an error":        func(l *slog.Logger) { l.Info("x", "error", fmt.Errorf("get %q: %w", signed, errors.New(secretKey))) },
	"in a header's text": func(l *slog.Logger) { l.Info("Authorization: Bearer " + bearer) },
	"in a signature header": func(l *slog.Logger) {
		l.Info("x", "h", "HMAC-SHA256 Credential="+accessKey+"/20260101/cn-north-1/cv/request, SignedHeaders=host, Signature="+signature)
	},
	"in a header as a field": func(l *slog.Logger) { l.Info("x", "Authorization", "odd "+secretKey+apiKey, "X-Api-Key", apiKey) },
	"in headers": func(l *slog.Logger) {
		l.Info("x", "headers", http.Header{"X-Api-Key": {apiKey}, "Authorization": {"Bearer " + bearer}, "Cookie": {"sid=" + signature}})
	},
	"in headers as Go prints them": func(l *slog.Logger) {
		l.Info(fmt.Sprint(http.Header{"X-Api-Key": {apiKey}, "Authorization": {"Bearer " + bearer}}))
	},
	"in a group": func(l *slog.Logger) {
		l.Info("x", slog.Group("volc", slog.Group("keys", "access_key", apiKey, "SecretKey", secretKey)))
	},
	"in a secret group":           func(l *slog.Logger) { l.Info("x", slog.Group("authorization", "value", apiKey)) },
	"in WithGroup":                func(l *slog.Logger) { l.WithGroup("request").With("x-api-key", apiKey).Info("x", "token", bearer) },
	"in a structure":              func(l *slog.Logger) { l.Info("x", "person", person{"alice", apiKey, prompt}) },
	"in a list of them":           func(l *slog.Logger) { l.Info("x", "people", []any{&person{"alice", apiKey, prompt}}) },
	"in a valuer":                 func(l *slog.Logger) { l.Info("x", "v", valuer{}) },
	"as a prompt":                 func(l *slog.Logger) { l.Info("x", "prompt", prompt, slog.Group("params", "negative_prompt", prompt)) },
	"as a password":               func(l *slog.Logger) { l.Info("x", "url", "http://alice:"+apiKey+"@proxy:80/") },
	"as an assignment":            func(l *slog.Logger) { l.Info("run with VOLC_SECRET_KEY=" + signature + " api_key=" + apiKey) },
	"as basic credentials":        func(l *slog.Logger) { l.Info("x", "h", "Basic "+bearer) },
	"behind a line break, signed": func(l *slog.Logger) { l.Info("first\nsig=" + signature + "\nBearer " + bearer + "\n" + accessKey) },
	"behind a line break":         func(l *slog.Logger) { l.Info("first\nX-Api-Key: " + apiKey + "\nlast") },
}

func TestC40NothingSecretIsLogged(t *testing.T) {
	for _, format := range []Format{JSON, Text} {
		for name, log := range plant {
			t.Run(string(format)+" "+name, func(t *testing.T) {
				var b bytes.Buffer
				l, err := New(&b, slog.LevelDebug, format, secretKey)
				if err != nil {
					t.Fatal(err)
				}
				log(l)
				line := b.String()
				for _, s := range planted {
					if strings.Contains(line, s) {
						t.Errorf("%q is in the line %s", s, line)
					}
				}
				if strings.Count(line, "\n") != 1 || !strings.HasSuffix(line, "\n") {
					t.Errorf("not one line: %q", line)
				}
				if format == JSON && !json.Valid(b.Bytes()) {
					t.Errorf("not JSON: %s", line)
				}
			})
		}
	}
}

func TestWhatMayBeSeenIsSeen(t *testing.T) {
	line := func(t *testing.T, log func(*slog.Logger)) map[string]any {
		t.Helper()
		var b bytes.Buffer
		l, err := New(&b, slog.LevelInfo, JSON, "short", secretKey)
		if err != nil {
			t.Fatal(err)
		}
		log(l)
		var fields map[string]any
		if err := json.Unmarshal(b.Bytes(), &fields); err != nil {
			t.Fatalf("%s: %v", b.String(), err)
		}
		return fields
	}
	t.Run("plain fields stay as they are", func(t *testing.T) {
		got := line(t, func(l *slog.Logger) {
			l.Info("step done", "task_id", "01JD0000000000000000000000", "n", 3, "key", "images/local/x.png", "next", true, "error", errors.New("no such file"),
				"list", []int{1, 2}, "nothing", nil, "words", "short basic signs of a token")
		})
		delete(got, "time")
		want := map[string]any{
			"level": "INFO", "msg": "step done", "task_id": "01JD0000000000000000000000", "n": 3.0, "key": "images/local/x.png", "next": true,
			"error": "no such file", "list": []any{1.0, 2.0}, "nothing": nil, "words": "short basic signs of a token",
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got %v\nwant %v", got, want)
		}
	})
	t.Run("the rest of an address stays", func(t *testing.T) {
		got := line(t, func(l *slog.Logger) { l.Info("x", "url", signed) })["url"]
		want := "https://p3.byteimg.com/x.jpg?X-Amz-Credential=[redacted]%2Fcn&X-Amz-Signature=[redacted]&x-expires=1&x-signature=[redacted]&ok=yes"
		if got != want {
			t.Errorf("got %s\nwant %s", got, want)
		}
	})
	t.Run("what was removed by its name is marked once", func(t *testing.T) {
		if got := line(t, func(l *slog.Logger) { l.Info("x", "authorization", "abc") })["authorization"]; got != mask {
			t.Errorf("got %v, want %s", got, mask)
		}
		var b bytes.Buffer
		l, err := New(&b, slog.LevelInfo, Text)
		if err != nil {
			t.Fatal(err)
		}
		l.Info("x", "cookie", "abc", "n", 1)
		if !strings.HasSuffix(b.String(), "cookie=[redacted] n=1\n") {
			t.Errorf("got %s", b.String())
		}
	})
	t.Run("equal prompts can be told, and how long they are", func(t *testing.T) {
		of := func(p string) any {
			return line(t, func(l *slog.Logger) { l.Info("x", "prompt", p) })["prompt"]
		}
		if a, b := of(prompt), of(prompt); a != b || !strings.HasPrefix(fmt.Sprint(a), "25 characters") {
			t.Errorf("got %v and %v", a, b)
		}
		if a, b := of("a"), of("b"); a == b {
			t.Errorf("two prompts look alike: %v", a)
		}
	})
	t.Run("what is no JSON is named by its type", func(t *testing.T) {
		if got := line(t, func(l *slog.Logger) { l.Info("x", "r", struct{ F func() }{}) })["r"]; !strings.Contains(fmt.Sprint(got), "no JSON") {
			t.Errorf("got %v", got)
		}
	})
	t.Run("debug lines tell their place", func(t *testing.T) {
		for _, format := range []Format{JSON, Text} {
			var b bytes.Buffer
			l, err := New(&b, slog.LevelDebug, format)
			if err != nil {
				t.Fatal(err)
			}
			l.Debug("x")
			if !strings.Contains(b.String(), "logging_test.go") {
				t.Errorf("%s: %s", format, b.String())
			}
		}
	})
}

func TestNew(t *testing.T) {
	t.Run("an unknown format is an error", func(t *testing.T) {
		if _, err := New(io.Discard, slog.LevelInfo, "xml"); err == nil {
			t.Error("no error")
		}
	})
	t.Run("what is below the level is left out", func(t *testing.T) {
		var b bytes.Buffer
		l, err := New(&b, slog.LevelWarn, JSON)
		if err != nil {
			t.Fatal(err)
		}
		l.Info("x")
		if b.Len() != 0 {
			t.Errorf("got %s", b.String())
		}
	})
	t.Run("a writer that fails is told to the handler", func(t *testing.T) {
		l, err := New(failing{}, slog.LevelInfo, JSON)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Handler().Handle(context.Background(), slog.Record{Message: "x"}); err == nil {
			t.Error("no error")
		}
	})
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func BenchmarkLine(b *testing.B) {
	l, err := New(io.Discard, slog.LevelInfo, JSON, secretKey)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		l.Info("request", "method", "GET", "path", "/api/v1/task/01JD0000000000000000000000", "status", 200, "ms", 1.25, "request_id", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
	}
}
