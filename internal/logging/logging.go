// Package logging makes the service's log: one line for each event, whose fields
// hold no key, no signature and no prompt, whoever wrote them.
//
// Two nets catch what must not be seen. Fields are judged by their name, in
// groups, structures and maps too. Then the finished line is searched for what
// has the form of a secret, and for the secrets that this process has; nothing
// gets past that one, be it in a message, in an error or in a stack.
package logging

import (
	"fmt"
	"io"
	"log/slog"
)

// Format is how lines look.
type Format string

// The formats: for machines and for people. A line break in a value cannot forge
// a line in either.
const (
	JSON Format = "json"
	Text Format = "text"
)

// New makes a logger that writes to w what is of that level or above. The secrets
// are removed wherever they appear, unless they are so short that they could be
// words. At debug level each line tells its place in the source.
func New(w io.Writer, level slog.Level, format Format, secrets ...string) (*slog.Logger, error) {
	o := &slog.HandlerOptions{Level: level, AddSource: level <= slog.LevelDebug, ReplaceAttr: replaceAttr}
	w = &redactor{w: w, secrets: spellings(secrets)}
	switch format {
	case JSON:
		return slog.New(slog.NewJSONHandler(w, o)), nil
	case Text:
		return slog.New(slog.NewTextHandler(w, o)), nil
	default:
		return nil, fmt.Errorf("log format %q: neither %q nor %q", format, JSON, Text)
	}
}
