package generate_test

import (
	"context"
	"errors"
	"time"

	"volcimage/internal/embedded/sqlite"
	"volcimage/internal/generate"
	"volcimage/internal/task"
)

var errCrash = errors.New("crashed")

// fuse makes a worker die at one moment: each call of an interface has one before
// it and one after. From there to revive, every call fails, as for a process that
// is gone.
type fuse struct {
	at      int // the moment to die at, from 1; 0 is never
	moments int // passed so far
	dead    bool
}

func (f *fuse) blows() bool {
	f.moments++
	if f.moments == f.at {
		f.dead = true
	}
	return f.dead
}

func (f *fuse) revive() { f.dead = false }

// guard runs do between two moments.
func guard[T any](f *fuse, do func() (T, error)) (T, error) {
	var none T
	if f.blows() {
		return none, errCrash
	}
	v, err := do()
	if f.blows() {
		return none, errCrash
	}
	return v, err
}

func guard0(f *fuse, do func() error) error {
	_, err := guard(f, func() (struct{}, error) { return struct{}{}, do() })
	return err
}

// faultyStore passes all on; only writes have moments, for dying around a read is
// dying around what comes next.
type faultyStore struct {
	*sqlite.DB
	fuse *fuse
}

func (s faultyStore) Save(ctx context.Context, c task.Change) error {
	return guard0(s.fuse, func() error { return s.DB.Save(ctx, c) })
}

type faultyHints struct {
	generate.Hints
	fuse *fuse
}

func (h faultyHints) Send(ctx context.Context, r task.Ref, d time.Duration) error {
	return guard0(h.fuse, func() error { return h.Hints.Send(ctx, r, d) })
}

type faultyProvider struct {
	generate.Provider
	fuse *fuse
}

func (p faultyProvider) Submit(ctx context.Context, q task.Params) (string, error) {
	return guard(p.fuse, func() (string, error) { return p.Provider.Submit(ctx, q) })
}

func (p faultyProvider) Result(ctx context.Context, model, id string) (task.Result, error) {
	return guard(p.fuse, func() (task.Result, error) { return p.Provider.Result(ctx, model, id) })
}

type faultyObjects struct {
	generate.Objects
	fuse *fuse
}

func (o faultyObjects) Put(ctx context.Context, ob task.Object) error {
	return guard0(o.fuse, func() error { return o.Objects.Put(ctx, ob) })
}

func (o faultyObjects) DeletePrefix(ctx context.Context, prefix string, keep ...string) error {
	return guard0(o.fuse, func() error { return o.Objects.DeletePrefix(ctx, prefix, keep...) })
}
