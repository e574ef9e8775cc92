package main

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"volcimage/internal/apikey"
	"volcimage/internal/archive"
	"volcimage/internal/aws/awstest"
	"volcimage/internal/aws/dynamo"
	"volcimage/internal/task"
	"volcimage/internal/visual/visualtest/paint"
)

// operator has a stack of a table and two queues, and gives commands.
type operator struct {
	t     *testing.T
	env   map[string]string
	store *dynamo.Store
	queue *sqs.Client
}

func newOperator(t *testing.T) operator {
	t.Helper()
	c := awstest.Config(t, "DYNAMODB", "SQS", "S3")
	tables, queues := dynamodb.NewFromConfig(c), sqs.NewFromConfig(c)
	name := "operate-" + strings.ToLower(rand.Text())
	if _, err := tables.CreateTable(t.Context(), dynamo.Table(name)); err != nil {
		t.Fatalf("create the table: %v", err)
	}
	buckets := s3.NewFromConfig(c, func(o *s3.Options) { o.UsePathStyle = true })
	if _, err := buckets.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &name}); err != nil {
		t.Fatalf("create the bucket: %v", err)
	}
	env := map[string]string{"TABLE_NAME": name, "PICTURES_BUCKET": name, "AWS_ENDPOINT_URL_S3": os.Getenv("AWS_ENDPOINT_URL_S3")}
	o := operator{t, env, dynamo.New(tables, name), queues}
	for variable, queue := range map[string]string{"QUEUE_URL": name, "DEAD_LETTERS_URL": name + "-dead"} {
		made, err := queues.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &queue})
		if err != nil {
			t.Fatalf("create the queue: %v", err)
		}
		o.env[variable] = *made.QueueUrl
	}
	return o
}

func (o operator) lookup(name string) (string, bool) {
	value, ok := o.env[name]
	return value, ok
}

// says wants a command to print all of these.
func (o operator) says(command string, want ...string) string {
	o.t.Helper()
	var out bytes.Buffer
	if err := run(o.t.Context(), o.lookup, strings.Fields(command), &out); err != nil {
		o.t.Fatalf("%s: %v", command, err)
	}
	for _, w := range want {
		if !regexp.MustCompile(w).MatchString(out.String()) {
			o.t.Errorf("%s printed\n%swant %q", command, out.String(), w)
		}
	}
	return out.String()
}

func TestAKeyMadeByCommandLetsIn(t *testing.T) {
	o := newOperator(t)
	o.says("keys list", "no keys")
	key, _, _ := strings.Cut(o.says("keys add alice", `^vi_[a-z2-7]{16}_[a-z2-7]{52}\n.*alice.*once`), "\n")
	id, _ := apikey.ID(key)
	row, err := o.store.Key(t.Context(), id)
	if err != nil || row.Owner != "alice" || !apikey.Valid(key, row) {
		t.Errorf("the table has %+v, %v", row, err)
	}
	o.says("keys list", id+`  alice  made .*  valid\n`)
	o.says("keys revoke "+id, "revoked "+id)
	list := o.says("keys list", id+`  alice .* revoked `)
	if row, err := o.store.Key(t.Context(), id); err != nil || apikey.Valid(key, row) || strings.Contains(list, key) {
		t.Errorf("after its end the key lets in, %v; the list is\n%s", err, list)
	}
}

func TestAPartOfAnArchiveComesIn(t *testing.T) {
	o := newOperator(t)
	file, id := part(t)
	o.says("import "+file+" alice", "1 tasks came in, 0 were there, 0 were not taken")
	o.says("import "+file+" alice", "0 tasks came in, 1 were there, 0 were not taken")
	got, err := o.store.Task(t.Context(), "alice", id)
	if err != nil || got.Status != task.Completed || got.Note != "for grandmother" || got.Images[0].Width != 64 || got.ImportedAt.IsZero() {
		t.Errorf("task %+v, %v", got, err)
	}
	usage, err := o.store.Usage(t.Context())
	if err != nil || len(usage) != 1 || usage[0].Images != 1 || usage[0].Bytes != got.StoredBytes() {
		t.Errorf("usage %+v, %v; want that of one picture", usage, err)
	}
}

// part is a part of an archive with one task.
func part(t *testing.T) (file string, id task.ID) {
	t.Helper()
	spec := paint.Spec{Prompt: "a fox", Model: "m", Width: 64, Height: 64}
	data, err := paint.Encode(paint.Draw(spec), "png", spec.Mark(paint.Meta{}))
	if err != nil {
		t.Fatal(err)
	}
	made := time.Now().UTC().Truncate(time.Second)
	id = task.NewID(made)
	manifest, err := json.Marshal(archive.Manifest{Format: archive.Format, Part: 1, Tasks: []archive.Task{{
		ID: id, Status: task.Completed, Prompt: "a fox", Model: "jimeng_t2i_v40", Note: "for grandmother", CreatedAt: made,
		Images: []archive.Image{{Status: task.ImageDone, File: "pictures/0.png", SHA256: fmt.Sprintf("%x", sha256.Sum256(data))}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range map[string][]byte{"manifest.json": manifest, "pictures/0.png": data} {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write(text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	file = filepath.Join(t.TempDir(), "part.zip")
	if err := errors.Join(z.Close(), os.WriteFile(file, b.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
	return file, id
}

func TestWhatIsStuckCanBeSeenAndSentAgain(t *testing.T) {
	o := newOperator(t)
	o.says("status", `calls +running\n`, `waiting +nothing\n`, `in flight +0\n`, `overdue +0\n`, `queue +0 to do, 0 later`, `dead letters +0\n`)
	o.says("dead-letters", "no dead letters")
	o.says("pause", "paused")
	stuck := o.overdue()
	for variable, body := range map[string]string{
		"QUEUE_URL": "not looked at", "DEAD_LETTERS_URL": `{"owner":"alice","task":"` + string(stuck.Task) + `","job":0}`,
	} {
		in := &sqs.SendMessageInput{QueueUrl: aws.String(o.env[variable]), MessageBody: &body}
		if _, err := o.queue.SendMessage(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	o.says("status", `calls +paused`, `waiting +the oldest for 1h0m\d+s\n`, `in flight +1\n`, `overdue +1\n`, `queue +1 to do`, `dead letters +1\n`)
	o.says("dead-letters", `job 0 of task `+string(stuck.Task)+` of alice`)
	o.says("redrive", "sent 1 dead letters again")
	o.says("status", `queue +2 to do`, `dead letters +0\n`)
	o.says("resume", "resumed")
	o.says("status", `calls +running\n`)
}

// overdue makes a task of two jobs, an hour old: one waits, one has a slot and is
// long due.
func (o operator) overdue() task.Ref {
	o.t.Helper()
	then := time.Now().Add(-time.Hour)
	made, jobs := task.New("alice", task.Params{Model: "m", Prompt: "p", Count: 2}, then)
	if _, _, err := o.store.Create(o.t.Context(), task.Submission{Task: made, Jobs: jobs}); err != nil {
		o.t.Fatal(err)
	}
	slots, err := o.store.Slots(o.t.Context())
	if err != nil {
		o.t.Fatal(err)
	}
	jobs[0].Grant(then)
	slots.Take(jobs[0], then)
	if err := o.store.Save(o.t.Context(), task.Change{Jobs: jobs[:1], Slots: slots}); err != nil {
		o.t.Fatal(err)
	}
	return jobs[0].Ref
}

func TestCommandsNeedTheirArgumentsAndTheirStack(t *testing.T) {
	nothing := func(string) (string, bool) { return "", false }
	if err := run(t.Context(), nothing, []string{"status"}, &bytes.Buffer{}); err == nil || !strings.HasPrefix(err.Error(), "TABLE_NAME") {
		t.Errorf("without a stack: %v", err)
	}
	named := func(string) (string, bool) { return "x", true }
	for _, line := range []string{"", "keys", "keys add", "keys add a b", "status now", "redrive 7", "backup x"} {
		if err := run(context.Background(), named, strings.Fields(line), &bytes.Buffer{}); err == nil || !strings.HasPrefix(err.Error(), "usage: ") {
			t.Errorf("%q: %v", line, err)
		}
	}
}
