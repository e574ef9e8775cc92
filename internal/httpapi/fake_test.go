package httpapi_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"volcimage/internal/catalog"
	"volcimage/internal/httpapi"
	"volcimage/internal/task"
)

// store stands where the use cases stand, on maps. What it decides it asks the
// domain and the catalog for.
type store struct {
	httpapi.Keeper // what is not below is asked of the library itself, see [kept]

	mu    sync.Mutex
	tasks map[task.ID]*task.Task
	jobs  map[task.ID][]*task.Job
	keys  map[string]keyed
	now   time.Time

	fail     error                       // answered by every call, where set
	hook     func(context.Context) error // called first, where set
	expected int                         // calls of Expected
	paused   bool
}

type keyed struct {
	hash [32]byte
	id   task.ID
}

func newStore() *store {
	return &store{
		tasks: map[task.ID]*task.Task{}, jobs: map[task.ID][]*task.Job{}, keys: map[string]keyed{},
		now: time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC),
	}
}

func (s *store) enter(ctx context.Context) (func(), error) {
	if s.hook != nil {
		if err := s.hook(ctx); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	return s.mu.Unlock, s.fail
}

func (s *store) SubmitMany(ctx context.Context, o task.Owner, order task.Order) ([]task.Placed, error) {
	variants := order.Variants
	if variants == nil {
		variants = []task.Params{order.Params}
	}
	var placed []task.Placed
	for i, p := range variants {
		p.Prompt = order.Params.Prompt
		key := order.Key
		if i > 0 && key != "" {
			key += fmt.Sprint("\n", i)
		}
		t, replayed, err := s.place(ctx, o, p, key, order.BodyHash)
		if err != nil {
			return nil, err
		}
		t.Parent = order.Parent
		placed = append(placed, task.Placed{Task: *t, Replayed: replayed})
	}
	return placed, nil
}

func (s *store) Again(ctx context.Context, o task.Owner, id task.ID, a task.Again) (task.Task, bool, error) {
	from, err := s.Get(ctx, o, id)
	if err != nil {
		return task.Task{}, false, err
	}
	if a.Image != nil {
		from.Params.Count = 1
	}
	if a.Variation {
		from.Params.Seed = nil
	}
	t, replayed, err := s.place(ctx, o, from.Params, a.Key, a.BodyHash)
	if err != nil {
		return task.Task{}, false, err
	}
	t.Parent = id
	return *t, replayed, nil
}

func (s *store) place(ctx context.Context, o task.Owner, p task.Params, key string, hash [32]byte) (*task.Task, bool, error) {
	leave, err := s.enter(ctx)
	if leave != nil {
		defer leave()
	}
	if err != nil {
		return nil, false, err
	}
	if p, err = catalog.Complete(p); err != nil {
		return nil, false, err
	}
	if k, ok := s.keys[string(o)+key]; ok && key != "" {
		if k.hash != hash {
			return nil, false, task.ErrKeyReused
		}
		return s.tasks[k.id], true, nil
	}
	t := s.add(o, p)
	s.keys[string(o)+key] = keyed{hash, t.ID}
	return t, false, nil
}

// add makes a task a millisecond younger than the last.
func (s *store) add(o task.Owner, p task.Params) *task.Task {
	s.now = s.now.Add(time.Millisecond)
	t, jobs := task.New(o, p, s.now)
	s.tasks[t.ID], s.jobs[t.ID] = &t, jobs
	return &t
}

// finish draws every picture of t.
func (s *store) finish(t *task.Task) {
	for _, j := range s.jobs[t.ID] {
		t.JobGranted(j, s.now)
		t.JobDone(j, []task.Image{{
			Format: "jpeg", Width: 1328, Height: 1328, Bytes: 1 << 20, ThumbnailBytes: 1 << 14,
			Key: fmt.Sprintf("images/%s/%s/%d-1.jpg", t.Owner, t.ID, j.N), ThumbnailKey: fmt.Sprintf("images/%s/%s/%d-1.thumb.jpg", t.Owner, t.ID, j.N),
		}}, s.now)
	}
}

func (s *store) find(o task.Owner, id task.ID) (*task.Task, error) {
	if t := s.tasks[id]; t != nil && t.Owner == o && t.DeletedAt.IsZero() {
		return t, nil
	}
	return nil, task.ErrNotFound
}

// change runs a move on a task that is there.
func (s *store) change(ctx context.Context, o task.Owner, id task.ID, move func(*task.Task) error) (task.Task, error) {
	leave, err := s.enter(ctx)
	if leave != nil {
		defer leave()
	}
	if err != nil {
		return task.Task{}, err
	}
	t, err := s.find(o, id)
	if err != nil {
		return task.Task{}, err
	}
	if err := move(t); err != nil {
		return task.Task{}, err
	}
	t.Version++
	return *t, nil
}

func (s *store) Retry(ctx context.Context, o task.Owner, id task.ID) (task.Task, error) {
	return s.change(ctx, o, id, func(t *task.Task) error {
		_, err := t.Retry(s.jobs[id], s.now, time.Hour)
		return err
	})
}

func (s *store) Hold(ctx context.Context, o task.Owner, id task.ID) (task.Task, error) {
	return s.change(ctx, o, id, func(t *task.Task) error { _, err := t.Hold(s.jobs[id]); return err })
}

func (s *store) Release(ctx context.Context, o task.Owner, id task.ID) (task.Task, error) {
	return s.change(ctx, o, id, func(t *task.Task) error { _, err := t.Release(s.jobs[id]); return err })
}

func (s *store) Next(ctx context.Context, o task.Owner, id task.ID) (task.Task, error) {
	return s.change(ctx, o, id, func(t *task.Task) error { _, err := t.Next(s.jobs[id], nil); return err })
}

func (s *store) Arrange(ctx context.Context, o task.Owner, ids []task.ID) ([]task.Task, error) {
	var out []task.Task
	for _, id := range ids {
		t, err := s.change(ctx, o, id, func(t *task.Task) error { _, err := task.NewLined(t, s.jobs[id]); return err })
		if task.KindOf(err) == task.NotFound || task.CodeOf(err) == task.CodeNotWaiting {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	if out == nil {
		return nil, &task.Error{Kind: task.Conflict, Code: task.CodeNotWaiting}
	}
	return out, nil
}

func (s *store) Cancel(ctx context.Context, o task.Owner, id task.ID) (task.Task, error) {
	return s.change(ctx, o, id, func(t *task.Task) error { return t.Cancel(s.jobs[id], s.now) })
}

func (s *store) Edit(ctx context.Context, o task.Owner, id task.ID, version int64, e task.Edit) (task.Task, error) {
	return s.change(ctx, o, id, func(t *task.Task) error {
		if version != 0 && version != t.Version {
			return task.ErrStale
		}
		_, err := t.Edit(e)
		return err
	})
}

func (s *store) Delete(ctx context.Context, o task.Owner, id task.ID) error {
	_, err := s.change(ctx, o, id, func(t *task.Task) error { t.Delete(s.jobs[id], s.now); return nil })
	return err
}

func (s *store) Bin(ctx context.Context, o task.Owner, id task.ID) (t task.Task, changed bool, err error) {
	t, err = s.change(ctx, o, id, func(t *task.Task) error {
		changed, err = t.Bin(s.jobs[id], s.now)
		return err
	})
	return t, changed, err
}

func (s *store) Restore(ctx context.Context, o task.Owner, id task.ID) (t task.Task, changed bool, err error) {
	t, err = s.change(ctx, o, id, func(t *task.Task) error { changed = t.Restore(); return nil })
	return t, changed, err
}

func (s *store) Get(ctx context.Context, o task.Owner, id task.ID) (task.Task, error) {
	leave, err := s.enter(ctx)
	if leave != nil {
		defer leave()
	}
	if err != nil {
		return task.Task{}, err
	}
	t, err := s.find(o, id)
	if err != nil {
		return task.Task{}, err
	}
	return *t, nil
}

func (s *store) GetMany(ctx context.Context, o task.Owner, ids []task.ID) ([]task.Task, error) {
	var out []task.Task
	for _, id := range ids {
		t, err := s.Get(ctx, o, id)
		if task.KindOf(err) == task.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

func (s *store) List(ctx context.Context, q task.Query) (task.Page, error) {
	leave, err := s.enter(ctx)
	if leave != nil {
		defer leave()
	}
	if err != nil {
		return task.Page{}, err
	}
	var all []task.Task
	for _, t := range s.tasks {
		if t.Owner == q.Owner && t.Listed() && (q.Before == "" || t.ID < q.Before) &&
			strings.Contains(t.Params.Prompt, q.Text) && (q.Model == "" || t.Params.Model == q.Model) &&
			(q.Statuses == nil || slices.Contains(q.Statuses, t.Status)) &&
			!t.CreatedAt.Before(q.From) && (q.To.IsZero() || t.CreatedAt.Before(q.To)) {
			all = append(all, *t)
		}
	}
	slices.SortFunc(all, func(a, b task.Task) int { return cmp.Compare(b.ID, a.ID) })
	if len(all) <= q.Limit {
		return task.Page{Tasks: all}, nil
	}
	return task.Page{Tasks: all[:q.Limit], Next: all[q.Limit-1].ID}, nil
}

func (s *store) Counts(ctx context.Context, _ task.Owner) (task.Counts, error) {
	leave, err := s.enter(ctx)
	if leave != nil {
		defer leave()
	}
	return task.Counts{}, err
}

func (s *store) Space(ctx context.Context, _ task.Owner) (task.Counts, error) {
	leave, err := s.enter(ctx)
	if leave != nil {
		defer leave()
	}
	return task.Counts{Statuses: map[task.Status]int64{}, Tags: map[string]int64{}, Folders: map[string]int64{}}, err
}

func (s *store) Suggest(ctx context.Context, _ task.Owner, _ string) (string, []task.Suggestion, error) {
	leave, err := s.enter(ctx)
	if leave != nil {
		defer leave()
	}
	return "", nil, err
}

func (s *store) Usage(ctx context.Context) (task.Usage, error) {
	leave, err := s.enter(ctx)
	if leave != nil {
		defer leave()
	}
	if err != nil {
		return task.Usage{}, err
	}
	var u task.Usage
	for _, t := range s.tasks {
		u.Bytes += t.StoredBytes()
		u.Images += int64(t.Done())
	}
	return u, nil
}

// linkLife is how long links of the store are valid.
const linkLife = time.Hour

func (s *store) Link(l task.Link) (task.SignedLink, error) {
	u := "/files/" + l.Key + "?e=1764493200&s=3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	if l.Filename != "" {
		u += "&download=" + l.Filename
	}
	return task.SignedLink{URL: u, ExpiresAt: s.now.Add(linkLife)}, nil
}

// WithRecipe tells apart, by its address, what was asked for.
func (s *store) WithRecipe(_ context.Context, t *task.Task, n int, filename string) (task.SignedLink, error) {
	return s.Link(task.Link{Key: fmt.Sprintf("temp/%s/%d.jpg", t.ID, n), Filename: filename})
}

func (s *store) Paused(context.Context) (bool, error) { return s.paused, nil }

func (s *store) Expected(ctx context.Context, _ string) (time.Duration, error) {
	leave, err := s.enter(ctx)
	if leave != nil {
		defer leave()
	}
	s.expected++
	return 15 * time.Second, err
}
