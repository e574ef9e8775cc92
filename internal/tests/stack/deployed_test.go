package stack

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	sdkdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	sdksqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"volcimage/internal/aws/sqs"
	"volcimage/internal/picture"
)

// deployed is the service as `sam deploy` made it; deploy.sh says where it is.
type deployed struct {
	url string // of the api, or of the page that has it below /api/
	aws aws.Config
}

func newDeployed(t *testing.T) *deployed {
	t.Helper()
	d := &deployed{url: strings.TrimSuffix(setting(t, "STACK_URL"), "/")}
	setting(t, "AWS_ENDPOINT_URL") // or an account would be touched
	var err error
	if d.aws, err = config.LoadDefaultConfig(t.Context()); err != nil {
		t.Fatalf("load the AWS configuration: %v", err)
	}
	return d
}

// setting skips the test where nothing is deployed.
func setting(t *testing.T, name string) string {
	t.Helper()
	value := os.Getenv(name)
	if value == "" {
		t.Skipf("needs make test-aws or make test-docker: %s is not set", name)
	}
	return value
}

// answer is what is read of a task.
type answer struct {
	ID     string `json:"task_id"`
	Status string
	Images []struct {
		URL           string
		ThumbnailURL  string `json:"thumbnail_url"`
		Width, Height int
	}
	Error *struct{ Code string }
}

func (a answer) over() bool { return a.Status != "PENDING" && a.Status != "PROCESSING" }

func (d *deployed) call(t *testing.T, method, path string, body, out any, want int) {
	t.Helper()
	var content io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		content = bytes.NewReader(b)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, d.url+path, content)
	if err != nil {
		t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != want {
		t.Fatalf("%s %s: %d %s (%v), want %d", method, path, resp.StatusCode, b, err, want)
	}
	if err := json.Unmarshal(b, out); err != nil {
		t.Fatalf("%s %s: %s: %v", method, path, b, err)
	}
}

func (d *deployed) submit(t *testing.T, prompt string) answer {
	t.Helper()
	var a answer
	d.call(t, "POST", "/api/v1/generate", map[string]any{"prompt": prompt, "width": 1024, "height": 1024}, &a, http.StatusAccepted)
	return a
}

func (d *deployed) get(t *testing.T, id string) (a answer) {
	t.Helper()
	d.call(t, "GET", "/api/v1/task/"+id, nil, &a, http.StatusOK)
	return a
}

// wantPicture waits until the task is over and looks at the picture that it made.
func (d *deployed) wantPicture(t *testing.T, id string) {
	t.Helper()
	var a answer
	eventually(t, 90*time.Second, "end of task "+id, func() bool {
		a = d.get(t, id)
		return a.over()
	})
	if a.Status != "COMPLETED" || len(a.Images) != 1 {
		t.Fatalf("the task is %+v, want COMPLETED with one picture", a)
	}
	for _, link := range []string{d.absolute(a.Images[0].URL), d.absolute(a.Images[0].ThumbnailURL)} {
		if !strings.Contains(link, "X-Amz-Signature=") {
			t.Errorf("the link %s is not signed", link)
		}
		if status, _ := get(t, strings.Replace(link, "X-Amz-Signature=", "X-Amz-Signature=0", 1)); status != http.StatusForbidden {
			t.Errorf("with another signature the link answers %d, want 403", status)
		}
	}
	status, data := get(t, d.absolute(a.Images[0].URL))
	if status != http.StatusOK {
		t.Fatalf("the link %s answers %d %s, want 200", a.Images[0].URL, status, data)
	}
	p, err := (&picture.Verifier{}).Verify([]byte(data))
	if err != nil || p.Width != a.Images[0].Width || p.Height != a.Images[0].Height {
		t.Errorf("behind the link are %d×%d pixels (%v), want %d×%d", p.Width, p.Height, err, a.Images[0].Width, a.Images[0].Height)
	}
}

// absolute is the address of a link; the page's server makes them relative.
func (d *deployed) absolute(link string) string {
	if strings.HasPrefix(link, "/") {
		return d.url + link
	}
	return link
}

func eventually(t *testing.T, limit time.Duration, what string, ready func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !ready(); time.Sleep(250 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not after %v", what, limit)
		}
	}
}

func TestDeployed(t *testing.T) {
	d := newDeployed(t)
	t.Run("every part is well", func(t *testing.T) {
		var health struct {
			Status, Mode string
			Checks       map[string]string
		}
		d.call(t, "GET", "/api/v1/health", nil, &health, http.StatusOK)
		if health.Status != "ok" || health.Mode != "demo" || len(health.Checks) < 3 {
			t.Errorf("health %+v, want ok of store, queue and objects, in demo mode", health)
		}
	})
	t.Run("a prompt becomes a picture behind a signed link", func(t *testing.T) {
		d.wantPicture(t, d.submit(t, "雪地里的狐狸，晨光，胶片质感").ID)
	})
}

// TestDeployedDeadLetter spoils a job's row, so that each of its steps fails, and
// mends it when the message is a dead letter.
func TestDeployedDeadLetter(t *testing.T) {
	d := newDeployed(t)
	queueURL, deadURL := setting(t, "STACK_QUEUE_URL"), setting(t, "STACK_DEAD_LETTERS_URL")
	queue := sdksqs.NewFromConfig(d.aws)
	dead := sqs.NewDeadLetters(queue, queueURL, deadURL)
	depth := func() int {
		n, err := dead.Depth(t.Context())
		if err != nil {
			t.Fatalf("Depth: %v", err)
		}
		return n.Visible + n.Hidden
	}
	// As long as a template's visibility is, five receives would take an hour.
	defer setVisibility(t, queue, queueURL, setVisibility(t, queue, queueURL, "1"))

	a := d.submit(t, "a message that nobody can read")
	mend := d.spoil(t, a.ID)
	eventually(t, time.Minute, "a dead letter", func() bool { return depth() > 0 })
	if got := d.get(t, a.ID); got.over() {
		t.Errorf("the task is %s while its message is a dead letter", got.Status)
	}
	mend()
	if n, err := dead.Redrive(t.Context()); err != nil || n < 1 {
		t.Fatalf("Redrive: %d messages, %v, want one or more", n, err)
	}
	d.wantPicture(t, a.ID)
	if n := depth(); n != 0 {
		t.Errorf("%d dead letters are left, want none", n)
	}
}

// setVisibility sets a queue's visibility timeout in seconds and returns what it was.
func setVisibility(t *testing.T, client *sdksqs.Client, queueURL, seconds string) (before string) {
	t.Helper()
	const name = "VisibilityTimeout"
	ctx := context.WithoutCancel(t.Context()) // it is put back when the test is over
	out, err := client.GetQueueAttributes(ctx, &sdksqs.GetQueueAttributesInput{QueueUrl: &queueURL, AttributeNames: []sqstypes.QueueAttributeName{name}})
	if err == nil {
		_, err = client.SetQueueAttributes(ctx, &sdksqs.SetQueueAttributesInput{QueueUrl: &queueURL, Attributes: map[string]string{name: seconds}})
	}
	if err != nil {
		t.Fatalf("set the queue's visibility: %v", err)
	}
	return out.Attributes[name]
}

// spoil makes the row of the task's job unreadable, until mend.
func (d *deployed) spoil(t *testing.T, id string) (mend func()) {
	t.Helper()
	db, table := sdkdynamodb.NewFromConfig(d.aws), setting(t, "STACK_TABLE")
	row := d.jobRow(t, db, table, id)
	set := func(version types.AttributeValue) {
		_, err := db.UpdateItem(t.Context(), &sdkdynamodb.UpdateItemInput{
			TableName: &table, Key: map[string]types.AttributeValue{"PK": row["PK"], "SK": row["SK"]},
			UpdateExpression: aws.String("SET version = :v"), ExpressionAttributeValues: map[string]types.AttributeValue{":v": version},
		})
		if err != nil {
			t.Fatalf("change the job's row: %v", err)
		}
	}
	set(&types.AttributeValueMemberS{Value: "none"})
	return func() { set(row["version"]) }
}

// jobRow finds the row of a task's only job: the partition is one of a few.
func (d *deployed) jobRow(t *testing.T, db *sdkdynamodb.Client, table, id string) map[string]types.AttributeValue {
	t.Helper()
	for _, shard := range []string{"J#0", "J#1", "J#2", "J#3"} {
		out, err := db.Query(t.Context(), &sdkdynamodb.QueryInput{
			TableName: &table, ConsistentRead: aws.Bool(true),
			KeyConditionExpression: aws.String("PK = :p AND begins_with(SK, :s)"),
			ExpressionAttributeValues: map[string]types.AttributeValue{
				":p": &types.AttributeValueMemberS{Value: shard}, ":s": &types.AttributeValueMemberS{Value: "local#" + id + "#"},
			},
		})
		if err != nil {
			t.Fatalf("query %s: %v", shard, err)
		}
		if len(out.Items) == 1 {
			return out.Items[0]
		}
	}
	t.Fatalf("there is no row of a job of task %s", id)
	return nil
}

// TestDeployedPage is about the page where it is served beside the api.
func TestDeployedPage(t *testing.T) {
	page := strings.TrimSuffix(setting(t, "STACK_PAGE"), "/")
	for path, want := range map[string]string{"/": "<!doctype html>", "/app.js": "alpine.js", "/locales/zh-CN.json": "{"} {
		status, body := get(t, page+path)
		if status != http.StatusOK || !strings.Contains(strings.ToLower(body), want) {
			t.Errorf("%s: %d %.80q, want 200 with %q", path, status, body, want)
		}
	}
}
