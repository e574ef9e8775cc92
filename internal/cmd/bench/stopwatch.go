package main

import (
	"context"
	"sync"
	"time"

	"volcimage/internal/task"
)

// The parts that a task's time goes into, in the order of its life.
const (
	partRows     = "rows: read and written"
	partQueue    = "hints: sent, received, deleted"
	partProvider = "provider: submit and result"
	partFetch    = "fetch"
	partVerify   = "verify, with thumbnail"
	partStore    = "store both files, synced"
)

// stopwatch sums up the time that is spent in each part.
type stopwatch struct {
	mu    sync.Mutex
	spent map[string]time.Duration
	calls map[string]int
}

func newStopwatch() *stopwatch {
	s := &stopwatch{}
	s.reset()
	return s
}

func (s *stopwatch) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spent, s.calls = map[string]time.Duration{}, map[string]int{}
}

// time begins to count for part; what it answers ends that.
func (s *stopwatch) time(part string) func() {
	begin := time.Now()
	return func() {
		took := time.Since(begin)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.spent[part] += took
		s.calls[part]++
	}
}

// store is the table as the use cases need it.
type store interface {
	Create(ctx context.Context, s task.Submission) (t task.Task, replayed bool, err error)
	Task(ctx context.Context, o task.Owner, id task.ID) (task.Task, error)
	Job(ctx context.Context, r task.Ref) (*task.Job, error)
	Jobs(ctx context.Context, o task.Owner, id task.ID) ([]*task.Job, error)
	Slots(ctx context.Context) (*task.Slots, error)
	Heads(ctx context.Context) ([]task.Head, error)
	Save(ctx context.Context, c task.Change) error
}

// timedStore is the table under the stopwatch.
type timedStore struct {
	store
	watch *stopwatch
}

func (s timedStore) Create(ctx context.Context, sub task.Submission) (task.Task, bool, error) {
	defer s.watch.time(partRows)()
	return s.store.Create(ctx, sub)
}

func (s timedStore) Task(ctx context.Context, o task.Owner, id task.ID) (task.Task, error) {
	defer s.watch.time(partRows)()
	return s.store.Task(ctx, o, id)
}

func (s timedStore) Job(ctx context.Context, r task.Ref) (*task.Job, error) {
	defer s.watch.time(partRows)()
	return s.store.Job(ctx, r)
}

func (s timedStore) Jobs(ctx context.Context, o task.Owner, id task.ID) ([]*task.Job, error) {
	defer s.watch.time(partRows)()
	return s.store.Jobs(ctx, o, id)
}

func (s timedStore) Slots(ctx context.Context) (*task.Slots, error) {
	defer s.watch.time(partRows)()
	return s.store.Slots(ctx)
}

func (s timedStore) Heads(ctx context.Context) ([]task.Head, error) {
	defer s.watch.time(partRows)()
	return s.store.Heads(ctx)
}

func (s timedStore) Save(ctx context.Context, c task.Change) error {
	defer s.watch.time(partRows)()
	return s.store.Save(ctx, c)
}

// timedHints, timedProvider, timedFetcher, timedPictures and timedObjects are the
// other parts under the stopwatch.
type timedHints struct {
	sent  func(ctx context.Context, r task.Ref, delay time.Duration) error
	watch *stopwatch
}

func (h timedHints) Send(ctx context.Context, r task.Ref, delay time.Duration) error {
	defer h.watch.time(partQueue)()
	return h.sent(ctx, r, delay)
}

type timedProvider struct {
	submit func(ctx context.Context, p task.Params) (string, error)
	result func(ctx context.Context, model, id string) (task.Result, error)
	watch  *stopwatch
}

func (p timedProvider) Submit(ctx context.Context, params task.Params) (string, error) {
	defer p.watch.time(partProvider)()
	return p.submit(ctx, params)
}

func (p timedProvider) Result(ctx context.Context, model, id string) (task.Result, error) {
	defer p.watch.time(partProvider)()
	return p.result(ctx, model, id)
}

type timedFetcher struct {
	fetch func(ctx context.Context, link string) ([]byte, error)
	watch *stopwatch
}

func (f timedFetcher) Fetch(ctx context.Context, link string) ([]byte, error) {
	defer f.watch.time(partFetch)()
	return f.fetch(ctx, link)
}

type timedPictures struct {
	verify func(data []byte) (task.Picture, error)
	watch  *stopwatch
}

func (p timedPictures) Verify(data []byte) (task.Picture, error) {
	defer p.watch.time(partVerify)()
	return p.verify(data)
}

type timedObjects struct {
	put          func(ctx context.Context, o task.Object) error
	deletePrefix func(ctx context.Context, prefix string, keep ...string) error
	watch        *stopwatch
}

func (o timedObjects) Put(ctx context.Context, object task.Object) error {
	defer o.watch.time(partStore)()
	return o.put(ctx, object)
}

func (o timedObjects) DeletePrefix(ctx context.Context, prefix string, keep ...string) error {
	return o.deletePrefix(ctx, prefix, keep...)
}
