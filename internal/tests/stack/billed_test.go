package stack

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	sdksqs "github.com/aws/aws-sdk-go-v2/service/sqs"

	"volcimage/internal/task"
	"volcimage/internal/tests/lambda"
	"volcimage/internal/tests/measured"
	"volcimage/internal/visual/visualtest"
	"volcimage/internal/visual/visualtest/paint"
)

// mostBilled is what all steps of one picture may take together.
const mostBilled = 1500 * time.Millisecond

// TestBilledTimeOfOnePicture draws one picture of 2048 × 2048 pixels with the
// function as it is deployed, on Generate's share of a processor, and adds up what
// Lambda would bill: the time of each step, and none of the provider's.
func TestBilledTimeOfOnePicture(t *testing.T) {
	programs, err := lambda.Build("../../..", "generate")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(programs.Remove)
	delay := 4 * time.Second
	if measured.File() != "" {
		delay = 20 * time.Second
	}
	provider := provided(t, delay)
	join, limited := share(t)
	how := fmt.Sprintf("with %d MB, which is %.0f %% of a processor", memory, 100.*memory/wholeProcessor)
	if !limited {
		how = "with a whole processor, for this machine cannot give less"
	}
	sum, busy, table := billed(t, programs.Path("generate"), provider, join)
	atShare := busy * wholeProcessor / memory
	measured.Write(t, "billed", table+fmt.Sprintf(", %s. The processor was busy for %d ms of it, which takes %d ms at that share.\n",
		how, busy.Milliseconds(), atShare.Milliseconds()))
	// What others do on this machine shows in the sum, but not in the work.
	if atShare > mostBilled {
		t.Errorf("the work alone takes %v on its share, of %v in all; want %v at most", atShare, sum, mostBilled)
	}
}

// billed draws a picture, and answers how long its steps took in sum and each, and how
// long a processor was busy with them.
func billed(t *testing.T, program, provider string, join func(int) error) (sum, busy time.Duration, table string) {
	t.Helper()
	s := newService(t, nil)
	f, err := lambda.Start(t.Context(), program, s.environment(t, provider), join)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Stop()
	p := task.Params{Prompt: "雪地里的狐狸，晨光，胶片质感", Model: "jimeng_t2i_v40", Count: 1}
	tk, _, err := s.submit.Submit(t.Context(), "team", task.Order{Params: p})
	if err != nil {
		t.Fatalf("Submit: %v", err)
	}
	began := time.Now()
	table = "| step | ms |\n| --- | ---: |\n"
	for i, took := range s.steps(t, f, tk) {
		sum += took
		table += fmt.Sprintf("| %d | %d |\n", i+1, took.Milliseconds())
	}
	if busy, err = f.Processor(); err != nil {
		t.Fatal(err)
	}
	im := s.completed(t, tk).Images[0]
	if im.Width != 2048 || im.Height != 2048 || im.Format != "png" {
		t.Errorf("the picture is %+v, want a PNG of 2048 × 2048", im)
	}
	return sum, busy, table + fmt.Sprintf("| **billed** | **%d** |\n\nFrom the order to its end %.0f s, a PNG of %.1f MB", sum.Milliseconds(), time.Since(began).Seconds(), float64(im.Bytes)/1e6)
}

// provided is the provider, whose pictures are drawn beforehand: what it takes for
// them must not show in a step. It takes delay, give or take a quarter.
func provided(t *testing.T, delay time.Duration) (url string) {
	t.Helper()
	data, err := paint.Encode(paint.Draw(paint.Spec{Width: 2048, Height: 2048, Prompt: "a fox in the snow"}), "png", "")
	if err != nil {
		t.Fatal(err)
	}
	emulator := visualtest.New(visualtest.Config{AccessKey: "demo", SecretKey: "demo-secret", Delay: delay})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, "/results/") {
			w.Header().Set("Content-Type", "image/png")
			_, _ = w.Write(data) // a function that hangs up fails its step
			return
		}
		emulator.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// environment is what the template sets, with the stand-ins in AWS's place.
func (s *service) environment(t *testing.T, provider string) []string {
	t.Helper()
	secrets := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"SecretString":"{\"access_key\":\"demo\",\"secret_key\":\"demo-secret\"}"}`)
	}))
	t.Cleanup(secrets.Close)
	env := []string{
		"STAGE=staging", "STACK_NAME=s", "TABLE_NAME=" + s.name, "QUEUE_URL=" + s.queueURL, "PICTURES_BUCKET=" + s.name, "VOLC_KEYS_SECRET=provider",
		"VOLC_ENDPOINT=" + provider, "AWS_ENDPOINT_URL=" + secrets.URL,
	}
	for _, name := range []string{"AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_SQS", "AWS_ENDPOINT_URL_S3"} {
		env = append(env, name+"="+os.Getenv(name))
	}
	return env
}

// steps does what the event source mapping does, until the task is over, and answers
// how long each step took.
func (s *service) steps(t *testing.T, f *lambda.Process, tk task.Task) (took []time.Duration) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); {
		got, err := s.library.Get(t.Context(), tk.Owner, tk.ID)
		if err != nil {
			t.Fatal(err)
		}
		if got.Status.Over() {
			return took
		}
		out, err := s.queue.ReceiveMessage(t.Context(), &sdksqs.ReceiveMessageInput{QueueUrl: &s.queueURL, WaitTimeSeconds: 1})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range out.Messages {
			event, err := json.Marshal(events.SQSEvent{Records: []events.SQSMessage{{MessageId: *m.MessageId, Body: *m.Body, EventSource: "aws:sqs"}}})
			if err != nil {
				t.Fatal(err)
			}
			body, from, to, err := f.Invoke(event)
			if err != nil || body != `{"batchItemFailures":[]}` {
				t.Fatalf("answered %s, %v\n%s", body, err, f.Log())
			}
			took = append(took, to.Sub(from))
			if _, err := s.queue.DeleteMessage(t.Context(), &sdksqs.DeleteMessageInput{QueueUrl: &s.queueURL, ReceiptHandle: m.ReceiptHandle}); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Fatalf("task %s is not over\n%s", tk.ID, f.Log())
	return nil
}
