package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Storage is the space that pictures take.
type Storage struct {
	UsedBytes  int64 `json:"used_bytes" doc:"Pictures and thumbnails of every owner" example:"73400320"`
	LimitBytes int64 `json:"limit_bytes" doc:"0 for none" example:"107374182400"`
	Images     int64 `json:"images" example:"24"`
}

type storageOutput struct{ Body Storage }

func (s *service) storage(ctx context.Context, _ *struct{}) (*storageOutput, error) {
	u, err := s.Library.Usage(ctx)
	if err != nil {
		return nil, fmt.Errorf("sum up usage: %w", err)
	}
	return &storageOutput{Storage{UsedBytes: u.Bytes, LimitBytes: s.StorageLimit, Images: u.Images}}, nil
}

// Health is whether the service can work.
type Health struct {
	Status string            `json:"status" enum:"ok,failing"`
	Mode   string            `json:"mode" enum:"demo,live" doc:"demo: pictures come from the emulator and cost nothing"`
	Checks map[string]string `json:"checks" doc:"Each part that the service cannot do without: ok, warning or failing" example:"{\"store\":\"ok\",\"queue\":\"ok\",\"objects\":\"ok\"}"`
	// Numbers are named with their unit.
	Numbers map[string]int64 `json:"numbers,omitempty" doc:"What was measured, for those who have a key where there are keys" example:"{\"queue_age_seconds\":0,\"dead_letters\":0}"`
}

type healthOutput struct {
	Status       int
	CacheControl string `header:"Cache-Control"`
	Body         Health
}

// healthWithin bounds the checks: who asks for health waits for no time-out.
const healthWithin = 5 * time.Second

const (
	healthOK      = "ok"
	healthWarning = "warning"
	healthFailing = "failing"
)

// Warning is said of a part that works, though not as it should: whoever sends
// requests here is to go on.
type Warning struct{ Err error }

func (w Warning) Error() string { return w.Err.Error() }

// Unwrap is what the warning is about.
func (w Warning) Unwrap() error { return w.Err }

func (s *service) health(ctx context.Context, _ *struct{}) (*healthOutput, error) {
	ctx, cancel := context.WithTimeout(ctx, healthWithin)
	defer cancel()
	out := &healthOutput{
		Status: http.StatusOK, CacheControl: "no-store",
		Body: Health{Status: healthOK, Mode: s.Mode, Checks: map[string]string{}},
	}
	q := requestOf(ctx)
	for part, err := range s.Health(ctx) { // what is wrong is for the log alone
		switch {
		case err == nil:
			out.Body.Checks[part] = healthOK
		case errors.As(err, new(Warning)):
			out.Body.Checks[part] = healthWarning
			s.Log.WarnContext(ctx, "part not well", "part", part, "error", err, "request_id", q.id)
		default:
			out.Status, out.Body.Status, out.Body.Checks[part] = http.StatusServiceUnavailable, healthFailing, healthFailing
			s.Log.ErrorContext(ctx, "part failing", "part", part, "error", err, "request_id", q.id)
		}
	}
	if s.Numbers != nil && q.known {
		out.Body.Numbers = s.Numbers(ctx)
	}
	return out, nil
}
