package main

import (
	"encoding/json"
	"io"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"volcimage/internal/config"
	"volcimage/internal/visual"
)

func environment(pairs ...string) func(string) (string, bool) {
	env := map[string]string{
		"STAGE": "production", "STACK_NAME": "s", "TABLE_NAME": "t", "QUEUE_URL": "http://127.0.0.1/q", "PICTURES_BUCKET": "b", "VOLC_KEYS_SECRET": "keys",
	}
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
	t.Run("it does not start without the name of its secret, or with the keys in the open", func(t *testing.T) {
		for _, pair := range [][]string{{"VOLC_KEYS_SECRET", ""}, {"VOLC_SECRET_KEY", "in-the-open"}} {
			_, err := wire(environment(pair...), io.Discard)
			if err == nil || !strings.HasPrefix(err.Error(), pair[0]) || strings.Contains(err.Error(), "in-the-open") {
				t.Errorf("%v: %v", pair, err)
			}
		}
	})
	t.Run("a message that is no hint is given up, one whose table cannot be asked comes again", func(t *testing.T) {
		for name, value := range map[string]string{
			"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:1", "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
		} {
			t.Setenv(name, value)
		}
		h, err := wire(environment(), io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		for file, want := range map[string]int{"unreadable.json": 0, "hint.json": 1} {
			text, err := os.ReadFile("events/" + file)
			if err != nil {
				t.Fatal(err)
			}
			var e events.SQSEvent
			if err := json.Unmarshal(text, &e); err != nil {
				t.Fatal(err)
			}
			answer, err := h(t.Context(), e)
			if err != nil || answer.BatchItemFailures == nil || len(answer.BatchItemFailures) != want {
				t.Errorf("%s: %+v, %v; want %d failures", file, answer, err, want)
			}
		}
	})
}

func TestDial(t *testing.T) {
	v := &config.Volc{Region: "cn-north-1", Service: "cv", Endpoint: &url.URL{Scheme: "http", Host: "127.0.0.1:1"}}
	if c, err := dial(v, "a", "b", visual.Config{}); err != nil || c == nil {
		t.Errorf("got %v, %v", c, err)
	}
	if _, err := dial(v, "", "b", visual.Config{}); err == nil {
		t.Error("without a key: no error")
	}
}
