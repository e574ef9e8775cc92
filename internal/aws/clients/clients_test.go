package clients

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
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

// service answers with nothing, and notes what it was asked, and by whom.
func service(t *testing.T) (address string, asked *[]string) {
	t.Helper()
	asked = new([]string)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*asked = append(*asked, r.Header.Get("X-Amz-Target")+r.Method+" "+r.URL.Path+" "+r.Header.Get("Authorization")+" "+r.Header.Get("X-Amz-Security-Token"))
		_, _ = io.WriteString(w, "{}")
	}))
	t.Cleanup(s.Close)
	return s.URL, asked
}

// lookup is an environment as Lambda sets it, with some variables more or others.
func lookup(more map[string]string) func(string) (string, bool) {
	env := map[string]string{"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "AKIDOFROLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token-of-role"}
	maps.Copy(env, more)
	return func(name string) (string, bool) {
		value, ok := env[name]
		return value, ok
	}
}

// callAll calls each service once. What an empty answer means to a client is its own
// affair.
func callAll(t *testing.T, c Clients) {
	t.Helper()
	_, _ = c.DynamoDB().GetItem(t.Context(), &dynamodb.GetItemInput{TableName: aws.String("t"), Key: map[string]types.AttributeValue{"PK": &types.AttributeValueMemberS{Value: "x"}}})
	_, _ = c.SQS().GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: aws.String("https://x/q")})
	_, _ = c.Secrets().GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String("s")})
	_, _ = c.S3(true).HeadBucket(t.Context(), &s3.HeadBucketInput{Bucket: aws.String("pictures")})
}

func TestAFunctionCallsItsServicesWithItsRolesCredentials(t *testing.T) {
	at, asked := service(t)
	c, err := FromLambda(lookup(map[string]string{"AWS_ENDPOINT_URL": at}))
	if err != nil {
		t.Fatal(err)
	}
	callAll(t, c)
	got := strings.Join(*asked, "\n")
	for _, want := range []string{"DynamoDB_20120810.GetItem", "AmazonSQS.GetQueueAttributes", "secretsmanager.GetSecretValue", "HEAD /pictures"} {
		if !strings.Contains(got, want) {
			t.Errorf("asked\n%s\nwant %s among it", got, want)
		}
	}
	for _, request := range *asked {
		if !strings.Contains(request, "Credential=AKIDOFROLE/") || !strings.Contains(request, "/eu-west-1/") || !strings.HasSuffix(request, "token-of-role") {
			t.Errorf("asked %s, want it signed as the role, for its region", request)
		}
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

func TestAServicesOwnAddressGoesFirst(t *testing.T) {
	own, askedOwn := service(t)
	all, askedAll := service(t)
	c, err := FromLambda(lookup(map[string]string{
		"AWS_ENDPOINT_URL": all, "AWS_ENDPOINT_URL_DYNAMODB": own, "AWS_ENDPOINT_URL_SQS": own, "AWS_ENDPOINT_URL_SECRETS_MANAGER": own,
	}))
	if err != nil {
		t.Fatal(err)
	}
	callAll(t, c)
	if len(*askedOwn) != 3 || len(*askedAll) != 1 || !strings.HasPrefix((*askedAll)[0], "HEAD /pictures") {
		t.Errorf("at their own address %q, at that of all %q", *askedOwn, *askedAll)
	}
}

func TestAFunctionWithoutWhatLambdaSetsNamesTheVariable(t *testing.T) {
	for _, name := range []string{"AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} {
		if _, err := FromLambda(lookup(map[string]string{name: ""})); err == nil || !strings.HasPrefix(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
	}
}
