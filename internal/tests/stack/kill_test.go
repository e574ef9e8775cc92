package stack

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	dice "math/rand/v2"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	sdkdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	sdks3 "github.com/aws/aws-sdk-go-v2/service/s3"
	sdksqs "github.com/aws/aws-sdk-go-v2/service/sqs"

	"volcimage/internal/aws/awstest"
	"volcimage/internal/aws/dynamo"
	"volcimage/internal/aws/s3"
	"volcimage/internal/aws/sqs"
	"volcimage/internal/fetch"
	"volcimage/internal/generate"
	"volcimage/internal/handler"
	"volcimage/internal/library"
	"volcimage/internal/picture"
	"volcimage/internal/submit"
	"volcimage/internal/sweep"
	"volcimage/internal/task"
	"volcimage/internal/tests/world"
	"volcimage/internal/visual"
	"volcimage/internal/visual/visualtest"
)

// The environment of a process that takes steps: what its parent made for it.
const (
	killName     = "KILL_NAME" // of table and bucket
	killQueue    = "KILL_QUEUE"
	killEmulator = "KILL_EMULATOR"
)

// killable is the functions' parts on stand-ins, in a process that may be killed.
type killable struct {
	store   *dynamo.Store
	objects *s3.Store
	hints   *sqs.Hints
	queue   *sdksqs.Client
	url     string
	granter generate.Granter
}

func newKillable(t *testing.T, name, queueURL string) *killable {
	t.Helper()
	c := awstest.Config(t, "DYNAMODB", "SQS", "S3")
	k := &killable{queue: sdksqs.NewFromConfig(c), url: queueURL}
	k.store = dynamo.New(sdkdynamodb.NewFromConfig(c), name)
	k.objects = s3.New(sdks3.NewFromConfig(c, func(o *sdks3.Options) { o.UsePathStyle = true }), name, s3.Options{})
	k.hints = sqs.New(k.queue, queueURL)
	k.granter = generate.Granter{
		Store: k.store, Hints: k.hints, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Limits: task.Limits{Total: 5, Model: func(string) int { return 5 }},
	}
	return k
}

// TestTheProcessThatIsKilled is no test but the process of the one below: it does
// what the functions generate and janitor do, until it is killed.
func TestTheProcessThatIsKilled(t *testing.T) {
	if os.Getenv(killName) == "" {
		t.Skip("it is started by TestC08KilledProcessesOnAWS")
	}
	k := newKillable(t, os.Getenv(killName), os.Getenv(killQueue))
	log := slog.New(slog.DiscardHandler)
	emulator, err := url.Parse(os.Getenv(killEmulator))
	if err != nil {
		t.Fatal(err)
	}
	client, err := visual.New(visual.Config{AccessKey: visualtest.DemoAccessKey, SecretKey: visualtest.DemoSecretKey, Endpoint: emulator.String()})
	if err != nil {
		t.Fatal(err)
	}
	worker := generate.Worker{
		Store: k.store, Hints: k.hints, Provider: client, Fetcher: fetch.New(fetch.Config{Origin: emulator}),
		Pictures: &picture.Verifier{}, Objects: k.objects, Grant: k.granter.Grant, Now: time.Now, Log: log,
		PollInterval: time.Second, GiveUp: 5 * time.Minute, MaxRetries: 3, CallTimeout: 3 * time.Second,
	}
	indexer := library.Indexer{Store: k.store, Hints: k.hints, Log: log}
	function := handler.Generate(handler.Steps(worker.Step, handler.Others{task.IndexStep: indexer.Step}), log)
	janitor := handler.Janitor((&sweep.Sweeper{
		Store: k.store, Hints: k.hints, Objects: k.objects, Grant: k.granter.Grant, Now: time.Now, Log: log, Cleanup: true, RoundEvery: time.Hour,
		Delete: func(context.Context, task.Owner, task.ID) error { return nil },
	}).Sweep, log)
	var parts sync.WaitGroup
	for range 5 {
		parts.Go(func() { k.poll(t, function) })
	}
	for range time.Tick(time.Second) {
		_ = janitor(t.Context(), events.EventBridgeEvent{}) // what fails is done by the next
	}
	parts.Wait()
}

// poll is the event source mapping, one message a call.
func (k *killable) poll(t *testing.T, function func(context.Context, events.SQSEvent) (events.SQSEventResponse, error)) {
	for {
		out, err := k.queue.ReceiveMessage(t.Context(), &sdksqs.ReceiveMessageInput{QueueUrl: &k.url, MaxNumberOfMessages: 1, WaitTimeSeconds: 1})
		if err != nil {
			time.Sleep(100 * time.Millisecond)
			continue
		}
		for _, m := range out.Messages {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			res, err := function(ctx, events.SQSEvent{Records: []events.SQSMessage{{MessageId: *m.MessageId, Body: *m.Body}}})
			cancel()
			if err == nil && len(res.BatchItemFailures) == 0 {
				_, _ = k.queue.DeleteMessage(t.Context(), &sdksqs.DeleteMessageInput{QueueUrl: &k.url, ReceiptHandle: m.ReceiptHandle}) // it comes again
			}
		}
	}
}

// newKilled makes table, queue and bucket for the processes, and the emulator.
func newKilled(t *testing.T) (*killable, *visualtest.Server, []string) {
	t.Helper()
	c := awstest.Config(t, "DYNAMODB", "SQS", "S3")
	name := "kill-" + strings.ToLower(rand.Text())
	if _, err := sdkdynamodb.NewFromConfig(c).CreateTable(t.Context(), dynamo.Table(name)); err != nil {
		t.Fatalf("create the table: %v", err)
	}
	queue, err := sdksqs.NewFromConfig(c).CreateQueue(t.Context(), &sdksqs.CreateQueueInput{
		QueueName: &name, Attributes: map[string]string{"VisibilityTimeout": "15"},
	})
	if err != nil {
		t.Fatalf("create the queue: %v", err)
	}
	buckets := sdks3.NewFromConfig(c, func(o *sdks3.Options) { o.UsePathStyle = true })
	if _, err := buckets.CreateBucket(t.Context(), &sdks3.CreateBucketInput{Bucket: &name}); err != nil {
		t.Fatalf("create the bucket: %v", err)
	}
	emulator := visualtest.New(visualtest.Config{
		AccessKey: visualtest.DemoAccessKey, SecretKey: visualtest.DemoSecretKey,
		Delay: 500 * time.Millisecond, Prerendered: true, Concurrency: -1, QPS: -1, QueryQPS: -1,
	})
	server := httptest.NewServer(emulator)
	t.Cleanup(server.Close)
	return newKillable(t, name, *queue.QueueUrl), emulator,
		append(os.Environ(), killName+"="+name, killQueue+"="+*queue.QueueUrl, killEmulator+"="+server.URL)
}

// TestC08KilledProcessesOnAWS kills the process that takes the steps at random while
// 60 tasks are drawn, or 200 with FAULTS=all, on DynamoDB, SQS and S3.
func TestC08KilledProcessesOnAWS(t *testing.T) {
	t.Parallel()
	k, emulator, env := newKilled(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	start := func() *exec.Cmd {
		cmd := exec.Command(self, "-test.run=^TestTheProcessThatIsKilled$", "-test.timeout=10m")
		cmd.Env = env
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	kill := func(cmd *exec.Cmd) {
		_ = cmd.Process.Kill() // it may have ended by itself
		_ = cmd.Wait()         // says "killed"
	}
	process, kills := start(), 0
	defer func() { kill(process) }()

	tasks := 60
	if os.Getenv("FAULTS") == "all" {
		tasks = 200
	}
	orders := submit.Service{Store: k.store, Hints: k.hints, Grant: k.granter.Grant, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	var all []task.Task
	for n := range tasks {
		made, _, err := orders.Submit(t.Context(), "team", task.Order{Params: world.Params(fmt.Sprintf("fox %d", n), 1), Key: fmt.Sprint(n)})
		if err != nil {
			t.Fatalf("submit: %v", err)
		}
		all = append(all, made)
	}
	left, atLastKill := slices.Clone(all), tasks
	for end := time.Now().Add(8 * time.Minute); len(left) > 0 && time.Now().Before(end); {
		time.Sleep(time.Duration(500+dice.IntN(3500)) * time.Millisecond)
		left = slices.DeleteFunc(left, func(made task.Task) bool { return k.read(t, made).Status.Over() })
		// A job whose workers are killed time and again is given up, which is right. On
		// a busy machine no worker would live long enough for any.
		if kills < 20 && len(left) <= atLastKill-3 {
			kill(process)
			kills++
			process, atLastKill = start(), len(left)
		}
	}
	k.judge(t, emulator, all, kills)
}

func (k *killable) read(t *testing.T, made task.Task) task.Task {
	t.Helper()
	got, err := k.store.Task(t.Context(), made.Owner, made.ID)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// judge holds what there is at the end against what was told.
func (k *killable) judge(t *testing.T, emulator *visualtest.Server, all []task.Task, kills int) {
	t.Helper()
	named, beyond := map[string]bool{}, 0
	for n, made := range all {
		got, paid := k.read(t, made), emulator.PromptStats(made.Params.Prompt).Accepted
		beyond += max(0, paid-1)
		if f := got.Failure(); got.Status != task.Completed && (f == nil || f.Code != "provider_outcome_unknown") || paid > 2 {
			t.Errorf("task %d is %s (%+v) after %d calls", n, got.Status, f, paid)
		}
		for _, im := range got.Images {
			named[im.Key], named[im.ThumbnailKey] = true, true
		}
	}
	delete(named, "")
	stored := map[string]bool{}
	for end := time.Now().Add(time.Minute); ; time.Sleep(time.Second) { // leases end, and what they left is tidied up
		clear(stored)
		page, next, err := k.objects.List(t.Context(), "images/", "", 1000)
		if err != nil || next != "" {
			t.Fatalf("list: %q, %v", next, err)
		}
		for _, o := range page {
			stored[o.Key] = true
		}
		if len(stored) == len(named) || time.Now().After(end) {
			break
		}
	}
	for key := range named {
		if !stored[key] {
			t.Errorf("%s is named and not stored", key)
		}
	}
	if len(stored) != len(named) {
		t.Errorf("%d objects are stored, %d are named", len(stored), len(named))
	}
	if s := emulator.Stats(); s.MaxInFlight > 5 || beyond > 5*kills {
		t.Errorf("%d in flight at once, %d pictures paid for beyond one a task after %d kills", s.MaxInFlight, beyond, kills)
	}
	t.Logf("%d tasks, %d kills: %d paid for beyond one a task", len(all), kills, beyond)
}
