// Package secrets reads secrets by name. What was read is believed for five minutes,
// and less where somebody finds that it does not work.
package secrets

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

const (
	// keep is how long a text is believed.
	keep = 5 * time.Minute
	// refetchAfter is how old a text must be to be asked for once more before its
	// time: keys that are wrong must not turn every call into two of Secrets Manager.
	refetchAfter = 10 * time.Second
)

// Secret is one secret.
type Secret struct {
	client *secretsmanager.Client
	name   string
	now    func() time.Time

	mu   sync.Mutex // held while it is fetched: who comes meanwhile wants the same
	text string
	at   time.Time // zero: not fetched yet
}

// New is the secret of that name or ARN. now is the clock.
func New(client *secretsmanager.Client, name string, now func() time.Time) *Secret {
	return &Secret{client: client, name: name, now: now}
}

// Text is what the secret holds, at most five minutes old.
func (s *Secret) Text(ctx context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.at.IsZero() && s.now().Sub(s.at) < keep {
		return s.text, nil
	}
	return s.fetch(ctx)
}

// Renewed is what the secret holds now, for one who found that stale does not
// work. Where it was fetched a moment ago, it is not fetched again.
func (s *Secret) Renewed(ctx context.Context, stale string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.at.IsZero() && (s.text != stale || s.now().Sub(s.at) < refetchAfter) {
		return s.text, nil
	}
	return s.fetch(ctx)
}

func (s *Secret) fetch(ctx context.Context) (string, error) {
	out, err := s.client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &s.name})
	if err != nil {
		return "", fmt.Errorf("read the secret %s: %w", s.name, &task.Error{Kind: task.Unavailable, Code: catalog.CodeUnavailable, Err: err})
	}
	s.text, s.at = aws.ToString(out.SecretString), s.now()
	return s.text, nil
}
