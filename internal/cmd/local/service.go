package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"volcimage/internal/archive"
	"volcimage/internal/catalog"
	"volcimage/internal/config"
	"volcimage/internal/embedded/disk"
	"volcimage/internal/embedded/host"
	"volcimage/internal/embedded/sqlite"
	"volcimage/internal/fetch"
	"volcimage/internal/generate"
	"volcimage/internal/handler"
	"volcimage/internal/httpapi"
	"volcimage/internal/library"
	"volcimage/internal/picture"
	"volcimage/internal/prompts"
	"volcimage/internal/recipe"
	"volcimage/internal/submit"
	"volcimage/internal/sweep"
	"volcimage/internal/task"
	"volcimage/internal/visual"
)

const (
	// stepTimeout is a step's time, as on Lambda; visibility keeps its message
	// hidden for as long as six such, the rule of SQS and Lambda.
	stepTimeout = 120 * time.Second
	visibility  = 6 * stepTimeout
	// sweepEvery is shorter than a minute: nothing is billed here, and after a
	// crash people wait for it.
	sweepEvery = 10 * time.Second
	// indexPause is how long the index waits for more: a hint is a write, and a step
	// takes all that is there.
	indexPause = 500 * time.Millisecond
	// changesAtOnce is how many of many tasks are changed at a time: they are committed together.
	changesAtOnce = 16
	// roundEvery is how long all files and all tasks are left alone after each was
	// compared with the other.
	roundEvery = time.Hour
	// callTimeout bounds one request to the provider. It answers a submit within
	// a second; what takes longer is broken.
	callTimeout = 30 * time.Second
)

// files of the data folder.
const (
	databaseFile = "volcimage.db"
	objectsDir   = "objects"
)

// service is everything that runs, in the order it was opened.
type service struct {
	cfg    config.Config
	log    *slog.Logger
	listen net.Listener
	demo   *demo // nil outside demo mode

	db      *sqlite.DB
	queue   *sqlite.Queue
	objects *disk.Store
	client  *visual.Client
	// provider is the client, as health sees it.
	provider *observed

	http     http.Handler
	worker   *generate.Worker
	exporter *archive.Exporter
	intake   *archive.Intake
	poller   host.Poller
	schedule host.Schedule

	closers []func() error
}

// open builds each part in order. What was opened is closed again when a later
// part fails.
func open(ctx context.Context, cfg config.Config, log *slog.Logger) (*service, error) {
	s := &service{cfg: cfg, log: log}
	for _, part := range []func(context.Context) error{s.openListener, s.openData, s.openProvider, s.wire} {
		if err := part(ctx); err != nil {
			return nil, errors.Join(err, s.close())
		}
	}
	return s, nil
}

func (s *service) later(closer func() error) { s.closers = append(s.closers, closer) }

// close ends what was opened, last first.
func (s *service) close() error {
	var errs []error
	for _, c := range slices.Backward(s.closers) {
		errs = append(errs, c())
	}
	s.closers = nil
	return errors.Join(errs...)
}

func (s *service) openListener(ctx context.Context) error {
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(s.cfg.Port))
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("APP_PORT=%d: cannot listen on %s: %w", s.cfg.Port, address, err)
	}
	s.listen = l
	s.later(func() error {
		if err := l.Close(); !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	})
	return nil
}

// openData takes the data folder for this process and opens what is in it.
func (s *service) openData(ctx context.Context) error {
	release, err := disk.Lock(s.cfg.DataDir, s.address())
	if err != nil {
		return fmt.Errorf("DATA_DIR=%s: %w", s.cfg.DataDir, err)
	}
	s.later(release)
	if s.db, err = sqlite.Open(ctx, filepath.Join(s.cfg.DataDir, databaseFile), sqlite.Options{}); err != nil {
		return fmt.Errorf("DATA_DIR=%s: %w", s.cfg.DataDir, err)
	}
	s.later(s.db.Close)
	s.queue = s.db.Queue(sqlite.QueueConfig{Visibility: visibility, MaxReceive: 5})
	secret, err := disk.Secret(s.cfg.DataDir)
	if err != nil {
		return fmt.Errorf("DATA_DIR=%s: %w", s.cfg.DataDir, err)
	}
	if s.objects, err = disk.Open(filepath.Join(s.cfg.DataDir, objectsDir), disk.Options{Secret: secret}); err != nil {
		return fmt.Errorf("DATA_DIR=%s: %w", s.cfg.DataDir, err)
	}
	s.later(s.objects.Close)
	return nil
}

// openProvider connects to VolcEngine, or to the emulator in this process where
// neither keys nor an address are set.
func (s *service) openProvider(ctx context.Context) error {
	c := visual.Config{
		AccessKey: s.cfg.Volc.AccessKey.Reveal(), SecretKey: s.cfg.Volc.SecretKey.Reveal(),
		Region: s.cfg.Volc.Region, Service: s.cfg.Volc.Service, Timeout: callTimeout, Log: s.log,
		Label: s.cfg.Label,
	}
	if s.cfg.Volc.Endpoint != nil {
		c.Endpoint = s.cfg.Volc.Endpoint.String()
	}
	if s.cfg.Demo() {
		d, err := startDemo(ctx, s.log)
		if err != nil {
			return fmt.Errorf("start the emulator: %w", err)
		}
		s.demo = d
		s.later(d.close)
		c.AccessKey, c.SecretKey, c.Endpoint = d.accessKey, d.secretKey, d.url
	}
	client, err := visual.New(c)
	if err != nil {
		return fmt.Errorf("provider: %w", err)
	}
	s.client = client
	s.provider = &observed{Provider: client, now: time.Now}
	return nil
}

// origin is the provider's address in use, from which links are always fetched.
func (s *service) origin() *url.URL {
	if s.demo != nil {
		return &url.URL{Scheme: "http", Host: s.demo.host}
	}
	return s.cfg.Volc.Endpoint
}

// wire builds the use cases, the handlers and what calls them.
func (s *service) wire(context.Context) error {
	granter := &generate.Granter{Store: s.db, Hints: s.queue, Limits: catalog.Limits(s.cfg.MaxConcurrentTasks), Now: time.Now, Log: s.log}
	s.worker = &generate.Worker{
		Store: s.db, Hints: s.queue, Provider: s.provider, Objects: s.objects,
		Fetcher:  fetch.New(fetch.Config{Origin: s.origin(), Hosts: catalog.ResultHosts(), Log: s.log}),
		Pictures: &picture.Verifier{ThumbnailSize: s.cfg.ThumbnailMaxSize, ThumbnailQuality: s.cfg.ThumbnailQuality},
		Grant:    granter.Grant, Now: time.Now, Log: s.log,
		PollInterval: s.cfg.PollInterval, GiveUp: s.cfg.RequestTimeout, MaxRetries: s.cfg.MaxRetryCount,
		CallTimeout: callTimeout, EagerPolls: true, Room: s.objects.Ping, Inside: new(generate.Calls),
	}
	lib := &library.Service{Store: s.db, Hints: s.queue, Objects: s.objects, Inscribe: recipe.Inscribe, Now: time.Now, Log: s.log, AtOnce: changesAtOnce}
	s.exporter = &archive.Exporter{Store: s.db, Objects: s.objects, Hints: s.queue, Now: time.Now, Log: s.log}
	s.intake = &archive.Intake{
		Store: s.db, Pieces: s.objects, Hints: s.queue, Now: time.Now, Log: s.log,
		Importer:   &archive.Importer{Store: s.db, Objects: s.objects, Pictures: s.worker.Pictures, Now: time.Now},
		IndexesAll: true,
	}
	sweeper := &sweep.Sweeper{
		Store: s.db, Hints: s.queue, Objects: s.objects, Grant: granter.Grant, Delete: lib.Delete, ClearBin: lib.ClearBin, Now: time.Now, Log: s.log,
		Cleanup: s.cfg.AutoCleanup, MaxAge: s.cfg.MaxHistory, MaxBytes: s.cfg.MaxStorageBytes, RoundEvery: roundEvery,
	}
	api, err := httpapi.New(httpapi.Config{
		Submit: &submit.Service{
			Store: s.db, Hints: s.queue, Grant: granter.Grant, Now: time.Now, Log: s.log, MaxImagesPerDay: s.cfg.MaxImagesPerDay,
			IndexPause: indexPause,
		},
		Library: lib, Exports: s.exporter, Imports: s.intake, Templates: &prompts.Service{Store: s.db, Now: time.Now}, Health: s.probes().health, Numbers: s.numbers, Mode: s.mode(), Version: config.Version(), StorageLimit: s.cfg.MaxStorageBytes,
		AllowedOrigins: s.cfg.AllowedOrigins, Keys: s.cfg.Keys, KeyStore: s.db, Rates: s.rates(), Log: s.log, Now: time.Now,
	})
	if err != nil {
		return err
	}
	page, err := host.Site(os.DirFS(s.cfg.SiteDir))
	if err != nil {
		return fmt.Errorf("SITE_DIR=%s: no page there, start in the project's folder: %w", s.cfg.SiteDir, err)
	}
	mux := http.NewServeMux()
	mux.Handle("/api/", host.API(host.NewFunction(handler.API(api)), s.log))
	mux.Handle("/files/", s.objects)
	mux.Handle("/", page)
	s.http = host.Front(s.publicHosts(), mux)
	indexer := &library.Indexer{Store: s.db, Hints: s.queue, Log: s.log}
	others := handler.Others{task.IndexStep: indexer.Step, task.ExportStep: s.exporter.Step, task.ImportStep: s.intake.Step, task.RestStep: lib.RestStep}
	s.poller = host.Poller{
		Queue: messages{s.queue}, Function: host.NewFunction(handler.Generate(handler.Steps(s.worker.Step, others), s.log)),
		MaxConcurrency: 2 * s.cfg.MaxConcurrentTasks, BatchSize: 1, Timeout: stepTimeout, Log: s.log,
	}
	s.schedule = host.Schedule{Every: sweepEvery, Function: host.NewScheduled(handler.Janitor(s.clean(sweeper), s.log)), Log: s.log}
	return nil
}

// tempKept is how long objects stay that nobody names, as the bucket's rule has it.
const tempKept = 24 * time.Hour

// clean is the janitor's round: a sweep, and what a bucket does by itself on AWS.
func (s *service) clean(sweeper *sweep.Sweeper) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := s.objects.Expire(ctx, path.Clean(library.TempPrefix), time.Now().Add(-tempKept))
		return errors.Join(sweeper.Sweep(ctx), err)
	}
}

func (s *service) mode() string {
	if s.demo != nil {
		return "demo"
	}
	return "live"
}

// run serves until ctx ends, then finishes or gives back what is in hand.
func (s *service) run(ctx context.Context) error {
	s.announce(ctx)
	if err := s.warnOfNoKeys(ctx); err != nil {
		return errors.Join(err, s.close())
	}
	if err := s.takeOver(ctx); err != nil {
		s.log.WarnContext(ctx, "not all of what was in hand could be taken over; it goes on within minutes", "error", err)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var parts sync.WaitGroup
	errs := make(chan error, 3)
	for _, part := range []func(context.Context) error{
		func(ctx context.Context) error { return host.Serve(ctx, s.listen, s.http, s.log) },
		s.poller.Run,
		s.schedule.Run,
	} {
		parts.Go(func() {
			errs <- part(ctx)
			stop() // one part that ends, ends the others
		})
	}
	parts.Wait()
	close(errs)
	var all []error
	for err := range errs {
		all = append(all, err)
	}
	err := errors.Join(errors.Join(all...), s.close())
	s.log.InfoContext(ctx, "stopped")
	return err
}

// maxTakenOver is far above the steps that a process can have in hand.
const maxTakenOver = 1000

// takeOver goes on with what the process before this one had in hand. The data
// folder's lock keeps any other away.
func (s *service) takeOver(ctx context.Context) error {
	jobs, err := s.db.Due(ctx, time.Now().Add(generate.Ahead(stepTimeout)), maxTakenOver)
	if err != nil {
		return fmt.Errorf("read due jobs: %w", err)
	}
	errs := []error{s.worker.TakeOver(ctx, jobs)}
	for _, r := range jobs {
		switch r.N {
		case task.ExportStep:
			errs = append(errs, s.exporter.TakeOver(ctx, r))
		case task.ImportStep:
			errs = append(errs, s.intake.TakeOver(ctx, r))
		}
	}
	return errors.Join(errs...)
}

// address is where people find the service.
func (s *service) address() string {
	_, port, err := net.SplitHostPort(s.listen.Addr().String())
	if err != nil {
		return s.listen.Addr().String()
	}
	return "http://localhost:" + port
}

func (s *service) announce(ctx context.Context) {
	s.log.InfoContext(ctx, "serving", "name", s.cfg.Name, "address", s.address(), "mode", s.mode(), "data", s.cfg.DataDir)
	if s.demo != nil {
		s.log.InfoContext(ctx, "demo mode: pictures are drawn by an emulator of VolcEngine; set VOLC_ACCESS_KEY and VOLC_SECRET_KEY for real ones")
	}
}
