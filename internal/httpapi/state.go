package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"volcimage/internal/archive"
	"volcimage/internal/task"
)

// Storage is the space that pictures take.
type Storage struct {
	UsedBytes  int64 `json:"used_bytes" doc:"Pictures and thumbnails of every owner" example:"73400320"`
	LimitBytes int64 `json:"limit_bytes" doc:"0 for none" example:"107374182400"`
	Images     int64 `json:"images" example:"24"`
	Own        Space `json:"own" doc:"What your own take, in bytes, by what is said of their tasks; of a new task within seconds"`
}

// Space is what pictures and thumbnails take, in bytes.
type Space struct {
	Status     map[task.Status]int64 `json:"status" doc:"By status, once the run is over" example:"{\"COMPLETED\":73400320}"`
	Tags       map[string]int64      `json:"tags" doc:"By tag, as it was last spelled; at most 1,000 entries in all" example:"{\"fox\":9437184}"`
	Folders    map[string]int64      `json:"folders" doc:"By the folder's id"`
	Favourites int64                 `json:"favourites" example:"9437184"`
	Bin        int64                 `json:"bin" doc:"In the bin, and counted nowhere else" example:"0"`
	Exports    int64                 `json:"exports" doc:"Parts of exports, which go by themselves after a day; not part of used_bytes" example:"0"`
}

type storageOutput struct{ Body Storage }

func (s *service) storage(ctx context.Context, _ *struct{}) (*storageOutput, error) {
	u, err := s.Library.Usage(ctx)
	if err != nil {
		return nil, fmt.Errorf("sum up usage: %w", err)
	}
	own, err := s.space(ctx)
	if err != nil {
		return nil, err
	}
	return &storageOutput{Storage{UsedBytes: u.Bytes, LimitBytes: s.StorageLimit, Images: u.Images, Own: own}}, nil
}

// space is what the caller's own take.
func (s *service) space(ctx context.Context) (Space, error) {
	o := requestOf(ctx).owner
	sum, err := s.Library.Space(ctx, o)
	if err != nil {
		return Space{}, fmt.Errorf("sum up by mark: %w", err)
	}
	out := Space{Status: sum.Statuses, Tags: sum.Tags, Folders: sum.Folders, Favourites: sum.Favourites, Bin: sum.Bin}
	if s.Exports == nil {
		return out, nil
	}
	all, err := s.Exports.List(ctx, o)
	if err != nil {
		return Space{}, fmt.Errorf("sum up exports: %w", err)
	}
	for _, e := range all {
		if e.FinishedAt.IsZero() || s.Now().Before(e.FinishedAt.Add(archive.Kept)) {
			out.Exports += e.Bytes
		}
	}
	return out, nil
}

// Health is whether the service can work.
type Health struct {
	Status  string            `json:"status" enum:"ok,failing"`
	Mode    string            `json:"mode" enum:"demo,live" doc:"demo: pictures come from the emulator and cost nothing"`
	Checks  map[string]string `json:"checks" doc:"Each part that the service cannot do without: ok, warning or failing" example:"{\"store\":\"ok\",\"queue\":\"ok\",\"objects\":\"ok\"}"`
	Version string            `json:"version,omitempty" doc:"What the service was built from, for those who have a key where there are keys" example:"39aaa67"`
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
	if q.known {
		out.Body.Version = s.Version
	}
	if s.Numbers != nil && q.known {
		out.Body.Numbers = s.Numbers(ctx)
	}
	return out, nil
}
