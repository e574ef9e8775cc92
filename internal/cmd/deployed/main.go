// Command deployed is for the operator of the service on AWS: what local does to one
// machine's, it does to a stack's.
//
//	deployed pause, resume    begin no calls at the provider, begin them again
//	deployed status           what waits, what is under way, what is stuck
//	deployed dead-letters     list the queue's messages that failed too often
//	deployed redrive          send dead letters again
//	deployed reindex          put all tasks into the index of words anew
//	deployed import FILE NAME put a part of an archive into a library
//	deployed keys add NAME    make an API key of that name, and show it once
//	deployed keys list        show ids, names and states of the keys
//	deployed keys revoke ID   end a key
//
// TABLE_NAME, QUEUE_URL, DEAD_LETTERS_URL and PICTURES_BUCKET say which stack's; `make key STAGE=…` and
// its like find them in the stack's outputs.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"volcimage/internal/archive"
	"volcimage/internal/aws/account"
	"volcimage/internal/aws/clients"
	"volcimage/internal/aws/dynamo"
	"volcimage/internal/aws/s3"
	"volcimage/internal/aws/sqs"
	"volcimage/internal/operate"
	"volcimage/internal/picture"
	"volcimage/internal/task"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.LookupEnv, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run does what the command line says; an error is one line for the operator.
func run(ctx context.Context, lookup func(string) (string, bool), args []string, out io.Writer) error {
	var names [4]string
	for i, name := range []string{"TABLE_NAME", "QUEUE_URL", "DEAD_LETTERS_URL", "PICTURES_BUCKET"} {
		value, _ := lookup(name)
		if value == "" {
			return fmt.Errorf("%s: must be set", name)
		}
		names[i] = value
	}
	there, err := account.Load(ctx, clients.Transport())
	if err != nil {
		return err
	}
	c := clients.New(there)
	s := stack{
		store: dynamo.New(c.DynamoDB(), names[0]), hints: sqs.New(c.SQS(), names[1]),
		dead: sqs.NewDeadLetters(c.SQS(), names[1], names[2]), out: out,
		objects: s3.New(c.S3(emulated(lookup)), names[3], s3.Options{}),
	}
	if do := operate.Find(s.commands(), args); do != nil {
		return do(ctx)
	}
	return errors.New("usage: deployed pause | resume | status | dead-letters | redrive | reindex | import FILE NAME | keys add NAME | keys list | keys revoke ID")
}

// emulated tells whether the bucket is an emulator's, whose names are part of the path.
func emulated(lookup func(string) (string, bool)) bool {
	one, _ := lookup("AWS_ENDPOINT_URL_S3")
	all, _ := lookup("AWS_ENDPOINT_URL")
	return one != "" || all != ""
}

// stack is what is looked after, and where that is told.
type stack struct {
	store *dynamo.Store
	hints *sqs.Hints
	dead  *sqs.DeadLetters
	out   io.Writer

	objects *s3.Store
}

func (s stack) commands() []operate.Command {
	return []operate.Command{
		operate.Named("pause", 0, 0, func(ctx context.Context, _ []string) error { return operate.Pause(ctx, s.store, true, s.out) }),
		operate.Named("resume", 0, 0, func(ctx context.Context, _ []string) error { return operate.Pause(ctx, s.store, false, s.out) }),
		operate.Named("status", 0, 0, func(ctx context.Context, _ []string) error { return s.status(ctx) }),
		operate.Named("dead-letters", 0, 0, func(ctx context.Context, _ []string) error { return s.deadLetters(ctx) }),
		operate.Named("redrive", 0, 0, func(ctx context.Context, _ []string) error { return s.redrive(ctx) }),
		operate.Named("reindex", 0, 0, func(ctx context.Context, _ []string) error { return operate.Reindex(ctx, s.store, s.out) }),
		operate.Named("import", 2, 2, func(ctx context.Context, a []string) error {
			m := &archive.Importer{Store: s.store, Objects: s.objects, Pictures: &picture.Verifier{}, Now: time.Now}
			return operate.Import(ctx, m, task.Owner(a[1]), a[0], s.out)
		}),
		operate.Named("keys add", 1, 1, func(ctx context.Context, a []string) error { return operate.AddKey(ctx, s.store, a[0], s.out) }),
		operate.Named("keys list", 0, 0, func(ctx context.Context, _ []string) error { return operate.ListKeys(ctx, s.store, s.out) }),
		operate.Named("keys revoke", 1, 1, func(ctx context.Context, a []string) error {
			return operate.RevokeKey(ctx, s.store, a[0], s.out)
		}),
	}
}
