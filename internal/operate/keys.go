// Package operate is what an operator does to the service from a command line, on
// one machine and on AWS alike. What comes of it is printed for a person.
package operate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"volcimage/internal/apikey"
	"volcimage/internal/task"
)

// Keys keeps API keys.
type Keys interface {
	AddKey(ctx context.Context, k task.APIKey) error
	Keys(ctx context.Context) ([]task.APIKey, error)
	RevokeKey(ctx context.Context, id string, at time.Time) error
}

// AddKey makes an API key of that name and shows it, this once.
func AddKey(ctx context.Context, s Keys, name string, out io.Writer) error {
	key, row, err := apikey.New(task.Owner(name), time.Now())
	if err != nil {
		return fmt.Errorf("keys add: the name %w", err)
	}
	if err := s.AddKey(ctx, row); err != nil {
		return fmt.Errorf("keys add: %w", err)
	}
	return say(out, "%s\nThis is the key of %s. It is shown this once; only a hash of it is kept.\n", key, name)
}

// ListKeys shows all but what would let anybody in.
func ListKeys(ctx context.Context, s Keys, out io.Writer) error {
	keys, err := s.Keys(ctx)
	if err != nil {
		return fmt.Errorf("keys list: %w", err)
	}
	if len(keys) == 0 {
		return say(out, "no keys\n")
	}
	for _, k := range keys {
		state := "valid"
		if !k.RevokedAt.IsZero() {
			state = "revoked " + k.RevokedAt.Local().Format(time.DateTime)
		}
		if err := say(out, "%s  %s  made %s  %s\n", k.ID, k.Owner, k.CreatedAt.Local().Format(time.DateTime), state); err != nil {
			return err
		}
	}
	return nil
}

// RevokeKey ends a key, from the next request on.
func RevokeKey(ctx context.Context, s Keys, id string, out io.Writer) error {
	err := s.RevokeKey(ctx, id, time.Now())
	if errors.Is(err, task.ErrNotFound) {
		return fmt.Errorf("keys revoke: there is no key %q; `make keys` shows the ids", id)
	}
	if err != nil {
		return fmt.Errorf("keys revoke: %w", err)
	}
	return say(out, "revoked %s\n", id)
}

func say(out io.Writer, format string, args ...any) error {
	_, err := fmt.Fprintf(out, format, args...)
	return err
}
