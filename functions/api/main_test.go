package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"volcimage/internal/apikey"
	"volcimage/internal/handler"
)

const (
	key     = "vErYsEcReTkEy0123456789"
	edgeKey = "edge"
)

// aws stands where Secrets Manager stands, and a table with nothing in it, unless
// pairs of operation and answer say otherwise; all else is out of order.
func aws(t *testing.T, held map[string]string, table ...string) {
	t.Helper()
	rows := map[string]string{"GetItem": "{}", "UpdateItem": `{"Attributes":{"at":{"N":"1"}}}`}
	for i := 0; i < len(table); i += 2 {
		rows[table[i]] = table[i+1]
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		operation, ofTable := strings.CutPrefix(r.Header.Get("X-Amz-Target"), "DynamoDB_20120810.")
		if body := rows[operation]; ofTable && body != "" {
			w.Header().Set("X-Amz-Crc32", strconv.FormatUint(uint64(crc32.ChecksumIEEE([]byte(body))), 10))
			if strings.Contains(body, "__type") {
				w.WriteHeader(http.StatusBadRequest)
			}
			fmt.Fprint(w, body)
			return
		}
		var in struct{ SecretId string }
		body, _ := io.ReadAll(r.Body)
		if json.Unmarshal(body, &in) != nil || held[in.SecretId] == "" {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"__type":"ResourceNotFoundException"}`)
			return
		}
		fmt.Fprintf(w, `{"SecretString":%q}`, held[in.SecretId])
	}))
	t.Cleanup(s.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_SECRETS_MANAGER": s.URL, "AWS_ENDPOINT_URL_DYNAMODB": s.URL, "AWS_ENDPOINT_URL_SQS": s.URL, "AWS_ENDPOINT_URL_S3": s.URL,
		"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
	} {
		t.Setenv(name, value)
	}
}

// environment is what the template sets, with pairs of name and value more.
func environment(pairs ...string) func(string) (string, bool) {
	env := map[string]string{
		"STAGE": "production", "STACK_NAME": "s", "TABLE_NAME": "t", "QUEUE_URL": "http://127.0.0.1/q", "PICTURES_BUCKET": "b",
		"API_KEYS_SECRET": "keys", "EDGE_SECRET": "edge",
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

func kept() map[string]string {
	return map[string]string{"keys": `{"local":"` + key + `"}`, "edge": edgeKey}
}

func TestItDoesNotAnswerEverybody(t *testing.T) {
	for name, c := range map[string]struct {
		env  []string
		held map[string]string
		want string
	}{
		"no secret is named":       {[]string{"API_KEYS_SECRET", ""}, kept(), "API_KEYS_SECRET"},
		"nor one of the edge":      {[]string{"EDGE_SECRET", ""}, kept(), "EDGE_SECRET"},
		"staging is no exception":  {[]string{"STAGE", "staging", "API_KEYS_SECRET", "", "EDGE_SECRET", ""}, kept(), "API_KEYS_SECRET"},
		"the secret has no key":    {nil, map[string]string{"keys": "{}", "edge": edgeKey}, "no key"},
		"the secret is not there":  {nil, map[string]string{"edge": edgeKey}, "read the secret keys"},
		"the other one is not":     {nil, map[string]string{"keys": kept()["keys"]}, "read the secret edge"},
		"a key is in the open":     {[]string{"API_KEY", key}, kept(), "API_KEY"},
		"every page may read":      {[]string{"ALLOWED_ORIGINS", "*"}, kept(), "*"},
		"a setting is not allowed": {[]string{"MAX_CONCURRENT_TASKS", "0"}, kept(), "MAX_CONCURRENT_TASKS"},
	} {
		t.Run("it does not start where "+name, func(t *testing.T) {
			aws(t, c.held)
			_, err := wire(t.Context(), environment(c.env...), io.Discard)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), key) {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
		})
	}
	t.Run("a key that is missing or wrong is refused, the right one is let in", func(t *testing.T) {
		aws(t, kept())
		var log bytes.Buffer
		h, err := wire(t.Context(), environment(), &log)
		if err != nil {
			t.Fatal(err)
		}
		for given, want := range map[string]int{"": 401, "x": 401, edgeKey: 401, key: 200} {
			e := event(t, "models.json")
			e.Headers["x-api-key"] = given
			if answer := answered(t, h, e); answer.StatusCode != want {
				t.Errorf("with %q: %d %s, want %d", given, answer.StatusCode, answer.Body, want)
			}
		}
		if strings.Contains(log.String(), key) || strings.Count(log.String(), "\n") != 4 {
			t.Errorf("log:\n%s\nwant a line a request, and no key", log.String())
		}
	})
}

func TestKeysOfTheTable(t *testing.T) {
	made, row, err := apikey.New("alice", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	const form = `{"Item":{"PK":{"S":"KEYS"},"SK":{"S":"K#%s"},"owner":{"S":"alice"},"hash":{"B":"%s"},"created_at":{"N":"1"}%s}}`
	for revoked, want := range map[string]int{"": 200, `,"revoked_at":{"N":"2"}`: 401} {
		aws(t, kept(), "GetItem", fmt.Sprintf(form, row.ID, base64.StdEncoding.EncodeToString(row.Hash[:]), revoked))
		h, err := wire(t.Context(), environment(), io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		e := event(t, "models.json")
		e.Headers["x-api-key"] = made
		if answer := answered(t, h, e); answer.StatusCode != want {
			t.Errorf("with a key of the table%s: %d %s, want %d", revoked, answer.StatusCode, answer.Body, want)
		}
	}
}

func TestRatesOfTheTable(t *testing.T) {
	ask := func(t *testing.T, file string, env ...string) (events.APIGatewayV2HTTPResponse, string) {
		t.Helper()
		var log bytes.Buffer
		h, err := wire(t.Context(), environment(env...), &log)
		if err != nil {
			t.Fatal(err)
		}
		e := event(t, file)
		e.Headers["x-api-key"] = key
		return answered(t, h, e), log.String()
	}
	t.Run("who has asked too often is told when to come again", func(t *testing.T) {
		full := fmt.Sprintf(`{"__type":"ConditionalCheckFailedException","Item":{"at":{"N":"%d"}}}`, time.Now().Add(time.Hour).UnixNano())
		aws(t, kept(), "UpdateItem", full)
		answer, _ := ask(t, "models.json", "RATE_LIMIT_READ", "1/h")
		if answer.StatusCode != http.StatusTooManyRequests || answer.Headers["Retry-After"] == "" {
			t.Errorf("got %d %v %s", answer.StatusCode, answer.Headers, answer.Body)
		}
	})
	t.Run("C36 while the table is throttled nothing that costs money passes, reads do, and the log says so", func(t *testing.T) {
		aws(t, kept(), "UpdateItem", `{"__type":"ThrottlingException"}`)
		answer, log := ask(t, "generate.json")
		if answer.StatusCode != http.StatusServiceUnavailable || answer.Headers["Retry-After"] == "" || !strings.Contains(log, "move bucket") {
			t.Errorf("generate: %d %v %s, log %s", answer.StatusCode, answer.Headers, answer.Body, log)
		}
		if answer, log := ask(t, "models.json"); answer.StatusCode != http.StatusOK || !strings.Contains(log, `"msg":"request not counted"`) {
			t.Errorf("models: %d %s, log %s", answer.StatusCode, answer.Body, log)
		}
	})
}

func event(t *testing.T, file string) events.APIGatewayV2HTTPRequest {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("events", file))
	if err != nil {
		t.Fatal(err)
	}
	var e events.APIGatewayV2HTTPRequest
	if err := json.Unmarshal(text, &e); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return e
}

func answered(t *testing.T, h handler.HTTP, e events.APIGatewayV2HTTPRequest) events.APIGatewayV2HTTPResponse {
	t.Helper()
	answer, err := h(t.Context(), e)
	if err != nil {
		t.Fatalf("%s: %v", e.RawPath, err)
	}
	return answer
}

func TestOnAnEmulator(t *testing.T) {
	aws(t, nil)
	h, err := wire(t.Context(), environment("STAGE", "local", "API_KEYS_SECRET", "", "EDGE_SECRET", "", "AWS_ENDPOINT_URL", "http://127.0.0.1:1",
		"VOLC_ENDPOINT", "http://127.0.0.1:2"), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("nobody is asked for a key", func(t *testing.T) {
		if answer := answered(t, h, event(t, "models.json")); answer.StatusCode != http.StatusOK {
			t.Errorf("got %d %s", answer.StatusCode, answer.Body)
		}
	})
	t.Run("health names each part that does not work, and says that this is a demo", func(t *testing.T) {
		answer := answered(t, h, event(t, "health.json"))
		var body struct {
			Status, Mode string
			Checks       map[string]string
		}
		if err := json.Unmarshal([]byte(answer.Body), &body); err != nil || answer.StatusCode != http.StatusServiceUnavailable || body.Mode != "demo" || len(body.Checks) != 3 {
			t.Errorf("got %d %s, %v", answer.StatusCode, answer.Body, err)
		}
		for part, words := range body.Checks {
			if words == "" || (words == "ok") != (part == "store") {
				t.Errorf("%s: %q, want ok from the store alone", part, words)
			}
		}
	})
}

func TestEveryEventHasItsRoute(t *testing.T) {
	aws(t, nil)
	h, err := wire(t.Context(), environment("STAGE", "local", "API_KEYS_SECRET", "", "EDGE_SECRET", ""), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("events/*.json")
	if err != nil || len(files) < 4 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, file := range files {
		answer := answered(t, h, event(t, filepath.Base(file)))
		if answer.StatusCode < 500 && answer.StatusCode >= 400 {
			t.Errorf("%s: %d %s", file, answer.StatusCode, answer.Body)
		}
	}
}

func TestHealthAsksAllAtOnce(t *testing.T) {
	meet := make(chan struct{})
	part := func(ctx context.Context) error { // two that wait for each other
		select {
		case meet <- struct{}{}:
		case <-meet:
		case <-ctx.Done():
		}
		return ctx.Err()
	}
	got := health(map[string]func(context.Context) error{"a": part, "b": part})(t.Context())
	if len(got) != 2 || got["a"] != nil || got["b"] != nil {
		t.Errorf("got %v", got)
	}
}
