// Package stack holds what runs against stand-ins for AWS: scripts that start
// them, and tests that join several of the adapters. See run.sh.
package stack

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	sdkdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	sdks3 "github.com/aws/aws-sdk-go-v2/service/s3"
	sdksqs "github.com/aws/aws-sdk-go-v2/service/sqs"

	"volcimage/internal/aws/awstest"
	"volcimage/internal/aws/dynamo"
	"volcimage/internal/aws/s3"
	"volcimage/internal/aws/sqs"
	"volcimage/internal/generate"
	"volcimage/internal/library"
	"volcimage/internal/picture"
	"volcimage/internal/recipe"
	"volcimage/internal/submit"
	"volcimage/internal/task"
)

// service is the use cases on the AWS side, with a clock that the test moves.
type service struct {
	store   *dynamo.Store
	submit  submit.Service
	library library.Service
	worker  generate.Worker
	indexer library.Indexer
	meter   awstest.Meter
	now     time.Time

	name     string // of table and bucket
	queue    *sdksqs.Client
	queueURL string
}

func newService(t *testing.T, p generate.Provider) *service {
	t.Helper()
	s := &service{now: time.Now().UTC()}
	c := awstest.Config(t, "DYNAMODB", "SQS", "S3")
	s.meter.Attach(&c)
	db, queues := sdkdynamodb.NewFromConfig(c), sdksqs.NewFromConfig(c)
	buckets := sdks3.NewFromConfig(c, func(o *sdks3.Options) { o.UsePathStyle = true })
	name := "life-" + strings.ToLower(rand.Text())
	if _, err := db.CreateTable(t.Context(), dynamo.Table(name)); err != nil {
		t.Fatalf("create the table: %v", err)
	}
	queue, err := queues.CreateQueue(t.Context(), &sdksqs.CreateQueueInput{QueueName: &name})
	if err != nil {
		t.Fatalf("create the queue: %v", err)
	}
	if _, err := buckets.CreateBucket(t.Context(), &sdks3.CreateBucketInput{Bucket: &name}); err != nil {
		t.Fatalf("create the bucket: %v", err)
	}
	s.meter.Since()

	s.name, s.queue, s.queueURL = name, queues, *queue.QueueUrl
	s.store = dynamo.New(db, name)
	hints, objects := sqs.New(queues, *queue.QueueUrl), s3.New(buckets, name, s3.Options{})
	log, now := slog.New(slog.DiscardHandler), func() time.Time { return s.now }
	granter := generate.Granter{
		Store: s.store, Hints: hints, Now: now, Log: log,
		Limits: task.Limits{Total: 5, Model: func(string) int { return 5 }},
	}
	s.submit = submit.Service{Store: s.store, Hints: hints, Grant: granter.Grant, Now: now, Log: log, MaxImagesPerDay: 1000}
	s.indexer = library.Indexer{Store: s.store, Hints: hints, Log: log}
	s.library = library.Service{Store: s.store, Hints: hints, Objects: objects, Inscribe: recipe.Inscribe, Now: now, Log: log}
	s.worker = generate.Worker{
		Store: s.store, Hints: hints, Provider: p, Fetcher: fetcher{}, Pictures: &picture.Verifier{}, Objects: objects,
		Grant: granter.Grant, Now: now, Log: log,
		PollInterval: 2 * time.Second, GiveUp: 5 * time.Minute, MaxRetries: 3, CallTimeout: 30 * time.Second,
	}
	return s
}

// provider is at work for as many polls as it is told.
type provider struct{ polls int }

func (p *provider) Submit(context.Context, task.Params) (string, error) {
	return "7392616336519610409", nil
}

func (p *provider) Result(context.Context, string, string) (task.Result, error) {
	if p.polls > 0 {
		p.polls--
		return task.Result{}, nil
	}
	return task.Result{Done: true, Links: []string{"https://pictures.test/1"}}, nil
}

type fetcher struct{}

func (fetcher) Fetch(context.Context, string) ([]byte, error) {
	return os.ReadFile("../../picture/testdata/photo.png")
}

// step takes the job's next step, when it is due.
func (s *service) step(t *testing.T, ref task.Ref) {
	t.Helper()
	j, err := s.store.Job(t.Context(), ref)
	if err != nil {
		t.Fatalf("Job: %v", err)
	}
	if j.NextAt.After(s.now) {
		s.now = j.NextAt
	}
	s.meter.Since() // our own reading is not the step's
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	if err := s.worker.Step(ctx, ref); err != nil {
		t.Fatalf("Step: %v", err)
	}
}

// TestPictureOnAWS draws one picture with everything but the provider real, and
// holds what it takes of AWS: the numbers of docs/performance.md.
func TestPictureOnAWS(t *testing.T) {
	p := &provider{polls: 2}
	s := newService(t, p)
	params := task.Params{Prompt: "雪地里的一只红狐狸回头望向镜头，清晨的逆光穿过松林，皮毛边缘发亮，浅景深，胶片质感，安静而温暖", Model: "jimeng_t2i_v40", Count: 1}
	tk, _, err := s.submit.Submit(t.Context(), "team", task.Order{Params: params, Key: "8e03978e-40d5-43e8-bc93-6894a57f9324", BodyHash: [32]byte{1}})
	if err != nil {
		t.Fatalf("Submit: %v", err)
	}
	ref := task.Ref{Owner: tk.Owner, Task: tk.ID}
	var all awstest.Cost
	var report bill
	used := func(what string, read, write float64, requests int) {
		t.Helper()
		c := s.meter.Since()
		n := 0
		for _, times := range c.Requests {
			n += times
		}
		t.Logf("%-8s %s", what, c)
		if c.Read > read || c.Write > write || n > requests {
			t.Errorf("%s takes %s; want at most %g read and %g write units in %d requests", what, c, read, write, requests)
		}
		all = all.Add(c)
		report.add(what, c)
	}
	used("submit", 12, 16, 16)
	if err := s.indexer.Step(t.Context(), task.Ref{Owner: tk.Owner, Task: tk.ID, N: task.IndexStep}); err != nil {
		t.Fatalf("index: %v", err)
	}
	used("index", 1, 90, 8)
	s.step(t, ref)
	used("begin", 4, 6, 7)
	for range 2 {
		s.step(t, ref)
		used("poll", 1, 3, 3)
	}
	s.step(t, ref)
	used("collect", 12, 18, 16)
	t.Logf("%-8s %s", "in all", all)
	report.write(t, all)

	got := s.completed(t, tk)
	s.wantPicture(t, got.Images[0])
	s.meter.Since()
	if _, err := s.library.List(t.Context(), task.Query{Owner: tk.Owner, Limit: 20}); err != nil {
		t.Fatalf("List: %v", err)
	}
	used("list", 1, 0, 1)
	s.deleted(t, ref)
}

func (s *service) completed(t *testing.T, tk task.Task) task.Task {
	t.Helper()
	got, err := s.library.Get(t.Context(), tk.Owner, tk.ID)
	if err != nil || got.Status != task.Completed {
		t.Fatalf("the task ended %s (%+v), %v, want COMPLETED", got.Status, got.Failure(), err)
	}
	return got
}

func (s *service) wantPicture(t *testing.T, im task.Image) {
	t.Helper()
	link, err := s.library.Link(task.Link{Key: im.Key})
	if err != nil {
		t.Fatalf("Link: %v", err)
	}
	status, body := get(t, link.URL)
	want, err := os.ReadFile("../../picture/testdata/photo.png")
	if err != nil {
		t.Fatal(err)
	}
	if status != http.StatusOK || body != string(want) {
		t.Errorf("the picture: status %d, %d bytes, want 200 with the %d of the provider", status, len(body), len(want))
	}
}

func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatalf("get %s: %v", url, err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("get %s: %v", url, err)
	}
	return res.StatusCode, string(b)
}

// deleted removes the task and wants nothing of it to be left.
func (s *service) deleted(t *testing.T, ref task.Ref) {
	t.Helper()
	before := s.completed(t, task.Task{Owner: ref.Owner, ID: ref.Task})
	if err := s.library.Delete(t.Context(), ref.Owner, ref.Task); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	t.Logf("%-8s %s", "delete", s.meter.Since())
	s.step(t, ref)
	t.Logf("%-8s %s", "purge", s.meter.Since())
	if _, err := s.store.Task(t.Context(), ref.Owner, ref.Task); task.KindOf(err) != task.NotFound {
		t.Errorf("the task after its last step: %v, want not found", err)
	}
	for _, key := range []string{before.Images[0].Key, before.Images[0].ThumbnailKey} {
		link, err := s.library.Link(task.Link{Key: key})
		if err != nil {
			t.Fatal(err)
		}
		if status, _ := get(t, link.URL); status != http.StatusNotFound {
			t.Errorf("%s after the deletion: status %d, want 404", key, status)
		}
	}
	usage, err := s.library.Usage(t.Context())
	if err != nil || usage != (task.Usage{}) {
		t.Errorf("usage after the deletion: %+v, %v, want none", usage, err)
	}
	if due, err := s.store.Due(t.Context(), s.now.Add(time.Hour), 10); err != nil || len(due) != 0 {
		t.Errorf("due after the deletion: %v, %v, want none", due, err)
	}
}
