package config

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"volcimage/internal/task"
)

// setting is one variable of the environment.
type setting struct {
	name     string
	standard string // its value where it is not set
	secret   bool   // its value is never shown
	set      func(value string) error
}

// maxShown is how much of a wrong value is shown, in characters.
const maxShown = 100

// refuse says in one line what is wrong. A value with an @ may be an address
// that somebody put a password into.
func (s *setting) refuse(value string, err error) error {
	if s.secret || strings.Contains(value, "@") {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	if runes := []rune(value); len(runes) > maxShown {
		value = string(runes[:maxShown]) + "…"
	}
	return fmt.Errorf("%s=%q: %w", s.name, value, err)
}

// others is what is read but not kept as it is.
type others struct {
	label label
	auth  bool
	keys  map[[32]byte]task.Owner
}

// settings is the one list of variables, in the order of .env.example, and where
// in c each goes.
func settings(c *Config, o *others) []setting {
	return []setting{
		{name: "VOLC_ACCESS_KEY", secret: true, set: secret(&c.Volc.AccessKey)},
		{name: "VOLC_SECRET_KEY", secret: true, set: secret(&c.Volc.SecretKey)},
		{name: "VOLC_REGION", standard: "cn-north-1", set: word(&c.Volc.Region)},
		{name: "VOLC_SERVICE", standard: "cv", set: word(&c.Volc.Service)},
		{name: "VOLC_ENDPOINT", set: endpoint(&c.Volc.Endpoint)},

		{name: "APP_NAME", standard: "volcimage", set: line(&c.Name, 64)},
		{name: "APP_PORT", standard: "8080", set: whole(&c.Port, 0, 65535)},
		{name: "APP_DEBUG", standard: "false", set: boolean(&c.Debug)},
		{name: "APP_LOG_LEVEL", standard: "info", set: level(&c.LogLevel)},
		{name: "LOG_FILE", set: path(&c.LogFile)},
		{name: "DATA_DIR", standard: ".data", set: path(&c.DataDir)},
		{name: "SITE_DIR", standard: "site", set: path(&c.SiteDir)},

		{name: "MAX_CONCURRENT_TASKS", standard: "5", set: whole(&c.MaxConcurrentTasks, 1, 100)},
		// The provider keeps its jobs for 12 hours.
		{name: "REQUEST_TIMEOUT", standard: "300", set: seconds(&c.RequestTimeout, 10*time.Second, 12*time.Hour)},
		{name: "TASK_POLL_INTERVAL", standard: "2", set: seconds(&c.PollInterval, 50*time.Millisecond, time.Minute)},
		{name: "MAX_RETRY_COUNT", standard: "3", set: whole(&c.MaxRetryCount, 0, 10)},
		{name: "MAX_IMAGES_PER_DAY", standard: "0", set: whole(&c.MaxImagesPerDay, 0, 1_000_000)},

		{name: "AIGC_CONTENT_PRODUCER", set: line(&o.label.ContentProducer, 200)},
		{name: "AIGC_PRODUCER_ID", set: line(&o.label.ProduceID, 200)},
		{name: "AIGC_CONTENT_PROPAGATOR", set: line(&o.label.ContentPropagator, 200)},
		{name: "AIGC_PROPAGATE_ID", set: line(&o.label.PropagateID, 200)},
		{name: "AIGC_MARK", standard: noMark, set: position(&o.label.mark.Position)},
		{name: "AIGC_MARK_LANGUAGE", standard: "zh", set: language(&o.label.mark.Language)},
		{name: "AIGC_MARK_TEXT", set: line(&o.label.mark.Text, 64)},
		{name: "AIGC_MARK_OPACITY", standard: "1", set: opacity(&o.label.mark.Opacity)},

		{name: "MAX_HISTORY_DAYS", standard: "30", set: days(&c.MaxHistory, 1, 36_500)},
		{name: "MAX_STORAGE_GB", standard: "100", set: gigabytes(&c.MaxStorageBytes, 0.001, 1_000_000)},
		{name: "AUTO_CLEANUP", standard: "true", set: boolean(&c.AutoCleanup)},

		{name: "ALLOWED_ORIGINS", set: origins(&c.AllowedOrigins)},
		{name: "ENABLE_API_KEY_AUTH", standard: "false", set: boolean(&o.auth)},
		{name: "API_KEY", secret: true, set: o.apiKeys},
		{name: "PUBLIC_HOSTS", set: hosts(&c.PublicHosts)},
		{name: "TRUSTED_PROXIES", set: networks(&c.TrustedProxies)},
		{name: "RATE_LIMIT_GENERATE", standard: "300/min", set: rate(&c.GenerateLimit)},
		{name: "RATE_LIMIT_READ", standard: "6000/min", set: rate(&c.ReadLimit)},

		{name: "THUMBNAIL_MAX_SIZE", standard: "400", set: whole(&c.ThumbnailMaxSize, 16, 2048)},
		{name: "THUMBNAIL_QUALITY", standard: "85", set: whole(&c.ThumbnailQuality, 1, 100)},
	}
}

// Unknown lists those of the names that are no setting, in order: a name in a
// file may have a typing error.
func Unknown(names []string) []string {
	known := map[string]bool{}
	for _, s := range settings(&Config{}, &others{}) {
		known[s.name] = true
	}
	var unknown []string
	for _, name := range names {
		if !known[name] {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	return unknown
}
