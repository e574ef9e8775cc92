package config

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"volcimage/internal/task"
)

// deployed is what a function's environment has at least, with pairs of name and
// value more; an empty value takes one away.
func deployed(pairs ...string) func(string) (string, bool) {
	env := map[string]string{
		"STAGE": "production", "STACK_NAME": "volcimage", "TABLE_NAME": "t", "QUEUE_URL": "https://sqs/q", "PICTURES_BUCKET": "b",
	}
	for i := 0; i < len(pairs); i += 2 {
		env[pairs[i]] = pairs[i+1]
	}
	return func(name string) (string, bool) {
		value, ok := env[name]
		return value, ok
	}
}

func TestLoadAWS(t *testing.T) {
	t.Run("it has the common settings and the names of what was deployed", func(t *testing.T) {
		c, a, err := LoadAWS(deployed("AWS_ENDPOINT_URL", "http://127.0.0.1:4566", "VOLC_KEYS_SECRET", "p", "API_KEYS_SECRET", "k", "EDGE_SECRET", "e",
			"MAX_CONCURRENT_TASKS", "7", "APP_DEBUG", "true", "VOLC_ENDPOINT", "http://provider:1"))
		want := AWS{
			Stage: "production", Stack: "volcimage", Table: "t", QueueURL: "https://sqs/q", Bucket: "b", Emulator: true,
			ProviderKeys: "p", APIKeys: "k", EdgeKey: "e",
		}
		if diff := cmp.Diff(want, a); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		if c.MaxConcurrentTasks != 7 || c.LogLevel != slog.LevelDebug || c.Volc.Endpoint.Host != "provider:1" || c.ThumbnailMaxSize != 400 || c.Keys != nil {
			t.Errorf("common settings %+v", c)
		}
	})
	t.Run("the poll interval is rounded up to what SQS can delay", func(t *testing.T) {
		for given, want := range map[string]time.Duration{"0.05": time.Second, "2": 2 * time.Second, "2.5": 3 * time.Second} {
			if c, _, err := LoadAWS(deployed("TASK_POLL_INTERVAL", given)); err != nil || c.PollInterval != want {
				t.Errorf("%s: %v, %v; want %v", given, c.PollInterval, err, want)
			}
		}
	})
	t.Run("what a function needs must be there", func(t *testing.T) {
		for _, name := range []string{"STAGE", "STACK_NAME", "TABLE_NAME", "QUEUE_URL", "PICTURES_BUCKET"} {
			if _, _, err := LoadAWS(deployed(name, "")); err == nil || !strings.HasPrefix(err.Error(), name+"=") {
				t.Errorf("without %s: %v", name, err)
			}
		}
		if _, _, err := LoadAWS(deployed(), "VOLC_KEYS_SECRET"); err == nil || !strings.HasPrefix(err.Error(), "VOLC_KEYS_SECRET=") {
			t.Errorf("without what it needs besides: %v", err)
		}
		if _, _, err := LoadAWS(deployed("STAGE", "test")); err == nil {
			t.Error("an unknown stage: no error")
		}
	})
	t.Run("a secret in the environment is refused and not shown", func(t *testing.T) {
		for _, name := range []string{"VOLC_ACCESS_KEY", "VOLC_SECRET_KEY", "API_KEY"} {
			if _, _, err := LoadAWS(deployed(name, hidden)); err == nil || !strings.HasPrefix(err.Error(), name) || strings.Contains(err.Error(), hidden) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
	t.Run("local is the one stage that is an emulator's", func(t *testing.T) {
		for stage, want := range map[string]bool{"local": true, "staging": false, "production": false} {
			if _, a, err := LoadAWS(deployed("STAGE", stage)); err != nil || a.Local() != want {
				t.Errorf("%s: %v, %v", stage, a.Local(), err)
			}
		}
	})
}

func TestProviderKeys(t *testing.T) {
	t.Run("both keys are read", func(t *testing.T) {
		a, s, err := ProviderKeys(`{"access_key":"` + access + `","secret_key":" ` + hidden + `\n"}`)
		if err != nil || a.Reveal() != access || s.Reveal() != hidden {
			t.Errorf("%v", err)
		}
	})
	t.Run("anything else is refused and not shown", func(t *testing.T) {
		for _, text := range []string{
			"", "null", hidden, `"` + hidden + `"`, `{"access_key":"` + hidden + `"}`, `{"access_key":"","secret_key":"` + hidden + `"}`,
			`{"access_key":"a","secret_key":"` + hidden + `","more":1}`, `{"access_key":"a","secret_key":"` + hidden + `"}{}`,
			`{"access_key":"a","secret_key":"` + hidden + ` b"}`, `{"access_key":"a","secret_key":["` + hidden + `"]}`,
		} {
			if _, _, err := ProviderKeys(text); err == nil || strings.Contains(err.Error(), hidden) {
				t.Errorf("%s: %v", text, err)
			}
		}
	})
}

func TestAPIKeysOfASecret(t *testing.T) {
	const hashed = "sha256:9f9f5111f7b27a781f1f1ddde5ebc2dd2b796bfc7365c9c28b548e564176929f" // of key
	t.Run("keys and hashes, one or several for a name", func(t *testing.T) {
		got, err := APIKeys(`{"local":"` + hashed + `","alice":["` + key + `2","` + key + `3"]}`)
		want := map[[32]byte]task.Owner{hash(key): "local", hash(key + "2"): "alice", hash(key + "3"): "alice"}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	})
	t.Run("a secret without a key, or with one that anybody guesses, is refused", func(t *testing.T) {
		for _, text := range []string{
			"", "{}", `{"a":[]}`, `{"a":"short"}`, `{"A B":"` + key + `"}`, `{"a":"` + key + `","b":"` + key + `"}`, `{"a":7}`, `{"a":""}`,
			`{"a":"sha256:00"}`, `{"a":"sha256:` + strings.Repeat("z", 64) + `"}`, `{"a":"` + hashed + `0"}`, `{"":"` + hashed + `"}`,
		} {
			if got, err := APIKeys(text); err == nil || strings.Contains(err.Error(), key) || len(got) > 0 {
				t.Errorf("%s: %v, %v", text, got, err)
			}
		}
	})
}
