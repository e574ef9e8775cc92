package config

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"
)

// AWS is where the functions find what they work with. Secrets are named here,
// never held.
type AWS struct {
	// Stage is local, staging or production. Local is an emulator of AWS, and the
	// only stage at which nobody is asked for a key.
	Stage string
	Stack string // name of the installation among others, for metrics

	Table    string
	QueueURL string
	Bucket   string // of pictures
	// Emulator tells that AWS is at an address of its own, where a bucket has no
	// host name.
	Emulator bool

	ProviderKeys string // names of secrets; empty where the function has none
	APIKeys      string
	EdgeKey      string
}

// StageLocal is the stage at which no key is asked for.
const StageLocal = "local"

// Local tells whether this is an emulator of AWS.
func (a *AWS) Local() bool { return a.Stage == StageLocal }

// LoadAWS reads the settings of a function. They are those of [Load] but for what
// is of one machine, and the names of what the deployment made; also are the names
// of those that this function needs besides those that all need. Keys are refused:
// they belong into secrets, and an environment can be read by whoever may look at
// the function.
func LoadAWS(lookup func(name string) (value string, ok bool), also ...string) (Config, AWS, error) {
	var c Config
	var a AWS
	common := slices.DeleteFunc(settings(&c, &others{}), func(s setting) bool { return s.secret || s.name == "ENABLE_API_KEY_AUTH" })
	list := slices.Concat(common, awsSettings(&a))
	for i, s := range list {
		if slices.Contains(also, s.name) {
			list[i].set = needed(s.set)
		}
	}
	wrong := read(lookup, list)
	for _, name := range []string{"VOLC_ACCESS_KEY", "VOLC_SECRET_KEY", "API_KEY"} {
		if value, _ := lookup(name); value != "" {
			wrong = append(wrong, fmt.Errorf("%s: must be in its secret, not in the environment", name))
		}
	}
	if len(wrong) > 0 {
		return Config{}, AWS{}, errors.Join(wrong...)
	}
	if c.Debug {
		c.LogLevel = slog.LevelDebug
	}
	// SQS delays by whole seconds; what comes early is asked for in vain.
	c.PollInterval = (c.PollInterval + time.Second - 1).Truncate(time.Second)
	return c, a, nil
}

// awsSettings are the variables that the template sets besides the common ones.
func awsSettings(a *AWS) []setting {
	return []setting{
		{name: "STAGE", set: oneOf(&a.Stage, StageLocal, "staging", "production")},
		{name: "STACK_NAME", set: needed(line(&a.Stack, 128))},
		{name: "TABLE_NAME", set: needed(line(&a.Table, 1024))},
		{name: "QUEUE_URL", set: needed(line(&a.QueueURL, 1024))},
		{name: "PICTURES_BUCKET", set: needed(line(&a.Bucket, 1024))},
		{name: "AWS_ENDPOINT_URL", set: func(s string) error {
			a.Emulator = s != ""
			return nil
		}},
		{name: "VOLC_KEYS_SECRET", set: line(&a.ProviderKeys, 2048)},
		{name: "API_KEYS_SECRET", set: line(&a.APIKeys, 2048)},
		{name: "EDGE_SECRET", set: line(&a.EdgeKey, 2048)},
	}
}

func needed(set func(string) error) func(string) error {
	return func(s string) error {
		if s == "" {
			return errors.New("must be set")
		}
		return set(s)
	}
}

func oneOf(field *string, words ...string) func(string) error {
	return func(s string) error {
		if !slices.Contains(words, s) {
			return fmt.Errorf("must be one of %v", words)
		}
		*field = s
		return nil
	}
}
