package config

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is a string that shows itself nowhere: neither printed, with whatever
// verb, nor logged, nor as JSON.
type Secret string

const redacted = "[redacted]"

// Reveal is the secret itself.
func (s Secret) Reveal() string { return string(s) }

// Format prints no secret, not even for a verb that does not fit a string.
func (Secret) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, redacted) // fmt cannot be told of an error here
}

func (Secret) String() string { return redacted }

// GoString is for %#v.
func (Secret) GoString() string { return redacted }

// LogValue is for slog.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText is for JSON and other encodings.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
