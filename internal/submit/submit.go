// Package submit accepts requests for pictures: it checks them, writes them down
// in one transaction and asks for slots. It never waits for the provider.
package submit

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

// Store is what a submit needs of the table.
type Store interface {
	Create(ctx context.Context, s task.Submission) (t task.Task, replayed bool, err error)
	Task(ctx context.Context, o task.Owner, id task.ID) (task.Task, error)
	Jobs(ctx context.Context, o task.Owner, id task.ID) ([]*task.Job, error)
	Save(ctx context.Context, c task.Change) error
}

// Hints puts a job's next step into the queue.
type Hints interface {
	Send(ctx context.Context, r task.Ref, delay time.Duration) error
}

// Service accepts requests. All its fields are read only once it is in use.
type Service struct {
	Store Store
	Hints Hints
	// Grant gives free slots to waiting jobs.
	Grant func(ctx context.Context) error
	Now   func() time.Time
	Log   *slog.Logger
	// MaxImagesPerDay bounds pictures asked for in a day (UTC) by the whole
	// installation; 0 is no bound.
	MaxImagesPerDay int
}

// Submit writes a new task down. With a key that the owner used before it answers
// the earlier task, replayed, or [task.ErrKeyReused] if that was another request;
// bodyHash tells requests apart. Once Submit has answered, the task is kept
// whatever fails next.
func (s *Service) Submit(ctx context.Context, o task.Owner, p task.Params, key string, bodyHash [32]byte) (t task.Task, replayed bool, err error) {
	p, err = catalog.Complete(p)
	if err != nil {
		return task.Task{}, false, err
	}
	chooseSeed(&p)
	now := s.Now()
	t, jobs := task.New(o, p, now)
	ordered(ctx, jobs)
	t, replayed, err = s.Store.Create(ctx, task.Submission{
		Task: t, Jobs: jobs, Key: key, BodyHash: bodyHash, Spend: s.spend(now, p),
	})
	if err != nil {
		return task.Task{}, false, fmt.Errorf("create task: %w", s.untilTomorrow(now, err))
	}
	if !replayed {
		s.grant(ctx)
	}
	return t, replayed, nil
}

// ordered says by which request, so that the log of each step can.
func ordered(ctx context.Context, jobs []*task.Job) {
	for _, j := range jobs {
		j.Request = task.RequestOf(ctx)
	}
}

// chooseSeed takes a seed for a model that has one: the provider does not say
// which it chose, and without it the picture could not be made again.
func chooseSeed(p *task.Params) {
	m, _ := catalog.Lookup(p.Model)
	f, ok := m.Field("seed")
	if !ok || p.Seed != nil {
		return
	}
	seed := rand.Int64N(int64(f.Max) + 1)
	p.Seed = &seed
}

// spend is the most pictures that p may be charged for.
func (s *Service) spend(now time.Time, p task.Params) task.Spend {
	images := p.Jobs()
	if p.CoherentSet {
		m, _ := catalog.Lookup(p.Model)
		images = m.SetMax
	}
	return task.Spend{Day: now.UTC().Format(time.DateOnly), Images: images, Limit: s.MaxImagesPerDay}
}

// untilTomorrow says when a day's limit is over.
func (s *Service) untilTomorrow(now time.Time, err error) error {
	if task.CodeOf(err) != task.ErrDailyLimit.Code {
		return err
	}
	day := now.UTC().Truncate(24 * time.Hour)
	return &task.Error{Kind: task.Limited, Code: task.ErrDailyLimit.Code, RetryAfter: day.Add(24 * time.Hour).Sub(now), Err: err}
}

// grant asks for slots at once. Where that fails the janitor does it within a minute.
func (s *Service) grant(ctx context.Context) {
	if err := s.Grant(ctx); err != nil {
		s.Log.WarnContext(ctx, "slots not granted", "error", err)
	}
}
