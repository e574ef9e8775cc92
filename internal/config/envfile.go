package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// maxFile is far above what a file of settings takes, in bytes.
const maxFile = 64 << 10

// ReadFile reads a file of NAME=value lines, as .env.example is one. There may be
// blank lines, comments, "export " before a name, and quotes around a value: in
// single quotes it is taken as it is, in double quotes \n, \" and \\ stand for
// what they do in a shell. A file that is not there has no settings.
func ReadFile(name string) (map[string]string, error) {
	f, err := os.Open(name) //nolint:gosec // the operator chooses the file
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	defer func() { _ = f.Close() }() // opened for reading: nothing can be lost
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	if len(text) > maxFile {
		return nil, fmt.Errorf("read settings: %s is over %d bytes", name, maxFile)
	}
	env, err := parseFile(string(text))
	if err != nil {
		return nil, fmt.Errorf("read settings: %s, %w", name, err)
	}
	return env, nil
}

// Overlay looks first in the environment, then in what was read from a file. A
// variable that is empty in the environment hides the file's.
func Overlay(environment func(string) (string, bool), file map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		if value, ok := environment(name); ok {
			return value, true
		}
		value, ok := file[name]
		return value, ok
	}
}

// parseFile reads the lines; errors name the line and never the value.
func parseFile(text string) (map[string]string, error) {
	env := map[string]string{}
	n := 0
	for line := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		name, raw, ok := strings.Cut(strings.TrimPrefix(line, "export "), "=")
		name = strings.TrimSpace(name)
		if !ok || !validName(name) {
			return nil, fmt.Errorf("line %d: must be NAME=value", n)
		}
		if _, twice := env[name]; twice {
			return nil, fmt.Errorf("line %d: %s is set twice", n, name)
		}
		value, err := unquote(strings.TrimSpace(raw))
		if err != nil {
			return nil, fmt.Errorf("line %d: %s: %w", n, name, err)
		}
		env[name] = value
	}
	return env, nil
}

func validName(s string) bool {
	return s != "" && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") == "" && (s[0] < '0' || s[0] > '9')
}

// unquote is the value that raw stands for. Without quotes a comment may follow
// it, behind a blank.
func unquote(raw string) (string, error) {
	if raw == "" || raw[0] != '"' && raw[0] != '\'' {
		for i := range len(raw) {
			if raw[i] == '#' && (i == 0 || raw[i-1] == ' ' || raw[i-1] == '\t') {
				return strings.TrimSpace(raw[:i]), nil
			}
		}
		return raw, nil
	}
	value, rest, ok := quoted(raw[1:], raw[0])
	rest = strings.TrimSpace(rest)
	if !ok || rest != "" && rest[0] != '#' {
		return "", errors.New("must end with the quote it began with, and nothing but a comment behind")
	}
	return value, nil
}

// quoted reads up to the closing quote.
func quoted(s string, quote byte) (value, rest string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == quote:
			return b.String(), s[i+1:], true
		case c == '\\' && quote == '"' && i+1 < len(s):
			i++
			switch s[i] {
			case 'n':
				b.WriteByte('\n')
			case '"', '\\', '$':
				b.WriteByte(s[i])
			default:
				b.WriteByte('\\')
				b.WriteByte(s[i])
			}
		default:
			b.WriteByte(c)
		}
	}
	return "", "", false
}
