package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestSecretShowsItselfNowhere(t *testing.T) {
	s := Secret(hidden)
	c := Config{Volc: Volc{AccessKey: access, SecretKey: s}}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "secret", s, "config", c)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secret", s, "config", c)
	asJSON, err := json.Marshal(c.Volc)
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]string{"slog": log.String(), "JSON": string(asJSON), "String": s.String(), "GoString": s.GoString()}
	// Not %p: fmt looks at that one before any method, and prints what it is given.
	for _, verb := range []string{"%s", "%v", "%+v", "%#v", "%q", "%x", "%X", "%d", "%t", "%50s", "%T"} {
		shown[verb] = fmt.Sprintf(verb, s)
		shown[verb+" in a struct"] = fmt.Sprintf(verb, c)
		shown[verb+" in a list"] = fmt.Sprintf(verb, []Secret{s})
	}
	hex := fmt.Sprintf("%x", hidden)
	for how, text := range shown {
		if strings.Contains(text, hidden) || strings.Contains(text, access) || strings.Contains(strings.ToLower(text), hex) {
			t.Errorf("by %s it shows: %s", how, text)
		}
	}
	if got := s.Reveal(); got != hidden {
		t.Errorf("Reveal: %q, want %q", got, hidden)
	}
}
