package generate_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"volcimage/internal/catalog"
	"volcimage/internal/embedded/disk"
	"volcimage/internal/embedded/sqlite"
	"volcimage/internal/generate"
	"volcimage/internal/library"
	"volcimage/internal/picture"
	"volcimage/internal/submit"
	"volcimage/internal/sweep"
	"volcimage/internal/task"
	"volcimage/internal/visual"
	"volcimage/internal/visual/visualtest"
	"volcimage/internal/visual/visualtest/paint"
)

// world is the whole one-machine side in virtual time: real SQLite, real files,
// the real client and the emulator of VolcEngine over HTTP, but no sockets. It
// must be made and closed inside a synctest bubble.
type world struct {
	t       *testing.T
	dir     string
	db      *sqlite.DB
	queue   *sqlite.Queue
	objects *disk.Store
	emu     *visualtest.Server
	fuse    *fuse

	granter *generate.Granter
	worker  *generate.Worker
	submit  *submit.Service
	library *library.Service
	sweeper *sweep.Sweeper
}

const (
	slots      = 5
	giveUp     = 5 * time.Minute
	stepTime   = time.Minute
	visibility = 6 * stepTime
)

func newWorld(t *testing.T, cfg visualtest.Config) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), fuse: &fuse{}}
	var err error
	if w.db, err = sqlite.Open(t.Context(), filepath.Join(w.dir, "test.db"), sqlite.Options{Readers: 1}); err != nil {
		t.Fatal(err)
	}
	w.queue = w.db.Queue(sqlite.QueueConfig{Visibility: visibility})
	if w.objects, err = disk.Open(filepath.Join(w.dir, "pictures"), disk.Options{Secret: make([]byte, 32)}); err != nil {
		t.Fatal(err)
	}
	cfg.AccessKey, cfg.SecretKey, cfg.Prerendered = "demo", "demo-secret", true
	w.emu = visualtest.New(cfg)
	web, stop := pipe(w.emu)
	client, err := visual.New(visual.Config{AccessKey: cfg.AccessKey, SecretKey: cfg.SecretKey, Endpoint: "http://volc.test", HTTP: web})
	if err != nil {
		t.Fatal(err)
	}
	w.wire(client, web)
	t.Cleanup(func() {
		stop()
		if err := errors.Join(w.db.Close(), w.objects.Close()); err != nil {
			t.Error(err)
		}
	})
	return w
}

func (w *world) wire(client *visual.Client, web *http.Client) {
	log := slog.New(slog.DiscardHandler)
	if testing.Verbose() {
		log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	limits := task.Limits{Total: slots, Model: func(string) int { return slots }}
	w.granter = &generate.Granter{Store: faultyStore{w.db, w.fuse}, Hints: faultyHints{w.queue, w.fuse}, Limits: limits, Now: time.Now, Log: log}
	w.worker = &generate.Worker{
		Store: faultyStore{w.db, w.fuse}, Hints: faultyHints{w.queue, w.fuse},
		Provider: faultyProvider{client, w.fuse}, Fetcher: fetcher{web: web, fuse: w.fuse},
		Pictures: &picture.Verifier{}, Objects: faultyObjects{w.objects, w.fuse},
		Grant: w.granter.Grant, Now: time.Now, Log: log,
		PollInterval: 2 * time.Second, GiveUp: giveUp, MaxRetries: 3, CallTimeout: 30 * time.Second, EagerPolls: true,
	}
	w.submit = &submit.Service{Store: w.db, Hints: w.queue, Grant: w.granter.Grant, Now: time.Now, Log: log}
	w.library = &library.Service{Store: w.db, Hints: w.queue, Objects: w.objects, Now: time.Now, Log: log}
	w.sweeper = &sweep.Sweeper{
		Store: w.db, Hints: w.queue, Grant: w.granter.Grant, Delete: w.library.Delete, Now: time.Now, Log: log,
	}
}

// quick spares the drawing of pictures, where a test is not about them.
func (w *world) quick() *world {
	f := w.worker.Fetcher.(fetcher)
	f.quick = true
	w.worker.Fetcher = f
	return w
}

// pipe is a client whose requests reach h without a socket, so that virtual time
// goes on while they wait.
func pipe(h http.Handler) (*http.Client, func()) {
	l := &listener{conns: make(chan net.Conn), done: make(chan struct{})}
	server := &http.Server{Handler: h, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	go func() { _ = server.Serve(l) }() // ends with the listener
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: l.dial}}, func() { _ = server.Close() }
}

type listener struct {
	conns chan net.Conn
	done  chan struct{}
}

func (l *listener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case l.conns <- theirs:
		return ours, nil
	case <-l.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *listener) Close() error   { close(l.done); return nil }
func (l *listener) Addr() net.Addr { return &net.UnixAddr{Name: "volc.test"} }

// ask submits a small picture, or count of them.
func (w *world) ask(prompt string, count int) task.Task {
	w.t.Helper()
	return w.askAs("ann", prompt, count)
}

func (w *world) askAs(o task.Owner, prompt string, count int) task.Task {
	w.t.Helper()
	tk, _, err := w.submit.Submit(w.t.Context(), o, task.Params{
		Prompt: prompt, Model: "jimeng_t2i_v31", Width: 512, Height: 512, Count: count,
	}, "", [32]byte{})
	if err != nil {
		w.t.Fatalf("submit %q: %v", prompt, err)
	}
	return tk
}

func (w *world) read(tk task.Task) task.Task {
	w.t.Helper()
	got, err := w.db.Task(w.t.Context(), tk.Owner, tk.ID)
	if err != nil {
		w.t.Fatalf("read %s: %v", tk.ID, err)
	}
	return got
}

// run delivers hints and sweeps each minute, as long as ready says no, at most
// for limit.
func (w *world) run(limit time.Duration, ready func() bool) {
	w.t.Helper()
	end, sweepAt := time.Now().Add(limit), time.Now().Add(time.Minute)
	for !ready() {
		if time.Now().After(end) {
			w.t.Fatalf("not so after %v of virtual time", limit)
		}
		if !time.Now().Before(sweepAt) {
			sweepAt = sweepAt.Add(time.Minute)
			if err := w.sweeper.Sweep(w.t.Context()); err != nil && !errors.Is(err, errCrash) {
				w.t.Fatalf("sweep: %v", err)
			}
		}
		if w.deliver() == 0 {
			w.sleep(sweepAt)
		}
	}
}

// sleep waits for the next hint, or for the sweep.
func (w *world) sleep(sweepAt time.Time) {
	next, ok, err := w.queue.Next(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	if !ok || next.After(sweepAt) {
		next = sweepAt
	}
	time.Sleep(max(time.Millisecond, time.Until(next)))
}

// deliver hands out what is visible, as the event source mapping does: a step
// that fails leaves its message hidden. It answers how many there were.
func (w *world) deliver() int {
	w.t.Helper()
	messages, err := w.queue.Receive(w.t.Context(), 10)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, m := range messages {
		ctx, cancel := context.WithTimeout(w.t.Context(), stepTime)
		err := w.worker.Step(ctx, m.Ref)
		cancel()
		w.fuse.revive()
		if err != nil {
			continue
		}
		if err := w.queue.Delete(w.t.Context(), m.Receipt); err != nil {
			w.t.Fatal(err)
		}
	}
	return len(messages)
}

// finish runs until the task is over, and tells how it ended.
func (w *world) finish(tk task.Task) task.Task {
	w.t.Helper()
	w.run(time.Hour, func() bool { return w.read(tk).Status.Over() })
	return w.read(tk)
}

// settle runs until nothing is in flight or due any more.
func (w *world) settle() {
	w.t.Helper()
	w.run(2*time.Hour, func() bool {
		s, err := w.db.Slots(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		due, err := w.db.Due(w.t.Context(), time.Now().Add(24*time.Hour), 1)
		if err != nil {
			w.t.Fatal(err)
		}
		return len(due) == 0 && !s.Full(task.Limits{Total: 1}, time.Now())
	})
}

// files lists every object, by key.
func (w *world) files() map[string]bool {
	w.t.Helper()
	found := map[string]bool{}
	root := filepath.Join(w.dir, "pictures")
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(root, path)
		found[filepath.ToSlash(rel)] = true
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return found
}

// drawn is one picture for tests that are not about pictures: drawing takes most
// of the time otherwise.
var drawn = sync.OnceValues(func() ([]byte, error) {
	return paint.Encode(paint.Draw(paint.Spec{Prompt: "a fox", Width: 64, Height: 64}), "jpeg", "{}")
})

// fetcher downloads by the same pipe; addresses are not its business here.
type fetcher struct {
	web  *http.Client
	fuse *fuse
	// quick answers [drawn] and asks nobody.
	quick bool
}

func (f fetcher) Fetch(ctx context.Context, link string) ([]byte, error) {
	if f.fuse.blows() {
		return nil, errCrash
	}
	if f.quick {
		return drawn()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil {
		return nil, err
	}
	resp, err := f.web.Do(req)
	if err != nil {
		return nil, catalog.NewError(catalog.CodePictureUnreachable, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, catalog.NewError(catalog.CodePictureUnreachable, fmt.Errorf("HTTP %d", resp.StatusCode))
	}
	return io.ReadAll(resp.Body)
}
