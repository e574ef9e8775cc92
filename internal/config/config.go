// Package config reads the settings from the environment into one struct. Every
// value is checked at start: a wrong one is refused by the name of its variable
// and its rule, and all wrong ones at once.
package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"volcimage/internal/ratelimit"
	"volcimage/internal/task"
)

// Config is every setting. The file .env.example explains each.
type Config struct {
	Volc Volc

	Name     string     // of this installation, for people
	Port     int        // 0: the system chooses
	Debug    bool       // log everything, with places in the source
	LogLevel slog.Level // debug where Debug is set
	LogFile  string     // empty: standard output
	DataDir  string
	SiteDir  string

	MaxConcurrentTasks int           // provider jobs in flight, of the whole installation
	RequestTimeout     time.Duration // age at which a provider job is given up
	PollInterval       time.Duration
	MaxRetryCount      int // provider calls of a job after its first
	MaxImagesPerDay    int // 0: no limit

	MaxHistory      time.Duration // age at which tasks are removed
	MaxStorageBytes int64
	AutoCleanup     bool // remove what is over MaxHistory or MaxStorageBytes

	AllowedOrigins []string // as scheme://host[:port], or "*"
	// Keys maps the SHA-256 hash of each API key to the owner it stands for; nil
	// where no key is asked for, and empty where all of them are in the table. The
	// keys themselves are not kept.
	Keys map[[32]byte]task.Owner
	// PublicHosts are names, without port, under which the service may be asked for
	// beside localhost.
	PublicHosts []string
	// TrustedProxies are believed when they say for whom they ask.
	TrustedProxies []netip.Prefix
	// GenerateLimit bounds requests that may cost money, ReadLimit all others.
	GenerateLimit, ReadLimit ratelimit.Limit

	// Label is how pictures are labelled as generated; {id} in its numbers stands for
	// the provider's id of the job.
	Label task.Label

	ThumbnailMaxSize int // pixels of the longer side
	ThumbnailQuality int // of JPEG
}

// Volc is how to reach the provider.
type Volc struct {
	AccessKey, SecretKey Secret
	Region, Service      string   // part of the signature
	Endpoint             *url.URL // scheme and host; nil: the provider's own
}

// Demo tells whether there is no provider to call, so that the emulator takes its
// place.
func (c *Config) Demo() bool {
	return c.Volc.AccessKey == "" && c.Volc.SecretKey == "" && c.Volc.Endpoint == nil
}

// Secrets are the values that must never be seen, for the log to look for.
func (c *Config) Secrets() []string {
	var list []string
	for _, s := range []Secret{c.Volc.AccessKey, c.Volc.SecretKey} {
		if s != "" {
			list = append(list, s.Reveal())
		}
	}
	return list
}

// Load reads every setting by lookup, such as [os.LookupEnv]. A variable that is
// empty or blank counts as not set. The error names each wrong variable on a line of its
// own, with its value unless that is secret.
func Load(lookup func(name string) (value string, ok bool)) (Config, error) {
	var c Config
	raw := &others{}
	wrong := read(lookup, settings(&c, raw))
	wrong = append(wrong, c.check(raw)...)
	if len(wrong) > 0 {
		return Config{}, errors.Join(wrong...)
	}
	return c, nil
}

// read sets each setting, and answers an error for each wrong one.
func read(lookup func(string) (string, bool), list []setting) (wrong []error) {
	for _, s := range list {
		value, _ := lookup(s.name)
		if value = strings.TrimSpace(value); value == "" {
			value = s.standard
		}
		if err := s.set(value); err != nil {
			wrong = append(wrong, s.refuse(value, err))
		}
	}
	return wrong
}

// check looks at settings that depend on each other.
func (c *Config) check(raw *others) (wrong []error) {
	switch {
	case (c.Volc.AccessKey == "") == (c.Volc.SecretKey == ""):
	case c.Volc.SecretKey == "":
		wrong = append(wrong, errors.New("VOLC_SECRET_KEY: must be set, because VOLC_ACCESS_KEY is"))
	default:
		wrong = append(wrong, errors.New("VOLC_ACCESS_KEY: must be set, because VOLC_SECRET_KEY is"))
	}
	if c.Volc.Endpoint != nil && c.Volc.AccessKey == "" && c.Volc.SecretKey == "" {
		wrong = append(wrong, errors.New("VOLC_ACCESS_KEY and VOLC_SECRET_KEY: must be set, because VOLC_ENDPOINT is"))
	}
	for _, origin := range c.AllowedOrigins {
		if raw.auth && origin == anyOrigin {
			wrong = append(wrong, fmt.Errorf("ALLOWED_ORIGINS=%q: must name the origins, because ENABLE_API_KEY_AUTH is true", anyOrigin))
		}
	}
	if raw.auth {
		c.Keys = raw.keys
	}
	whole, bad := raw.label.complete()
	c.Label, wrong = whole, append(wrong, bad...)
	if c.Debug {
		c.LogLevel = slog.LevelDebug
	}
	return wrong
}
