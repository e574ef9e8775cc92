package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
)

func environment(pairs ...string) func(string) (string, bool) {
	env := map[string]string{"STAGE": "production", "STACK_NAME": "s", "TABLE_NAME": "t", "QUEUE_URL": "http://127.0.0.1/q", "PICTURES_BUCKET": "b"}
	for i := 0; i < len(pairs); i += 2 {
		env[pairs[i]] = pairs[i+1]
	}
	return func(name string) (string, bool) {
		if value, ok := env[name]; ok {
			return value, true
		}
		return os.LookupEnv(name)
	}
}

func TestWire(t *testing.T) {
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:1", "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
	} {
		t.Setenv(name, value)
	}
	t.Run("it does not start without its table", func(t *testing.T) {
		if _, err := wire(environment("TABLE_NAME", ""), io.Discard); err == nil || !strings.HasPrefix(err.Error(), "TABLE_NAME") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a sweep whose table cannot be asked is an error, in one line", func(t *testing.T) {
		var log bytes.Buffer
		h, err := wire(environment(), &log)
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile("events/minute.json")
		if err != nil {
			t.Fatal(err)
		}
		var e events.EventBridgeEvent
		if err := json.Unmarshal(text, &e); err != nil {
			t.Fatal(err)
		}
		if err := h(t.Context(), e); err == nil {
			t.Error("no error")
		}
		if got := log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, `"outcome":"failed"`) || !strings.Contains(got, "53dc4d37") {
			t.Errorf("log: %s", got)
		}
	})
}
