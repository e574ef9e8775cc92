package clients

import (
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// service is one address for all of AWS, by TLS with a certificate that only
// AWS_CA_BUNDLE names. It answers with nothing, and notes what it was asked.
func service(t *testing.T) *[]string {
	t.Helper()
	var asked []string
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Header.Get("X-Amz-Target")+r.Method+" "+r.URL.Path)
		_, _ = io.WriteString(w, "{}")
	}))
	t.Cleanup(s.Close)
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"AWS_CA_BUNDLE": bundle, "AWS_ENDPOINT_URL": s.URL, "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1", "NO_PROXY": "127.0.0.1",
	} {
		t.Setenv(name, value)
	}
	return &asked
}

func TestEveryClientReachesItsService(t *testing.T) {
	asked := service(t)
	c, err := Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err1 := c.DynamoDB().GetItem(t.Context(), &dynamodb.GetItemInput{TableName: aws.String("t"), Key: nil})
	_, err2 := c.SQS().GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: aws.String("https://x/q")})
	_, err3 := c.Secrets().GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String("s")})
	_, err4 := c.S3(true).HeadBucket(t.Context(), &s3.HeadBucketInput{Bucket: aws.String("pictures")})
	got := strings.Join(*asked, "\n")
	for _, want := range []string{"AmazonSQS.GetQueueAttributes", "secretsmanager.GetSecretValue", "HEAD /pictures"} {
		if !strings.Contains(got, want) {
			t.Errorf("asked\n%s\nwant %s among it (%v, %v, %v, %v)", got, want, err1, err2, err3, err4)
		}
	}
	if err1 == nil {
		t.Error("a row without its key was read")
	}
}

func TestC47LeasesAreMeasuredByTheTablesClock(t *testing.T) {
	for name, c := range map[string]struct{ table, want time.Duration }{
		"a machine five minutes ahead":   {-5 * time.Minute, -5 * time.Minute},
		"a machine five minutes behind":  {5 * time.Minute, 5 * time.Minute},
		"a second more or less is noise": {-time.Second, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Date", time.Now().Add(c.table).UTC().Format(http.TimeFormat))
				_, _ = io.WriteString(w, "{}")
			}))
			t.Cleanup(s.Close)
			clients := Clients{config: aws.Config{
				BaseEndpoint: aws.String(s.URL), Region: "us-east-1", Credentials: aws.AnonymousCredentials{},
			}, Clock: new(Clock)}
			key := map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: "x"}}
			if _, err := clients.DynamoDB().GetItem(t.Context(), &dynamodb.GetItemInput{TableName: aws.String("t"), Key: key}); err != nil {
				t.Fatal(err)
			}
			if got := time.Until(clients.Clock.Now()); (got - c.want).Abs() > tolerated {
				t.Errorf("once the table has answered the clock is off by %v, want %v", got, c.want)
			}
		})
	}
}

func TestLoadRefusesABundleThatIsNone(t *testing.T) {
	service(t)
	empty := filepath.Join(t.TempDir(), "none.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_CA_BUNDLE", empty)
	if _, err := Load(t.Context()); err == nil {
		t.Error("no error")
	}
}
