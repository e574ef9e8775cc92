package world

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"time"

	"volcimage/internal/catalog"
	"volcimage/internal/embedded/disk"
	"volcimage/internal/embedded/sqlite"
	"volcimage/internal/generate"
	"volcimage/internal/task"
)

// ErrInjected is behind every error that a test asked for.
var ErrInjected = errors.New("injected")

// Point is a moment around a call: "save" of a row, "create" of a task, "index", "hint",
// "submit" and "result" at the provider, "fetch", "put", "delete".
type Point struct {
	Call  string
	After bool // what was asked for has been done, and only the answer may be lost
}

// Verdict is what happens at a moment.
type Verdict int

// The verdicts.
const (
	GoesWell Verdict = iota
	Fails            // the call does, and whoever made it goes on
	Dies             // whoever made the call does, and does nothing more
)

type lifeKey struct{}

// Alive is a context for one who may die: a step, a sweep or a request.
func Alive(ctx context.Context) context.Context {
	return context.WithValue(ctx, lifeKey{}, new(atomic.Bool))
}

// Live lets do be done by one who may die in it, and tells whether they lived.
func Live(ctx context.Context, do func(context.Context)) bool {
	ctx = Alive(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		do(ctx)
	}()
	<-done
	return !Dead(ctx)
}

// Dead tells whether who goes by ctx has died.
func Dead(ctx context.Context) bool {
	dead, ok := ctx.Value(lifeKey{}).(*atomic.Bool)
	return ok && dead.Load()
}

// Kill ends whoever goes by ctx.
func Kill(ctx context.Context) {
	if dead, ok := ctx.Value(lifeKey{}).(*atomic.Bool); ok {
		dead.Store(true)
	}
}

func (w *World) pass(ctx context.Context, p Point) error {
	if w.At != nil && !Dead(ctx) {
		switch w.At(ctx, p) {
		case Fails:
			return ErrInjected
		case Dies:
			Kill(ctx)
		}
	}
	if Dead(ctx) {
		runtime.Goexit()
	}
	return nil
}

// between runs do between its two moments.
func between[T any](ctx context.Context, w *World, call string, do func() (T, error)) (T, error) {
	var none T
	if err := w.pass(ctx, Point{Call: call}); err != nil {
		return none, err
	}
	v, err := do()
	if lost := w.pass(ctx, Point{Call: call, After: true}); lost != nil {
		return none, lost
	}
	return v, err
}

func between0(ctx context.Context, w *World, call string, do func() error) error {
	_, err := between(ctx, w, call, func() (struct{}, error) { return struct{}{}, do() })
	return err
}

// store has moments around writes alone: dying around a read is dying around what
// comes next.
type store struct {
	*sqlite.DB
	world *World
}

func (s store) Save(ctx context.Context, c task.Change) error {
	return between0(ctx, s.world, "save", func() error {
		err := s.DB.Save(ctx, c)
		if err == nil && s.world.Saved != nil {
			s.world.Saved(c)
		}
		return err
	})
}

func (s store) Create(ctx context.Context, sub task.Submission) (t task.Task, replayed bool, err error) {
	t, err = between(ctx, s.world, "create", func() (t task.Task, err error) {
		t, replayed, err = s.DB.Create(ctx, sub)
		return t, err
	})
	return t, replayed, err
}

func (s store) Index(ctx context.Context, r task.Ref) (more bool, err error) {
	return between(ctx, s.world, "index", func() (bool, error) { return s.DB.Index(ctx, r) })
}

func (s store) SaveRecord(ctx context.Context, r *task.Record) error {
	return between0(ctx, s.world, "note", func() error { return s.DB.SaveRecord(ctx, r) })
}

func (s store) DeleteRecord(ctx context.Context, r task.Record) error {
	return between0(ctx, s.world, "note", func() error { return s.DB.DeleteRecord(ctx, r) })
}

type hints struct {
	task.Hints
	world *World
}

func (h hints) Send(ctx context.Context, r task.Ref, delay time.Duration) error {
	return between0(ctx, h.world, "hint", func() error {
		deliveries := []time.Duration{delay}
		if h.world.Hint != nil {
			deliveries = h.world.Hint(delay)
		}
		for _, d := range deliveries {
			if err := h.Hints.Send(ctx, r, d); err != nil {
				return err
			}
		}
		return nil
	})
}

type provider struct {
	generate.Provider
	world *World
}

func (p provider) Submit(ctx context.Context, q task.Params) (string, error) {
	id, err := between(ctx, p.world, "submit", func() (string, error) { return p.Provider.Submit(ctx, q) })
	if errors.Is(err, ErrInjected) {
		err = catalog.NewError(catalog.CodeProviderOutcomeUnknown, err)
	}
	return id, err
}

func (p provider) Result(ctx context.Context, model, id string) (task.Result, error) {
	res, err := between(ctx, p.world, "result", func() (task.Result, error) { return p.Provider.Result(ctx, model, id) })
	if errors.Is(err, ErrInjected) {
		err = catalog.NewError(catalog.CodeProviderAnswer, err)
	}
	return res, err
}

type objects struct {
	*disk.Store
	world *World
}

func (o objects) Put(ctx context.Context, ob task.Object) error {
	return between0(ctx, o.world, "put", func() error { return o.Store.Put(ctx, ob) })
}

func (o objects) DeletePrefix(ctx context.Context, prefix string, keep ...string) error {
	return between0(ctx, o.world, "delete", func() error { return o.Store.DeletePrefix(ctx, prefix, keep...) })
}
