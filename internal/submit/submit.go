// Package submit accepts requests for pictures: it checks them, writes them down
// in one transaction and asks for slots. It never waits for the provider.
package submit

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

// Store is what a submit needs of the table.
type Store interface {
	Create(ctx context.Context, s task.Submission) (t task.Task, replayed bool, err error)
	Task(ctx context.Context, o task.Owner, id task.ID) (task.Task, error)
	Jobs(ctx context.Context, o task.Owner, id task.ID) ([]*task.Job, error)
	Heads(ctx context.Context) ([]task.Head, error)
	Save(ctx context.Context, c task.Change) error
}

// Service accepts requests. All its fields are read only once it is in use.
type Service struct {
	Store Store
	Hints task.Hints
	// Grant gives free slots to waiting jobs.
	Grant func(ctx context.Context) error
	Now   func() time.Time
	Log   *slog.Logger
	// MaxImagesPerDay bounds pictures asked for in a day (UTC) by the whole
	// installation; 0 is no bound.
	MaxImagesPerDay int
	// IndexPause is for a store whose step of the index takes all tasks of an owner: the
	// hint waits so long, and what the owner submits meanwhile needs none. 0: each task
	// is hinted at once.
	IndexPause time.Duration

	hinted hinted
}

// Submit writes the task down that an order without variants asks for. With a key
// that the owner used before it answers the earlier task, replayed, or
// [task.ErrKeyReused] if that was another request; BodyHash tells requests apart.
// Once Submit has answered, the task is kept whatever fails next.
func (s *Service) Submit(ctx context.Context, o task.Owner, order task.Order) (t task.Task, replayed bool, err error) {
	placed, err := s.SubmitMany(ctx, o, order)
	if err != nil {
		return task.Task{}, false, err
	}
	return placed[0].Task, placed[0].Replayed, nil
}

// SubmitMany writes down every task that an order asks for, or none where one of
// them is refused. Where it fails half way, or an earlier one did, the same order
// with its key makes what is missing and answers the others as they are, but for
// those that are gone by now.
func (s *Service) SubmitMany(ctx context.Context, o task.Owner, order task.Order) ([]task.Placed, error) {
	all, err := drawings(order)
	if err != nil {
		return nil, err
	}
	return s.place(ctx, o, order, all)
}

// Again writes a task down that asks for what another of the owner's did.
func (s *Service) Again(ctx context.Context, o task.Owner, id task.ID, a task.Again) (t task.Task, replayed bool, err error) {
	from, err := s.Store.Task(ctx, o, id)
	if err == nil && !from.DeletedAt.IsZero() {
		err = task.ErrNotFound
	}
	if err != nil {
		return task.Task{}, false, fmt.Errorf("read %s: %w", id, err)
	}
	d, err := again(from, a)
	if err != nil {
		return task.Task{}, false, err
	}
	placed, err := s.place(ctx, o, task.Order{Parent: id, Key: a.Key, BodyHash: a.BodyHash}, []drawing{d})
	if err != nil {
		return task.Task{}, false, err
	}
	return placed[0].Task, placed[0].Replayed, nil
}

// place writes a task for each drawing. The first has the order's key and is
// charged with the pictures of all, so that the day's limit lets all of them pass or
// none. The keys of the others hang on it: where it is there already, so are they,
// or will be.
func (s *Service) place(ctx context.Context, o task.Owner, order task.Order, all []drawing) ([]task.Placed, error) {
	var made []task.ID
	defer func() {
		if made != nil {
			s.grant(ctx)
			s.hintIndex(ctx, o, made)
		}
	}()
	now := s.Now()
	images := 0
	for _, d := range all {
		images += chargeable(d.params)
	}
	var placed []task.Placed
	for i, d := range all {
		sub := task.Submission{Key: order.Key, BodyHash: order.BodyHash, Spend: s.spend(now, images)}
		if i > 0 {
			first := placed[0].Task
			sub.Key, sub.Spend = keyBehind(order.Key, first.ID, i), task.Spend{}
			if !order.EveryChoice { // a replay has not chosen as its first try did
				d.params.Prompt = first.Params.Prompt
			}
		}
		// A millisecond apart, so that ids keep the order.
		sub.Task, sub.Jobs = task.New(o, d.params, now.Add(time.Duration(i)*time.Millisecond))
		sub.Task.Parent = order.Parent
		ordered(ctx, sub.Jobs)
		if d.typed != d.params.Prompt {
			sub.Task.Typed = d.typed
		}
		t, replayed, err := s.Store.Create(ctx, sub)
		if i > 0 && task.KindOf(err) == task.NotFound {
			continue // was made, and is gone
		}
		if err != nil {
			return nil, fmt.Errorf("create task %d of %d: %w", i+1, len(all), s.untilTomorrow(now, err))
		}
		if !replayed {
			made = append(made, t.ID)
		}
		placed = append(placed, task.Placed{Task: t, Replayed: replayed})
	}
	return placed, nil
}

// ordered says by which request, so that the log of each step can.
func ordered(ctx context.Context, jobs []*task.Job) {
	for _, j := range jobs {
		j.Request = task.RequestOf(ctx)
	}
}

// keyBehind is the key of an order's n-th task. Nobody sends one with a line's end.
func keyBehind(key string, first task.ID, n int) string {
	if key == "" {
		return ""
	}
	return fmt.Sprintf("%s\n%s\n%d", key, first, n)
}

// chargeable is the most pictures that p may be charged for.
func chargeable(p task.Params) int {
	if p.CoherentSet {
		m, _ := catalog.Lookup(p.Model)
		return m.SetMax
	}
	return p.Jobs()
}

// spend counts pictures against the limit of now's day.
func (s *Service) spend(now time.Time, images int) task.Spend {
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
