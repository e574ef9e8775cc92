package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"volcimage/internal/apikey"
	"volcimage/internal/aws/awstest"
	"volcimage/internal/aws/dynamo"
	"volcimage/internal/task"
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
	c := awstest.Config(t, "DYNAMODB", "SQS")
	tables, queues := dynamodb.NewFromConfig(c), sqs.NewFromConfig(c)
	name := "operate-" + strings.ToLower(rand.Text())
	if _, err := tables.CreateTable(t.Context(), dynamo.Table(name)); err != nil {
		t.Fatalf("create the table: %v", err)
	}
	o := operator{t, map[string]string{"TABLE_NAME": name}, dynamo.New(tables, name), queues}
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
