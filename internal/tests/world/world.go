package world

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"volcimage/internal/embedded/disk"
	"volcimage/internal/embedded/sqlite"
	"volcimage/internal/generate"
	"volcimage/internal/library"
	"volcimage/internal/picture"
	"volcimage/internal/recipe"
	"volcimage/internal/submit"
	"volcimage/internal/sweep"
	"volcimage/internal/task"
	"volcimage/internal/visual"
	"volcimage/internal/visual/visualtest"
)

// How the world is set: as one machine is by default, but for a step's time.
const (
	Slots      = 5
	GiveUp     = 5 * time.Minute
	StepTime   = time.Minute
	Visibility = 6 * StepTime
	// Model draws small pictures and takes a seed.
	Model = "jimeng_t2i_v31"
	// Owner is whose tasks [World.Ask] makes.
	Owner task.Owner = "ann"
)

// World is everything that runs on one machine but the HTTP side.
type World struct {
	T       testing.TB
	Dir     string
	DB      *sqlite.DB
	Queue   *sqlite.Queue
	Objects *disk.Store
	Emu     *visualtest.Server

	Granter *generate.Granter
	Worker  *generate.Worker
	Submit  *submit.Service
	Library *library.Service
	Sweeper *sweep.Sweeper
	Indexer *library.Indexer

	// At is asked at every moment; nil lets all go well. It may wait, and so
	// decide who gets on first.
	At func(context.Context, Point) Verdict
	// Hint is asked what becomes of a hint; nil delivers it once, as asked.
	Hint func(delay time.Duration) (deliveries []time.Duration)

	// Idle is called between steps, Saved after each write that changed rows; nil
	// does nothing.
	Idle  func()
	Saved func(task.Change)

	sweepAt time.Time
}

// New makes a world with an emulator as cfg says, credentials aside.
func New(t testing.TB, cfg visualtest.Config) *World {
	t.Helper()
	w := &World{T: t, Dir: tempDir(t)}
	var err error
	if w.DB, err = sqlite.Open(t.Context(), filepath.Join(w.Dir, "test.db"), sqlite.Options{Readers: 1}); err != nil {
		t.Fatal(err)
	}
	w.Queue = w.DB.Queue(sqlite.QueueConfig{Visibility: Visibility})
	if w.Objects, err = disk.Open(filepath.Join(w.Dir, "pictures"), disk.Options{Secret: make([]byte, 32)}); err != nil {
		t.Fatal(err)
	}
	cfg.AccessKey, cfg.SecretKey, cfg.Prerendered = "demo", "demo-secret", true
	w.Emu = visualtest.New(cfg)
	web, stop := pipe(w.Emu)
	client, err := visual.New(visual.Config{AccessKey: cfg.AccessKey, SecretKey: cfg.SecretKey, Endpoint: "http://volc.test", HTTP: web})
	if err != nil {
		t.Fatal(err)
	}
	w.wire(client, fetcher{web: web, world: w})
	t.Cleanup(func() {
		stop()
		if err := errors.Join(w.DB.Close(), w.Objects.Close()); err != nil {
			t.Error(err)
		}
	})
	return w
}

// tempDir is in memory where the system has such a place: virtual time makes a
// disk's syncs all that a test waits for.
func tempDir(t testing.TB) string {
	t.Helper()
	const memory = "/dev/shm"
	dir, err := os.MkdirTemp(memory, "volcimage-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func (w *World) wire(client *visual.Client, f fetcher) {
	log := slog.New(slog.DiscardHandler)
	if testing.Verbose() {
		log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	limits := task.Limits{Total: Slots, Model: func(string) int { return Slots }}
	db, queue, files := store{w.DB, w}, hints{w.Queue, w}, objects{w.Objects, w}
	w.Granter = &generate.Granter{Store: db, Hints: queue, Limits: limits, Now: time.Now, Log: log}
	w.Worker = &generate.Worker{
		Store: db, Hints: queue, Provider: provider{client, w}, Fetcher: f,
		Pictures: &picture.Verifier{}, Objects: files,
		Grant: w.Granter.Grant, Now: time.Now, Log: log,
		PollInterval: 2 * time.Second, GiveUp: GiveUp, MaxRetries: 3, CallTimeout: 30 * time.Second, EagerPolls: true,
	}
	w.Indexer = &library.Indexer{Store: db, Hints: queue, Log: log}
	w.Submit = &submit.Service{Store: db, Hints: queue, Grant: w.Granter.Grant, Now: time.Now, Log: log}
	w.Library = &library.Service{Store: db, Hints: queue, Objects: w.Objects, Inscribe: recipe.Inscribe, Now: time.Now, Log: log}
	w.Sweeper = &sweep.Sweeper{
		Store: db, Hints: queue, Objects: files, Grant: w.Granter.Grant, Delete: w.Library.Delete, ClearBin: w.Library.ClearBin, Now: time.Now, Log: log,
		Cleanup: true, RoundEvery: time.Hour,
	}
}

// Quick spares the drawing of pictures, where a test is not about them.
func (w *World) Quick() *World {
	f := w.Worker.Fetcher.(fetcher)
	f.quick = true
	w.Worker.Fetcher = f
	return w
}

// Params asks for count small pictures.
func Params(prompt string, count int) task.Params {
	return task.Params{Prompt: prompt, Model: Model, Width: 512, Height: 512, Count: count}
}

// Ask submits a small picture, or count of them.
func (w *World) Ask(prompt string, count int) task.Task {
	w.T.Helper()
	return w.AskAs(Owner, prompt, count)
}

// AskAs is Ask for another owner.
func (w *World) AskAs(o task.Owner, prompt string, count int) task.Task {
	w.T.Helper()
	t, _, err := w.Submit.Submit(w.T.Context(), o, task.Order{Params: Params(prompt, count)})
	if err != nil {
		w.T.Fatalf("submit %q: %v", prompt, err)
	}
	return t
}

// Read is the task as it is now, also one that is marked deleted.
func (w *World) Read(t task.Task) task.Task {
	w.T.Helper()
	got, err := w.DB.Task(w.T.Context(), t.Owner, t.ID)
	if err != nil {
		w.T.Fatalf("read %s: %v", t.ID, err)
	}
	return got
}

// Job is job n of the task as it is now.
func (w *World) Job(t task.Task, n int) *task.Job {
	w.T.Helper()
	j, err := w.DB.Job(w.T.Context(), task.Ref{Owner: t.Owner, Task: t.ID, N: n})
	if err != nil {
		w.T.Fatalf("read job %s/%d: %v", t.ID, n, err)
	}
	return j
}

// Files lists every object by key, or those of one owner.
func (w *World) Files(of ...task.Owner) map[string]bool {
	w.T.Helper()
	found := map[string]bool{}
	root := filepath.Join(w.Dir, "pictures")
	from := root
	if len(of) > 0 {
		from = filepath.Join(root, "images", string(of[0]))
	}
	err := filepath.WalkDir(from, func(path string, d os.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // nothing stored yet, or just removed
		}
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(root, path)
		found[filepath.ToSlash(rel)] = true
		return err
	})
	if err != nil {
		w.T.Fatal(err)
	}
	return found
}
