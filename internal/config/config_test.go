package config

import (
	"crypto/sha256"
	"log/slog"
	"net/netip"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"volcimage/internal/ratelimit"
	"volcimage/internal/task"
)

// load loads settings given as pairs of name and value.
func load(pairs ...string) (Config, error) {
	env := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		env[pairs[i]] = pairs[i+1]
	}
	return Load(func(name string) (string, bool) {
		value, ok := env[name]
		return value, ok
	})
}

const (
	access = "AKLTNjA2ZjExYWJjZGVmNDU2Nzg5"
	hidden = "WmpGaTl3QUJDREVG=="
	key    = "0123456789abcdef"
)

func TestDefaults(t *testing.T) {
	t.Run("without any setting it is a demo on port 8080", func(t *testing.T) {
		got, err := load()
		if err != nil {
			t.Fatal(err)
		}
		want := Config{
			Volc: Volc{Region: "cn-north-1", Service: "cv"},
			Name: "volcimage", Port: 8080, DataDir: ".data", SiteDir: "site",
			MaxConcurrentTasks: 5, RequestTimeout: 5 * time.Minute, PollInterval: 2 * time.Second, MaxRetryCount: 3,
			MaxHistory: 30 * 24 * time.Hour, MaxStorageBytes: 100e9, AutoCleanup: true,
			GenerateLimit: ratelimit.Limit{Count: 300, Period: time.Minute}, ReadLimit: ratelimit.Limit{Count: 6000, Period: time.Minute},
			ThumbnailMaxSize: 400, ThumbnailQuality: 85,
		}
		if diff := cmp.Diff(want, got, networkEqual); diff != "" || !got.Demo() {
			t.Errorf("demo %v, settings (-want +got):\n%s", got.Demo(), diff)
		}
	})
	t.Run("an empty or blank variable counts as not set", func(t *testing.T) {
		got, err := load("APP_PORT", "", "VOLC_ENDPOINT", " ", "AUTO_CLEANUP", "")
		if err != nil || got.Port != 8080 || !got.AutoCleanup || got.Volc.Endpoint != nil {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}

// everything gives each setting a value other than its default.
var everything = []string{
	"VOLC_ACCESS_KEY", access, "VOLC_SECRET_KEY", hidden, "VOLC_REGION", "cn-beijing", "VOLC_SERVICE", "ark", "VOLC_ENDPOINT", "http://127.0.0.1:9000/",
	"APP_NAME", "画室", "APP_PORT", "9090", "APP_DEBUG", "Yes", "APP_LOG_LEVEL", "error", "LOG_FILE", "/tmp/app.log", "DATA_DIR", "/tmp/data", "SITE_DIR", "/tmp/site",
	"MAX_CONCURRENT_TASKS", "7", "REQUEST_TIMEOUT", "90.5", "TASK_POLL_INTERVAL", "0.25", "MAX_RETRY_COUNT", "1", "MAX_IMAGES_PER_DAY", "50",
	"AIGC_CONTENT_PRODUCER", "画室", "AIGC_PRODUCER_ID", "s-{id}", "AIGC_CONTENT_PROPAGATOR", "报社", "AIGC_PROPAGATE_ID", "p-{id}",
	"AIGC_MARK", "top-left", "AIGC_MARK_LANGUAGE", "en", "AIGC_MARK_TEXT", "drawn by AI", "AIGC_MARK_OPACITY", "0.6",
	"MAX_HISTORY_DAYS", "7", "MAX_STORAGE_GB", "0.5", "AUTO_CLEANUP", "off",
	"ALLOWED_ORIGINS", "https://A.example, http://b.example:80,https://c.example:8443/", "ENABLE_API_KEY_AUTH", "true",
	"API_KEY", "alice:" + key + ", " + key + "2,alice:" + key + "3",
	"PUBLIC_HOSTS", "Pictures.example, 192.168.1.5,[fd00::1]", "TRUSTED_PROXIES", "10.0.0.0/8, 127.0.0.1,::1", "RATE_LIMIT_GENERATE", "10/s", "RATE_LIMIT_READ", "0",
	"THUMBNAIL_MAX_SIZE", "256", "THUMBNAIL_QUALITY", "70",
}

var networkEqual = cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })

func hash(s string) [32]byte { return sha256.Sum256([]byte(s)) }

func TestEverySetting(t *testing.T) {
	got, err := load(everything...)
	if err != nil {
		t.Fatal(err)
	}
	want := Config{
		Volc: Volc{AccessKey: access, SecretKey: hidden, Region: "cn-beijing", Service: "ark", Endpoint: &url.URL{Scheme: "http", Host: "127.0.0.1:9000"}},
		Name: "画室", Port: 9090, Debug: true, LogLevel: slog.LevelDebug, LogFile: "/tmp/app.log", DataDir: "/tmp/data", SiteDir: "/tmp/site",
		MaxConcurrentTasks: 7, RequestTimeout: 90500 * time.Millisecond, PollInterval: 250 * time.Millisecond, MaxRetryCount: 1, MaxImagesPerDay: 50,
		MaxHistory: 7 * 24 * time.Hour, MaxStorageBytes: 5e8, AutoCleanup: false,
		AllowedOrigins: []string{"https://a.example", "http://b.example", "https://c.example:8443"},
		Keys:           map[[32]byte]task.Owner{hash(key): "alice", hash(key + "2"): "local", hash(key + "3"): "alice"},
		PublicHosts:    []string{"pictures.example", "192.168.1.5", "[fd00::1]"},
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("::1/128")},
		GenerateLimit:  ratelimit.Limit{Count: 10, Period: time.Second},
		Label: task.Label{
			ContentProducer: "画室", ProduceID: "s-{id}", ContentPropagator: "报社", PropagateID: "p-{id}",
			Mark: &task.Mark{Position: "top-left", Language: "en", Text: "drawn by AI", Opacity: 0.6},
		},
		ThumbnailMaxSize: 256, ThumbnailQuality: 70,
	}
	if diff := cmp.Diff(want, got, networkEqual); diff != "" || got.Demo() {
		t.Errorf("demo %v, settings (-want +got):\n%s", got.Demo(), diff)
	}
	t.Run("every setting is tried here and every field has one", func(t *testing.T) {
		if given := len(everything) / 2; given != len(settings(&Config{}, &others{})) {
			t.Errorf("%d settings given, there are %d", given, len(settings(&Config{}, &others{})))
		}
		standard, err := load()
		if err != nil {
			t.Fatal(err)
		}
		wantAllDiffer(t, reflect.ValueOf(standard), reflect.ValueOf(got))
	})
}

// wantAllDiffer tells which fields of a struct have the same value in both.
func wantAllDiffer(t *testing.T, a, b reflect.Value) {
	t.Helper()
	for i := range a.NumField() {
		name := a.Type().Field(i).Name
		if name == "Volc" {
			wantAllDiffer(t, a.Field(i), b.Field(i))
		} else if reflect.DeepEqual(a.Field(i).Interface(), b.Field(i).Interface()) {
			t.Errorf("no setting changes the field %s", name)
		}
	}
}

func TestExample(t *testing.T) {
	const file = "../../.env.example"
	env, err := ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("it has every setting with its default, and no other", func(t *testing.T) {
		want := map[string]string{}
		for _, s := range settings(&Config{}, &others{}) {
			want[s.name] = s.standard
		}
		if diff := cmp.Diff(want, env); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	})
	t.Run("copied as it is, it changes nothing", func(t *testing.T) {
		none := func(string) (string, bool) { return "", false }
		got, err := Load(Overlay(none, env))
		standard, standardErr := load()
		if diff := cmp.Diff(standard, got, networkEqual); diff != "" || err != nil || standardErr != nil {
			t.Errorf("%v, %v, settings (-default +example):\n%s", err, standardErr, diff)
		}
	})
}

func TestWrongValues(t *testing.T) {
	for _, c := range []struct{ name, value, rule string }{
		{"APP_PORT", "eighty", "a whole number from 0 to 65535"},
		{"APP_PORT", "65536", "a whole number"},
		{"APP_PORT", "-1", "a whole number"},
		{"APP_PORT", "80.5", "a whole number"},
		{"APP_DEBUG", "maybe", "true or false"},
		{"APP_LOG_LEVEL", "loud", "debug, info, warn or error"},
		{"APP_NAME", "a\nb", "without line breaks"},
		{"APP_NAME", strings.Repeat("星", 65), "at most 64 characters"},
		{"DATA_DIR", "a\x00b", "a path"},
		{"VOLC_REGION", "CN North", "lower case letters"},
		{"VOLC_ENDPOINT", "127.0.0.1:9000", "http://host[:port]"},
		{"VOLC_ENDPOINT", "ftp://a", "http://host[:port]"},
		{"VOLC_ENDPOINT", "http://a/path", "http://host[:port]"},
		{"VOLC_ENDPOINT", "http://a?x=1", "http://host[:port]"},
		{"VOLC_ENDPOINT", "http://a:", "http://host[:port]"},
		{"VOLC_ENDPOINT", "http://a:99999", "http://host[:port]"},
		{"VOLC_ENDPOINT", "http://", "http://host[:port]"},
		{"MAX_CONCURRENT_TASKS", "0", "a whole number from 1 to 100"},
		{"REQUEST_TIMEOUT", "9", "seconds from 10 to 43200"},
		{"REQUEST_TIMEOUT", "43201", "seconds"},
		{"TASK_POLL_INTERVAL", "0.01", "seconds from 0.05 to 60"},
		{"TASK_POLL_INTERVAL", "2s", "seconds"},
		{"TASK_POLL_INTERVAL", "1e1", "seconds"},
		{"TASK_POLL_INTERVAL", "NaN", "seconds"},
		{"MAX_RETRY_COUNT", "11", "a whole number from 0 to 10"},
		{"MAX_IMAGES_PER_DAY", "-1", "a whole number"},
		{"MAX_HISTORY_DAYS", "0", "a whole number from 1 to 36500"},
		{"MAX_STORAGE_GB", "0", "gigabytes from 0.001 to 1000000"},
		{"MAX_STORAGE_GB", "Inf", "gigabytes"},
		{"ALLOWED_ORIGINS", "https://a.example,example.org", "a list of"},
		{"ALLOWED_ORIGINS", "https://a.example/path", "a list of"},
		{"ALLOWED_ORIGINS", "null", "a list of"},
		{"PUBLIC_HOSTS", "https://a.example", "a list of host names"},
		{"PUBLIC_HOSTS", "a.example:8080", "a list of host names"},
		{"PUBLIC_HOSTS", "a.example/x", "a list of host names"},
		{"PUBLIC_HOSTS", "*", "a list of host names"},
		{"TRUSTED_PROXIES", "proxy.example", "a list of addresses"},
		{"TRUSTED_PROXIES", "10.0.0.1/8", "a list of addresses"},
		{"TRUSTED_PROXIES", "::ffff:10.0.0.1", "a list of addresses"},
		{"RATE_LIMIT_READ", "60", "0 for no limit"},
		{"RATE_LIMIT_READ", "60/day", "0 for no limit"},
		{"RATE_LIMIT_READ", "-1/s", "0 for no limit"},
		{"RATE_LIMIT_GENERATE", "1000001/h", "0 for no limit"},
		{"RATE_LIMIT_GENERATE", "0/fortnight", "0 for no limit"},
		{"AIGC_MARK", "middle", "none or bottom-right, bottom-left"},
		{"AIGC_MARK_LANGUAGE", "fr", "zh or en"},
		{"AIGC_MARK_OPACITY", "0", "a number from 0.05 to 1"},
		{"AIGC_MARK_TEXT", strings.Repeat("星", 65), "at most 64 characters"},
		{"THUMBNAIL_MAX_SIZE", "15", "a whole number from 16 to 2048"},
		{"THUMBNAIL_QUALITY", "101", "a whole number from 1 to 100"},
	} {
		_, err := load(c.name, c.value)
		if err == nil {
			t.Errorf("%s=%q: no error", c.name, c.value)
			continue
		}
		if text := err.Error(); !strings.HasPrefix(text, c.name) || !strings.Contains(text, c.rule) || strings.Contains(text, "\n") && c.name != "VOLC_ENDPOINT" {
			t.Errorf("%s=%q: %q, want one line with the name and %q", c.name, c.value, text, c.rule)
		}
	}
	t.Run("the value is shown, but for one that may hold a password, and not at any length", func(t *testing.T) {
		_, err := load("APP_PORT", "eighty", "VOLC_ENDPOINT", "http://me:"+hidden+"@host", "APP_NAME", strings.Repeat("x", 5000))
		if err == nil || !strings.Contains(err.Error(), `APP_PORT="eighty"`) || strings.Contains(err.Error(), hidden) || len(err.Error()) > 1000 {
			t.Errorf("got %v", err)
		}
	})
	t.Run("all are told at once", func(t *testing.T) {
		_, err := load("APP_PORT", "x", "MAX_RETRY_COUNT", "x", "VOLC_ACCESS_KEY", access)
		if err == nil || strings.Count(err.Error(), "\n") != 2 {
			t.Errorf("got %v, want three lines", err)
		}
	})
}

func TestKeysOfTheProvider(t *testing.T) {
	t.Run("one without the other is refused, naming the one that lacks", func(t *testing.T) {
		for given, missing := range map[string]string{"VOLC_ACCESS_KEY": "VOLC_SECRET_KEY", "VOLC_SECRET_KEY": "VOLC_ACCESS_KEY"} {
			if _, err := load(given, hidden); err == nil || !strings.HasPrefix(err.Error(), missing) || strings.Contains(err.Error(), hidden) {
				t.Errorf("only %s: %v, want %s named", given, err, missing)
			}
		}
	})
	t.Run("another address needs them too", func(t *testing.T) {
		if _, err := load("VOLC_ENDPOINT", "http://127.0.0.1:9000"); err == nil || !strings.Contains(err.Error(), "VOLC_ACCESS_KEY") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("what was pasted badly is refused and not shown", func(t *testing.T) {
		for _, bad := range []string{hidden + " x", `"` + hidden + `"`, hidden + "星", hidden + strings.Repeat("x", 300)} {
			if _, err := load("VOLC_ACCESS_KEY", access, "VOLC_SECRET_KEY", bad); err == nil || strings.Contains(err.Error(), hidden) {
				t.Errorf("%q: %v", bad, err)
			}
		}
	})
	t.Run("blanks around them do no harm", func(t *testing.T) {
		got, err := load("VOLC_ACCESS_KEY", access+"\r\n", "VOLC_SECRET_KEY", " "+hidden)
		if err != nil || got.Volc.AccessKey != access || got.Volc.SecretKey != hidden {
			t.Errorf("got %v", err)
		}
	})
	t.Run("with keys it is no demo, and the log knows what to hide", func(t *testing.T) {
		got, err := load("VOLC_ACCESS_KEY", access, "VOLC_SECRET_KEY", hidden)
		if err != nil || got.Demo() {
			t.Errorf("demo: %v, %v", got.Demo(), err)
		}
		if diff := cmp.Diff([]string{access, hidden}, got.Secrets()); diff != "" {
			t.Errorf("secrets (-want +got):\n%s", diff)
		}
	})
}

func TestAPIKeys(t *testing.T) {
	t.Run("bad ones are refused by their place and not shown", func(t *testing.T) {
		for _, bad := range []string{
			"short", "alice:short", "Alice:" + key, ":" + key, "a b:" + key, strings.Repeat("a", 65) + ":" + key,
			key + " x", "alice:" + key + "星", key + strings.Repeat("x", 300), key + "," + key, "alice:" + key + ",bob:" + key,
		} {
			_, err := load("API_KEY", bad, "ENABLE_API_KEY_AUTH", "true")
			if err == nil || !strings.HasPrefix(err.Error(), "API_KEY: entry ") || strings.Contains(err.Error(), key) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%q: %v, want one line with the entry's number", bad, err)
			}
		}
	})
	t.Run("without any here, keys are asked for all the same", func(t *testing.T) {
		for _, none := range []string{"", ",", " , "} {
			if got, err := load("ENABLE_API_KEY_AUTH", "true", "API_KEY", none); err != nil || got.Keys == nil || len(got.Keys) != 0 {
				t.Errorf("API_KEY=%q: keys %v, %v", none, got.Keys, err)
			}
		}
	})
	t.Run("where they are not asked for none is kept", func(t *testing.T) {
		if got, err := load("API_KEY", key); err != nil || got.Keys != nil {
			t.Errorf("keys %v, %v", got.Keys, err)
		}
	})
	t.Run("C38 with keys not every page may call", func(t *testing.T) {
		if _, err := load("ENABLE_API_KEY_AUTH", "true", "API_KEY", key, "ALLOWED_ORIGINS", "https://a.example, *"); err == nil || !strings.HasPrefix(err.Error(), "ALLOWED_ORIGINS") {
			t.Errorf("got %v", err)
		}
		if got, err := load("ALLOWED_ORIGINS", "*"); err != nil || len(got.AllowedOrigins) != 1 {
			t.Errorf("without keys: %v, %v", got.AllowedOrigins, err)
		}
	})
}

func TestLogLevel(t *testing.T) {
	for value, want := range map[string]slog.Level{
		"debug": slog.LevelDebug, "INFO": slog.LevelInfo, "Warn": slog.LevelWarn, "WARNING": slog.LevelWarn, "error": slog.LevelError,
	} {
		if got, err := load("APP_LOG_LEVEL", value); err != nil || got.LogLevel != want {
			t.Errorf("%s: %v, %v; want %v", value, got.LogLevel, err, want)
		}
	}
}

func TestLabels(t *testing.T) {
	t.Run("a picture that names its service has a number there", func(t *testing.T) {
		for _, name := range []string{"AIGC_CONTENT_PRODUCER", "AIGC_CONTENT_PROPAGATOR"} {
			if got, err := load(name, "x"); err != nil || got.Label.ProduceID != "{id}" || got.Label.Mark != nil {
				t.Errorf("%s: %+v, %v", name, got.Label, err)
			}
		}
	})
	t.Run("a number at somebody who passes it on needs them named", func(t *testing.T) {
		if _, err := load("AIGC_PROPAGATE_ID", "1"); err == nil || !strings.HasPrefix(err.Error(), "AIGC_CONTENT_PROPAGATOR") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("the visible mark may stand alone", func(t *testing.T) {
		got, err := load("AIGC_MARK", "bottom-left")
		if want := (task.Mark{Position: "bottom-left", Language: "zh", Opacity: 1}); err != nil || got.Label.Mark == nil || *got.Label.Mark != want || got.Label.ProduceID != "" {
			t.Errorf("got %+v, %v", got.Label, err)
		}
	})
}

func TestUnknown(t *testing.T) {
	got := Unknown([]string{"APP_PORT", "MAX_CONCURENT_TASKS", "API_KEY", "COMPOSE"})
	if diff := cmp.Diff([]string{"COMPOSE", "MAX_CONCURENT_TASKS"}, got); diff != "" {
		t.Errorf("unknown (-want +got):\n%s", diff)
	}
}
