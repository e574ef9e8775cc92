// Function generate takes one step of one job for each message of the queue.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"volcimage/internal/archive"
	"volcimage/internal/aws/clients"
	"volcimage/internal/aws/dynamo"
	"volcimage/internal/aws/s3"
	"volcimage/internal/aws/secrets"
	"volcimage/internal/aws/sqs"
	"volcimage/internal/catalog"
	"volcimage/internal/config"
	"volcimage/internal/fetch"
	"volcimage/internal/generate"
	"volcimage/internal/handler"
	"volcimage/internal/library"
	"volcimage/internal/logging"
	"volcimage/internal/metrics"
	"volcimage/internal/picture"
	"volcimage/internal/task"
	"volcimage/internal/visual"
)

const (
	// callTimeout bounds one request to the provider. It answers a submit within a
	// second; what takes longer is broken.
	callTimeout = 30 * time.Second
	// skew is how early a step may come: SQS's clock is not this machine's.
	skew = time.Second
)

func main() {
	h, err := wire(os.LookupEnv, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
	lambda.Start(h)
}

// wire builds the function from its environment. Nothing is called yet: a start
// waits for nobody.
func wire(lookup func(string) (string, bool), out io.Writer) (func(context.Context, events.SQSEvent) (events.SQSEventResponse, error), error) {
	cfg, on, err := config.LoadAWS(lookup, "VOLC_KEYS_SECRET")
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
	recorder := metrics.New(out, on.Stack, time.Now)
	store, hints := dynamo.New(c.DynamoDB(), on.Table), sqs.New(c.SQS(), on.QueueURL)
	objects := s3.New(c.S3(on.Emulator), on.Bucket, s3.Options{})
	granter := &generate.Granter{Store: store, Hints: hints, Limits: catalog.Limits(cfg.MaxConcurrentTasks), Now: c.Clock.Now, Log: log}
	worker := &generate.Worker{
		Store: recorder.Store(store), Hints: hints,
		Provider: recorder.Provider(&provider{
			keys: secrets.New(c.Secrets(), on.ProviderKeys, time.Now),
			dial: func(access, hidden config.Secret) (metrics.Provider, error) {
				return dial(&cfg.Volc, access, hidden, visual.Config{Log: log, Label: cfg.Label})
			},
		}),
		Objects:  objects,
		Fetcher:  fetch.New(fetch.Config{Origin: cfg.Volc.Endpoint, Hosts: catalog.ResultHosts(), Log: log}),
		Pictures: &picture.Verifier{ThumbnailSize: cfg.ThumbnailMaxSize, ThumbnailQuality: cfg.ThumbnailQuality},
		Grant:    granter.Grant, Now: c.Clock.Now, Log: log,
		PollInterval: cfg.PollInterval, GiveUp: cfg.RequestTimeout, MaxRetries: cfg.MaxRetryCount,
		CallTimeout: callTimeout, Skew: skew,
	}
	indexer := &library.Indexer{Store: store, Hints: hints, Log: log}
	exporter := &archive.Exporter{Store: store, Objects: objects, Hints: hints, Now: c.Clock.Now, Log: log}
	intake := &archive.Intake{
		Store: store, Pieces: objects, Hints: hints, Now: c.Clock.Now, Log: log,
		Importer: &archive.Importer{Store: store, Objects: objects, Pictures: worker.Pictures, Now: c.Clock.Now},
	}
	lib := &library.Service{Store: store, Hints: hints, Objects: objects, Now: c.Clock.Now, Log: log} // it makes no links
	return handler.Generate(handler.Steps(recorder.Step(worker.Step), handler.Others{
		task.IndexStep: indexer.Step, task.ExportStep: exporter.Step, task.ImportStep: intake.Step, task.RestStep: lib.RestStep,
	}), log), nil
}

// dial makes the provider's client with the keys given.
func dial(v *config.Volc, access, hidden config.Secret, c visual.Config) (metrics.Provider, error) {
	c.AccessKey, c.SecretKey = access.Reveal(), hidden.Reveal()
	c.Region, c.Service, c.Timeout = v.Region, v.Service, callTimeout
	if v.Endpoint != nil {
		c.Endpoint = v.Endpoint.String()
	}
	return visual.New(c)
}
