package main

import (
	"context"
	"fmt"
	"net/url"
	"slices"

	"volcimage/internal/httpapi"
	"volcimage/internal/ratelimit"
	"volcimage/internal/task"
)

// publicHosts are the names by which the service may be asked for.
func (s *service) publicHosts() []string {
	names := slices.Clone(s.cfg.PublicHosts)
	for _, origin := range s.cfg.AllowedOrigins {
		if u, err := url.Parse(origin); err == nil && u.Hostname() != "" {
			names = append(names, u.Hostname())
		}
	}
	return names
}

// rates are the limits, kept in memory: this process is the whole service.
func (s *service) rates() httpapi.Rates {
	return httpapi.Rates{
		Buckets: ratelimit.NewMemory(), Generate: s.cfg.GenerateLimit, Read: s.cfg.ReadLimit,
		TrustedProxies: s.cfg.TrustedProxies,
	}
}

// warnOfNoKeys tells the operator who has locked himself out.
func (s *service) warnOfNoKeys(ctx context.Context) error {
	if s.cfg.Keys == nil || len(s.cfg.Keys) > 0 {
		return nil
	}
	keys, err := s.db.Keys(ctx)
	if err != nil {
		return fmt.Errorf("read keys: %w", err)
	}
	if !slices.ContainsFunc(keys, func(k task.APIKey) bool { return k.RevokedAt.IsZero() }) {
		s.log.WarnContext(ctx, "nobody can get in: a key is asked for and there is none; make one with `make key NAME=…`")
	}
	return nil
}
