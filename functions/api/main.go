// Function api answers HTTP: submit, read, list, cancel, delete, health, docs.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"volcimage/internal/archive"
	"volcimage/internal/aws/clients"
	"volcimage/internal/aws/dynamo"
	"volcimage/internal/aws/s3"
	"volcimage/internal/aws/secrets"
	"volcimage/internal/aws/sqs"
	"volcimage/internal/catalog"
	"volcimage/internal/config"
	"volcimage/internal/generate"
	"volcimage/internal/handler"
	"volcimage/internal/httpapi"
	"volcimage/internal/library"
	"volcimage/internal/logging"
	"volcimage/internal/metrics"
	"volcimage/internal/prompts"
	"volcimage/internal/recipe"
	"volcimage/internal/submit"
	"volcimage/internal/task"
)

// startTimeout bounds the reading of secrets. Lambda gives the start of a function
// ten seconds.
const startTimeout = 8 * time.Second

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	h, err := wire(ctx, os.LookupEnv, os.Stdout)
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "api:", err)
		os.Exit(1)
	}
	lambda.Start(h)
}

// wire builds the function from its environment.
func wire(ctx context.Context, lookup func(string) (string, bool), out io.Writer) (handler.HTTP, error) {
	cfg, on, err := config.LoadAWS(lookup)
	if err != nil {
		return nil, err
	}
	log, err := logging.New(out, cfg.LogLevel, logging.JSON)
	if err != nil {
		return nil, err
	}
	c, err := clients.FromLambda(lookup)
	if err != nil {
		return nil, err
	}
	guard, err := protect(ctx, &on, c)
	if err != nil {
		return nil, err
	}
	store, hints := dynamo.New(c.DynamoDB(), on.Table), sqs.New(c.SQS(), on.QueueURL)
	objects := s3.New(c.S3(on.Emulator), on.Bucket, s3.Options{})
	granter := &generate.Granter{Store: store, Hints: hints, Limits: catalog.Limits(cfg.MaxConcurrentTasks), Now: c.Clock.Now, Log: log}
	api, err := httpapi.New(httpapi.Config{
		Submit: metrics.New(out, on.Stack, time.Now).Submitter(&submit.Service{
			Store: store, Hints: hints, Grant: granter.Grant, Now: c.Clock.Now, Log: log, MaxImagesPerDay: cfg.MaxImagesPerDay,
		}),
		Library:   &library.Service{Store: store, Hints: hints, Objects: objects, Inscribe: recipe.Inscribe, Now: c.Clock.Now, Log: log},
		Exports:   &archive.Exporter{Store: store, Objects: objects, Hints: hints, Now: c.Clock.Now, Log: log},
		Imports:   &archive.Intake{Store: store, Pieces: objects, Hints: hints, Now: c.Clock.Now, Log: log}, // its steps are generate's
		Templates: &prompts.Service{Store: store, Now: c.Clock.Now},
		Health: health(map[string]func(context.Context) error{
			"store": store.Ping, "queue": hints.Ping, "objects": objects.Ping,
		}),
		Mode: mode(&cfg, &on), Version: config.Version(), StorageLimit: cfg.MaxStorageBytes,
		AllowedOrigins: cfg.AllowedOrigins, Keys: guard.keys, KeyStore: store,
		Rates: httpapi.Rates{Buckets: store, Generate: cfg.GenerateLimit, Read: cfg.ReadLimit},
		Log:   log, Now: c.Clock.Now,
	})
	if err != nil {
		return nil, err
	}
	if err := guard.complete(); err != nil {
		return nil, err
	}
	return handler.Edge(guard.edge, handler.API(api)), nil
}

// protection is what guards the api. It is read while the api is built, for which a
// start would wait otherwise.
type protection struct {
	keys map[[32]byte]task.Owner // of hashes; nil on an emulator, where nobody is asked for one
	edge string                  // the word by which the distribution in front is known
	read chan error              // of each of the two
}

// protect begins to read the secrets. Outside an emulator the api does not go without.
func protect(ctx context.Context, on *config.AWS, c clients.Clients) (*protection, error) {
	if on.APIKeys == "" && on.Local() {
		return &protection{}, nil
	}
	if on.APIKeys == "" || on.EdgeKey == "" {
		return nil, errors.New("API_KEYS_SECRET and EDGE_SECRET: must be set, because STAGE is not local: the api does not answer everybody")
	}
	p := &protection{keys: map[[32]byte]task.Owner{}, read: make(chan error, 2)}
	go func() {
		var err error
		p.edge, err = secrets.New(c.Secrets(), on.EdgeKey, time.Now).Text(ctx)
		p.read <- err
	}()
	go func() { p.read <- p.readKeys(ctx, secrets.New(c.Secrets(), on.APIKeys, time.Now), on.APIKeys) }()
	return p, nil
}

func (p *protection) readKeys(ctx context.Context, s *secrets.Secret, name string) error {
	text, err := s.Text(ctx)
	if err != nil {
		return err
	}
	keys, err := config.APIKeys(text)
	if err != nil {
		return fmt.Errorf("the secret %s: %w", name, err)
	}
	maps.Copy(p.keys, keys)
	return nil
}

// complete waits until both are there.
func (p *protection) complete() (err error) {
	for range cap(p.read) {
		err = errors.Join(err, <-p.read)
	}
	return err
}

// mode says on the page whether pictures are real: an emulator of AWS with another
// address of the provider has the provider's emulator there.
func mode(cfg *config.Config, on *config.AWS) string {
	if on.Local() && cfg.Volc.Endpoint != nil {
		return "demo"
	}
	return "live"
}

// health asks all parts at once whether they work.
func health(parts map[string]func(context.Context) error) func(context.Context) map[string]error {
	return func(ctx context.Context) map[string]error {
		type answer struct {
			part string
			err  error
		}
		answers := make(chan answer, len(parts))
		for part, ping := range parts {
			go func() { answers <- answer{part, ping(ctx)} }()
		}
		checks := map[string]error{}
		for range parts {
			a := <-answers
			checks[a.part] = a.err
		}
		return checks
	}
}
