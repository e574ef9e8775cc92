// Function janitor runs each minute: it hints what is overdue, fills free slots,
// removes what is too old or too much, and compares objects with rows.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"volcimage/internal/aws/clients"
	"volcimage/internal/aws/dynamo"
	"volcimage/internal/aws/s3"
	"volcimage/internal/aws/sqs"
	"volcimage/internal/catalog"
	"volcimage/internal/config"
	"volcimage/internal/generate"
	"volcimage/internal/handler"
	"volcimage/internal/library"
	"volcimage/internal/logging"
	"volcimage/internal/metrics"
	"volcimage/internal/sweep"
)

// roundEvery is from one comparison of all objects and all tasks to the next. Each
// reads every task's row twice, which is what it costs.
const roundEvery = 24 * time.Hour

func main() {
	h, err := wire(os.LookupEnv, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "janitor:", err)
		os.Exit(1)
	}
	lambda.Start(h)
}

// wire builds the function from its environment.
func wire(lookup func(string) (string, bool), out io.Writer) (func(context.Context, events.EventBridgeEvent) error, error) {
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
	store, hints := dynamo.New(c.DynamoDB(), on.Table), sqs.New(c.SQS(), on.QueueURL)
	counts := metrics.New(out, on.Stack, time.Now)
	granter := &generate.Granter{Store: store, Hints: hints, Limits: catalog.Limits(cfg.MaxConcurrentTasks), Now: c.Clock.Now, Log: log}
	lib := &library.Service{Store: store, Hints: hints, Now: c.Clock.Now, Log: log} // it only deletes: no links
	sweeper := &sweep.Sweeper{
		Store: store, Hints: hints, Objects: s3.New(c.S3(on.Emulator), on.Bucket, s3.Options{}),
		Grant: granter.Grant, Delete: lib.Delete, ClearBin: lib.ClearBin, Now: c.Clock.Now, Log: log,
		Cleanup: cfg.AutoCleanup, MaxAge: cfg.MaxHistory, MaxBytes: cfg.MaxStorageBytes, RoundEvery: roundEvery,
		Report: func(d sweep.Done) { counts.Swept(d.Hinted, d.Removed, d.Orphans, d.Gone) },
	}
	return handler.Janitor(counts.Sweep(store.Due, sweeper.Sweep), log), nil
}
